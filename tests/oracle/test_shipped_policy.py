"""What holds of the whole shipped policy, wherever the callee is: its next permitted instant is exact."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle_decision import boundaries
from oracle_worlds import LAWFUL, PURPOSES, Dice, World

from dialer.core.decision import decide, permits
from dialer.core.facts import Facts, ZoneSource
from dialer.core.policy import Moment, Purpose
from dialer.core.rulebook import Rulebook
from dialer.policy_files import load_rulebook

SHIPPED = load_rulebook(Path(__file__).parents[2] / "policies", 1)
DAY, MICROSECOND = timedelta(days=1), timedelta(microseconds=1)
# Boundaries of civil days are tried for so long; those of documents and touches to the end.
CIVIL_DAYS = 40
# Country, region, seat of the enterprise, zone: every pack binds some of these calls.
PLACES = (
    ("CN", (), "CN-32", "Asia/Shanghai"),
    ("CN", (), "CN-33", "Asia/Shanghai"),
    ("CN", (), "CN-64", "Asia/Shanghai"),
    ("US", ("US-FL",), "US-FL", "America/New_York"),
    ("US", ("US-MA",), "US-NY", "America/New_York"),
    ("US", ("US-NY", "US-NYC"), "US-NY", "America/New_York"),
    ("IN", (), "IN", "Asia/Kolkata"),
    ("GB", (), "GB", "Europe/London"),
    ("FR", (), "FR", "Europe/Paris"),
    ("KR", (), "KR", "Asia/Seoul"),
    ("BR", (), "BR", "America/Sao_Paulo"),
)


def _caller_id(country: str, purpose: Purpose) -> str:
    """A number of the series that the country asks for."""
    if country == "IN":
        return "+91140000001" if purpose is Purpose.MARKETING else "+911600000001"
    return "+33162000001" if country == "FR" else LAWFUL.caller_id


@st.composite
def calls(draw: st.DrawFn, place: int) -> Facts:
    """A call to one of the places, at any minute of a fortnight, that time alone may make lawful."""
    dice = Dice(draw)
    country, regions, seat, zone = PLACES[place]
    now = LAWFUL.now.astimezone(UTC) + dice.upto(14 * 24 * 60) * timedelta(minutes=1)
    purpose = dice.one(PURPOSES)
    world = World(dice, now)
    assert LAWFUL.trunk is not None
    assert LAWFUL.script is not None
    return replace(
        LAWFUL,
        now=now,
        purpose=purpose,
        moment=dice.one(tuple(Moment)),
        enterprise_seat=seat,
        agency_seat=seat,
        trunk=replace(LAWFUL.trunk, place=seat),
        caller_id=_caller_id(country, purpose),
        numbers=tuple(replace(one, number=_caller_id(country, purpose)) for one in LAWFUL.numbers),
        callee_country=country,
        callee_regions=regions,
        zones=(ZoneSource("number", zone),),
        overdue_days=45 if purpose is Purpose.COLLECTION else 0,
        licences=tuple(replace(one, period=world.period()) for one in LAWFUL.licences),
        preferences=tuple(world.preference() for _ in range(dice.upto(1))) + LAWFUL.preferences,
        consents=tuple(world.consent() for _ in range(dice.upto(2))),
        touches=world.touches(SHIPPED, purpose),
        tallies=world.tallies(SHIPPED, purpose),
        events=tuple(world.event() for _ in range(dice.upto(1))),
        live=tuple(world.live() for _ in range(dice.upto(1))),
        personal_hours=world.wishes(),
        calendars=SHIPPED.calendar_of,
    )


@pytest.mark.parametrize("place", range(len(PLACES)), ids=[f"{one[0]}-{one[2]}" for one in PLACES])
def test_the_next_instant_of_the_shipped_policy_is_the_first(place: int) -> None:
    """Every boundary from now to the next permitted instant denies, a microsecond before it does; it permits."""
    seen: Counter[str] = Counter()

    @settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(calls(place))
    def holds(facts: Facts) -> None:
        decision = decide(SHIPPED, facts)
        at = decision.next_instant
        if decision.permitted or at is None:
            return
        seen["opens"] += 1
        assert permits(SHIPPED, facts.at(at))
        tried = [one for one in _until(SHIPPED, facts, at) if facts.now <= one < at]
        assert not any(permits(SHIPPED, facts.at(one)) for one in (*tried, at - MICROSECOND))

    holds()
    assert seen["opens"]


def _until(book: Rulebook, facts: Facts, end: datetime) -> list[datetime]:
    return boundaries(book.policy, facts, days=min((end - facts.now).days + 1, CIVIL_DAYS))
