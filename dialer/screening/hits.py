"""Hits by list and place, so that a look around a word costs no more in a long text than in a short one."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from dialer.screening.reading import Reading
from dialer.screening.trie import Hit

# No word of a table is longer; a hit that begins earlier cannot reach a sign.
LONGEST = 60


class Hits:
    """The hits of one reading."""

    def __init__(self, reading: Reading, hits: Iterable[Hit]) -> None:
        self.reading = reading
        self._lists: dict[str, list[Hit]] = {}
        for hit in sorted(hits, key=lambda one: (one.first, one.last)):
            self._lists.setdefault(hit.word.list_name, []).append(hit)

    def named(self, *names: str) -> Sequence[Hit]:
        """The hits of these lists together, in order."""
        lists = [self._lists[name] for name in names if name in self._lists]
        if len(lists) < 2:
            return lists[0] if lists else ()
        return sorted((hit for several in lists for hit in several), key=lambda one: one.first)

    def starting(self, names: Sequence[str], start: int, end: int) -> Iterator[Hit]:
        """The hits of these lists that begin at sign `start` or later and before sign `end`."""
        for name in names:
            several = self._lists.get(name, ())
            begin = bisect_left(several, start, key=lambda one: one.first)
            for hit in several[begin:]:
                if hit.first >= end:
                    break
                yield hit

    def covers(self, names: Sequence[str], hit: Hit) -> bool:
        """Whether a hit of these lists covers this one."""
        near = self.starting(names, hit.first - LONGEST, hit.first + 1)
        return any(one.last >= hit.last for one in near)

    def sentence(self, sign: int) -> tuple[int, int]:
        """First sign of the sentence in which this sign stands, and the first sign behind it."""
        signs = self.reading.signs
        which = signs[sign].sentence
        start = bisect_left(signs, which, key=lambda one: one.sentence)
        return start, bisect_right(signs, which, lo=start, key=lambda one: one.sentence)

    def gap(self, one: Hit, other: Hit) -> int | None:
        """How much text stands between two hits, in tenths of a Han sign; None where they touch each other's signs."""
        first, second = (one, other) if one.first <= other.first else (other, one)
        if second.first <= first.last:
            return None
        return self.reading.weight[second.first] - self.reading.weight[first.last + 1]


def apart(one: Hit, group: Sequence[Hit]) -> bool:
    """Whether a hit shares no sign with any of the group."""
    return all(one.last < hit.first or one.first > hit.last for hit in group)
