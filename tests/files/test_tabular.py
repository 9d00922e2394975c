"""Tables, CSV and XLSX: read as streams, refused where they lie, written so that nothing in them is evaluated."""

from __future__ import annotations

import csv
import io
import tracemalloc
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from dialer.core.errors import BadInput
from dialer.tabular import (
    Cell,
    Column,
    Heading,
    NotText,
    Row,
    Sheet,
    csv_to,
    inert,
    stream,
    table,
    taken_text,
    write_csv,
    write_xlsx,
)
from dialer.tabular.cells import FORMULA_SIGNS

COLUMNS = (
    Column("number", ("号码",), "a number", required=True),
    Column("name", ("姓名",), "a name", personal=True),
    Column("days", ("逾期天数",), "a count", takes=frozenset({"figure"})),
    Column("since", ("起始日",), "a day", takes=frozenset({"date"})),
)
HEADINGS = tuple(Heading(column.headers[0]) for column in COLUMNS)
ODD = st.text(st.sampled_from("=+-@\t\r\n'\" ,;0aA＝　中_x000D\x01\x7f\U0001f600")) | st.text(
    st.characters(exclude_categories=("Cs",), exclude_characters="\x00")
)


def read(path: Path) -> list[tuple[int, Sequence[Cell]]]:
    """The bare rows of a file."""
    with table(path) as rows:
        return list(rows)


def workbook(path: Path, *rows: Sequence[object]) -> Path:
    """A workbook as another program writes it."""
    book = Workbook()
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return path


def packed(path: Path, parts: dict[str, bytes]) -> Path:
    """The workbook at `path` with other parts."""
    with zipfile.ZipFile(path) as old:
        kept = {one: old.read(one) for one in old.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in {**kept, **parts}.items():
            new.writestr(name, content)
    return path


def test_the_same_rows_are_read_from_csv_and_from_a_workbook(tmp_path: Path) -> None:
    """Rows, their numbers, and headers in another order and language are the same in either form."""
    rows = [["张三", "0012", None], [None, None, None], ["", "0013", date(2026, 1, 31)]]
    headings = (Heading("姓名"), Heading("Number"), Heading("since"))
    write_csv(tmp_path / "t.csv", [one.text for one in headings], rows)
    write_xlsx(tmp_path / "t.xlsx", [Sheet("人员", headings, rows)])
    for name in ("t.csv", "t.xlsx"):
        found = list(stream(tmp_path / name, COLUMNS, {}))
        assert [(row.no, row.meant) for row in found if isinstance(row, Row)] == [
            (2, {"name": "张三", "number": "0012"}),
            (4, {"number": "0013", "since": "2026-01-31"}),
        ]


@pytest.mark.parametrize("sign", sorted(FORMULA_SIGNS))
def test_no_cell_of_a_csv_begins_like_a_formula(sign: str) -> None:
    """Whatever would be evaluated stands behind an apostrophe, in a header too."""
    file = io.StringIO(newline="")
    csv_to(file, [f"{sign}1+1"], [[f"{sign}cmd|' /C calc'!A0"]])
    for (cell,) in csv.reader(io.StringIO(file.getvalue(), newline="")):
        assert cell.startswith("'")


@given(ODD)
def test_text_made_inert_reads_back_as_it_was(text: str) -> None:
    """Whatever the text, it is what was written; and it begins like no formula."""
    assert taken_text(inert(text)) == text
    assert inert(text)[:1] not in FORMULA_SIGNS


@pytest.mark.parametrize("text", ["'s-Hertogenbosch", "O'Neill", "a=b", "025-83123456"])
def test_text_that_is_harmless_is_written_as_it_is(text: str) -> None:
    """Only what a program would evaluate or lose is marked."""
    assert inert(text) == text
    assert taken_text(f"  {text} ") == text


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(ODD, ODD), min_size=1, max_size=3))
def test_odd_text_survives_both_forms(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]]
) -> None:
    """Quotes, line ends, control signs, formulas and escapes come back as they went out."""
    folder = tmp_path_factory.mktemp("odd")
    write_csv(folder / "t.csv", ["a", "b"], pairs)
    write_xlsx(folder / "t.xlsx", [Sheet("s", (Heading("a"), Heading("b")), pairs)])
    told = [pair for pair in pairs if any(inert(one).strip() for one in pair)]
    for name in ("t.csv", "t.xlsx"):
        rows = [[*map(str, cells), "", ""][:2] for _, cells in read(folder / name)[1:]]
        assert [tuple(taken_text(cell) for cell in row) for row in rows] == told


