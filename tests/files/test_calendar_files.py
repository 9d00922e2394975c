"""Calendars from libraries, guarded by year, and from official notices that an operator loads."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest

from dialer.calendar_files import ANNOUNCED_THROUGH, from_library, load_calendars
from dialer.core.calendars import missing_years
from dialer.core.decision import decide
from dialer.core.errors import BadInput
from dialer.core.facts import Facts
from dialer.core.policy import PolicySet, Rule
from dialer.core.rulebook import Rulebook
from dialer.core.rules import hours
from dialer.documents import load_yaml, validated
from dialer.policy_files import load_policy
from dialer.policy_listing import check

ROOT = Path(__file__).parents[2]
NOTICE = """\
country: CN
years: [2027]
title: 国务院办公厅关于2027年部分节假日安排的通知
address: https://www.gov.cn/example
read_on: 2026-11-25
days:
  - {from: 2027-01-01, through: 2027-01-03, works: false, name: 元旦}
  - {from: 2027-01-09, works: true, name: 元旦}
"""
BY_KIND = hours.Params(
    (hours.Open(("workday",), "08:00", "20:00"), hours.Open(("restday",), "09:00", "18:00")), calendar="CN"
)


@cache
def _policy() -> PolicySet:
    """The house pack with one rule of hours by kind of day."""
    house = next(pack for pack in load_policy(ROOT / "policies").packs if pack.id == "house")
    model: Rule = next(rule for rule in house.rules if rule.kind == "hours")
    rule = replace(model, params=BY_KIND)
    return PolicySet((replace(house, rules=(rule,)),))


def test_the_state_councils_notices_are_in_the_library() -> None:
    """China's National Day of 2026 is off, the Saturday after it is worked, and 2027 is not known."""
    china = from_library("CN")
    assert china.readings(date(2026, 10, 1)) == (frozenset({"restday", "holiday"}),)
    assert china.readings(date(2026, 10, 10)) == (frozenset({"workday", "makeup_workday"}),)
    assert max(china.years) == 2026
    assert len(china.readings(date(2027, 1, 1))) == 2


def test_a_library_that_computes_days_is_believed_so_far() -> None:
    """Independence Day is off in the years announced; later ones are unknown, whatever can be computed."""
    states = from_library("US")
    assert states.readings(date(2025, 7, 4)) == (frozenset({"restday", "holiday"}),)
    assert max(states.years) == ANNOUNCED_THROUGH
    assert len(states.readings(date(ANNOUNCED_THROUGH + 1, 7, 5))) == 2


def test_a_country_that_no_library_knows() -> None:
    """It has no known year, and the check names it."""
    assert missing_years({"XX": from_library("XX")}, date(2026, 5, 1)) == (("XX", 2026),)


def test_only_countries_that_rules_name_are_loaded(tmp_path: Path) -> None:
    """A set whose hours know no kinds of day has no calendar."""
    policy = _policy()
    pack = replace(policy.packs[0], rules=())
    assert load_calendars(tmp_path, PolicySet((pack,))) == ()
    assert [one.country for one in load_calendars(tmp_path, policy)] == ["CN"]


def test_an_official_notice_makes_a_year_known(tmp_path: Path) -> None:
    """Loaded beside the packs it is read as law: no day of that year is unknown any more."""
    (tmp_path / "calendar-cn-2027.yaml").write_text(NOTICE, encoding="utf-8")
    (china,) = load_calendars(tmp_path, _policy())
    assert china.readings(date(2027, 1, 3)) == (frozenset({"restday", "holiday"}),)
    assert china.readings(date(2027, 1, 9)) == (frozenset({"workday", "makeup_workday"}),)
    assert china.readings(date(2027, 1, 4)) == (frozenset({"workday"}),)
    assert missing_years({"CN": china}, date(2026, 11, 24)) == ()
    assert "通知" in china.source


def test_a_notice_outranks_the_library(tmp_path: Path) -> None:
    """A later notice about a year that the library knows replaces that whole year."""
    text = NOTICE.replace("2027", "2026")
    (tmp_path / "calendar-cn.yaml").write_text(text, encoding="utf-8")
    (china,) = load_calendars(tmp_path, _policy())
    assert china.readings(date(2026, 10, 1)) == (frozenset({"workday"}),)
    assert china.readings(date(2025, 10, 1)) == (frozenset({"restday", "holiday"}),)


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("from: 2027-01-09", "from: 2028-01-09", 8, "lies in no year"),
        ("from: 2027-01-09", "from: 2027-01-03", 8, "is told twice"),
        ("through: 2027-01-03", "through: 2026-12-31", 7, "must not come before"),
        ("years: [2027]", "years: [2027, 2027]", 2, "named once each"),
        ("country: CN", "country: China", 1, ""),
        ("works: true, ", "", 8, "missing"),
    ],
)
def test_a_notice_with_a_fault_is_refused(tmp_path: Path, old: str, new: str, line: int, reason: str) -> None:
    """File, line and reason are named, and nothing is loaded."""
    (tmp_path / "calendar-cn.yaml").write_text(NOTICE.replace(old, new), encoding="utf-8")
    with pytest.raises(BadInput) as refused:
        load_calendars(tmp_path, _policy())
    fault = refused.value.faults[0]
    assert (fault.place.line, reason in fault.reason) == (line, True)


def test_two_notices_about_one_year(tmp_path: Path) -> None:
    """Which of two is right nobody can tell."""
    for name in ("calendar-a.yaml", "calendar-b.yaml"):
        (tmp_path / name).write_text(NOTICE, encoding="utf-8")
    with pytest.raises(BadInput, match="two notices about one year"):
        load_calendars(tmp_path, _policy())


def test_the_rulebooks_calendars_judge(tmp_path: Path) -> None:
    """The digest covers them, and decisions use them whatever calendars the facts came with."""
    lawful = validated(load_yaml(ROOT / "tests" / "policies" / "facts.yaml"), Facts)
    policy = _policy()
    calendars = load_calendars(tmp_path, policy)
    known = Rulebook(policy, 1, "test", calendars)
    unknown = Rulebook(policy, 1, "test")
    assert known.digest != unknown.digest
    on_holiday = replace(lawful, now=datetime(2026, 10, 1, 0, 30, tzinfo=UTC))
    codes = {
        decide(book, facts).findings[-1].code
        for book, facts in (
            (known, on_holiday),
            (known, replace(on_holiday, calendars=unknown.calendar_of)),
        )
    }
    assert codes == {"hours.shut"}
    assert (
        decide(unknown, replace(on_holiday, calendars=known.calendar_of)).findings[-1].code
        == "hours.day_unknown"
    )


def test_the_check_tells_which_year_is_missing_and_what_is_wrong_with_a_notice(tmp_path: Path) -> None:
    """From November the next year is asked for; a notice with a fault is a problem like a rule's."""
    packs = tmp_path / "policies"
    shutil.copytree(ROOT / "policies", packs)
    assert ("CN", 2027) not in check(packs, date(2026, 10, 31)).missing_years
    assert ("CN", 2027) in check(packs, date(2026, 11, 1)).missing_years
    notice = packs / "calendar-cn-2027.yaml"
    notice.write_text(NOTICE, encoding="utf-8")
    assert ("CN", 2027) not in check(packs, date(2026, 11, 1)).missing_years
    notice.write_text(NOTICE.replace("years: [2027]", "years: []"), encoding="utf-8")
    assert [one.place.line for one in check(packs, date(2026, 11, 1)).problems] == [2]
