"""Kind hours: open windows by kind of day, consent, the person's own windows, and what the closing hour does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from kind_kit import DAY, HOUR, MICROSECOND, judged, params_of, said
from pydantic import ValidationError

from dialer.core.calendars import Calendar, SpecialDay
from dialer.core.facts import Consent, Facts, PersonalHours, Preference, ZoneSource
from dialer.core.policy import Purpose
from dialer.core.rules import hours

DAYTIME = [{"days": ["all"], "start": "08:00", "end": "22:00"}]
BY_KIND = [
    {"days": ["workday"], "start": "08:00", "end": "20:00"},
    {"days": ["restday"], "start": "09:00", "end": "18:00"},
]
CHINA = Calendar(
    "CN",
    "test",
    frozenset({5, 6}),
    (2026,),
    (
        SpecialDay(date(2026, 10, 1), False, "国庆节"),
        SpecialDay(date(2026, 10, 10), True, "国庆节"),
    ),
)


def _at(facts: Facts, text: str, **changes: Any) -> Facts:
    """`facts` at `text`, a wall time of Shanghai, or an instant that says its offset."""
    at = datetime.fromisoformat(text if "Z" in text else f"{text}+08:00").astimezone(UTC)
    return replace(facts, now=at, calendars={"CN": CHINA}, **changes)


def _consent(given_at: datetime, **more: Any) -> Consent:
    known = {"enterprise": None, "purpose": None, "product": None, "channel": None}
    return Consent("c1", "sms", covers=frozenset({"hours"}), given_at=given_at, **{**known, **more})


@pytest.mark.parametrize(
    "params",
    [
        {"open": []},
        {"open": [{"days": ["someday"], "start": "08:00", "end": "22:00"}]},
        {"open": [{"days": [], "start": "08:00", "end": "22:00"}]},
        {"open": [{"days": ["all"], "start": "22:00", "end": "08:00"}]},
        {"open": [{"days": ["all"], "start": "8:00", "end": "22:00"}]},
        {"open": DAYTIME, "talk_over": "maybe"},
        {"open": DAYTIME, "calendar": "CN"},
        {"open": BY_KIND},
        {"open": BY_KIND, "calendar": "China"},
    ],
)
def test_params_that_mean_nothing(params: dict[str, Any]) -> None:
    """Windows that end before they start, unknown days, and kinds of day without a calendar are refused."""
    with pytest.raises(ValidationError):
        params_of("hours", params)


@pytest.mark.parametrize(
    ("text", "expected", "opens"),
    [
        ("2026-09-30T19:59:59.999999", "permit hours.open", None),
        ("2026-09-30T20:00:00", "deny hours.shut", "2026-10-01T09:00:00"),
        ("2026-10-01T08:30:00", "deny hours.shut", "2026-10-01T09:00:00"),
        ("2026-10-01T18:00:00", "deny hours.shut", "2026-10-02T08:00:00"),
        ("2026-10-10T08:00:00", "permit hours.open", None),
        ("2026-10-10T20:00:00", "deny hours.shut", "2026-10-11T09:00:00"),
        ("2026-10-17T08:59:59.999999", "deny hours.shut", "2026-10-17T09:00:00"),
    ],
)
def test_days_by_kind(lawful: Facts, text: str, expected: str, opens: str | None) -> None:
    """A public holiday is a rest day, a make-up Saturday a work day, and the next instant follows the calendar."""
    params = {"open": BY_KIND, "calendar": "CN"}
    facts = _at(lawful, text)
    assert said("hours", params, facts) == expected
    if opens is not None:
        assert judged("hours", params, facts).opens_at == datetime.fromisoformat(f"{opens}+08:00")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2027-01-04T09:00:00", "permit hours.open"),
        ("2027-01-04T08:30:00", "deny hours.day_unknown"),
        ("2027-01-04T18:00:00", "deny hours.day_unknown"),
        ("2027-01-04T07:59:59", "deny hours.shut"),
        ("2027-01-02T08:59:59", "deny hours.day_unknown"),
        ("2027-01-02T19:00:00", "deny hours.day_unknown"),
    ],
)
def test_a_year_without_official_data(lawful: Facts, text: str, expected: str) -> None:
    """A day of an unknown year is open only where every reading of it is, and the finding says that it is unknown."""
    assert said("hours", {"open": BY_KIND, "calendar": "CN"}, _at(lawful, text)) == expected


def test_a_calendar_that_was_not_loaded(lawful: Facts) -> None:
    """Without the country's calendar every day is unknown."""
    facts = replace(_at(lawful, "2026-10-12T08:30:00"), calendars={})
    assert said("hours", {"open": BY_KIND, "calendar": "CN"}, facts) == "deny hours.day_unknown"


