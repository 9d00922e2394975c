"""Random rulebooks and calls: mostly lawful, near every boundary, over the whole vocabulary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import strategies as st

from dialer.core import facts as known
from dialer.core.calendars import Calendar, SpecialDay
from dialer.core.facts import Facts, Period
from dialer.core.limits import Counted, Group, Subject, Tallied, WindowKind
from dialer.core.message import Message
from dialer.core.policy import Applies, Binding, Mode, Moment, Pack, PolicySet, Purpose, Rule, Text
from dialer.core.rulebook import Rulebook
from dialer.core.rules import VOCABULARY
from dialer.core.rules.hours import Open
from dialer.documents import load_yaml, validated
from dialer.policy_files import load_policy

ROOT = Path(__file__).parents[2]
LAWFUL = validated(load_yaml(ROOT / "tests" / "policies" / "facts.yaml"), Facts)
MODEL = load_policy(ROOT / "policies").packs[0].rules[0]
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
# Ordinary days, a turn of the year with a holiday, and the nights on which clocks are put forward and back.
DAYS = (
    date(2026, 11, 24),
    date(2026, 9, 29),
    date(2026, 12, 30),
    date(2026, 3, 28),
    date(2026, 10, 24),
    date(2026, 3, 7),
    date(2026, 10, 31),
)
ZONES = ("Asia/Shanghai", "Asia/Shanghai", "Europe/London", "America/New_York", "Australia/Adelaide")
PURPOSES = tuple(Purpose)
HOLIDAYS = (
    SpecialDay(date(2026, 10, 1), False, "holiday"),
    SpecialDay(date(2026, 10, 2), False, "holiday"),
    SpecialDay(date(2026, 10, 10), True, "made up"),
    SpecialDay(date(2026, 11, 26), False, "holiday"),
    SpecialDay(date(2026, 11, 28), True, "made up"),
)
CALENDAR = Calendar("CN", "test", frozenset({5, 6}), (2026,), HOLIDAYS)
WINDOW_DAYS = (
    ("all",),
    ("all",),
    ("mon", "tue", "wed", "thu", "fri"),
    ("sat", "sun"),
    ("tue", "wed"),
)
KINDS_OF_DAY = (("workday",), ("restday",), ("holiday", "workday"), ("makeup_workday", "sat"))
CLOCKS = ("00:00", "01:00", "01:30", "02:00", "02:30", "08:00", "12:00", "18:30", "20:00", "21:00", "24:00")

T = TypeVar("T")


class Dice:
    """Draws by name of what is meant, so that strategies read like sentences."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def one(self, options: Sequence[T]) -> T:
        """One of `options`."""
        return options[self._draw(st.integers(0, len(options) - 1))]

    def some(self, options: Sequence[T], least: int = 0) -> frozenset[T]:
        """At least so many of `options`."""
        bits = self._draw(st.integers(0, 2 ** len(options) - 1))
        found = [one for number, one in enumerate(options) if bits >> number & 1]
        return frozenset(found if len(found) >= least else options)

    def upto(self, most: int, least: int = 0) -> int:
        """A number from `least` to `most`."""
        return self._draw(st.integers(least, most))

    def rarely(self) -> bool:
        """True once in eight times."""
        return self.upto(7) == 7

    def maybe(self) -> bool:
        """True every other time."""
        return self.upto(1) == 1


def windows(dice: Dice, days: Sequence[tuple[str, ...]]) -> list[tuple[tuple[str, ...], str, str]]:
    """One to three windows, of which most cover much of a day."""
    found = []
    for _ in range(dice.upto(3, 1)):
        start = dice.upto(len(CLOCKS) - 2)
        end = dice.upto(len(CLOCKS) - 1, start + 1)
        found.append((dice.one(days), CLOCKS[start], CLOCKS[end]))
    return found


def _hours(dice: Dice) -> dict[str, Any]:
    by_kind = dice.upto(2) == 0
    return {
        "open": tuple(
            Open(days, start, end)
            for days, start, end in windows(dice, KINDS_OF_DAY if by_kind else WINDOW_DAYS)
        ),
        "calendar": dice.one(("CN", "CN", "FR")) if by_kind else None,
        "unless_consent": dice.maybe(),
        "personal": dice.maybe(),
        "talk_over": dice.one(("finish", "end")),
    }


