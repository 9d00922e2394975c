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
class Past:
    """One version of the register as it was when it came in force: the digest of each line."""

    since: datetime
    digests: Mapping[Key, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """`changes` are to be sent; `sent_back` were rejected and are still as they were."""

    changes: tuple[Change, ...]
    sent_back: tuple[Known, ...]


def difference(
    now: Mapping[Key, Line],
    known: Mapping[Key, Known],
    history: Sequence[Past],
    at: datetime,
    zone: ZoneInfo,
    *,
    again: bool = False,
) -> Difference:
    """What differs between the register's lines and the record's, in the order of the keys.

    `history` is newest first; `zone` that of the register's days. `again`: rejected lines are sent once more though
    nobody changed them.
    """
    changes: list[Change] = []
    sent_back: list[Known] = []
    for key in sorted({*now, *known}):
        line, before = now.get(key), known.get(key)
        if not again and _is_sent_back(line, before):
            sent_back += [before] if before else []
            continue
        kind = _kind(line, before)
        if kind is None:
            continue
        told = line if line is not None else _last_of(before)
        changes.append(Change(kind, told, _changed_at(key, before, history, at, zone)))
    return Difference(tuple(changes), tuple(sent_back))


def _is_sent_back(line: Line | None, before: Known | None) -> bool:
    """Whether the regulator has refused just this."""
    return (
        before is not None and before.state == REJECTED and line is not None and line.digest == before.digest
    )


def _kind(line: Line | None, before: Known | None) -> str | None:
    """How this line must be told, None where the regulator was told all of it."""
    if line is None:
        held = before is not None and (before.state in (SUBMITTED, ACKNOWLEDGED) or before.held is not None)
        gone = before is None or before.state == WITHDRAWN
        return REMOVED if held and not gone else None
    if before is None or before.state == WITHDRAWN:
        return ADDED
    if before.state == REJECTED:
        return ADDED if before.held is None else CHANGED
    return CHANGED if before.digest != line.digest else None


def _last_of(before: Known | None) -> Line:
    if before is None:
        raise AssertionError("a line that neither the register nor the record has")
    return Line(before.key, before.content)


def _changed_at(
    key: Key, before: Known | None, history: Sequence[Past], at: datetime, zone: ZoneInfo
) -> datetime:
    """Since when the register has said something else than was sent: the strictest reading of when it changed."""
    sent = None if before is None or before.state == WITHDRAWN else before.digest
    if before is not None and before.state == REJECTED:
        sent = before.held
    since = at
    for past in history:
        if past.digests.get(key) == sent:
            break
        since = past.since
    if since == at and before is not None:
        # The register says what it said: a day has passed that ended a use.
        return max((one for one in _ends(before, zone) if one <= at), default=at)
    return since


def _ends(before: Known, zone: ZoneInfo) -> list[datetime]:
    ended = (use["to"] for use in before.content["uses"])
    return [date_start(date.fromisoformat(one), zone) for one in ended if one is not None]


def worst_hours(changes: Iterable[Change], at: datetime) -> float:
    """The hours that the oldest of these changes has waited at `at`; 0 where there is none."""
    return max((hours_between(one.changed_at, at) for one in changes), default=0.0)


def hours_between(start: datetime, end: datetime) -> float:
    """Hours from `start` to `end`, to two places, never negative."""
    return round(max(0.0, (end - start).total_seconds()) / 3600, 2)
