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

    `find` answers for one instant as though nothing came after it; between two neighbours of `boundaries` its answer
    must not change.
    """
    now = facts.now
    found = find(now)
    later = [one for one in boundaries if one is not None and one > now]
    if not later:
        return found
    turn = next((at for at in sorted(set(later)) if find(at).denied != found.denied), None)
    opens_at, closes_at = (turn, None) if found.denied else (now, turn)
    return Verdict(found.code, found.denied, opens_at, closes_at, found.values, found.obligations)


def unknown(code: str, answer: str, facts: Facts) -> Verdict:
    """The verdict where nothing is known: `answer` is `permit` or `deny`, and time alone tells nothing more."""
    denied = answer == "deny"
    return Verdict(code, denied, None if denied else facts.now)
