"""Codes that prove a number: six digits, a few minutes, a few tries; and how often one may ask. All in memory.

A restart forgets codes and counts: whoever waited for a code asks again. Numbers stand here as keyed hashes only.
"""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

CODE_DIGITS = 6
CODE_LIVES_S = 600.0
TRIES = 5
# So many numbers and addresses are remembered; the oldest are forgotten first.
REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Bound:
    """At most `most` within `within_s` seconds."""

    most: int
    within_s: float


class Meter:
    """Counts what each key does. `allow` counts only what it allows."""

    def __init__(self, now: Callable[[], float], *bounds: Bound) -> None:
        self._now, self._bounds = now, bounds
        self._seen: OrderedDict[bytes, deque[float]] = OrderedDict()

    def allow(self, key: bytes) -> bool:
        """Whether `key` may do it once more."""
        now = self._now()
        times = self._seen.setdefault(key, deque())
        self._seen.move_to_end(key)
        while len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        longest = max(one.within_s for one in self._bounds)
        while times and times[0] <= now - longest:
            times.popleft()
        for bound in self._bounds:
            if sum(at > now - bound.within_s for at in times) >= bound.most:
                return False
        times.append(now)
        return True


@dataclass(slots=True)
class _Code:
    text: str = field(repr=False)
    until: float
    left: int = TRIES


class Codes:
    """The code that each visit's number was sent last. `now` is in seconds and never goes back."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._codes: OrderedDict[bytes, _Code] = OrderedDict()

    def make(self, number: bytes) -> str:
        """A new code for a number, by its keyed hash and visit; the one before is void."""
        text = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
        self._codes[number] = _Code(text, self._now() + CODE_LIVES_S)
        self._codes.move_to_end(number)
        while len(self._codes) > REMEMBERED:
            self._codes.popitem(last=False)
        return text

    def check(self, number: bytes, text: str) -> bool:
        """Whether `text` is the code of this number; a right one is used up, as one is after five wrong tries."""
        kept = self._codes.get(number)
        if kept is None or self._now() >= kept.until:
            self._codes.pop(number, None)
            return False
        kept.left -= 1
        right = hmac.compare_digest(kept.text.encode(), text.encode())
        if right or kept.left <= 0:
            del self._codes[number]
        return right
