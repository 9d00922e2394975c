"""core.rules: what every kind has in common, and the corners that policy cases do not reach."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from dialer.core.facts import Facts, Live, Period, Stop, Unsound, ZoneSource
from dialer.core.reasons import REASONS
from dialer.core.rules import KINDS, VOCABULARY
from dialer.core.verdict import Verdict

HOUR = timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)
NINE_TO_FIVE = {"open": [{"days": ["all"], "start": "09:00", "end": "17:00"}]}
OPT_OUT = {"silence": "permit", "after_opt_out_days": 7}


def _judge(kind: str, params: dict[str, Any] | None, facts: Facts) -> Verdict:
    shape = KINDS[kind].params
    return KINDS[kind].judge(None if shape is None else TypeAdapter(shape).validate_python(params), facts)


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("licence", {"scope": []}),
        ("licence", {"scope": ["colour"]}),
        ("entrustment", {"party": "carrier"}),
        ("caller_id", {"checks": []}),
        ("caller_id", {"checks": ["colour"]}),
        ("hours", {"open": []}),
        ("hours", {"open": [{"days": [], "start": "08:00", "end": "09:00"}]}),
        ("hours", {"open": [{"days": ["monday"], "start": "08:00", "end": "09:00"}]}),
        ("hours", {"open": [{"days": ["all"], "start": "22:00", "end": "08:00"}]}),
        ("preference", {"silence": "maybe"}),
        ("preference", {"silence": "permit", "after_opt_out_days": 0}),
        ("frequency", {"most": 0, "per": "person", "counts": "attempts", "window": "days"}),
        ("frequency", {"most": 1, "per": "person", "counts": "attempts", "window": "days", "window_n": 0}),
        ("script", {"scope": ["colour"]}),
        ("disclosure", {"parts": []}),
        ("disclosure", {"parts": ["contact"], "modes": []}),
        ("disclosure", {"parts": ["contact"], "modes": ["sung"]}),
        *[(kind, {"unknown_key": 1}) for kind in sorted(VOCABULARY)],
    ],
)
def test_params_that_mean_nothing_are_refused(kind: str, params: dict[str, Any]) -> None:
    """A kind refuses parameters that it cannot judge by, unknown ones included."""
    shape = VOCABULARY[kind].params
    assert shape is not None
    with pytest.raises(ValidationError):
        TypeAdapter(shape).validate_python(params)


def test_guards_are_not_in_the_vocabulary() -> None:
    """No pack can use, and so loosen, what the engine itself asks."""
    assert set(KINDS) - set(VOCABULARY) == {"sound", "stop", "in_flight"}


def test_a_sound_call_passes_the_guards(lawful: Facts) -> None:
    """With nothing wrong, none of the guards denies."""
    assert not any(_judge(kind, None, lawful).denied for kind in ("sound", "stop", "in_flight"))


@pytest.mark.parametrize(
    "code", sorted(code for code in REASONS if code.startswith("sound.") and code != "sound.whole")
)
def test_unsound_facts_deny(lawful: Facts, code: str) -> None:
    """Whatever is unsound denies with its own code, and no instant is promised."""
    verdict = _judge("sound", None, replace(lawful, unsound=(Unsound(code),)))
    assert (verdict.code, verdict.denied, verdict.opens_at) == (code, True, None)


def test_a_stop_denies(lawful: Facts) -> None:
    """A stop has no planned end."""
    stopped = replace(lawful, stops=(Stop("s", "all", lawful.now, "drill"),))
    verdict = _judge("stop", None, stopped)
    assert (verdict.code, verdict.denied, verdict.opens_at) == ("stop.active", True, None)


def test_a_live_attempt_blocks_until_it_ends(lawful: Facts) -> None:
    """In flight denies until the last of the live attempts must have ended, and permits at that instant."""
    until = lawful.now + HOUR
    facts = replace(lawful, live=(Live("line", "a", until - HOUR / 2), Live("person", "b", until)))
    verdict = _judge("in_flight", None, facts)
    assert (verdict.code, verdict.opens_at) == ("in_flight.person", until)
    assert _judge("in_flight", None, facts.at(until - MICROSECOND)).denied
    assert not _judge("in_flight", None, facts.at(until)).denied


def test_an_overdue_attempt_blocks_without_end(lawful: Facts) -> None:
    """Who should have ended and has not still blocks, and time alone does not change that."""
    live = (Live("person", "a", lawful.now), Live("line", "b", lawful.now + HOUR))
    verdict = _judge("in_flight", None, replace(lawful, live=live))
    assert (verdict.denied, verdict.opens_at) == (True, None)


def test_zones_apart_open_together(lawful: Facts) -> None:
    """Where two zones are far apart the next instant is the first at which both are open."""
    zones = (ZoneSource("number", "Asia/Shanghai"), ZoneSource("address", "Europe/London"))
    hours = {"open": [{"days": ["all"], "start": "08:00", "end": "20:00"}]}
    verdict = _judge("hours", hours, replace(lawful, zones=zones))
    assert verdict.opens_at == datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_zones_that_never_open_together_deny_for_good(lawful: Facts) -> None:
    """Office hours of Shanghai and of New York never meet."""
    zones = (ZoneSource("number", "Asia/Shanghai"), ZoneSource("address", "America/New_York"))
    verdict = _judge("hours", NINE_TO_FIVE, replace(lawful, zones=zones))
    assert (verdict.denied, verdict.opens_at) == (True, None)


def test_a_limit_counts_in_the_strictest_zone(lawful: Facts) -> None:
    """A touch that is yesterday's in one zone and today's in another counts."""
    params = {"most": 1, "per": "person", "counts": "attempts", "window": "days"}
    key = TypeAdapter(VOCABULARY["frequency"].params).validate_python(params).as_limit().key
    touch = datetime(2026, 11, 24, 3, tzinfo=UTC)  # 11:00 in Shanghai, 22:00 the day before in New York
    zones = (ZoneSource("number", "Asia/Shanghai"), ZoneSource("address", "America/New_York"))
    facts = replace(lawful, now=touch + 4 * HOUR, zones=zones, touches={key: (touch,)})
    verdict = _judge("frequency", params, facts)
    assert verdict.denied
    assert verdict.opens_at == datetime(2026, 11, 24, 16, tzinfo=UTC)


def test_a_missing_series_is_not_zero(lawful: Facts) -> None:
    """A limit whose touches were not looked up raises, and so denies, instead of counting none."""
    params = {"most": 1, "per": "person", "counts": "attempts", "window": "days"}
    with pytest.raises(KeyError):
        _judge("frequency", params, replace(lawful, touches={}))


def test_a_touch_in_the_future_counts(lawful: Facts) -> None:
    """Everything since the window began counts: there is no upper bound for a clock to slip through."""
    params = {"most": 1, "per": "line", "counts": "rang", "window": "rolling_hours", "window_n": 24}
    key = TypeAdapter(VOCABULARY["frequency"].params).validate_python(params).as_limit().key
    facts = replace(lawful, touches={key: (lawful.now + HOUR,)})
    assert _judge("frequency", params, facts).opens_at == lawful.now + 25 * HOUR


def test_a_renewed_licence_holds_through(lawful: Facts) -> None:
    """Where the next licence begins as the first ends, the permit does not close between them."""
    first = lawful.licences[0]
    end = first.period.end
    assert end is not None
    second = replace(first, number="JR-2", period=Period(end, end + 24 * HOUR))
    both = replace(lawful, licences=(first, second))
    assert _judge("licence", {}, lawful).closes_at == end
    assert _judge("licence", {}, both).closes_at == end + 24 * HOUR


def test_a_renewed_number_holds_through(lawful: Facts) -> None:
    """The same for the cooperation period of a caller ID; an entry that fails another check is no renewal."""
    first = lawful.numbers[0]
    end = first.period.end
    assert end is not None
    second = replace(first, period=Period(end, None))
    params = {"checks": ["enterprise", "period", "carrier"]}
    assert _judge("caller_id", params, replace(lawful, numbers=(first, second))).closes_at is None
    unsuited = replace(second, carrier="telecom")
    assert _judge("caller_id", params, replace(lawful, numbers=(first, unsuited))).closes_at == end


def test_the_next_instant_of_a_number_is_that_of_an_entry_that_suits(lawful: Facts) -> None:
    """An entry that begins later but is another carrier's opens nothing."""
    first = lawful.numbers[0]
    start = lawful.now + HOUR
    later, other = replace(first, period=Period(start, None)), replace(first, carrier="telecom")
    params = {"checks": ["period", "carrier"]}
    waiting = _judge("caller_id", params, replace(lawful, numbers=(other, later)))
    assert (waiting.code, waiting.opens_at) == ("caller_id.other_carrier", start)
    never = _judge("caller_id", params, replace(lawful, numbers=(replace(later, carrier="telecom"),)))
    assert (never.code, never.opens_at) == ("caller_id.not_begun", None)