def test_a_workbook_holds_text_where_a_formula_was_given(tmp_path: Path) -> None:
    """Another program sees text with the mark that keeps it text, and no formula anywhere."""
    write_xlsx(tmp_path / "t.xlsx", [Sheet("s", (Heading("=a"),), [["=1+1"], ["+8613800000000"], ["0025"]])])
    page = load_workbook(tmp_path / "t.xlsx")["s"]
    assert [page.cell(row, 1).data_type for row in range(1, 5)] == ["s"] * 4
    assert [page.cell(row, 1).value for row in range(2, 5)] == ["=1+1", "+8613800000000", "0025"]
    assert [page.cell(row, 1).quotePrefix for row in range(2, 5)] == [True, True, False]
    assert {page.cell(row, 1).number_format for row in range(2, 5)} == {"@"}


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (8613800000000, "figure", "8613800000000"),
        (0.5, "figure", "0.5"),
        ("=A1", "formula", ""),
        (True, "truth", "true"),
        (date(2026, 1, 31), "date", "2026-01-31"),
        ("#N/A", "error", "#N/A"),
    ],
)
def test_what_a_program_made_of_a_cell_is_seen(tmp_path: Path, value: object, kind: str, text: str) -> None:
    """Figures, formulas, dates and errors are told apart from text."""
    path = workbook(tmp_path / "t.xlsx", ["a"], [value])
    assert read(path)[1] == (2, [NotText(kind, text)])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ((95000001,), "number", "is a figure"),
        (("=1+1",), "number", "is a formula"),
        ((date(2026, 1, 31),), "number", "is a date"),
        (("1.38E+10",), "number", "lost its digits"),
        (("1", "n", "x" * 101), "days", "at most 100"),
        (("1", None, None, None, "more"), "", "5 cells, the header 4"),
    ],
)
def test_a_cell_that_lost_what_was_meant_is_told(
    tmp_path: Path, row: Sequence[object], column: str, reason: str
) -> None:
    """A number kept as a figure may have lost its zeros: it is refused with what to do."""
    path = workbook(tmp_path / "t.xlsx", [one.text for one in HEADINGS], row)
    (fault,) = stream(path, COLUMNS, {})
    assert not isinstance(fault, Row)
    assert (fault.row, fault.column) == (2, column)
    assert reason in fault.reason
    assert fault.hint


def test_a_figure_and_a_date_are_taken_where_they_may_stand(tmp_path: Path) -> None:
    """A count as a figure, a day as a date."""
    path = workbook(tmp_path / "t.xlsx", ["号码", "days", "since"], ["1", 30, date(2026, 1, 31)])
    (row,) = stream(path, COLUMNS, {})
    assert isinstance(row, Row)
    assert row.meant == {"number": "1", "days": "30", "since": "2026-01-31"}


def test_rows_are_numbered_as_a_person_sees_them(tmp_path: Path) -> None:
    """A line end within quotes begins no row, an empty line is one."""
    path = tmp_path / "t.csv"
    path.write_bytes(b'a,b\r\n"1\r\n2",x\r\n\r\n3,y\r\n')
    assert [no for no, _ in read(path)] == [1, 2, 4]


@pytest.mark.parametrize(
    ("content", "row", "reason"),
    [
        ("a\n中\n".encode() + "文\n".encode("gb18030"), 3, "is not UTF-8 here"),
        ("a\n中\n".encode("gb18030") + b"\xff\n", 3, "is not GB18030 here"),
        (b"a\n\xff\xff\n", 2, "is neither UTF-8 nor GB18030"),
        (b"\xef\xbb\xbfa\n\xd6\xd0\n", 2, "is not UTF-8 here"),
        ("a\n1\n".encode("utf-16"), 1, "is not CSV text"),
        (b"a\n" + b"x" * (1 << 20), 2, "more than 1 MiB"),
        (b'a\n1\n"2', 3, "is not CSV"),
    ],
)
def test_a_wrong_encoding_is_told_with_its_row(tmp_path: Path, content: bytes, row: int, reason: str) -> None:
    """The row where the bytes stop being text is named."""
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=reason) as caught:
        read(path)
    assert caught.value.faults[0].place.line == row


