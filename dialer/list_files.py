"""List files (号码清单 of a campaign): CSV, one item a row. Faulty rows are set aside for a person to confirm."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from dialer.core.phone import Line, canonical_caller_id
from dialer.fields import check_zone
from dialer.numbers import parse_callee
from dialer.ports.campaigns import RejectedRow
from dialer.tabular import Column, Meaning, Row, Taken, Wrong, take

NUMBER_HINT = "write it like 138…, 025-… or +852…, all digits, as text"

PERSON = Column("person_id", ("人员编号", "客户编号"), "the enterprise's own id of the person", True, True)
NUMBER = Column("number", ("号码", "被叫号码", "电话号码"), "the number called", True, True)
COLUMNS = (
    PERSON,
    NUMBER,
    Column("name", ("姓名",), "the person's name", personal=True),
    Column("debt", ("债务编号", "案件编号"), "the enterprise's own id of the case", personal=True),
    Column("product", ("产品",), "credit, insurance, tax …; else the campaign's"),
    Column("caller_id", ("主叫号码",), "the number presented; else chosen from the register"),
    Column("trunk", ("中继",), "the trunk; else the one of the caller ID's carrier"),
    Column("zone", ("时区",), "where the person is known to be (IANA)"),
    Column("agency", ("委托单位", "委托合作单位"), "id of the agency; else the campaign's"),
    Column("script", ("话术",), "id of the script; else the campaign's"),
    Column("agent", ("坐席",), "`any` or an agent's name; else the campaign's"),
)
OVERRIDES = ("product", "caller_id", "trunk", "zone", "agency", "script", "agent")


@dataclass(frozen=True, slots=True)
class ListItem:
    """A row of a list. `row` is its line in the file; `overrides` holds only what this row sets itself."""

    row: int
    person_id: str = field(repr=False)
    number: Line
    name: str | None = field(default=None, repr=False)
    debt: str | None = field(default=None, repr=False)
    overrides: Mapping[str, str] = field(default_factory=dict)


ListFile = Taken[ListItem]


def load_list(path: Path, *, region: str = "CN") -> ListFile:
    """The items of a list file, and the rows set aside. Raises BadInput where the file is no such table.

    Numbers are read as written in `region` (ISO 3166-1). A person's number that stands there twice is taken once.
    """
    first: dict[tuple[str, str], int] = {}

    def make(row: Row) -> ListItem | RejectedRow:
        item = _item(row)
        before = first.setdefault((item.person_id, item.number.e164), row.no)
        if before != row.no:
            return row.fault(
                NUMBER, Wrong(f"this person's number stands in row {before} already", "keep one")
            )
        return item

    meanings: dict[str, Meaning] = {
        "person_id": written_id,
        "number": lambda text: number_of(text, region),
        "debt": written_id,
        "caller_id": _caller_id,
        "zone": _zone,
    }
    return take(path, COLUMNS, meanings, make)


def written_id(text: str) -> str:
    """A customer or case id as it is compared: NFKC, trimmed, case kept."""
    return unicodedata.normalize("NFKC", text).strip()


def number_of(text: str, region: str) -> Line | Wrong:
    """The line that a cell names."""
    return parse_callee(text, region=region) or Wrong(
        "not a number that a person can be called on", NUMBER_HINT
    )


def _item(row: Row) -> ListItem:
    meant = cast(Mapping[str, str], row.meant)
    return ListItem(
        row=row.no,
        person_id=meant["person_id"],
        number=cast(Line, row.meant["number"]),
        name=meant.get("name"),
        debt=meant.get("debt"),
        overrides={name: meant[name] for name in OVERRIDES if name in meant},
    )


def _caller_id(text: str) -> str | Wrong:
    hint = "write it as it stands in the register: 95…, 1010…, 400…, 0…, 1…, +…"
    return canonical_caller_id(text) or Wrong("not a number of a class that is known", hint)


def _zone(text: str) -> str | Wrong:
    try:
        return check_zone(text)
    except ValueError as trouble:
        return Wrong(str(trouble), "write it like Asia/Shanghai, or leave it empty")