def test_an_opt_out_with_its_own_end(lawful: Facts) -> None:
    """The interval ends at the earlier of the policy's and the opt-out's end; where silence denies, never."""
    opt_out = replace(
        lawful.preferences[0],
        kind="opt_out",
        purpose=lawful.purpose,
        stated_at=lawful.now - HOUR,
        until=lawful.now + HOUR,
    )
    facts = replace(lawful, preferences=(opt_out,))
    assert _judge("preference", OPT_OUT, facts).opens_at == lawful.now + HOUR
    assert _judge("preference", {"silence": "deny"}, facts).opens_at is None


def test_statements_of_one_instant_read_as_opt_out(lawful: Facts) -> None:
    """Consent and opt-out at the very same instant: the opt-out counts."""
    accept = replace(lawful.preferences[0], purpose=None, stated_at=lawful.now - HOUR)
    opt_out = replace(accept, id="p-2", kind="opt_out")
    for order in ((accept, opt_out), (opt_out, accept)):
        assert _judge("preference", OPT_OUT, replace(lawful, preferences=order)).denied


def test_a_consent_that_runs_out_uncovers_the_older_opt_out(lawful: Facts) -> None:
    """Validity ends with the consent only where a denial follows it."""
    until = lawful.now + HOUR
    accept = replace(lawful.preferences[0], purpose=None, stated_at=lawful.now - HOUR, until=until)
    opt_out = replace(accept, id="p-2", kind="opt_out", stated_at=lawful.now - 2 * HOUR, until=None)
    alone = _judge("preference", OPT_OUT, replace(lawful, preferences=(accept,)))
    both = _judge("preference", OPT_OUT, replace(lawful, preferences=(accept, opt_out)))
    assert (alone.closes_at, both.closes_at) == (None, until)


def test_an_agent_who_speaks_has_more_duties(lawful: Facts) -> None:
    """A recorded opening obliges to play it and to hear the key; a spoken one also to tick and to record."""
    script = lawful.script
    assert script is not None
    params = {"parts": ["enterprise_name"]}
    recorded = _judge("disclosure", params, lawful)
    spoken = _judge("disclosure", params, replace(lawful, script=replace(script, mode="agent_spoken")))
    assert [one.duty for one in recorded.obligations] == ["announce", "refusal_key"]
    assert [one.duty for one in spoken.obligations] == [
        "announce",
        "refusal_key",
        "agent_key",
        "record_bridge",
    ]


def test_a_mode_may_be_excluded(lawful: Facts) -> None:
    """Where only an agent may speak, a recorded opening is denied."""
    verdict = _judge("disclosure", {"parts": ["contact"], "modes": ["agent_spoken"]}, lawful)
    assert verdict.code == "disclosure.mode_not_allowed"
