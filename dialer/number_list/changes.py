"""What a regulator must still be told: the register's lines against those that were sent; and since when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from dialer.core.civil_time import date_start
from dialer.ports.number_list import (
    ACKNOWLEDGED,
    ADDED,
    CHANGED,
    REJECTED,
    REMOVED,
    SUBMITTED,
    WITHDRAWN,
    Change,
    Key,
    Known,
    Line,
)


@dataclass(frozen=True, slots=True)
class Undated:
    """One line that the regulator must be told: `added|changed|removed`, and what it was told before."""

    kind: str
    line: Line
    before: Known | None

    @property
    def told(self) -> str | None:
        """The digest of what the regulator believes of this number, None where it should know nothing."""
        if self.before is None or self.before.state == WITHDRAWN:
            return None
        return self.before.held if self.before.state == REJECTED else self.before.digest


@dataclass(frozen=True, slots=True)
class Difference:
    """`changes` are to be sent; `sent_back` were rejected and are still as they were."""

    changes: tuple[Undated, ...]
    sent_back: tuple[Known, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """One version of the register as it was when it came in force: the digest of each line."""

    since: datetime
    digests: Mapping[Key, str]


def difference(now: Mapping[Key, Line], known: Mapping[Key, Known], *, again: bool = False) -> Difference:
    """What differs between the register's lines and the record's, in the order of the keys.

    `again`: rejected lines are sent once more though nobody changed them.
    """
    changes: list[Undated] = []
    sent_back: list[Known] = []
    for key in sorted({*now, *known}):
        line, before = now.get(key), known.get(key)
        if before is not None and _is_sent_back(line, before) and not again:
            sent_back.append(before)
        elif line is not None and (kind := _kind(line, before)) is not None:
            changes.append(Undated(kind, line, before))
        elif line is None and before is not None and _still_there(before):
            changes.append(Undated(REMOVED, Line(key, before.content), before))
    return Difference(tuple(changes), tuple(sent_back))


def _is_sent_back(line: Line | None, before: Known) -> bool:
    """Whether the regulator has refused just this."""
    return before.state == REJECTED and line is not None and line.digest == before.digest


def _kind(line: Line, before: Known | None) -> str | None:
    """How this line must be told, None where the regulator was told all of it."""
    if before is None or before.state == WITHDRAWN:
        return ADDED
    if before.state == REJECTED:
        return ADDED if before.held is None else CHANGED
    return CHANGED if before.digest != line.digest else None


def _still_there(before: Known) -> bool:
    """Whether the regulator has, or may have, a number that is no longer used."""
    return before.state in (SUBMITTED, ACKNOWLEDGED) or (before.state == REJECTED and before.held is not None)


class Dating:
    """Finds since when the register has said something else than the regulator was told: the strictest reading.

    It is shown past registers, newest first, until it has seen enough.
    """

    def __init__(self, changes: Sequence[Undated], at: datetime, zone: ZoneInfo) -> None:
        self._changes, self._at, self._zone = changes, at, zone
        self._since = {one.line.key: at for one in changes}
        self._open = {one.line.key: one.told for one in changes}

    @property
    def done(self) -> bool:
        """Whether older registers could tell nothing more."""
        return not self._open

    def look(self, past: Past) -> None:
        """See the next older register."""
        for key, told in list(self._open.items()):
            if past.digests.get(key) == told:
                del self._open[key]
            else:
                self._since[key] = past.since

    def dated(self) -> tuple[Change, ...]:
        """The changes with their instants. One that no register made is a use whose last day has passed."""
        return tuple(Change(one.kind, one.line, self._of(one)) for one in self._changes)

    def _of(self, one: Undated) -> datetime:
        since = self._since[one.line.key]
        if since != self._at or one.before is None:
            return since
        ends = (use["to"] for use in one.before.content["uses"])
        days = (date_start(date.fromisoformat(end), self._zone) for end in ends if end is not None)
        return max((day for day in days if day <= self._at), default=self._at)


def worst_hours(changes: Iterable[Change], at: datetime) -> float:
    """The hours that the oldest of these changes has waited at `at`; 0 where there is none."""
    return max((hours_between(one.changed_at, at) for one in changes), default=0.0)


def hours_between(start: datetime, end: datetime) -> float:
    """Hours from `start` to `end`, to two places, never negative."""
    return round(max(0.0, (end - start).total_seconds()) / 3600, 2)