def _frequency(dice: Dice) -> dict[str, Any]:
    return {
        "most": dice.upto(3, 1),
        "per": dice.one((Subject.PERSON, Subject.LINE)),
        "counts": dice.one(tuple(Counted)),
        "window": dice.one(tuple(WindowKind)),
        "window_n": dice.upto(3, 1),
        "direct_prior_consent_days": dice.one((0, 0, 1, 3)),
    }


def _cooldown(dice: Dice) -> dict[str, Any]:
    in_days = dice.maybe()
    return {
        "after": dice.one(("conversation", "opt_out", "complaint")),
        "days": dice.upto(4, 1) if in_days else None,
        "hours": None if in_days else dice.upto(50, 1),
    }


def _rate(dice: Dice) -> dict[str, Any]:
    return {
        "most_permille": dice.one((30, 200, 500)),
        "days": dice.upto(3, 1),
        "per": dice.one(tuple(Group)),
        "zone": dice.one(ZONES),
        "at_least": dice.one((1, 10)),
    }


def _caller_id(dice: Dice) -> dict[str, Any]:
    checks = ("listed", "enterprise", "agency", "purpose", "status", "outbound", "undertaking", "period")
    return {
        "checks": dice.some((*checks, "windows", "carrier"), 1),
        "undertaking_for": dice.one((frozenset({"access_code"}), frozenset({"cn_95", "cn_400"}))),
        "series": dice.one(((), (), ("95",), ("400", "95"), ("400",))),
        "barred": dice.one(((), (), ("1",), ("9553",))),
    }


def _age(dice: Dice) -> int | None:
    return dice.one((None, 1, 2, 30))


PARAMS: dict[str, Callable[[Dice], dict[str, Any]]] = {
    "licence": lambda dice: {"scope": dice.some(("purpose", "product"), 1)},
    "entrustment": lambda dice: {"party": dice.one(("agency", "platform"))},
    "platform": lambda dice: {"checks": dice.some(("registered", "entrusted"), 1)},
    "carrier": lambda dice: {
        "licensed": dice.maybe(),
        "reviewed": dice.some(("licence", "entrustment"), 1),
        "review_max_age_days": _age(dice),
    },
    "caller_id": _caller_id,
    "agency": lambda dice: {
        "checks": dice.some(("active", "not_rectifying", "rectified", "inspected"), 1),
        "inspected_days": dice.one((1, 2, 366)),
    },
    "number_health": lambda dice: {
        "suspended": dice.maybe(),
        "noticed": dice.maybe(),
        "most_complaints": dice.one((None, 0, 2)),
        "most_labels": dice.one((0, 1)),
        "appealed": dice.maybe(),
    },
    "message": lambda dice: {
        "checks": dice.some(("words", "links", "signature", "name", "contact", "opt_out"), 1)
    },
    "number_cap": lambda dice: {"most": dice.one((1, 3)), "zone": dice.one(ZONES)},
    "same_number": lambda dice: {},
    "number_list": lambda dice: {
        "denied_states": dice.some(("unsubmitted", "submitted", "rejected", "withdrawn"), 1)
    },
    "case": lambda dice: {
        "checks": dice.some(("status", "assignee", "hold", "told"), 1),
        "statuses": dice.some(("assigned", "suspended", "instalment"), 1),
        "told_days": dice.upto(3),
        "tell_debtor": dice.maybe(),
    },
    "purpose": lambda dice: {
        "most_overdue_days": dice.one((0, 3)),
        "barred_parts": dice.some(("offer", "contact")) if dice.rarely() else frozenset({"offer"}),
    },
    "hours": _hours,
    "preference": lambda dice: {
        "silence": dice.one(("permit", "deny")),
        "after_opt_out_days": dice.one((None, 1, 3)),
    },
    "consent": lambda dice: {
        "kinds": dice.upto(2, 1),
        "covers": dice.one(("calls", "hours")),
        "max_age_days": _age(dice),
    },
    "external_registry": lambda dice: {
        "registry": dice.one(("dnc", "dnc", "tps")),
        "max_age_days": _age(dice),
        "consent_overrides": dice.maybe(),
    },
    "frequency": _frequency,
    "cooldown": _cooldown,
    "abandonment": _rate,
    "breaker": lambda dice: {**_rate(dice), "counts": dice.one((Tallied.OPTED_OUT, Tallied.COMPLAINED))},
    "reassigned": lambda dice: {"max_age_days": dice.one((1, 2, 30))},
    "third_party": lambda dice: {
        "like_debtor": frozenset({"debtor"}) | dice.some(("guarantor",)),
        "after_failures": dice.one((None, 1, 3)),
        "stop_on_request": dice.maybe(),
    },
    "script": lambda dice: {"scope": dice.some(("enterprise", "purpose", "product"))},
    "disclosure": lambda dice: {
        "parts": dice.some(("enterprise_name", "contact", "refusal_method"), 1),
        "modes": dice.some(("recorded", "agent_spoken"), 1),
    },
    "recording": lambda dice: {"what": dice.one(("conversation", "whole_call"))},
    "retention": lambda dice: {
        "data": dice.one(("recording", "consent")),
        "least_days": dice.one((30, 365)),
    },
}
SAY_UNKNOWN = frozenset(
    {
        "agency",
        "number_health",
        "platform",
        "carrier",
        "number_list",
        "case",
        "purpose",
        "external_registry",
        "reassigned",
    }
    | {"third_party", "recording", "retention"}
)
KIND_NAMES = tuple(sorted(PARAMS))
# Whose parameters are read whatever the facts are, so that a rule without any raises.
ALWAYS_READ = ("consent", "caller_id")
# Those that time alone can open again come more often.
DRAWN = KIND_NAMES + ("hours", "frequency", "cooldown", "preference") * 4


