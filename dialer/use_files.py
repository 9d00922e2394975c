"""Carrier bills, agencies' call records and signed declarations as uses of numbers: each file whole or refused whole.

Their columns are found by header, in Chinese or English; others are passed over, since every carrier has more of them.
Titles may stand above the header, totals and a signature below the rows. Who is called is never read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.phone import masked_in
from dialer.stocktaking import Use
from dialer.tabular.csv_rows import refused
from dialer.use_cells import Wrong, caller_id_meant, day_meant, folded, grid, purposes_meant
from dialer.use_columns import COLUMNS, NEEDED
from dialer.use_days import Days, days_of

# No more are told: who has more has the wrong file.
MOST_FAULTS = 100
LOOK_FOR_HEADER = 20
TOTALS = ("合计", "总计", "小计", "total", "subtotal")

_SAID = re.compile(r"^\s*([^:：]{1,20})[:：]\s*(\S.*)$")


def load_uses(kind: str, path: Path, zone: str, party: str | None = None) -> list[Use]:
    """What a file of this kind (`bill|cdr|declaration`) says; rows that say the same are one. Raises BadInput.

    Every fault is told, a hundred of them in words. Times with an offset are read in `zone` (IANA). `party` says what
    the file itself does not: a bill's carrier, the unit whose call records or declaration it is.
    """
    table = _table(kind, path)
    if party is not None:
        table.said.setdefault("carrier" if kind == "bill" else "user", party)
    found: dict[tuple[object, ...], tuple[Use, int]] = {}
    faults: list[InputFault] = []
    for no, cells in grid(path):
        if no <= table.header or _said(cells, table.names):
            continue
        known = {
            **table.said,
            **{name: cells[at] for name, at in table.columns.items() if at < len(cells) and cells[at]},
        }
        if _is_total(known, cells):
            continue
        use = _use(kind, path, no, known, zone)
        if isinstance(use, InputFault):
            faults.append(use)
        else:
            first, rows = found.get(use.says, (use, 0))
            found[use.says] = first, rows + 1
    if faults:
        more = len(faults) - MOST_FAULTS
        told = faults[:MOST_FAULTS]
        if more > 0:
            told.append(InputFault(Place(str(path)), f"and {more} more rows that cannot be read"))
        raise BadInput(told)
    if not found:
        raise refused(path, 0, "holds no row", "take the file that lists numbers")
    return [replace(first, rows=rows) for first, rows in found.values()]


@dataclass(frozen=True, slots=True)
class _Table:
    """`header`: the row that names the columns; `columns`: name -> index; `said`: what lines such as `签署人：张三` say
    for all rows; `names`: folded header -> name.
    """

    header: int
    columns: Mapping[str, int]
    said: dict[str, str]
    names: Mapping[str, str]


def _table(kind: str, path: Path) -> _Table:
    # `number` alone may be the person's: only its own headers name that column.
    names = {
        folded(header): name
        for name, headers in COLUMNS[kind].items()
        for header in (*headers, *(() if name == "number" else (name,)))
    }
    columns: dict[str, int] = {}
    said: dict[str, str] = {}
    header = 0
    for place, (no, cells) in enumerate(grid(path)):
        if not columns and place < LOOK_FOR_HEADER:
            found = _header(path, no, cells, names)
            if "number" in found:
                columns, header = found, no
                continue
        said.update(_said(cells, names))
    for several in NEEDED[kind]:
        if not any(one in columns or (one in said and one != "number") for one in several):
            wanted = COLUMNS[kind][several[0]][0]
            hint = f"name a column `{wanted}` (or `{several[0]}`) in its first {LOOK_FOR_HEADER} rows"
            raise refused(path, 0, f"is no {kind}: no column for {' or '.join(several)}", hint)
    return _Table(header, columns, said, names)


def _header(path: Path, no: int, cells: tuple[str, ...], names: Mapping[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, cell in enumerate(cells):
        name = names.get(folded(cell))
        if name is not None and name in found:
            raise refused(
                path, no, f"two columns for {name}: `{cells[found[name]]}` and `{cell}`", "remove one"
            )
        if name is not None:
            found[name] = at
    return found


def _said(cells: tuple[str, ...], names: Mapping[str, str]) -> dict[str, str]:
    """What a line such as `签署人：张三` says; nothing where any cell is something else."""
    told: dict[str, str] = {}
    for cell in filter(None, cells):
        match = _SAID.match(cell)
        name = names.get(folded(match[1])) if match else None
        if match is None or name is None or name == "number":
            return {}
        told[name] = match[2].strip()
    return told


def _is_total(known: Mapping[str, str], cells: tuple[str, ...]) -> bool:
    first = next(filter(None, cells)).casefold().replace(" ", "")
    return first.startswith(TOTALS) and not any(sign.isdigit() for sign in known.get("number", ""))


def _use(kind: str, path: Path, no: int, known: Mapping[str, str], zone: str) -> Use | InputFault:
    meant: dict[str, Any] = {}
    for name in _MEANINGS:
        try:
            if name in known or name == "number":
                meant[name] = _meaning(name, known.get(name, ""), zone)
        except Wrong as wrong:
            shown = masked_in(known.get(name, ""))
            return InputFault(Place(str(path), no, name), wrong.reason, shown, wrong.hint)
    days = meant.get("days")
    if "first" in meant:
        days = (meant["first"], meant.get("last", meant["first"]))
    if days is None or days[1] < days[0]:
        hint = "say the days it is about" if days is None else "its end comes after its start"
        return InputFault(
            Place(str(path), no, "days"), "no day" if days is None else "days run backwards", hint=hint
        )
    if kind == "declaration" and not known.get("signed_by"):
        hint = "a declaration counts once somebody has signed it"
        return InputFault(Place(str(path), no, "signed_by"), "is not signed", hint=hint)
    return Use(
        source=kind,
        file=path.name,
        row=no,
        number=meant["number"],
        first=days[0],
        last=days[1],
        calls=meant.get("calls"),
        holder=known.get("holder"),
        user=known.get("user"),
        enterprise=known.get("enterprise"),
        carrier=known.get("carrier"),
        purposes=meant.get("purpose", frozenset()),
    )


# A month of call records holds the same few numbers, days and purposes again and again.
@lru_cache(maxsize=65536)
def _meaning(name: str, text: str, zone: str) -> Any:
    return _MEANINGS[name](text, zone)


def _days_cell(text: str, zone: str) -> Days:
    found = days_of(text, zone)
    if found is None:
        raise Wrong("is not a day, month or time", "write it like 2026-10-01, 2026-10 or 2026-10-01 09:30:00")
    return found


def _calls(text: str, _zone: str) -> int:
    plain = unicodedata.normalize("NFKC", text).replace(",", "")
    if not plain.isdecimal():
        raise Wrong("is not a count", "write digits only")
    return int(plain)


_MEANINGS: Mapping[str, Callable[[str, str], Any]] = {
    "number": caller_id_meant,
    "days": _days_cell,
    "first": day_meant,
    "last": day_meant,
    "calls": _calls,
    "purpose": purposes_meant,
}
