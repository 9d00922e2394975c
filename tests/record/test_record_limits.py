"""What the record counts for limits and rates: series of touches, excused ones left out, answered calls by day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, insert, update

from dialer.core.entry import to_us
from dialer.core.facts import Consent, Preference, ZoneSource
from dialer.core.limits import Counted, Group, Limit, Rate, Subject, Tallied
from dialer.core.policy import Purpose
from dialer.core.rules.frequency import About
from dialer.record.counting import newest_touches
from dialer.record.tables import NO, UNKNOWN, YES, attempts, metadata, touches
from dialer.record.tallies import FRESH, Tallies

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)  # noon in Shanghai
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SHANGHAI = (ZoneSource("number", "Asia/Shanghai"),)
SUBJECTS: dict[str, str | None] = {"person": "p", "line": "l", "debt": "d"}
_numbers = count()


@pytest.fixture
def connection() -> Iterator[Connection]:
    """The tables of the record, empty, in memory."""
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.connect() as open_one:
        yield open_one


def _touch(connection: Connection, ago: timedelta, **more: Any) -> datetime:
    at = NOW - ago
    row = {
        "id": f"t{next(_numbers)}",
        "kind": "attempt",
        "person": "p",
        "line": "l",
        "debt": "d",
        "enterprise": "bank",
        "purpose": "collection",
        "at_us": to_us(at),
        "rang": YES,
        "answered": NO,
        "conversed": NO,
        "reversed": 0,
    }
    connection.execute(insert(touches), {**row, **more})
    return at


def _limit(counted: Counted, most: int = 9, **more: Any) -> Limit:
    known: dict[str, Any] = {"purposes": frozenset(), "same_enterprise": True, "longest": 40 * DAY}
    return Limit(more.pop("subject", Subject.PERSON), counted, most=most, **{**known, **more})


def _about(*consents: Consent, preferences: tuple[Preference, ...] = ()) -> About:
    return About("bank", Purpose.COLLECTION, "credit", SHANGHAI, consents, preferences)


def _consent(at: datetime, until: datetime | None = None) -> Consent:
    return Consent("c", "sms", None, None, None, None, frozenset({"calls"}), at, until)


def _found(
    connection: Connection,
    limit: Limit,
    about: About | None = None,
    subjects: dict[str, str | None] | None = None,
) -> list[datetime]:
    found = newest_touches(connection, (limit,), subjects or SUBJECTS, about or _about(), NOW, "none")
    return list(found[limit.key])


def test_attempts_and_contacts(connection: Connection) -> None:
    """A message is a contact and no attempt; a person who calls back has talked, and was not dialled."""
    dialled = _touch(connection, 3 * HOUR)
    message = _touch(connection, 2 * HOUR, kind="sms", rang=NO)
    called_back = _touch(connection, HOUR, kind="inbound", answered=YES, conversed=YES)
    assert _found(connection, _limit(Counted.ATTEMPTS)) == [dialled]
    assert _found(connection, _limit(Counted.RANG)) == [dialled]
    assert _found(connection, _limit(Counted.UNANSWERED)) == [dialled]
    assert _found(connection, _limit(Counted.CONTACTS)) == [called_back, message, dialled]
    assert _found(connection, _limit(Counted.CONVERSED)) == [called_back]


def test_the_newest_conversation_alone(connection: Connection) -> None:
    """A cool-down asks for one instant: the newest talk, or what may have been one."""
    _touch(connection, 5 * HOUR, conversed=YES)
    newest = _touch(connection, 2 * HOUR, conversed=UNKNOWN)
    _touch(connection, HOUR, conversed=NO)
    assert _found(connection, _limit(Counted.CONVERSED, most=0)) == [newest]


@pytest.mark.parametrize(
    ("subject", "row", "counts"),
    [
        (Subject.PERSON, {"line": "another"}, True),
        (Subject.PERSON, {"agency": "another"}, True),
        (Subject.PERSON, {"debt": "another"}, True),
        (Subject.PERSON_ENTERPRISE, {"line": "another", "agency": "another"}, True),
        (Subject.PERSON_ENTERPRISE, {"enterprise": "another"}, False),
        (Subject.PERSON_DEBT, {"debt": "another"}, False),
        (Subject.PERSON_DEBT, {"line": "another"}, True),
        (Subject.LINE, {"person": "another"}, True),
        (Subject.LINE, {"line": "another"}, False),
        (Subject.PERSON, {"reversed": 1}, False),
    ],
)
def test_for_whom_it_counts(
    connection: Connection, subject: Subject, row: dict[str, Any], counts: bool
) -> None:
    """A person is counted whatever number, debt or agency; a debt, a line, an enterprise only by themselves."""
    at = _touch(connection, HOUR, **row)
    assert _found(connection, _limit(Counted.ATTEMPTS, subject=subject)) == ([at] if counts else [])


def test_a_call_without_a_debt_counts_every_touch(connection: Connection) -> None:
    """Where the debt is not known, the stricter reading counts."""
    at = _touch(connection, HOUR, debt="another")
    limit = _limit(Counted.ATTEMPTS, subject=Subject.PERSON_DEBT)
    assert _found(connection, limit, subjects={**SUBJECTS, "debt": None}) == [at]


def test_touches_after_a_direct_prior_consent_do_not_count(connection: Connection) -> None:
    """From the consent until its last day ends, touches are left out; older ones come forward in their place."""
    agreed_at = NOW - 4 * DAY
    before = [_touch(connection, 4 * DAY + n * HOUR) for n in (1, 2)]
    for n in range(3):
        _touch(connection, 4 * DAY - n * HOUR)
    after = _touch(connection, DAY)
    limit = _limit(Counted.ATTEMPTS, most=1, consent_days=2)
    assert _found(connection, limit, _about(_consent(agreed_at))) == [after, before[0]]
    assert len(_found(connection, _limit(Counted.ATTEMPTS), _about(_consent(agreed_at)))) == 6


def test_a_withdrawn_consent_excuses_no_later_touch(connection: Connection) -> None:
    """What happened before the opt-out stays excused; what came after counts."""
    opted_out = Preference("p", "opt_out", None, None, None, None, "key", NOW - 2 * HOUR)
    about = _about(_consent(NOW - 4 * HOUR), preferences=(opted_out,))
    _touch(connection, 3 * HOUR)
    at = _touch(connection, 2 * HOUR)
    limit = _limit(Counted.ATTEMPTS, consent_days=7)
    assert _found(connection, limit, about) == [at]


def test_more_consents_than_are_looked_at_count_strictly(connection: Connection) -> None:
    """Of many consents the newest four excuse; an older one excuses nothing."""
    consents = [_consent(NOW - n * DAY, NOW - n * DAY + HOUR) for n in range(1, 7)]
    excused = [_touch(connection, n * DAY) for n in range(1, 7)]
    limit = _limit(Counted.ATTEMPTS, consent_days=1)
    assert _found(connection, limit, _about(*consents)) == excused[4:]


def test_history_outside_the_window_is_not_read(connection: Connection) -> None:
    """Each series is read from an index, newest first, no further than its window."""
    plans: list[str] = []
    limits = (
        _limit(Counted.ATTEMPTS, consent_days=7),
        _limit(Counted.CONTACTS, subject=Subject.LINE, same_enterprise=False),
    )
    driver = connection.connection.dbapi_connection
    assert driver is not None
    driver.set_trace_callback(plans.append)
    newest_touches(connection, limits, SUBJECTS, _about(), NOW, "none")
    driver.set_trace_callback(None)
    plan = [str(row[3]) for row in driver.execute(f"EXPLAIN QUERY PLAN {plans[0]}").fetchall()]
    searches = [one for one in plan if "touches" in one]
    assert len(searches) == len(limits)
    assert all("USING INDEX" in one and "at_us>?" in one for one in searches)
    assert not [one for one in plan if "TEMP B-TREE" in one]


def _call(connection: Connection, answered: datetime | None, outcome: str, **more: Any) -> None:
    words = {
        column.name: "x" for column in attempts.columns if not column.nullable and column.name[-3:] != "_us"
    }
    instants = {
        column.name: 0 for column in attempts.columns if not column.nullable and column.name[-3:] == "_us"
    }
    ident = f"a{next(_numbers)}"
    row = {
        **words,
        **instants,
        "id": ident,
        "person": ident,
        "line": ident,
        "enterprise": "bank",
        "campaign": "c",
        "answered_us": to_us(answered) if answered else None,
        "bridged_us": None,
        "outcome": outcome,
        "live": 0,
        "script_version": 1,
    }
    connection.execute(insert(attempts), {**row, **more})


def _tallied(
    connection: Connection, counted: Tallied, keeper: Tallies | None = None, now: datetime = NOW
) -> Any:
    rate = Rate(Group.CAMPAIGN, counted, 3, "Asia/Shanghai")
    groups: dict[Group, str | None] = {Group.CAMPAIGN: "c", Group.ENTERPRISE: "bank"}
    found = (keeper or Tallies()).read(connection, (rate,), groups, now)
    tallies = found.get(rate.key)
    return None if tallies is None else [(one.day.day, one.answered, one.counted) for one in tallies]


def test_abandoned_calls_by_civil_day(connection: Connection) -> None:
    """Answered and nobody joined is abandoned; days are those of the rule's zone; who was not answered is no call."""
    midnight = datetime(2026, 11, 23, 16, tzinfo=UTC)
    _call(connection, midnight, "agent_lost")
    _call(connection, midnight, "agent_lost", bridged_us=to_us(midnight))
    _call(connection, midnight, "left_early")
    _call(connection, midnight - timedelta(microseconds=1), "duty_failed")
    _call(connection, midnight - 2 * DAY - timedelta(microseconds=1), "duty_failed")
    _call(connection, None, "no_answer")
    _call(connection, midnight, "agent_lost", campaign="another")
    _call(connection, midnight, "", live=1)
    assert _tallied(connection, Tallied.ABANDONED) == [(24, 3, 1), (23, 1, 1)]


