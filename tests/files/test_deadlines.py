"""What ends when: brackets at their boundaries, what was renewed left out, the same as a calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

import dialer.lab
from dialer.deadline_calendar import calendar_bytes
from dialer.deadlines import (
    DatedRule,
    DatedScript,
    Deadline,
    all_deadlines,
    deadline_json,
    near,
)
from dialer.register_files import load_register

SAMPLE = Path(dialer.lab.__file__).parent / "sample/stocktaking/register.yaml"
LAST = date(2026, 12, 31)
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def a_register(**sections: Any) -> dict[str, Any]:
    """A small register with these sections in place of its own."""
    found = load_register(SAMPLE)
    empty = {name: [] for name in ("licences", "entrustments", "numbers")}
    return {**found, **empty, **sections}


def a_number(**more: Any) -> dict[str, Any]:
    """A number that ends with the year."""
    return {
        "number": "95000001",
        "enterprise": "jiangsu-example",
        "carrier": "example-telecom",
        "purposes": ["collection"],
        "from": "2026-01-01",
        "to": "2027-01-01",
        "status": "allocated",
        **more,
    }


@pytest.mark.parametrize(
    ("days", "bracket"),
    [(61, None), (60, 60), (31, 60), (30, 30), (8, 30), (7, 7), (0, 7), (-1, 0)],
)
def test_a_bracket_begins_on_its_day(days: int, bracket: int | None) -> None:
    """60, 30 and 7 days before the last day, the day before it not; ended from the day after."""
    one = Deadline("number/1", "number", "95000001", "a", "b", LAST)
    assert one.bracket(LAST - timedelta(days=days)) == bracket


def test_the_last_day_is_the_one_before_the_register_says_to() -> None:
    """`to` is the day after; whose it is and who acts stand in it by name."""
    (found,) = all_deadlines(a_register(numbers=[a_number(agency="suzhou-example")]))
    assert (found.kind, found.subject, found.last_day) == ("number", "95000001", LAST)
    assert found.of == "苏州示例信用管理有限公司"
    assert found.owner == "示例联络员 02588880100"


def test_everything_dated_is_there_soonest_first() -> None:
    """Licence, entrustment, number, carrier's licence, rectification, script and review of a rule."""
    register = a_register(
        licences=[
            {
                "enterprise": "jiangsu-example",
                "number": "L1",
                "purposes": ["collection"],
                "products": ["credit"],
                "from": "2024-01-01",
                "to": "2026-12-02",
            }
        ],
        entrustments=[
            {
                "document": "委托1号",
                "enterprise": "jiangsu-example",
                "party": "suzhou-example",
                "purposes": ["collection"],
                "products": ["credit"],
                "from": "2025-01-01",
                "to": "2026-12-03",
            }
        ],
        numbers=[a_number(to="2026-12-04")],
        carriers=[
            {
                "id": "example-telecom",
                "name": "示例电信",
                "licence": "A1",
                "from": "2020-01-01",
                "to": "2026-12-05",
            }
        ],
    )
    register["agencies"][0]["inspections"] = [
        {"on": "2026-10-01", "by": "合规部", "findings": "录音不全", "rectify_by": "2026-12-05"},
        {"on": "2026-09-01", "by": "合规部", "rectify_by": "2026-12-01", "rectified_on": "2026-11-01"},
    ]
    script = DatedScript("opening", 2, "jiangsu-example", "wang", date(2026, 12, 6))
    rule = DatedRule("house/collection-hours", "house", "policy", date(2026, 12, 7))
    found = all_deadlines(register, [script], [rule])
    assert [(one.kind, one.last_day.day, one.owner) for one in found] == [
        ("licence", 1, "示例联络员 02588880100"),
        ("entrustment", 2, "示例联络员 02588880100"),
        ("number", 3, "示例联络员 02588880100"),
        ("carrier_licence", 4, "示例电信"),
        ("rectification", 5, "合规部"),
        ("script", 6, "wang"),
        ("rule_review", 7, "policy"),
    ]
    assert len({one.id for one in found}) == len(found)


def test_rules_of_one_pack_day_and_owner_are_one_end() -> None:
    """Nobody wants a hundred events on one day; each rule is named in it."""
    day = date(2026, 12, 7)
    rules = [DatedRule(f"house/{name}", "house", "policy", day) for name in ("a", "b")]
    (both, other) = all_deadlines(None, (), [*rules, DatedRule("uk/c", "uk", "policy", day)])
    assert (both.subject, both.includes) == ("house × 2", ("house/a", "house/b"))
    assert other.subject == "uk/c"
    assert "house/b" in str(
        Calendar.from_ical(calendar_bytes([both], "t", "UTC", NOW)).walk("VEVENT")[0]["description"]
    )


@pytest.mark.parametrize(
    ("later", "ends"),
    [
        ({"from": "2027-01-01", "to": "2028-01-01"}, 1),
        ({"from": "2026-06-01"}, 0),
        ({"from": "2027-01-02", "to": "2028-01-01"}, 2),
        ({"from": "2027-01-01", "to": "2028-01-01", "purposes": ["service"]}, 2),
        ({"from": "2027-01-01", "to": "2028-01-01", "number": "95000002"}, 2),
    ],
)
def test_what_was_renewed_has_no_end(later: dict[str, Any], ends: int) -> None:
    """A later row of the same number, without a gap and for all its purposes; else both end."""
    other = {**{key: one for key, one in a_number().items() if key != "to"}, **later}
    assert len(all_deadlines(a_register(numbers=[a_number(), other]))) == ends


def test_what_is_given_up_has_no_end() -> None:
    """A disabled number, and one without an end."""
    open_end = {key: one for key, one in a_number().items() if key != "to"}
    assert all_deadlines(a_register(numbers=[a_number(status="disabled"), open_end])) == []
    assert all_deadlines(None) == []


def test_what_is_near_lies_on_both_sides() -> None:
    """So many days ahead, and what ended as long ago."""
    (one,) = all_deadlines(a_register(numbers=[a_number()]))
    for days, there in ((11, False), (10, True), (-10, True), (-11, False)):
        assert bool(near([one], LAST - timedelta(days=days), 10)) is there
    assert deadline_json(one, LAST)["text"] == {
        "zh": "号码合作期到期",
        "en": "cooperation period of a number ends",
    }


def test_the_calendar_holds_an_all_day_event_with_three_alarms() -> None:
    """On the last day, alarms 60, 30 and 7 days before, the subject in Chinese, and it reads back."""
    deadlines = all_deadlines(a_register(numbers=[a_number()]))
    content = calendar_bytes(deadlines, "测试", "Asia/Shanghai", NOW)
    calendar = Calendar.from_ical(content)
    (event,) = calendar.walk("VEVENT")
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (LAST, LAST + timedelta(days=1))
    assert str(event["summary"]) == "号码合作期到期：95000001（江苏示例消费金融有限公司）"
    alarms = [one.decoded("trigger") for one in event.walk("VALARM")]
    assert alarms == [timedelta(days=-60), timedelta(days=-30), timedelta(days=-7)]
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))


def test_an_event_keeps_its_uid_when_its_day_is_moved() -> None:
    """So it moves in the reader's calendar; another number has another one."""

    def uid(**more: Any) -> str:
        made = calendar_bytes(
            all_deadlines(a_register(numbers=[a_number(**more)])), "t", "Asia/Shanghai", NOW
        )
        (event,) = Calendar.from_ical(made).walk("VEVENT")
        return str(event["uid"])

    assert uid() == uid(to="2027-06-01") != uid(number="95000002")