SHEET = "xl/worksheets/sheet1.xml"
BEGIN = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
END = b"</sheetData></worksheet>"


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({SHEET: b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + BEGIN + END}, "document type"),
        ({"xl/workbook.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}, "no XML"),
        ({SHEET: BEGIN + b'<row r="2000000"/>' + END}, "at most 1048576"),
        ({SHEET: BEGIN + b'<row r="2"/><row r="1"/>' + END}, "a row 1 after row 2"),
        ({SHEET: BEGIN + b'<row r="1"><c r="ZZ1" t="str"><v>x</v></c></row>' + END}, "256 columns"),
        ({SHEET: BEGIN + b'<row r="1"><c r="ZZZZ1"/></row>' + END}, "column is none"),
        ({SHEET: BEGIN + b'<row r="1"><c r="B1"/><c r="A1"/></row>' + END}, "out of order"),
        ({SHEET: BEGIN + b'<row r="1"><c r="A1" t="s"><v>7</v></c></row>' + END}, "shared text 7"),
        (
            {SHEET: BEGIN + b'<row r="1"><c r="A1" t="str"><v>' + b"x" * 40_000 + b"</v></c></row>" + END},
            "signs",
        ),
        ({SHEET: BEGIN}, "no XML"),
        ({f"xl/media/{n}": b"" for n in range(2000)}, "2000 parts"),
    ],
)
def test_a_workbook_that_lies_is_refused(tmp_path: Path, parts: dict[str, bytes], reason: str) -> None:
    """Entities, rows and columns without end, and broken parts are refused, not expanded."""
    path = packed(workbook(tmp_path / "t.xlsx", ["a"], ["1"]), parts)
    with pytest.raises(BadInput, match=reason):
        read(path)


def test_a_bomb_is_refused_before_it_expands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the parts of a workbook expand to is bounded by what they say, before any is opened."""
    path = packed(workbook(tmp_path / "t.xlsx", ["a"]), {SHEET: b" " * 20_000_000})
    assert path.stat().st_size < 100_000
    monkeypatch.setattr("dialer.tabular.xlsx_parts.MOST_EXPANDED", 16 << 20)
    with pytest.raises(BadInput, match="expands to more"):
        read(path)


@pytest.mark.parametrize("content", [b"PK\x03\x04 no zip", b"\xd0\xcf\x11\xe0 an old or locked workbook"])
def test_what_only_begins_like_a_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    """A broken, old or locked workbook is refused with what to do."""
    path = tmp_path / "t.xlsx"
    path.write_bytes(content)
    with pytest.raises(BadInput, match="no workbook") as caught:
        read(path)
    assert "without a password" in caught.value.faults[0].hint


def test_a_second_sheet_with_rows_is_not_passed_over(tmp_path: Path) -> None:
    """Which sheet is meant must be plain; a sheet that explains the columns is no second one."""
    page = Sheet("s", HEADINGS, [["1"]])
    write_xlsx(tmp_path / "one.xlsx", [page, Sheet("说明", (Heading("列"),), [["号码"]])])
    assert len(read(tmp_path / "one.xlsx")) == 2
    write_xlsx(tmp_path / "two.xlsx", [page, Sheet("Sheet2", HEADINGS, [["2"]])])
    with pytest.raises(BadInput, match="more than one sheet"):
        read(tmp_path / "two.xlsx")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_long_table_takes_little_memory(tmp_path: Path, form: str) -> None:
    """Ten times the rows need no more memory, to write or to read: nothing is kept."""

    def rows(count: int) -> Iterator[list[str]]:
        return ([f"1380000{n:07}", "示例"] for n in range(count))

    def peak(count: int) -> int:
        path = tmp_path / f"{count}.{form}"
        tracemalloc.start()
        try:
            if form == "csv":
                write_csv(path, ["号码", "姓名"], rows(count))
            else:
                write_xlsx(path, [Sheet("s", HEADINGS[:2], rows(count))])
            assert sum(isinstance(row, Row) for row in stream(path, COLUMNS, {})) == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(2000) < peak(200) + 300_000


def test_a_table_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    """The old file stays until the new one is whole."""
    path = tmp_path / "t.csv"
    path.write_text("old")

    def broken() -> Iterator[list[str]]:
        yield ["1"]
        raise RuntimeError("the source ended")

    with pytest.raises(RuntimeError):
        write_csv(path, ["a"], broken())
    assert [one.name for one in tmp_path.iterdir()] == ["t.csv"]
    assert path.read_text() == "old"
    with pytest.raises(BadInput, match="cannot be written"):
        write_csv(tmp_path / "none" / "t.csv", ["a"], [])