def test_a_kind_of_day_that_is_far_away(lawful: Facts) -> None:
    """Hours on make-up work days alone open on the next one, months ahead."""
    only = [{"days": ["makeup_workday"], "start": "10:00", "end": "11:00"}]
    verdict = judged("hours", {"open": only, "calendar": "CN"}, _at(lawful, "2026-03-02T10:00:00"))
    assert verdict.opens_at == datetime.fromisoformat("2026-10-10T10:00:00+08:00")


def test_split_windows(lawful: Facts) -> None:
    """Between two windows of a day it is shut until the second."""
    split = [
        {"days": ["all"], "start": "08:00", "end": "12:00"},
        {"days": ["all"], "start": "14:00", "end": "20:00"},
    ]
    verdict = judged("hours", {"open": split}, _at(lawful, "2026-11-24T12:00:00"))
    assert verdict.opens_at == datetime.fromisoformat("2026-11-24T14:00:00+08:00")


def test_hours_that_never_close(lawful: Facts) -> None:
    """Open all day on every day: time alone ends nothing."""
    always = {"open": [{"days": ["all"], "start": "00:00", "end": "24:00"}]}
    verdict = judged("hours", always, _at(lawful, "2026-11-24T23:59:59"))
    assert (verdict.denied, verdict.closes_at) == (False, None)


def test_consent_opens_every_hour(lawful: Facts) -> None:
    """A consent that covers hours permits outside them, until it ends; a rule that knows no exception does not ask."""
    facts = _at(lawful, "2026-11-24T23:00:00")
    until = facts.now + HOUR
    agreed = replace(facts, consents=(_consent(facts.now - DAY, until=until),))
    params = {"open": DAYTIME, "unless_consent": True}
    verdict = judged("hours", params, agreed)
    assert (verdict.code, verdict.closes_at) == ("hours.consented", until)
    assert said("hours", {"open": DAYTIME}, agreed) == "deny hours.shut"
    assert said("hours", params, facts) == "deny hours.shut"


def test_consent_across_the_closing_hour(lawful: Facts) -> None:
    """Within hours a consent moves the end: to the next closing hour that it does not cover."""
    facts = _at(lawful, "2026-11-24T21:00:00")
    until = facts.now + timedelta(hours=12)
    agreed = replace(facts, consents=(_consent(facts.now - DAY, until=until),))
    verdict = judged("hours", {"open": DAYTIME, "unless_consent": True}, agreed)
    assert verdict.closes_at == datetime.fromisoformat("2026-11-25T22:00:00+08:00")


@pytest.mark.parametrize(
    "changes",
    [
        {"covers": frozenset({"calls"})},
        {"purpose": Purpose.MARKETING},
        {"enterprise": "another"},
        {"product": "insurance"},
        {"channel": "sms"},
    ],
)
def test_consent_to_something_else(lawful: Facts, changes: dict[str, Any]) -> None:
    """A consent that covers no hours, or another call, opens none."""
    facts = _at(lawful, "2026-11-24T23:00:00")
    given = replace(_consent(facts.now - DAY), **changes)
    params = {"open": DAYTIME, "unless_consent": True}
    assert said("hours", params, replace(facts, consents=(given,))) == "deny hours.shut"


def test_an_opt_out_withdraws_consent(lawful: Facts) -> None:
    """What was agreed to before an opt-out opens nothing after it."""
    facts = _at(lawful, "2026-11-24T23:00:00")
    said_no = Preference("p", "opt_out", None, None, None, None, "key", facts.now - HOUR)
    agreed = replace(facts, consents=(_consent(facts.now - DAY),), preferences=(said_no,))
    assert said("hours", {"open": DAYTIME, "unless_consent": True}, agreed) == "deny hours.shut"


