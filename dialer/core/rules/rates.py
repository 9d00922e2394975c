"""What kinds with a rate share: so many of a thousand answered calls, over days, and when time alone mends it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dialer.core.civil_time import date_start
from dialer.core.facts import DayTally, Facts
from dialer.core.limits import Group, Rate
from dialer.core.verdict import Value, Verdict


def check(most_permille: int, days: int, at_least: int, zone: str) -> None:
    """Raise ValueError for a rate that could not be meant."""
    if not 1 <= most_permille < 1000:
        raise ValueError("a rate lies between 1 and 999 of a thousand")
    if days < 1 or at_least < 1:
        raise ValueError("days and at_least are at least one")
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise ValueError("no such time zone; name one of the IANA list, such as Asia/Shanghai") from None


def judge_rate(kind: str, rate: Rate, most_permille: int, at_least: int, facts: Facts) -> Verdict:
    """Deny while more than `most_permille` of the answered calls count, once `at_least` were answered."""
    values: dict[str, Value] = {"per": rate.group.value, "counts": rate.counted.value}
    if rate.group is Group.CAMPAIGN and facts.campaign is None:
        return Verdict(f"{kind}.no_campaign", False, facts.now, None, values)
    tallies = facts.tallies.get(rate.key)
    if tallies is None:
        return Verdict(f"{kind}.unknown", True, None, None, values)
    zone = ZoneInfo(rate.zone)
    today = civil_day(facts.now, zone)
    answered, counted = _sums(tallies, today, rate.days)
    values |= {
        "counted": counted,
        "answered": answered,
        "most_permille": most_permille,
        "at_least": at_least,
        "window": f"{rate.days} days",
    }

    def above(day: date) -> bool:
        answered, counted = _sums(tallies, day, rate.days)
        return answered >= at_least and counted * 1000 > most_permille * answered

    denied = above(today)
    days = (today + timedelta(days=ahead) for ahead in range(1, rate.days + 1))
    turn = next((date_start(day, zone) for day in days if above(day) != denied), None)
    if denied:
        return Verdict(f"{kind}.above", True, turn, None, values)
    return Verdict(f"{kind}.below", False, facts.now, turn, values)


def civil_day(at: datetime, zone: ZoneInfo) -> date:
    """The newest civil day of `zone` that has begun: where a midnight is repeated, it began the first time."""
    day = at.astimezone(zone).date()
    tomorrow = day + timedelta(days=1)
    return tomorrow if date_start(tomorrow, zone) <= at else day


def _sums(tallies: Sequence[DayTally], today: date, days: int) -> tuple[int, int]:
    first = today - timedelta(days=days - 1)
    within = [one for one in tallies if first <= one.day]
    return sum(one.answered for one in within), sum(one.counted for one in within)