def test_opt_outs_among_answered_calls(connection: Connection) -> None:
    """Calls that the person ended by opting out; complaints are not in the record, so their rate is unknown."""
    _call(connection, NOW - HOUR, "opted_out")
    _call(connection, NOW - HOUR, "conversed")
    assert _tallied(connection, Tallied.OPTED_OUT) == [(24, 2, 1)]
    assert _tallied(connection, Tallied.COMPLAINED) is None


def test_a_tally_is_fresh_and_days_that_are_over_stay(connection: Connection) -> None:
    """Today is counted again after some seconds; a day long over is counted once."""
    keeper = Tallies()
    _call(connection, NOW - HOUR, "agent_lost")
    _call(connection, NOW - 2 * DAY, "agent_lost")
    assert _tallied(connection, Tallied.ABANDONED, keeper) == [(24, 1, 1), (22, 1, 1)]
    _call(connection, NOW - HOUR, "conversed")
    connection.execute(update(attempts).where(attempts.c.answered_us < to_us(NOW - DAY)).values(live=1))
    just = NOW + FRESH - timedelta(microseconds=1)
    assert _tallied(connection, Tallied.ABANDONED, keeper, just) == [(24, 1, 1), (22, 1, 1)]
    assert _tallied(connection, Tallied.ABANDONED, keeper, NOW + FRESH) == [(24, 2, 1), (22, 1, 1)]
    assert _tallied(connection, Tallied.ABANDONED) == [(24, 2, 1)]


def test_a_call_without_a_campaign_has_no_rate_of_one(connection: Connection) -> None:
    """Nothing is read for a group that the call has not."""
    rate = Rate(Group.CAMPAIGN, Tallied.ABANDONED, 30, "UTC")
    groups: dict[Group, str | None] = {Group.CAMPAIGN: None, Group.ENTERPRISE: "bank"}
    assert Tallies().read(connection, (rate,), groups, NOW) == {}