def params_of(dice: Dice, kind: str) -> object:
    """Valid parameters of `kind`, or ones with which the rule raises."""
    said = PARAMS[kind](dice)
    if kind in SAY_UNKNOWN:
        said["unknown"] = dice.one(("deny", "permit"))
    shape = VOCABULARY[kind].params
    assert shape is not None
    try:
        return shape(**said)
    except ValueError:
        # A series that begins with a barred one, say: no rule of the pack would have loaded.
        return None


def rule(dice: Dice, name: str, kind: str) -> Rule:
    """A rule for most calls, in force for some time."""
    start = dice.one((date(2026, 1, 1), date(2026, 1, 1), date(2026, 1, 1), dice.one(DAYS) + 2 * DAY))
    end = dice.one((None, None, None, dice.one(DAYS) + 3 * DAY))
    return replace(
        MODEL,
        id=name,
        kind=kind,
        params=None if kind in ALWAYS_READ and dice.upto(8) == 8 else params_of(dice, kind),
        applies=Applies(
            frozenset(Purpose) if not dice.rarely() else dice.some(PURPOSES, 1),
            frozenset() if not dice.rarely() else frozenset({"insurance"}),
            frozenset(Moment) if not dice.rarely() else frozenset({Moment.ADMIT}),
        ),
        mode=dice.one((Mode.ENFORCE, Mode.ENFORCE, Mode.ENFORCE, Mode.WARN, Mode.OBSERVE)),
        in_force_from=start,
        in_force_to=end if end is None or end > start else None,
    )


BINDINGS = (
    Binding(),
    Binding(),
    Binding(),
    Binding(enterprise_seat=frozenset({"CN-32"})),
    Binding(agency_seat=frozenset({"CN"}), callee_country=frozenset({"US"})),
    Binding(callee_region=frozenset({"US-NY", "US-FL"})),
    Binding(access_place=frozenset({"CN-33"})),
)


def book(dice: Dice, kind: str) -> Rulebook:
    """One or two packs of one to four rules, the first of them of `kind`."""
    packs = []
    for number in range(dice.upto(2, 1)):
        name = f"p{number}"
        kinds = [kind if (number, each) == (0, 0) else dice.one(DRAWN) for each in range(dice.upto(4, 1))]
        rules = tuple(rule(dice, f"{name}/{each}", one) for each, one in enumerate(kinds))
        zone = dice.one(("Asia/Shanghai", "Asia/Shanghai", "America/New_York"))
        packs.append(Pack(name, Text("测", name), 1, zone, dice.one(BINDINGS), rules))
    calendars = (CALENDAR,) if dice.upto(3) else ()
    return Rulebook(PolicySet(tuple(packs)), 1, "test", calendars)


