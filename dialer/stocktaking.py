"""Stock-taking of numbers (号码盘点): what bills, call records and declarations show, against the register.

Pure: a register document (as `register_files.load_register` gives it) and uses come in, findings come out. Days are
civil days in the register's zone. What is only ambiguous (a monthly bill in which a cooperation ended) is no finding.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from dialer.core.policy import Purpose

Row = Mapping[str, Any]
USABLE = frozenset({"allocated", "reported"})
SOURCES = ("bill", "cdr", "declaration", "record")
REGISTER = "register"


@dataclass(frozen=True, slots=True)
class Use:
    """What a source says: this number was held or used on these days, [first, last] both included.

    `source`: `bill|cdr|declaration|record`. `row` is the first row of the file that says so, from 1; `rows` how many
    do. `calls` 0: held, no call was made; None: not told. `holder` pays for the number, `user` calls with it,
    `enterprise` is whom it is used for, each as written there; None where the source does not say.
    """

    source: str
    file: str
    row: int
    number: str
    first: date
    last: date
    calls: int | None = None
    holder: str | None = None
    user: str | None = None
    enterprise: str | None = None
    carrier: str | None = None
    purposes: frozenset[Purpose] = frozenset()
    rows: int = 1

    @property
    def says(self) -> tuple[object, ...]:
        """What two rows of a file have in common that say the same."""
        parties = (self.holder, self.user, self.enterprise, self.carrier)
        return (self.number, self.first, self.last, self.calls == 0, self.purposes, *parties)

    @property
    def called(self) -> bool:
        """Whether it shows calls; a declaration only says what is meant."""
        return self.source != "declaration" and self.calls != 0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit. `kind` is a key of `stocktaking_words.WORDS`.

    `file` and `row` are the first row that shows it, `rows` how many do, on the days [first, last]. `values` are what
    was seen and what the register has; `enterprise` and `agency` are ids of the register, None where it knows none.
    """

    kind: str
    number: str
    source: str
    file: str
    row: int
    first: date
    last: date
    values: Mapping[str, str]
    enterprise: str | None = None
    agency: str | None = None
    rows: int = 1

    def and_again(self, other: Finding) -> Finding:
        """The same, seen in other rows too."""
        first, last = min(self.first, other.first), max(self.last, other.last)
        return replace(self, first=first, last=last, rows=self.rows + other.rows)


@dataclass(frozen=True, slots=True)
class Stock:
    """What was found, in the order of the register's numbers, and over what: days [first, last], rows by source."""

    findings: tuple[Finding, ...]
    first: date | None
    last: date | None
    rows: Mapping[str, int]


def take_stock(register: Row, uses: Iterable[Use], suspended: Mapping[str, date] | None = None) -> Stock:
    """Compare `uses` with `register`. `suspended`: number -> the civil day from which its carrier suspended it."""
    book = _Book(register, suspended or {})
    grouped: dict[tuple[Any, ...], Finding] = {}
    seen = _Seen()
    for use in uses:
        seen.add(use)
        for found in book.judge(use):
            key = (found.kind, found.number, found.file, tuple(sorted(found.values.items())))
            before = grouped.get(key)
            grouped[key] = found if before is None else before.and_again(found)
    findings = [*grouped.values(), *book.unused(seen)]
    return Stock(tuple(sorted(findings, key=_order)), seen.first, seen.last, dict(seen.rows))


