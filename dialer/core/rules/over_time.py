"""What dated kinds share: judge at one instant, and find by their boundaries when that answer turns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from dialer.core.facts import Facts
from dialer.core.verdict import Verdict

UNKNOWN = ("permit", "deny")


def check_unknown(unknown: str) -> None:
    """What holds where the fact that a rule needs is unknown. Raises ValueError."""
    if unknown not in UNKNOWN:
        raise ValueError("unknown is permit or deny")


def over_time(
    facts: Facts, find: Callable[[datetime], Verdict], boundaries: Iterable[datetime | None]
) -> Verdict:
    """The answer now, with the instant at which it turns.

    `find` answers for one instant; between two neighbours of `boundaries` its answer must not change.
    """
    found = find(facts.now)
    turn: datetime | None = None
    for at in sorted({one for one in boundaries if one is not None and one > facts.now}):
        if find(at).denied != found.denied:
            turn = at
            break
    opens_at, closes_at = (turn, None) if found.denied else (facts.now, turn)
    return Verdict(found.code, found.denied, opens_at, closes_at, found.values, found.obligations)


def unknown(code: str, answer: str, facts: Facts) -> Verdict:
    """The verdict where nothing is known: `answer` is `permit` or `deny`, and time alone tells nothing more."""
    denied = answer == "deny"
    return Verdict(code, denied, None if denied else facts.now)
