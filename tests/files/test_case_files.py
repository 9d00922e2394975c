"""Case files: every word they may hold, and every fault with its row, column, value, reason and hint."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from dialer.case_files import COLUMNS, WAYS, WORDS, make
from dialer.core.cases import KINDS, TOLD_BY, change_of
from dialer.core.entry import to_us
from dialer.core.errors import BadInput, InputFault
from dialer.record.hashing import subject_hash
from dialer.secrets import Secrets
from dialer.staged import Item, Task

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
KEYS = Secrets(b"s" * 32, 1, b"m" * 32, 1, {"permit-1": b"p" * 32}, "permit-1")
HEADER = "金融企业,案件编号,变更,生效时间,委托合作单位,原因,截止时间,解除事项,告知方式,逾期天数\n"


def task(path: Path) -> Task:
    """What a maker is given for this file."""
    known = {"enterprises": ["bank", "lender"], "agencies": ["agency"]}
    return Task(path, {"name": "cases.csv", "zone": "Asia/Shanghai", "now": to_us(NOW), **known}, KEYS)


def taken(folder: Path, content: str | bytes) -> list[Item | InputFault]:
    """What becomes of the rows of this file."""
    path = folder / "spool"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return list(make(task(path)))


def changes(found: list[Item | InputFault]) -> list[Any]:
    """The changes of rows without fault."""
    assert not [one for one in found if isinstance(one, InputFault)], found
    return [change_of(one.content) for one in found if isinstance(one, Item)]


def test_every_change_has_a_chinese_word() -> None:
    """And each way of telling the debtor; no word means anything that is not known."""
    assert set(WORDS.values()) == KINDS
    assert {kind for word, kind in WORDS.items() if not word.isascii()} == KINDS
    assert {way for word, way in WAYS.items() if not word.isascii()} == set(TOLD_BY)


def test_a_row_by_its_chinese_headers(tmp_path: Path) -> None:
    """Times in the site's zone, the debt as its keyed hash, what is empty left out."""
    rows = "bank,D-1,停催,2026-11-20 09:30,,住院,2026-12-01,,,31\n"
    (item,) = taken(tmp_path, HEADER + rows)
    assert isinstance(item, Item)
    assert item.subject == subject_hash(KEYS.subject_key, "debt", "bank", "D-1")
    held = change_of(item.content)
    assert (held.kind, held.reason, held.overdue_days) == ("held", "住院", 31)
    assert held.at == datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
    assert held.until == datetime(2026, 11, 30, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    """UTF-8 with and without its mark, and GB18030."""
    (told,) = changes(taken(tmp_path, (HEADER + "bank,D-1,告知,,agency,,,,短信,\n").encode(encoding)))
    assert (told.kind, told.party, told.how, told.at) == ("told", "agency", "sms", NOW)


def test_a_workbook(tmp_path: Path) -> None:
    """A sheet as it is exported: ids as text, days as figures, instants as dates."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["金融企业", "案件编号", "变更", "生效时间", "逾期天数"])
    sheet.append(["bank", "0012", "逾期", datetime(2026, 11, 20), 31])  # noqa: DTZ001
    book.save(tmp_path / "cases.xlsx")
    (item,) = make(task(tmp_path / "cases.xlsx"))
    assert isinstance(item, Item)
    assert item.subject == subject_hash(KEYS.subject_key, "debt", "bank", "0012")
    assert change_of(item.content).overdue_days == 31
    assert change_of(item.content).at == datetime(2026, 11, 19, 16, 0, tzinfo=UTC)


def test_lifting_lifts_the_holds_unless_it_names_another_thing(tmp_path: Path) -> None:
    """解除 alone is 停催; the enterprise named as agency is the enterprise itself."""
    rows = "bank,D-1,解除,,,,,,,\nbank,D-1,解除,,,,,异议,,\nbank,D-1,委案,,bank,,,,,\n"
    holds, dispute, own = changes(taken(tmp_path, HEADER + rows))
    assert (holds.lifts, dispute.lifts, own.party) == ("held", "disputed", None)


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("bnak,D-1,委案,,,,,,,", "enterprise", "bnak"),
        (",D-1,委案,,,,,,,", "enterprise", ""),
        ("bank,,委案,,,,,,,", "debt", ""),
        ("bank,D-1,,,,,,,,", "change", ""),
        ("bank,D-1,委托,,,,,,,", "change", "委托"),
        ("bank,D-1,委案,,nobody,,,,,", "agency", "nobody"),
        ("bank,D-1,委案,2026-02-30,,,,,,", "at", None),
        ("bank,D-1,委案,明天,,,,,,", "at", "明天"),
        ("bank,D-1,停催,2026-11-20,,住院,2026-11-19,,,", "change", "停催"),
        ("bank,D-1,停催,,,电话13812345678,,,,", "reason", None),
        ("bank,D-1,结清,,,住院,,,,", "change", "结清"),
        ("bank,D-1,解除,,,,,委案,,", "lifts", "委案"),
        ("bank,D-1,告知,,,,,,飞鸽,", "how", "飞鸽"),
        ("bank,D-1,逾期,,,,,,,", "change", "逾期"),
        ("bank,D-1,逾期,,,,,,,-3", "overdue_days", "-3"),
        ("bank,D-1,逾期,,,,,,,一", "overdue_days", "一"),
        ("bank,D-1,委案", "", ""),
        ("bank,1.2E+11,委案,,,,,,,", "debt", None),
    ],
)
def test_a_fault_names_its_place(tmp_path: Path, row: str, column: str, value: str | None) -> None:
    """Row, column, what stands there (masked where it may be a person's), why, and what to do."""
    good, fault = taken(tmp_path, HEADER + "bank,D-0,委案,,,,,,,\n" + row + "\n")
    assert isinstance(good, Item)
    assert isinstance(fault, InputFault)
    assert (fault.place.file, fault.place.line, fault.place.path) == ("cases.csv", 3, column)
    assert value is None or fault.value == value
    assert "13812345678" not in str(fault)
    assert fault.reason
    assert fault.hint


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", "金融企业,案件编号\nbank,D-1\n".encode(), b"a,b\n1,2\n", b'"bank,D-1\n'],
    ids=["empty", "utf-16", "no change", "other columns", "open quotation mark"],
)
def test_what_is_no_case_file_is_refused_by_its_own_name(tmp_path: Path, content: bytes) -> None:
    """Never by that of the spool."""
    with pytest.raises(BadInput) as refused:
        taken(tmp_path, content)
    assert {one.place.file for one in refused.value.faults} == {"cases.csv"}


def test_the_documents_name_every_column_and_word() -> None:
    """docs/files.md, case files."""
    page = (Path(__file__).parents[2] / "docs/files.md").read_text()
    part = page[page.index("### Cases") :].split("\n### ")[0]
    wanted = {f"`{one.name}`" for one in COLUMNS} | {one.headers[0] for one in COLUMNS}
    wanted |= {f"`{kind}`" for kind in KINDS} | {f"`{way}`" for way in TOLD_BY}
    assert {one for one in wanted if one not in part} == set()
