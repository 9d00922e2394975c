"""What changed between two registers, and whether the change can only deny more.

Registers are compared as their canonical documents, row by row. A change that is not known to tighten counts as one
that may loosen. A row whose key changes is one row taken away and another one added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from dialer.core.tightening import Change, Json

Row = Mapping[str, Any]
Pair = tuple[Row | None, Row | None]
Direction = Callable[[Any, Any], bool]

# What makes two rows the same row. A section that does not stand here is compared row by row, whole.
KEYS: Mapping[str, tuple[str, ...]] = {
    "enterprises": ("id",),
    "licences": ("number", "enterprise"),
    "agencies": ("id",),
    "platforms": ("id",),
    "entrustments": ("document", "enterprise", "party"),
    "carriers": ("id",),
    "trunks": ("name", "carrier"),
    "numbers": ("number", "enterprise", "agency", "carrier"),
}
HEAD = "register"
USABLE = ("allocated", "reported")
_STANDING = ("valid", "suspended", "revoked")
_AGENCY = ("active", "rectifying", "exited")
_TOGETHER: Mapping[str, tuple[str, ...]] = {"agencies": ("standing", "standing_since")}


def changes(before: Json, after: Json) -> tuple[Change, ...]:
    """Every difference between two registers, in order of sections and rows."""
    found = [
        Change(HEAD, "changed", name, before[HEAD].get(name), after[HEAD].get(name), name == "name")
        for name in sorted(before[HEAD].keys() | after[HEAD].keys())
        if before[HEAD].get(name) != after[HEAD].get(name)
    ]
    for section in sections(before, after):
        for was, now in pairs(section, before.get(section, ()), after.get(section, ())):
            found += row_changes(section, was, now)
    return tuple(found)


def tightened(before: Json, after: Json) -> dict[str, Any] | None:
    """`before` with all that tightens towards `after`, and nothing else; None where that cannot be told apart."""
    if any(name != "name" and before[HEAD].get(name) != now for name, now in after[HEAD].items()):
        return None
    found: dict[str, Any] = {**before, HEAD: after[HEAD]}
    for section in sections(before, after):
        both = pairs(section, before.get(section, ()), after.get(section, ()))
        rows = [tightened_row(section, was, now) for was, now in both if was is not None]
        found[section] = [one for one in rows if one is not None]
    return found


def sections(before: Json, after: Json) -> list[str]:
    """The sections of either register, in order."""
    return sorted((before.keys() | after.keys()) - {HEAD})


def row_changes(section: str, was: Row | None, now: Row | None) -> Iterator[Change]:
    """What changed of one row; a row that is new may loosen, one that is gone tightens."""
    name = row_name(section, was or now or {})
    if was is None or now is None:
        yield Change(name, "added" if was is None else "removed", "", was, now, now is None)
        return
    for fields in _fields(section, was, now):
        before, after = _values(was, fields), _values(now, fields)
        if before != after:
            field = fields[0]
            yield Change(name, "changed", field, before, after, tightens(section, field, before, after))


def tightened_row(section: str, was: Row, now: Row | None) -> Row | None:
    """What is left of `was` by all that tightens on the way to `now`."""
    if now is None:
        return None
    left = dict(was)
    for fields in _fields(section, was, now):
        before, after = _values(was, fields), _values(now, fields)
        if before != after and tightens(section, fields[0], before, after):
            for field in fields:
                left.pop(field, None)
            left |= {field: now[field] for field in fields if now.get(field) is not None}
    return left


def _fields(section: str, was: Row, now: Row) -> list[tuple[str, ...]]:
    """The fields of both rows in order; those that mean something together only, together."""
    together = _TOGETHER.get(section, ())
    alone = sorted((was.keys() | now.keys()) - set(together))
    return [*([together] if together else []), *((field,) for field in alone)]


def _values(row: Row, fields: tuple[str, ...]) -> Any:
    values = tuple(row.get(field) for field in fields)
    return values if len(fields) > 1 else values[0]


def tightens(section: str, field: str, before: Any, after: Any) -> bool:
    """Whether this field of a row of this section, changed so, can only deny more. None is an absent field."""
    direction = _DIRECTIONS.get((section, field)) or _DIRECTIONS.get(("", field), _never)
    return direction(before, after)


def row_name(section: str, row: Row) -> str:
    """What a row is called to people: its section and key."""
    named = [str(row[part]) for part in KEYS.get(section, ()) if row.get(part) is not None]
    return " ".join((section, *named))


def pairs(section: str, before: Sequence[Row], after: Sequence[Row]) -> Iterator[Pair]:
    """Rows of the same key side by side: the same ones first, then those that begin alike, then as they stand.

    A row without its like has None beside it. First the rows of `before`, in their order, then those only in `after`.
    """
    left: dict[tuple[Any, ...], list[Row]] = {}
    for row in after:
        left.setdefault(_key(section, row), []).append(row)
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in before:
        groups.setdefault(_key(section, row), []).append(row)
    partner = {
        id(was): now for key, group in groups.items() for was, now in _matched(group, left.get(key, []))
    }
    taken = {id(now) for now in partner.values()}
    for row in before:
        yield row, partner.get(id(row))
    for row in after:
        if id(row) not in taken:
            yield None, row


def _matched(before: Sequence[Row], after: Sequence[Row]) -> Iterator[tuple[Row, Row]]:
    old, new = list(before), list(after)
    likes: tuple[Callable[[Row, Row], bool], ...] = (
        lambda was, now: was == now,
        lambda was, now: was.get("from") == now.get("from"),
        lambda was, now: True,
    )
    for alike in likes:
        for was in list(old):
            found = next((now for now in new if alike(was, now)), None)
            if found is not None:
                old.remove(was)
                new.remove(found)
                yield was, found


def _key(section: str, row: Row) -> tuple[Any, ...]:
    if section in KEYS:
        return tuple(row.get(part) for part in KEYS[section])
    return tuple(sorted((name, repr(value)) for name, value in row.items()))


def _never(_before: Any, _after: Any) -> bool:
    return False


def _told(_before: Any, _after: Any) -> bool:
    """People read it; no decision hangs on it."""
    return True


def _fewer(before: Any, after: Any) -> bool:
    return set(after or ()) <= set(before or ())


def _later(before: Any, after: Any) -> bool:
    """None is since ever."""
    return after is not None and (before is None or after >= before)


def _earlier(before: Any, after: Any) -> bool:
    """None is without end."""
    return after is not None and (before is None or after <= before)


def _worse(before: Any, after: Any) -> bool:
    """None is valid."""
    was, now = before or "valid", after or "valid"
    return was in _STANDING and now in _STANDING and _STANDING.index(now) >= _STANDING.index(was)


def _unusable(_before: Any, after: Any) -> bool:
    return after not in USABLE


def _no_longer(_before: Any, after: Any) -> bool:
    return after is False


def _less_reviewed(before: Any, after: Any) -> bool:
    """None is unknown, which a policy may let pass."""
    return before is not None and after is not None and all(one in before for one in after)


def _sent_away(before: Any, after: Any) -> bool:
    """Standing, and its first day: None is active, and since ever."""
    (was, since), (now, then) = before, after
    if (was or _AGENCY[0]) == _AGENCY[0]:
        return True
    earlier = then is None or (since is not None and then <= since)
    return now in _AGENCY and _AGENCY.index(now) >= _AGENCY.index(was) and earlier


def _within(before: Any, after: Any) -> bool:
    """None is always."""
    return after is not None and (before is None or all(one in before for one in after))


def _gone(_before: Any, after: Any) -> bool:
    return after is None


def _becomes(_before: Any, after: Any) -> bool:
    return after is True


def _refused(_before: Any, after: Any) -> bool:
    return after in ("rejected", "withdrawn")


# Which change of which field of which section tightens. ("", field) is any section.
_DIRECTIONS: Mapping[tuple[str, str], Direction] = {
    ("", "from"): _later,
    ("", "to"): _earlier,
    ("", "purposes"): _fewer,
    ("", "products"): _fewer,
    ("", "status"): _worse,
    ("enterprises", "liaison"): _told,
    ("enterprises", "regulator"): _told,
    ("enterprises", "sites"): _fewer,
    ("agencies", "standing"): _sent_away,
    ("entrustments", "consent"): _gone,
    ("carriers", "name"): _told,
    ("carriers", "reviews"): _less_reviewed,
    ("numbers", "status"): _unusable,
    ("numbers", "may_dial_out"): _no_longer,
    ("numbers", "windows"): _within,
    ("numbers", "undertaking"): _gone,
    ("numbers", "access_code"): _becomes,
    ("numbers", "document"): _told,
    ("numbers", "list_state"): _refused,
}
