"""Kind cooldown: an interval after a conversation, an opt-out or a complaint, of civil days or of hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from kind_kit import DAY, HOUR, judged, params_of, said
from pydantic import ValidationError

from dialer.core.facts import Facts, Happened, Preference

REG_F = {"after": "conversation", "days": 7, "per": "person_debt"}
FRANCE = {"after": "opt_out", "days": 60}


def _shanghai(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00").astimezone(UTC)


def _talked(lawful: Facts, params: dict[str, Any], now: str, *at: str) -> Facts:
    key = params_of("cooldown", params).as_limit().key
    return replace(lawful, now=_shanghai(now), touches={key: tuple(_shanghai(one) for one in at)})


def _said(kind: str, at: datetime, until: datetime | None = None) -> Preference:
    return Preference(f"{kind}{at}", kind, None, None, None, None, "key", at, until)


@pytest.mark.parametrize(
    "params",
    [
        {"after": "lunch", "days": 1},
        {"after": "conversation"},
        {"after": "conversation", "days": 1, "hours": 1},
        {"after": "conversation", "days": 0},
        {"after": "conversation", "hours": 0},
        {"after": "opt_out", "days": 1, "per": "line"},
        {"after": "complaint", "days": 1, "purposes": ["marketing"]},
        {"after": "complaint", "days": 1, "same_enterprise": False},
        {"after": "conversation", "days": 1, "per": "person_enterprise", "same_enterprise": False},
    ],
)
def test_params_that_mean_nothing(params: dict[str, Any]) -> None:
    """An unknown event, no interval or two, and a scope that an event does not have: refused."""
    with pytest.raises(ValidationError):
        params_of("cooldown", params)


def test_the_day_of_the_conversation_is_day_one(lawful: Facts) -> None:
    """Seven days after a talk on the 18th end when the 25th begins."""
    verdict = judged("cooldown", REG_F, _talked(lawful, REG_F, "2026-11-24T23:59:59", "2026-11-18T23:00:00"))
    assert verdict.code == "cooldown.begun"
    assert verdict.opens_at == _shanghai("2026-11-25T00:00:00")


def test_without_a_conversation(lawful: Facts) -> None:
    """Nobody talked: nothing to wait for."""
    assert said("cooldown", REG_F, _talked(lawful, REG_F, "2026-11-24T10:00:00")) == "permit cooldown.over"


def test_an_interval_of_hours(lawful: Facts) -> None:
    """Hours run from the event itself."""
    params = {"after": "complaint", "hours": 48}
    event = lawful.now - 47 * HOUR
    facts = replace(lawful, events=(Happened("complaint", event), Happened("stop_request", lawful.now)))
    assert judged("cooldown", params, facts).opens_at == event + 48 * HOUR


def test_after_an_opt_out(lawful: Facts) -> None:
    """Sixty days after an opt-out, the newest of several."""
    facts = replace(
        lawful,
        now=_shanghai("2026-11-24T10:00:00"),
        preferences=tuple(_said("opt_out", _shanghai(f"2026-10-0{n}T10:00:00")) for n in (1, 3, 2)),
    )
    assert judged("cooldown", FRANCE, facts).opens_at == _shanghai("2026-12-02T00:00:00")


def test_an_opt_out_from_another_call(lawful: Facts) -> None:
    """An opt-out from another enterprise's calls begins nothing here."""
    other = replace(_said("opt_out", lawful.now - DAY), enterprise="another")
    assert said("cooldown", FRANCE, replace(lawful, preferences=(other,))) == "permit cooldown.over"


def test_consent_after_an_opt_out(lawful: Facts) -> None:
    """Who consents again is called again; when that consent runs out, the rest of the interval counts."""
    no = _said("opt_out", lawful.now - 5 * DAY)
    yes = _said("accept", lawful.now - 4 * DAY)
    assert judged("cooldown", FRANCE, replace(lawful, preferences=(no, yes))).closes_at is None
    for_a_while = replace(yes, until=lawful.now + DAY)
    verdict = judged("cooldown", FRANCE, replace(lawful, preferences=(no, for_a_while)))
    assert (verdict.denied, verdict.closes_at) == (False, lawful.now + DAY)
    before = replace(yes, stated_at=lawful.now - 6 * DAY)
    assert said("cooldown", FRANCE, replace(lawful, preferences=(no, before))) == "deny cooldown.begun"


def test_only_conversations_are_looked_up() -> None:
    """The record is asked for a series only where the rule reads one."""
    assert params_of("cooldown", FRANCE).as_limit is None
    limit = params_of("cooldown", REG_F).as_limit()
    assert (limit.most, limit.counted, limit.subject) == (0, "conversed", "person_debt")


def test_an_unknown_zone(lawful: Facts) -> None:
    """Nobody knows when a day ends there."""
    facts = replace(_talked(lawful, REG_F, "2026-11-24T10:00:00"), zones=())
    assert said("cooldown", REG_F, facts) == "deny hours.zone_unknown"