def call(dice: Dice, rulebook: Rulebook) -> Facts:
    """A call that is lawful or nearly so, with every series that the rulebook asks for."""
    midnight = datetime.combine(dice.one(DAYS), datetime.min.time(), UTC)
    now = midnight + dice.upto(48 * 60) * MINUTE
    asks_messages = any(one.kind == "message" for pack in rulebook.policy.packs for one in pack.rules)
    channel = "sms" if dice.rarely() or (asks_messages and dice.maybe()) else "voice"
    world = World(dice, now, channel)
    assert LAWFUL.script is not None
    assert LAWFUL.trunk is not None
    purpose = dice.one(PURPOSES)
    zones = tuple(known.ZoneSource("number", dice.one(ZONES)) for _ in range(1 if dice.maybe() else 2))
    script = replace(
        LAWFUL.script,
        period=world.period(),
        status="draft" if dice.rarely() else "approved",
        mode=dice.one(("recorded", "recorded", "agent_spoken")),
        parts=LAWFUL.script.parts - (frozenset({"contact"}) if dice.rarely() else frozenset())
        | (frozenset({"offer", "debt_detail"}) if dice.rarely() else frozenset())
        | (frozenset({"agency_told"}) if dice.maybe() else frozenset()),
        products=frozenset({"other"}) if dice.rarely() else LAWFUL.script.products,
    )
    return replace(
        LAWFUL,
        now=now,
        moment=dice.one(tuple(Moment)),
        purpose=purpose,
        enterprise_known=not dice.rarely(),
        licences=tuple(world.document(LAWFUL.licences[0]) for _ in range(dice.one((1, 2, 1, 0)))),
        agency=None if dice.rarely() else LAWFUL.agency,
        agency_known=not dice.rarely(),
        platform=None if dice.rarely() else LAWFUL.platform,
        platform_known=dice.one((True, True, False, None)),
        entrustments=tuple(world.entrustment() for _ in range(dice.upto(3, 1))),
        numbers=tuple(world.number() for _ in range(dice.one((1, 2, 1, 0)))),
        trunk=None if dice.rarely() else LAWFUL.trunk,
        callee_country=dice.one(("CN", "CN", "US")),
        callee_regions=dice.one(((), ("US-NY",), ("US-CA", "US-FL"))),
        zones=() if dice.rarely() else zones,
        preferences=tuple(world.preference() for _ in range(dice.upto(3))),
        touches=world.touches(rulebook, purpose),
        live=tuple(world.live() for _ in range(dice.upto(2) if dice.rarely() else 0)),
        stops=(known.Stop("s", "all", now, "test"),) if dice.upto(30) == 30 else (),
        script=None if dice.rarely() else script,
        unsound=(known.Unsound("sound.record", {}),) if dice.upto(30) == 30 else (),
        carrier=world.carrier(),
        case=world.case(),
        overdue_days=dice.one((0, 0, 3, 4, None)),
        consents=tuple(world.consent() for _ in range(dice.one((1, 2, 0, 3)))),
        personal_hours=world.wishes(),
        registries={"dnc": known.Listing(dice.rarely(), world.past())} if not dice.rarely() else {},
        events=tuple(world.event() for _ in range(dice.upto(2))),
        callee_party=dice.one(("debtor", "third_party", "third_party", "guarantor", "unknown")),
        lost_contact=dice.one(
            (None, known.LostContact(1, now), known.LostContact(3, now), known.LostContact(0, now, True))
        ),
        recording_possible=dice.one((True, True, False, None)),
        retention_days=dice.one(({}, {"recording": 365, "consent": 29}, {"recording": None, "consent": 30})),
        agency_standing=world.standing(),
        number_health=world.health(),
        number_calls={zone: world.calls() for zone in rulebook.caps(purpose) if dice.upto(10) < 10},
        kept_caller_id=dice.one((None, LAWFUL.caller_id, "9553399")),
        number_list=dice.one(("acknowledged", "acknowledged", "submitted", "unsubmitted", "odd")),
        reassigned=None if dice.rarely() else known.Reassigned(dice.rarely(), world.past()),
        campaign=dice.one(("c", "c", None)),
        channel=channel,
        message=world.message() if channel == "sms" else None,
        tallies=world.tallies(rulebook, purpose),
    )


