"""A site with everything a permitted call needs, and a clock that stands still until it is told."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from dialer.core.admission import Actor, Admission, Permitted, Request
from dialer.core.facts import Period
from dialer.core.limits import Counted, Subject, WindowKind
from dialer.core.phone import Line
from dialer.core.policy import (
    Applies,
    Binding,
    Citation,
    Force,
    Grade,
    Mode,
    Pack,
    Party,
    PolicySet,
    Purpose,
    Rule,
    Text,
)
from dialer.core.rulebook import Rulebook
from dialer.core.rules import caller_id, frequency, hours, licence, preference, script
from dialer.record.given import Enrolment, Spans
from dialer.record.store import RecordStore
from dialer.secrets import Secrets

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # a Monday, 12:00 in Shanghai
OFFICER = Actor("lin", frozenset({"compliance"}), "socket_peer")
OPERATOR = Actor("wang", frozenset({"operator"}), "socket_peer")
NUMBER = "+8613812345678"
CALLER_ID = "95188"


class StillClock:
    """A clock that moves when a test says so; wall and boot time apart only by `skew`."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at
        self.boot_ns = 5_000_000_000

    def now(self) -> datetime:
        return self.at

    def boottime_ns(self) -> int:
        return self.boot_ns

    def move(self, **span: float) -> None:
        """Both clocks go on."""
        self.at += timedelta(**span)
        self.boot_ns += int(timedelta(**span) / timedelta(microseconds=1)) * 1000


@dataclass(frozen=True)
class ScriptRow:
    """A script as the record takes it."""

    id: str = "opening"
    version: int = 1
    enterprise: str = "bank"
    purposes: frozenset[Purpose] = frozenset({Purpose.COLLECTION, Purpose.MARKETING})
    products: frozenset[str] = frozenset({"credit"})
    mode: str = "recorded"
    parts: frozenset[str] = frozenset({"enterprise_name", "contact", "refusal_method"})
    text: str = "这里是江南银行。"
    audio_sha256: str = hashlib.sha256(b"opening").hexdigest()
    duration_ms: int = 3000
    closing: bool = False
    period: Period = field(default_factory=Period)
    replacements: tuple[str, ...] = ()


CLOSING = ScriptRow(id="goodbye", closing=True, text="再见。", audio_sha256="c" * 64, duration_ms=900)


def secrets() -> Secrets:
    """Keys that are always the same."""
    return Secrets(
        subject_key=b"s" * 32,
        subject_key_version=1,
        master_key=b"m" * 32,
        master_key_version=1,
        permit_keys={"permit-1": b"p" * 32},
        permit_key_id="permit-1",
    )


def register() -> dict[str, Any]:
    """One bank with a licence, an agency, a carrier, two trunks and a number for collection and marketing."""
    always = {"from": "2026-01-01", "to": "2028-01-01"}
    both = ["collection", "marketing"]
    return {
        "register": {"name": "test", "zone": "Asia/Shanghai"},
        "enterprises": [
            {
                "id": one,
                "full_name": f"{one} 股份有限公司",
                "short_names": [f"{one}简称"],
                "uscc": "91320000000000000X",
                "seat": "CN-32",
                "contact": "95188",
                "closing_script": None,
            }
            for one in ("bank", "lender")
        ],
        "agencies": [],
        "platforms": [],
        "licences": [
            {
                "enterprise": one,
                "number": f"L-{one}",
                "purposes": both,
                "products": ["credit"],
                "status": "valid",
                **always,
            }
            for one in ("bank", "lender")
        ],
        "entrustments": [],
        "carriers": [{"id": "unicom", "name": "中国联通", "licence": "A2"}],
        "trunks": [{"name": "east", "carrier": "unicom", "place": "CN-32", "number_format": "national"}],
        "numbers": [
            {
                "number": number,
                "enterprise": one,
                "agency": None,
                "carrier": "unicom",
                "purposes": both,
                "path": "special_segment",
                "status": "allocated",
                "may_dial_out": True,
                **always,
            }
            for one, number in (("bank", CALLER_ID), ("lender", "95199"))
        ],
    }


def rule(name: str, kind: str, params: object, *purposes: Purpose) -> Rule:
    """One enforced rule."""
    return Rule(
        id=f"t/{name}",
        title=Text(name, name),
        binds=frozenset({Party.ENTERPRISE}),
        applies=Applies(purposes=frozenset(purposes or (Purpose.COLLECTION, Purpose.MARKETING))),
        kind=kind,
        params=params,
        force=Force.LAW,
        mode=Mode.ENFORCE,
        in_force_from=date(2026, 1, 1),
        in_force_to=None,
        citation=Citation(
            "test", Text("测", "t"), None, Text("测", "t"), "http://t", Grade.A, date(2026, 1, 1)
        ),
        owner="t",
        review_on=date(2027, 1, 1),
    )


