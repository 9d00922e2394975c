"""The page for the people called, on the record: what a line says about itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from aiohttp import web
from sqlalchemy import Connection

from dialer import secrets as secret_files
from dialer.core.admission import Actor
from dialer.core.facts import PersonalHours
from dialer.core.phone import Line, masked
from dialer.core.policy import Purpose
from dialer.numbers import parse_callee
from dialer.ports.calls import Clock
from dialer.public.app import Page, make_page
from dialer.public.desk import Caller, Wish, Wishes
from dialer.record import catalog, listing
from dialer.record.given import Enrolment
from dialer.record.hashing import subject_hash
from dialer.record.log import new_id
from dialer.record.people import known
from dialer.record.personal_hours import WeeklyWish, wished
from dialer.record.preferences import Statement
from dialer.record.store import RecordStore
from dialer.secrets import Secrets, read_secret
from dialer.settings import Settings
from dialer.webhook import Webhook

SOURCE = "web"


@asynccontextmanager
async def page_of(settings: Settings, store: RecordStore, clock: Clock) -> AsyncIterator[None]:
    """Show the page for the people called, where the settings say where."""
    given = settings.public
    if not given.listen or given.code_secret_file is None:
        yield
        return
    secrets = secret_files.load(settings.secrets.dir)
    codes = Webhook(given.code_url, read_secret(given.code_secret_file).encode(), clock.now)
    page = Page(
        desk=LineDesk(store, secrets, clock, codes),
        parse=parse_callee,
        key_of=lambda e164: subject_hash(secrets.subject_key, "line", "", e164),
        site=settings.site.name,
        zone=settings.site.zone,
        proxied=given.proxied,
    )
    runner = web.AppRunner(make_page(page), access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        host, _, port = given.listen.rpartition(":")
        await web.TCPSite(runner, host.strip("[]"), int(port)).start()
        yield
    finally:
        await runner.cleanup()


class LineDesk:
    """`public.desk.Desk` on the record. Codes go out over `codes`, to whoever sends SMS for this site."""

    def __init__(self, store: RecordStore, secrets: Secrets, clock: Clock, codes: Webhook) -> None:
        self._store = store
        self._secrets = secrets
        self._clock = clock
        self._codes = codes
        self._callers: tuple[str, tuple[Caller, ...]] = ("", ())

    async def callers(self) -> Sequence[Caller]:
        """Every enterprise of the register in force."""
        version = await self._store.read(lambda one: catalog.version_in_force(one, "register"))
        if version != self._callers[0]:
            found = await self._store.in_force("register")
            rows = found[1]["enterprises"] if found else ()
            callers = tuple(Caller(one["id"], one["full_name"], one["contact"]) for one in rows)
            self._callers = (version or "", callers)
        return self._callers[1]

    async def wishes(self, line: Line) -> Wishes:
        """What this line said on the page. A line that nobody ever called said nothing."""
        digest, now = subject_hash(self._secrets.subject_key, "line", "", line.e164), self._clock.now()

        def read(connection: Connection) -> Wishes:
            subject = known(connection, [digest]).get(digest)
            if subject is None:
                return Wishes((), ())
            said = [
                Wish(
                    one["kind"],
                    one["enterprise"],
                    Purpose(one["purpose"]) if one["purpose"] else None,
                    one["stated_at"],
                )
                for one in listing.said_by(connection, UUID(subject))
                if one["source"] == SOURCE
            ]
            asked = {"person": subject, "line": subject, "enterprise": "", "purpose": ""}
            return Wishes(said, wished(connection, asked, now))

        return await self._store.read(read)

    async def state(self, line: Line, kind: str, enterprise: str | None, purpose: Purpose | None) -> None:
        """Keep an opt-out or a consent."""
        subject, now = await self._subject(line), self._clock.now()
        await self._store.state_preference(
            Statement(
                key=f"{SOURCE}:{new_id(now)}",
                kind=kind,
                subjects=(subject,),
                enterprise=enterprise,
                purpose=purpose,
                product=None,
                channel=None,
                source=SOURCE,
                stated_at=now,
                until=None,
                evidence={"proved_by": "sms_code"},
                actor=_actor(subject),
            )
        )

    async def set_hours(self, line: Line, windows: Sequence[PersonalHours]) -> None:
        """Keep the weekly windows."""
        subject, now = await self._subject(line), self._clock.now()
        await self._store.state_personal_hours(
            WeeklyWish(
                key=f"{SOURCE}:{new_id(now)}",
                subject=subject,
                enterprise=None,
                purpose=None,
                windows=tuple(windows),
                source=SOURCE,
                stated_at=now,
                until=None,
                evidence={"proved_by": "sms_code"},
                actor=_actor(subject),
            )
        )

    async def send_code(self, line: Line, text: str) -> None:
        """Hand the text over to whoever sends SMS."""
        key = f"code-{new_id(self._clock.now())}"
        if not await self._codes.tell(key, {"kind": "sms", "number": line.e164, "text": text}):
            raise RuntimeError(f"nobody took the code for {masked(line.e164)}")

    async def _subject(self, line: Line) -> UUID:
        return (await self._store.enrol("", [Enrolment("", None, line)]))[0].line


def _actor(subject: UUID) -> Actor:
    return Actor(str(subject), frozenset({"person"}), "sms_code")