def test_the_persons_own_windows(lawful: Facts) -> None:
    """Windows the person wants no calls in are kept, also against his own consent; where the rule says so."""
    facts = _at(lawful, "2026-11-24T12:30:00")
    never = (PersonalHours("never", ("tue",), "12:00", "14:00"),)
    facts = replace(facts, personal_hours=never, consents=(_consent(facts.now - DAY),))
    params = {"open": DAYTIME, "personal": True, "unless_consent": True}
    verdict = judged("hours", params, facts)
    assert verdict.code == "hours.not_wanted"
    assert verdict.opens_at == datetime.fromisoformat("2026-11-24T14:00:00+08:00")
    assert said("hours", {"open": DAYTIME}, facts) == "permit hours.open"


def test_only_the_persons_own_windows(lawful: Facts) -> None:
    """Who wants calls on Saturdays from ten is called on Saturdays from ten, and within the rule's hours."""
    facts = replace(
        _at(lawful, "2026-11-24T12:30:00"),
        personal_hours=(PersonalHours("only", ("sat",), "06:00", "11:00"),),
    )
    params = {"open": DAYTIME, "personal": True}
    verdict = judged("hours", params, facts)
    assert verdict.opens_at == datetime.fromisoformat("2026-11-28T08:00:00+08:00")
    open_then = judged("hours", params, facts.at(verdict.opens_at))
    assert open_then.closes_at == datetime.fromisoformat("2026-11-28T11:00:00+08:00")


def test_a_person_who_wants_no_calls_at_all(lawful: Facts) -> None:
    """Windows that leave nothing open are never open."""
    never = (PersonalHours("never", ("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "00:00", "24:00"),)
    facts = replace(_at(lawful, "2026-11-24T12:30:00"), personal_hours=never)
    assert judged("hours", {"open": DAYTIME, "personal": True}, facts).opens_at is None


def test_what_the_closing_hour_does_to_talk(lawful: Facts) -> None:
    """Talk may finish, or a duty names the instant at which it ends."""
    facts = _at(lawful, "2026-11-24T21:59:00")
    assert judged("hours", {"open": DAYTIME, "talk_over": "finish"}, facts).obligations == ()
    (duty,) = judged("hours", {"open": DAYTIME, "talk_over": "end"}, facts).obligations
    assert (duty.duty, duty.values) == ("end_by", {"at": "2026-11-24T22:00:00+08:00"})


def test_all_possible_zones_must_be_open(lawful: Facts) -> None:
    """Where two zones are possible the finding names the one that is shut, and both must open."""
    zones = (ZoneSource("number", "America/New_York"), ZoneSource("address", "America/Los_Angeles"))
    facts = replace(_at(lawful, "2026-11-24T14:00:00Z"), zones=zones)
    verdict = judged("hours", {"open": DAYTIME}, facts)
    assert (verdict.code, verdict.values["zone"]) == ("hours.shut", "America/Los_Angeles")
    assert verdict.opens_at == datetime(2026, 11, 24, 16, tzinfo=UTC)


def test_an_unknown_zone(lawful: Facts) -> None:
    """Nobody knows what time it is there."""
    assert said("hours", {"open": DAYTIME}, replace(lawful, zones=())) == "deny hours.zone_unknown"


def test_what_was_remembered_is_not_believed_backwards(lawful: Facts) -> None:
    """One rule asked about instants in any order answers as if each were the first."""
    params = params_of("hours", {"open": BY_KIND, "calendar": "CN"})
    start = datetime(2026, 9, 29, tzinfo=UTC)
    instants = [start + timedelta(hours=7 * n % 400) for n in range(120)]
    for at in instants:
        fresh = params_of("hours", {"open": BY_KIND, "calendar": "CN"})
        facts = replace(_at(lawful, "2026-11-24T12:00:00"), now=at - MICROSECOND)
        assert hours.judge(params, facts) == hours.judge(fresh, facts)