def limit(most: int = 3, counts: Counted = Counted.ATTEMPTS, **more: Any) -> frequency.Params:
    """A limit for a person and calendar day."""
    return frequency.Params(
        most=most,
        per=more.get("per", Subject.PERSON),
        counts=counts,
        window=more.get("window", WindowKind.DAYS),
        window_n=more.get("window_n", 1),
        same_enterprise=more.get("same_enterprise", True),
    )


def rulebook(*limits: frequency.Params, revision: int = 1, rules: Sequence[Rule] = ()) -> Rulebook:
    """Hours, licence, caller ID, preference, script, `limits` and other `rules`."""
    every = [
        rule("hours", "hours", hours.Params((hours.Open(("all",), "08:00", "20:00"),))),
        rule("licence", "licence", licence.Params()),
        rule("caller-id", "caller_id", caller_id.Params(frozenset({"listed", "enterprise", "carrier"}))),
        rule("preference", "preference", preference.Params("permit")),
        rule("script", "script", script.Params()),
        *(rule(f"limit-{number}", "frequency", one) for number, one in enumerate(limits)),
        *rules,
    ]
    pack = Pack("t", Text("测", "t"), 1, "Asia/Shanghai", Binding(), tuple(every))
    return Rulebook(PolicySet((pack,)), revision, "test")


def line(e164: str = NUMBER) -> Line:
    """A mobile line."""
    return Line(e164, "mobile", "CN", ("Asia/Shanghai",))


class Site:
    """A store in `folder`, and the calls of one person after another."""

    def __init__(
        self,
        folder: Path,
        *limits: frequency.Params,
        clock: StillClock | None = None,
        spans: Spans | None = None,
        keys: Secrets | None = None,
        **more: Any,
    ) -> None:
        self.folder = folder
        self.clock = clock or StillClock()
        self.book = rulebook(*more.pop("limits", limits), rules=more.pop("rules", ()))
        self.store = RecordStore.open(
            folder,
            secrets=keys or secrets(),
            clock=more.pop("real_clock", self.clock),
            rulebooks={self.book.digest: self.book},
            spans=spans,
            **more,
        )
        self._open = True

    @property
    def calls(self) -> Any:
        return self.store.calls

    async def ready(self, *scripts: ScriptRow) -> Site:
        """Put register, rulebook and approved scripts in force."""
        await self.store.put_in_force("register", register(), OFFICER)
        await self.store.put_in_force(
            "policy", {"digest": self.book.digest, "revision": self.book.revision}, OFFICER
        )
        for one in scripts or (ScriptRow(), CLOSING, ScriptRow(id="lender-opening", enterprise="lender")):
            await self.store.put_script(one, OPERATOR)
            await self.store.approve_script(one.id, one.version, OFFICER)
        return self

    async def request(self, person: str = "C-1", number: str = NUMBER, **more: Any) -> Request:
        """A collection call of the bank, its person enrolled."""
        enterprise = more.get("enterprise", "bank")
        who = Enrolment(person, "张三", line(number), more.pop("debt_id", None))
        known = (await self.store.enrol(enterprise, [who]))[0]
        ident = uuid4()
        request = Request(
            id=ident,
            idempotency_key=str(ident),
            digest=hashlib.sha256(str(ident).encode()).hexdigest(),
            actor=OPERATOR,
            enterprise=enterprise,
            purpose=Purpose.COLLECTION,
            product="credit",
            person=known.person,
            line=known.line,
            callee=line(number),
            script="opening" if enterprise == "bank" else "lender-opening",
            debt=known.debt,
        )
        return replace(request, **more)

    async def admit(self, person: str = "C-1", number: str = NUMBER, **more: Any) -> Admission:
        """Ask for one call."""
        admission: Admission = await self.calls.admit(await self.request(person, number, **more))
        return admission

    async def permitted(self, person: str = "C-1", number: str = NUMBER, **more: Any) -> Permitted:
        """Ask for one call that must be permitted."""
        admission = await self.admit(person, number, **more)
        assert isinstance(admission, Permitted), codes(admission)
        return admission

    def close(self) -> None:
        """Close the store, once."""
        if self._open:
            self._open = False
            self.store.close()


def codes(admission: Any) -> Sequence[str]:
    """The reason codes of a denial."""
    return [one.code for one in admission.decision.denials] if admission.decision else []


def a_uuid(number: int) -> UUID:
    """A surrogate that nobody has."""
    return UUID(int=number)
