"""Reads everything one decision needs, as one transaction sees it, and makes the frozen Facts of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, literal, literal_column, select, union_all

from dialer.core.admission import Announcement
from dialer.core.entry import from_us
from dialer.core.errors import Fault
from dialer.core.facts import (
    Consent,
    Facts,
    Listing,
    Live,
    Period,
    Preference,
    Script,
    Stop,
    Unsound,
    ZoneSource,
)
from dialer.core.limits import Group
from dialer.core.message import Message
from dialer.core.policy import Moment, Purpose
from dialer.core.rulebook import Rulebook
from dialer.core.rules.frequency import About
from dialer.record import cases
from dialer.record.batches import Batch, BatchFiles
from dialer.record.catalog import NO_RULEBOOK, Catalog, InForce
from dialer.record.counting import newest_touches
from dialer.record.enrolled import Subjects, enrolled
from dialer.record.listed import state_of
from dialer.record.personal_hours import wished
from dialer.record.prepared import Prepared
from dialer.record.register import EnterpriseRow, Register
from dialer.record.routing import Route, routed
from dialer.record.said import KIND, consent, listings, statements
from dialer.record.tables import attempts
from dialer.record.tallies import Tallies
from dialer.record.wrong_persons import not_his


@dataclass(frozen=True, slots=True)
class Asked:
    """The call that facts are read for: a request, or an attempt that is decided again (`attempt`, left out).

    `line_hash` is the keyed hash of the number that would be dialled; None where it was compared at admission.
    `overdue_days` as the request says and `callee_party` are known at admission only: rules that need them look then.
    A message on another `channel` than voice has `message_of`: what it holds, for the registered names (the full one
    first), contact number and sites of its enterprise; and perhaps the `carrier` that will send it.
    """

    enterprise: str
    purpose: Purpose
    product: str
    person: str
    line: str
    debt: str | None
    agency: str | None
    platform: str | None
    campaign: str | None
    script: str
    script_version: int | None
    caller_id: str | None
    trunk: str | None
    line_class: str
    country: str
    zones: tuple[ZoneSource, ...]
    line_hash: bytes | None = None
    attempt: str = ""
    overdue_days: int | None = None
    callee_party: str = "unknown"
    channel: str = "voice"
    message_of: Callable[[Sequence[str], str, Sequence[str]], Message] | None = None
    carrier: str | None = None


@dataclass(frozen=True, slots=True)
class Gathered:
    """Facts, the rulebook to judge them by, and what a permit is made of."""

    facts: Facts
    rulebook: Rulebook
    caller_name: str
    announcement: Announcement | None
    script_version: int
    number_format: str


# What the record keeps without end: it deletes none of these. Of the recordings' files it knows nothing.
_KEPT: dict[str, int | None] = {"call_detail": None, "consent": None, "decision": None}
# The part of an opening that asks: are you he? Nobody is joined before the key says yes.
ASKS_PARTY = "right_party"

_LIVE = Prepared(
    union_all(
        *(
            select(literal(name), attempts.c.id, attempts.c.live_until_us).where(
                literal_column("attempts.live") == literal_column("1"),
                attempts.c[name] == bindparam(name),
                attempts.c.id != bindparam("leave_out"),
            )
            for name in ("person", "line")
        )
    )
)


class Reader:
    """Reads facts. Holds nothing that changes except the cache of immutable versions and the tallies of rates."""

    def __init__(self, catalog: Catalog, files: BatchFiles) -> None:
        self.catalog = catalog
        self._files = files
        self._tallies = Tallies()

    def read(
        self, connection: Connection, asked: Asked, now: datetime, moment: Moment, unsound: list[Unsound]
    ) -> Gathered:
        """The facts about `asked` at `now`; `unsound` is what is already known to be wrong."""
        binding = self.catalog.read(connection)
        if binding.rulebook is None:
            unsound = [*unsound, Unsound("sound.rulebook", {"digest": binding.digest[:16] or "none"})]
        subjects = enrolled(connection, asked)
        told = cases.told(connection, self._files, subjects.debt, now)
        willing = self._willing(connection, binding.batches, subjects, asked, now)
        said = willing.said
        unsound = [*unsound, *subjects.unsound, *told.unsound, *willing.unsound]
        unsound += not_his(connection, asked.person, asked.line)
        rulebook = binding.rulebook or NO_RULEBOOK
        register = binding.register
        enterprise = register.enterprise(asked.enterprise) if register else None
        spoken = _spoken(connection, binding, asked, now, enterprise.closing_script if enterprise else None)
        if spoken.script is not None and spoken.script.id != asked.script:
            asked = replace(asked, script=spoken.script.id)
        route = routed(connection, register, asked, rulebook, now)
        consents = tuple(consent(one) for one in said if one.kind == "accept")
        who = _about(asked, consents, said)
        facts = Facts(
            now=now,
            moment=moment,
            purpose=asked.purpose,
            product=asked.product,
            enterprise=asked.enterprise,
            enterprise_known=enterprise is not None,
            enterprise_seat=enterprise.seat if enterprise else "",
            agency=asked.agency,
            platform=asked.platform,
            line_class=asked.line_class,
            callee_country=asked.country,
            # Nothing tells yet where in his country he is: he may be in each region that a pack names.
            callee_regions=rulebook.policy.regions_of(asked.country),
            zones=asked.zones,
            preferences=said,
            live=_live(connection, asked),
            stops=_reaching(binding.stops, asked),
            script_id=asked.script,
            script=spoken.script,
            unsound=(*unsound, *route.unsound),
            consents=consents,
            registries=willing.registries,
            # Nobody is joined where a recording was asked for and does not begin.
            recording_possible=True,
            retention_days=_KEPT,
            case=told.case,
            overdue_days=told.overdue(asked.overdue_days),
            callee_party=asked.callee_party,
            channel=asked.channel,
            message=_message(asked, enterprise),
            **route.facts,
            **self._lived(connection, asked, who, rulebook, now),
            **_registered(connection, register, asked, route, now),
        )
        names = enterprise.short_names if enterprise else ()
        name = next(iter(names), enterprise.full_name if enterprise else "")
        return Gathered(facts, rulebook, name, spoken.announcement, spoken.version, route.number_format)

    def _willing(
        self,
        connection: Connection,
        several: Sequence[Batch],
        subjects: Subjects,
        asked: Asked,
        now: datetime,
    ) -> _Willing:
        mine = [one for one in several if one.kind == KIND]
        try:
            said = statements(connection, self._files, mine, subjects.called, asked, now)
            listed = listings(self._files, several, subjects.line) if subjects.line else {}
        except Fault as fault:
            return _Willing(unsound=(Unsound(fault.code, {"fault": fault.detail}),))
        return _Willing(said, listed)

    def _lived(
        self, connection: Connection, asked: Asked, who: About, rulebook: Rulebook, now: datetime
    ) -> dict[str, Any]:
        """What this person, campaign and enterprise have lived through, as far as the rules count it."""
        return {
            "touches": newest_touches(
                connection,
                rulebook.limits(asked.purpose),
                {"person": asked.person, "line": asked.line, "debt": asked.debt},
                who,
                now,
                asked.attempt,
            ),
            "personal_hours": wished(
                connection,
                {
                    "person": asked.person,
                    "line": asked.line,
                    "enterprise": asked.enterprise,
                    "purpose": asked.purpose.value,
                },
                now,
            ),
            "campaign": asked.campaign,
            "tallies": self._tallies.read(
                connection,
                rulebook.rates(asked.purpose),
                {Group.CAMPAIGN: asked.campaign, Group.ENTERPRISE: asked.enterprise},
                now,
            ),
            "calendars": rulebook.calendar_of,
        }


def _about(asked: Asked, consents: tuple[Consent, ...], said: tuple[Preference, ...]) -> About:
    return About(asked.enterprise, asked.purpose, asked.product, asked.zones, consents, said, asked.channel)


def _message(asked: Asked, enterprise: EnterpriseRow | None) -> Message | None:
    if asked.message_of is None:
        return None
    if enterprise is None:
        return asked.message_of((), "", ())
    names = (enterprise.full_name, *enterprise.short_names)
    return asked.message_of(names, enterprise.contact, enterprise.sites)


def _live(connection: Connection, asked: Asked) -> tuple[Live, ...]:
    known = {"person": asked.person, "line": asked.line, "leave_out": asked.attempt}
    found: dict[str, Live] = {}
    for subject, attempt, until_us in _LIVE.rows(connection, known):
        found.setdefault(attempt, Live(subject, attempt, from_us(until_us)))
    return tuple(found[attempt] for attempt in sorted(found))


def _reaching(stops: tuple[tuple[str | None, Stop], ...], asked: Asked) -> tuple[Stop, ...]:
    if not stops:
        return ()
    reached = {
        "all": None,
        "enterprise": asked.enterprise,
        "agency": asked.agency,
        "campaign": asked.campaign,
    }
    return tuple(one for target, one in stops if one.scope == "all" or target == reached[one.scope])


@dataclass(frozen=True, slots=True)
class _Willing:
    said: tuple[Preference, ...] = ()
    registries: Mapping[str, Listing] = field(default_factory=dict)
    unsound: tuple[Unsound, ...] = ()


@dataclass(frozen=True, slots=True)
class _Spoken:
    script: Script | None
    announcement: Announcement | None
    version: int


def _spoken(
    connection: Connection, binding: InForce, asked: Asked, now: datetime, closing_id: str | None
) -> _Spoken:
    """The script asked for: its version of the attempt, else the approved one, else the newest.

    Where it was approved once and may not be said now, the first of its replacements that may be takes over. The
    closing sentence is the one that the register names for the enterprise, else any approved one of its own.
    """
    rows = binding.scripts(connection, asked.script, asked.enterprise)
    row = _newest(rows, asked.script, asked.script_version)
    if row is None:
        return _Spoken(None, None, 0)
    if asked.script_version is None and row.approved_by is not None and not _sayable(binding, row, now):
        row = _replacement(connection, binding, asked, row, now) or row
    script = binding.overlay.script(script_of(row))
    closings = [
        one
        for one in rows
        if one.closing and one.enterprise == asked.enterprise and closing_id in (None, one.id)
        if _sayable(binding, one, now)
    ]
    closing = max(closings, key=lambda one: (one.id, one.version), default=None)
    if script.status != "approved" or not script.audio_sha256:
        return _Spoken(script, None, script.version)
    announcement = Announcement(
        mode=script.mode,
        sha256=script.audio_sha256,
        duration_ms=script.duration_ms,
        closing_sha256=closing.audio_sha256 if closing else None,
        closing_duration_ms=closing.duration_ms if closing else 0,
        asks_party=ASKS_PARTY in script.parts,
    )
    return _Spoken(script, announcement, script.version)


def _newest(rows: Sequence[Any], script: str, version: int | None) -> Any:
    own = [row for row in rows if row.id == script and version in (None, row.version)]
    return max(own, key=lambda one: (one.status == "approved", one.version), default=None)


def _sayable(binding: InForce, row: Any, now: datetime) -> bool:
    left = binding.overlay.script(script_of(row))
    return left.status == "approved" and left.period.holds(now)


def _replacement(connection: Connection, binding: InForce, asked: Asked, row: Any, now: datetime) -> Any:
    for ident in row.replacements.split("+") if row.replacements else ():
        found = _newest(binding.scripts(connection, ident, asked.enterprise), ident, None)
        if found is not None and _sayable(binding, found, now):
            return found
    return None


@lru_cache(maxsize=512)
def script_of(row: Any) -> Script:
    """The core Script of a row; lists of words are stored separated by `+`."""
    return Script(
        id=row.id,
        version=row.version,
        enterprise=row.enterprise,
        purposes=frozenset(Purpose(one) for one in row.purposes.split("+") if one),
        products=frozenset(one for one in row.products.split("+") if one),
        status=row.status,
        period=Period(_instant(row.start_us), _instant(row.end_us)),
        mode=row.mode,
        parts=frozenset(one for one in row.parts.split("+") if one),
        audio_sha256=row.audio_sha256,
        duration_ms=row.duration_ms,
    )


def _instant(us: int | None) -> datetime | None:
    return None if us is None else from_us(us)


def _registered(
    connection: Connection, register: Register | None, asked: Asked, route: Route, now: datetime
) -> dict[str, Any]:
    """What register and submissions say of platform, carrier and number list; what nobody says stays unknown."""
    if register is None:
        return {"licences": (), "entrustments": (), "agency_known": False, "agency_seat": ""}
    agency = register.agency(asked.agency) if asked.agency else None
    carrier = register.carrier(route.trunk.carrier) if route.trunk else None
    listed = register.list_state(route.caller_id, asked.enterprise, asked.agency, now)
    return {
        "licences": register.licences(asked.enterprise),
        "entrustments": register.entrustments(asked.enterprise),
        "agency_known": agency is not None,
        "agency_seat": agency.seat if agency else "",
        "agency_standing": agency.standing if agency else None,
        "platform_known": None if asked.platform is None else register.platform(asked.platform) is not None,
        "carrier": carrier.fact if carrier else None,
        "number_list": state_of(connection, route.caller_id, asked.enterprise, asked.agency, listed),
    }