def name_key(text: str) -> str:
    """A name as it is compared: full-width signs made narrow, spaces and case left out."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def _order(one: Finding) -> tuple[Any, ...]:
    return one.number, one.kind, one.file, one.row


@dataclass
class _Seen:
    """What the sources have shown so far, as far as it tells which registered numbers were never used."""

    first: date | None = None
    last: date | None = None
    rows: dict[str, int] = field(default_factory=dict)
    called: set[str] = field(default_factory=set)
    bill_carriers: set[str | None] = field(default_factory=set)
    cdr_users: set[str | None] = field(default_factory=set)

    def add(self, use: Use) -> None:
        self.rows[use.source] = self.rows.get(use.source, 0) + use.rows
        if use.called:
            self.called.add(use.number)
        if use.source == "bill":
            self.bill_carriers.add(use.carrier and name_key(use.carrier))
        if use.source == "cdr":
            self.cdr_users.add(use.user and name_key(use.user))
        if use.source in ("bill", "cdr"):
            self.first = min(self.first or use.first, use.first)
            self.last = max(self.last or use.last, use.last)


class _Book:
    """The register by number and by the names that sources use for its parties."""

    def __init__(self, register: Row, suspended: Mapping[str, date]) -> None:
        self._suspended = suspended
        self._numbers: dict[str, list[Row]] = {}
        for row in register["numbers"]:
            self._numbers.setdefault(row["number"], []).append(row)
        self._parties = _names(
            [*register["enterprises"], *register["agencies"]], ("id", "full_name", "uscc"), "short_names"
        )
        self._carriers = _names(register["carriers"], ("id", "name", "licence"))
        self._shown = {
            row["id"]: row.get("full_name") or row["name"]
            for section in ("enterprises", "agencies", "carriers")
            for row in register[section]
        }

    def judge(self, use: Use) -> Iterator[Finding]:
        """Everything about one row that does not fit."""
        every = self._numbers.get(use.number)
        if every is None:
            seen = {"used_by": use.user or use.holder or use.enterprise or ""}
            yield self._found("unregistered", use, None, seen)
            return
        held = [one for one in every if _overlaps(one, use.first, use.last)]
        if not held and (use.called or use.source == "declaration"):
            periods = ", ".join(f"{one['from']} – {one.get('to', '…')}" for one in every)
            yield self._found("outside_period", use, every[0], {"registered": periods})
        rows = held or every
        yield from self._who(use, rows)
        own = [one for one in rows if self._is_user(use, one)] or rows
        promised = {purpose for one in own for purpose in one["purposes"]}
        if other := sorted(purpose for purpose in use.purposes if purpose not in promised):
            seen = {"used_for": ",".join(other), "promised": ",".join(sorted(promised))}
            yield self._found("another_purpose", use, own[0], seen)
        if use.called:
            yield from self._standing(use, own)

    def _who(self, use: Use, rows: Sequence[Row]) -> Iterator[Finding]:
        """Another user, another enterprise, somebody else who pays, another carrier."""
        own = [one for one in rows if self._is_user(use, one)]
        users = ", ".join(dict.fromkeys(self._shown[_user(one)] for one in rows))
        if not own:
            yield self._found("another_user", use, rows[0], {"used_by": use.user or "", "registered": users})
        if use.holder and not any(
            self._parties.get(name_key(use.holder)) in (one["enterprise"], one.get("agency")) for one in rows
        ):
            yield self._found("another_user", use, rows[0], {"paid_by": use.holder, "registered": users})
        if use.enterprise and not any(
            self._parties.get(name_key(use.enterprise)) == one["enterprise"] for one in rows
        ):
            registered = ", ".join(dict.fromkeys(self._shown[one["enterprise"]] for one in rows))
            seen = {"used_for_enterprise": use.enterprise, "registered": registered}
            yield self._found("another_user", use, rows[0], seen)
        if use.carrier and not any(
            self._carriers.get(name_key(use.carrier)) == one["carrier"] for one in rows
        ):
            registered = ", ".join(dict.fromkeys(self._shown[one["carrier"]] for one in rows))
            seen = {"carrier": use.carrier, "registered": registered}
            yield self._found("another_carrier", use, rows[0], seen)

    def _standing(self, use: Use, rows: Sequence[Row]) -> Iterator[Finding]:
        """Called with a number that its carrier suspended, that was given up, or that is only applied for."""
        since = self._suspended.get(use.number)
        # Calls of the very day may have been made before it.
        if since is not None and use.first > since:
            yield self._found("after_suspension", use, rows[0], {"since": since.isoformat()})
        elif since is None and not any(one["status"] in USABLE for one in rows):
            kind = "not_allocated" if rows[0]["status"] == "applied" else "after_suspension"
            yield self._found(kind, use, rows[0], {"status": rows[0]["status"]})

    def unused(self, seen: _Seen) -> Iterator[Finding]:
        """Numbers that could call on these days, that a source would show, and that none shows."""
        if seen.first is None or seen.last is None:
            return
        for number, rows in self._numbers.items():
            rows = [
                one
                for one in rows
                if one["status"] in USABLE and one["may_dial_out"] and _overlaps(one, seen.first, seen.last)
            ]
            if rows and number not in seen.called and any(self._covered(one, seen) for one in rows):
                enterprise, agency = rows[0]["enterprise"], rows[0].get("agency")
                told = {"registered": self._shown[_user(rows[0])]}
                yield Finding(
                    "unused", number, REGISTER, REGISTER, 0, seen.first, seen.last, told, enterprise, agency
                )

    def _covered(self, row: Row, seen: _Seen) -> bool:
        """Whether a bill of its carrier or call records of its user are there: else nothing would show its calls."""
        carriers = {None if one is None else self._carriers.get(one, one) for one in seen.bill_carriers}
        users = {None if one is None else self._parties.get(one, one) for one in seen.cdr_users}
        return bool({None, row["carrier"]} & carriers or {None, _user(row)} & users)

    def _is_user(self, use: Use, row: Row) -> bool:
        return use.user is None or self._parties.get(name_key(use.user)) == _user(row)

    def _found(self, kind: str, use: Use, row: Row | None, values: Mapping[str, str]) -> Finding:
        told = {name: text for name, text in values.items() if text}
        enterprise, agency = (row["enterprise"], row.get("agency")) if row else (None, None)
        return Finding(
            kind=kind,
            number=use.number,
            source=use.source,
            file=use.file,
            row=use.row,
            first=use.first,
            last=use.last,
            values=told,
            enterprise=enterprise,
            agency=agency,
            rows=use.rows,
        )


def _names(rows: Iterable[Row], keys: Sequence[str], several: str = "") -> dict[str, str]:
    """Every name that a party goes by, as it is compared -> its id."""
    found: dict[str, str] = {}
    for row in rows:
        for name in (*(row[key] for key in keys), *row.get(several, ())):
            found.setdefault(name_key(name), row["id"])
    return found


def _user(row: Row) -> str:
    return str(row.get("agency") or row["enterprise"])


def _overlaps(row: Row, first: date, last: date) -> bool:
    return bool(row["from"] <= last.isoformat() and first.isoformat() < row.get("to", "9999"))