class World:
    """What stands in the facts, near `now`."""

    def __init__(self, dice: Dice, now: datetime, channel: str = "voice") -> None:
        self._dice, self._now, self._channel = dice, now, channel

    def near(self) -> datetime:
        """Three days either way, mostly at a full half hour."""
        return self._now.replace(minute=0) + self._dice.upto(6 * 48) * 30 * MINUTE - 3 * DAY

    def past(self) -> datetime:
        """Within the three days past."""
        return self._now - self._dice.upto(3 * 48) * 30 * MINUTE

    def period(self) -> Period:
        """Often open, sometimes about to begin or end."""
        if self._dice.maybe():
            return Period(None, None)
        start = self.near() if self._dice.maybe() else None
        end = self.near() if self._dice.maybe() else None
        return Period(start, end if start is None or end is None or end > start else None)

    def document(self, like: Any) -> Any:
        """A licence or entrustment."""
        return replace(
            like,
            period=self.period(),
            status="suspended" if self._dice.rarely() else "valid",
            products=frozenset({"other"}) if self._dice.rarely() else like.products,
            purposes=self._dice.some(PURPOSES) if self._dice.rarely() else like.purposes,
        )

    def entrustment(self) -> known.Entrustment:
        """A document, now and then one that is derived from another."""
        dice = self._dice
        one: known.Entrustment = self.document(dice.one(LAWFUL.entrustments))
        if dice.upto(3):
            return one
        above = dice.one(("WT-1", "WT-2", "SUB", "nothing"))
        name = dice.one(("SUB", "SUB", one.document))
        return replace(one, document=name, sub_of=above, consent=None if dice.rarely() else "TY")

    def standing(self) -> known.Standing | None:
        """How the agency stands."""
        dice = self._dice
        if dice.rarely():
            return None
        inspections = tuple(
            known.Inspection(
                self.near(),
                "lender",
                self.near() if dice.maybe() else None,
                self.near() if dice.maybe() else None,
            )
            for _ in range(dice.one((1, 1, 2, 0)))
        )
        status = dice.one(("active", "active", "active", "rectifying", "exited"))
        since = self.near() if dice.maybe() else None
        return known.Standing(status, since, None if dice.rarely() else inspections)

    def health(self) -> known.NumberHealth | None:
        """What is held against the number."""
        dice = self._dice
        if dice.rarely():
            return None
        return known.NumberHealth(
            dice.one((0, 0, 2, 3)),
            ("maker", "operator")[: dice.one((0, 0, 1, 2))],
            "notice" if dice.rarely() else None,
            self.near() if dice.rarely() else None,
            dice.one(("none", "none", "filed", "upheld", "rejected")),
        )

    def message(self) -> Message | None:
        """What a text holds; now and then nobody told."""
        dice = self._dice
        if dice.rarely():
            return None
        return Message(
            dice.one(("full_name", "short_name", "short_name", "other", "none")),
            not dice.rarely(),
            not dice.rarely(),
            not dice.rarely(),
            ("t.example",) if dice.rarely() else (),
            ("threats/beat",) if dice.rarely() else (),
        )

    def calls(self) -> known.DayCalls:
        """How many calls the number made, on a day near now."""
        return known.DayCalls(self._now.date() + (self._dice.upto(2) - 1) * DAY, self._dice.upto(4))

    def hours(self) -> known.WeeklyHours | None:
        """The number's own windows."""
        if self._dice.upto(3):
            return None
        found = tuple(known.WeeklyWindow(*one) for one in windows(self._dice, WINDOW_DAYS))
        return known.WeeklyHours(self._dice.one(ZONES), found)

    def number(self) -> known.NumberEntry:
        """A row of the register for this caller ID, or for another."""
        dice, like = self._dice, LAWFUL.numbers[0]
        return replace(
            like,
            number="9559999" if dice.rarely() else like.number,
            enterprise="other" if dice.rarely() else like.enterprise,
            agency=None if dice.rarely() else like.agency,
            carrier="telecom" if dice.rarely() else like.carrier,
            status="disabled" if dice.rarely() else like.status,
            may_dial_out=not dice.rarely(),
            kind="sms_port" if dice.rarely() is (self._channel == "voice") else like.kind,
            access_code=dice.maybe(),
            undertaking=dice.one(("CN-1", "CN-1", "CN-1", None)),
            hours=self.hours(),
            purposes=dice.some(PURPOSES) if dice.rarely() else like.purposes,
            period=self.period(),
        )

    def preference(self) -> known.Preference:
        """A statement in or out of scope."""
        dice = self._dice
        return known.Preference(
            "p",
            dice.one(("accept", "accept", "opt_out")),
            dice.one((None, "lender", "other")) if dice.maybe() else None,
            dice.one(PURPOSES) if dice.rarely() else None,
            "other" if dice.rarely() else None,
            dice.one(("voice", "sms")) if dice.rarely() else None,
            "key",
            self.past(),
            self.near() if dice.maybe() else None,
        )

    def consent(self) -> known.Consent:
        """A proof of agreement."""
        dice = self._dice
        given = self.past()
        return known.Consent(
            "c",
            dice.one(("sms", "telephone", "writing", "web")),
            dice.one((None, "lender", "lender", "other")),
            dice.one(PURPOSES) if dice.rarely() else None,
            None,
            None,
            dice.one((frozenset({"calls"}), frozenset({"hours"}), frozenset({"calls", "hours"}))),
            given,
            given + dice.upto(200, 1) * HOUR if dice.maybe() else None,
        )

    def live(self) -> known.Live:
        """A call that is on."""
        return known.Live(
            self._dice.one(("person", "line")), "a", self._now + (self._dice.upto(40) - 5) * MINUTE
        )

    def carrier(self) -> known.Carrier | None:
        """The carrier and what it looked at."""
        dice = self._dice
        if dice.rarely():
            return None
        documents = (("licence", LAWFUL.licences[0].number), ("entrustment", LAWFUL.entrustments[0].document))
        reviews = tuple(
            known.Review(
                *dice.one((*documents, ("licence", "strange"))), dice.one((self.past(), self.near()))
            )
            for _ in range(dice.one((2, 1, 0)))
        )
        status = "revoked" if dice.rarely() else "valid"
        return known.Carrier(
            "unicom", "" if dice.rarely() else "L", self.period(), status, None if dice.rarely() else reviews
        )

    def case(self) -> known.Case | None:
        """The debt."""
        dice = self._dice
        if dice.rarely():
            return None
        holds = tuple(known.Hold(self.period(), "illness") for _ in range(dice.upto(1)))
        return known.Case(
            dice.one(("assigned", "assigned", "settled")),
            dice.one((LAWFUL.agency, LAWFUL.agency, None)),
            holds,
            None if dice.rarely() else self.past(),
        )

    def wishes(self) -> tuple[known.PersonalHours, ...]:
        """The person's own windows."""
        if self._dice.maybe():
            return ()
        return tuple(
            known.PersonalHours(self._dice.one(("only", "never")), days, start, end)
            for days, start, end in windows(self._dice, WINDOW_DAYS)
        )

    def event(self) -> known.Happened:
        """What a cool-down may begin with."""
        kinds = ("conversation", "opt_out", "complaint", "stop_request")
        return known.Happened(self._dice.one(kinds), self.past())

    def touches(self, rulebook: Rulebook, purpose: Purpose) -> dict[str, tuple[datetime, ...]]:
        """Every series asked for, but for one that is missing now and then."""
        found = {}
        for limit in rulebook.limits(purpose):
            series = sorted((self.past() for _ in range(self._dice.upto(4))), reverse=True)
            if self._dice.upto(30) < 30:
                found[limit.key] = tuple(series[: limit.most + 1])
        return found

    def tallies(self, rulebook: Rulebook, purpose: Purpose) -> dict[str, tuple[known.DayTally, ...]]:
        """Every series of tallies asked for, but for one that is missing now and then."""
        found = {}
        for rate in rulebook.rates(purpose):
            days = [self._now.date() - number * DAY for number in range(1, 4)]
            if self._dice.upto(10) < 10:
                found[rate.key] = tuple(
                    known.DayTally(day, answered, self._dice.upto(answered))
                    for day in days
                    if (answered := self._dice.upto(20))
                )
        return found


@st.composite
def worlds(draw: st.DrawFn, kind: str) -> tuple[Rulebook, Facts]:
    """A rulebook with a rule of `kind`, and a call that it judges."""
    dice = Dice(draw)
    rulebook = book(dice, kind)
    return rulebook, replace(call(dice, rulebook), calendars=rulebook.calendar_of)
