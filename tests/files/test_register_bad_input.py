"""Registers that contradict themselves or lie: refused whole with every fault; and the samples, which do not."""

from __future__ import annotations

import copy
import csv
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import dialer.lab
from dialer import case_files, list_files, preference_files
from dialer.core.errors import BadInput, InputFault
from dialer.documents import Document
from dialer.list_files import load_list
from dialer.preference_files import load_preferences
from dialer.register_files import checked, load_register
from dialer.register_tables import read_register, write_register
from dialer.register_tables import reading as reading_module
from dialer.tabular import Column, Row, stream

SAMPLE = Path(dialer.lab.__file__).parent / "sample"
NOW = datetime(2026, 6, 1, 2, tzinfo=UTC)
Json = dict[str, Any]
IN_ORDER = load_register(SAMPLE / "register.yaml")


def sample(**sections: Any) -> Json:
    """The sample register with some sections replaced."""
    return {**copy.deepcopy(IN_ORDER), **sections}


def number(**changes: Any) -> Json:
    """A number of the sample with some keys replaced; None takes one away."""
    row = {**sample()["numbers"][0], **changes}
    return {key: value for key, value in row.items() if value is not None}


def entrustment(**changes: Any) -> Json:
    """The entrustment of the sample with some keys replaced."""
    return {**sample()["entrustments"][0], **changes}


def faults_in_a_table(folder: Path, content: Json) -> tuple[InputFault, ...]:
    """What is said against a register as a workbook, written without asking whether it is in order."""
    write_register(content, folder / "r.xlsx", "xlsx")
    with pytest.raises(BadInput) as caught:
        read_register(folder / "r.xlsx")
    return caught.value.faults


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, "one number twice for the same use"),
        ({"enterprise": "other"}, "one number for two enterprises"),
        ({"carrier": "example-unicom"}, "one number of two carriers"),
    ],
)
def test_one_number_is_one_thing_on_one_day(tmp_path: Path, changes: Json, reason: str) -> None:
    """Twice, claimed by two enterprises, of two carriers: told at the later row, with the earlier one."""
    other = {**sample()["enterprises"][0], "id": "other", "uscc": "91320500MA0000000W"}
    content = sample(numbers=[number(), number(**changes)], enterprises=[*sample()["enterprises"], other])
    (fault,) = faults_in_a_table(tmp_path, content)
    assert (fault.reason, fault.place.line, fault.place.path) == (reason, 3, "号码")
    assert fault.place.file.endswith("[号码]")
    assert "2" in fault.hint


@pytest.mark.parametrize("text", ["12", "1381234", "95000001a", "+8613", "４０", "9500 0001 0001 00"])
def test_an_impossible_number_is_refused(tmp_path: Path, text: str) -> None:
    """Too short, too long, of no class: told with what was written."""
    (fault,) = faults_in_a_table(tmp_path, sample(numbers=[number(number=text)]))
    assert (fault.place.path, fault.value) == ("号码", text)
    assert "class that is known" in fault.reason


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({}, True),
        ({"from": "2035-12-31", "to": "2040-01-01"}, True),
        ({"from": "2036-01-01", "to": "2040-01-01"}, False),
        ({"purposes": ["reminder", "service"]}, True),
        ({"purposes": ["service"]}, False),
        ({"products": ["insurance"]}, False),
        ({"party": "nanjing-example"}, False),
        ({"status": "suspended"}, True),
        ({"status": "revoked"}, False),
    ],
)
def test_overlapping_entrustments_are_refused(tmp_path: Path, changes: Json, refused: bool) -> None:
    """Two documents of one enterprise for one party that share a day, a purpose and a product; else both hold."""
    content = sample(entrustments=[entrustment(), entrustment(document="2", **changes)])
    if not refused:
        assert checked(Document("r", content))["entrustments"][1]["document"] == "2"
        return
    (fault,) = faults_in_a_table(tmp_path, content)
    assert (fault.reason, fault.value) == ("overlapping entrustments", "2")
    assert (fault.place.line, fault.place.path) == (3, "委托书文号")
    assert "示例委托〔2025〕1号" in fault.hint


def ended(**changes: Any) -> Json:
    """A register whose number is used by an agency whose entrustment ended in May 2026."""
    row = number(agency="suzhou-example", purposes=["collection"], **changes)
    return sample(entrustments=[entrustment(to="2026-05-01")], numbers=[row])


@pytest.mark.parametrize(
    ("content", "refused"),
    [
        (ended(), True),
        (ended(status="suspended"), False),
        (ended(to="2026-06-01"), False),
        (ended(**{"from": "2026-06-02"}), False),
        (sample(entrustments=[entrustment(to="2026-06-01")]), True),
        (sample(entrustments=[entrustment(to="2026-06-02")]), False),
        (sample(entrustments=[]), False),
        (sample(licences=[{**sample()["licences"][0], "to": "2026-01-01"}]), True),
    ],
)
def test_a_number_in_use_needs_a_document_that_has_not_ended(
    tmp_path: Path, content: Json, refused: bool
) -> None:
    """On the day of the import; where nothing uses it, what has ended is no fault, and by itself it never is one."""
    path = tmp_path / "r.csv"
    write_register(content, path, "csv")
    assert read_register(path) == content
    if not refused:
        assert read_register(path, NOW) == content
        return
    with pytest.raises(BadInput) as caught:
        read_register(path, NOW)
    first = caught.value.faults[0]
    assert first.reason == "a number in use whose document has ended"
    assert first.place.path == "号码"
    assert first.place.line > 1


def test_a_wrong_encoding_is_told_with_its_row(tmp_path: Path) -> None:
    """One sheet saved by another program in another encoding, halfway."""
    path = tmp_path / "r.csv"
    write_register(sample(), path, "csv")
    file = path / "电信企业.csv"
    file.write_bytes(file.read_bytes() + b"x," + "文".encode("gb18030") + b",A1,,,,\r\n")
    with pytest.raises(BadInput) as caught:
        read_register(path)
    fault = next(one for one in caught.value.faults if "UTF-8" in one.reason)
    assert (fault.place.file, fault.place.line) == (str(file), 4)
    file.write_bytes(file.read_bytes().decode("utf-8-sig", "ignore").rsplit("x,", 1)[0].encode("gb18030"))
    assert read_register(path) == sample()


def test_what_is_no_sheet_of_a_register_is_refused(tmp_path: Path) -> None:
    """A sheet or file that nobody would read is not passed over, nor the same sheet in two languages."""
    path = tmp_path / "r.csv"
    write_register(sample(), path, "csv")
    (path / "号马.csv").write_text("号码\n95000001\n")
    (path / "licences.csv").write_text("number\n")
    (path / "说明.csv").write_text("anything\n")
    with pytest.raises(BadInput) as caught:
        read_register(path)
    assert {(one.reason, one.value) for one in caught.value.faults} == {
        ("unknown sheet", "号马"),
        ("a sheet twice", "金融业务许可"),
    }


def test_a_row_of_a_part_names_one_row(tmp_path: Path) -> None:
    """Whose review it is must be plain: a stranger, nobody, and one of two are refused."""
    content = sample()
    seen = {"what": "licence", "document": "L", "reviewed_on": "2026-01-05", "by": "示例"}
    content["carriers"][0]["reviews"] = [seen]
    path = tmp_path / "r.csv"
    write_register(content, path, "csv")
    file = path / "电信企业审核.csv"
    text = file.read_text(encoding="utf-8-sig")
    row = text.splitlines()[1]
    stranger, nobody = row.replace("example-telecom", "example-telecon"), "," + row.split(",", 1)[1]
    file.write_text("\n".join([text.strip(), stranger, nobody]))
    with pytest.raises(BadInput) as caught:
        read_register(path)
    assert [(one.place.line, one.value) for one in caught.value.faults] == [(3, "example-telecon"), (4, "")]
    assert "`example-telecom`" in caught.value.faults[0].hint


def test_every_fault_of_every_sheet_is_told_at_once(tmp_path: Path) -> None:
    """Two hundred faulty rows are two hundred faults, in the order of the sheets."""
    numbers = [number(number=f"9500{n:04}", enterprise="stranger") for n in range(200)]
    faults = faults_in_a_table(tmp_path, sample(numbers=numbers))
    assert [one.place.line for one in faults] == list(range(2, 202))
    assert {one.hint for one in faults} == {"known: jiangsu-example"}


def test_a_register_of_too_many_rows_is_refused_before_it_fills_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A million rows are not taken in: the bound is told with the row, and the rest is not read."""
    monkeypatch.setattr(reading_module, "MOST_ROWS", 300)

    def peak(count: int) -> int:
        path = tmp_path / str(count)
        write_register(sample(), path, "csv")
        file = path / "号码.csv"
        head, row = file.read_text(encoding="utf-8-sig").splitlines()[:2]
        file.write_text("\n".join([head, *[row] * count]))
        tracemalloc.start()
        try:
            with pytest.raises(BadInput, match="more than 300 rows"):
                read_register(path)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(4000) < peak(400) + 200_000


@pytest.mark.parametrize("name", ["register.xlsx", "register-en.xlsx", "register-csv", "register-csv-en"])
def test_the_sample_registers_are_one_register(name: str) -> None:
    """In either language and form; `dialer register template --filled` writes them anew."""
    assert read_register(SAMPLE / name, NOW) == load_register(SAMPLE / "register.yaml")


@pytest.mark.parametrize("name", ["cases.csv", "cases.xlsx", "cases-en.csv", "cases-en.xlsx"])
def test_the_sample_cases_are_read(name: str) -> None:
    """Each row means something, and names a case of the sample list."""
    rows = list(stream(SAMPLE / name, case_files.COLUMNS, {}))
    listed = {one.debt for one in load_list(SAMPLE / "list.csv").items}
    assert len(rows) == 7
    assert all(isinstance(row, Row) and row.meant["debt"] in listed for row in rows)
    assert {row.meant["change"] for row in rows if isinstance(row, Row)} <= set(case_files.WORDS)


def headers(name: str) -> Iterator[str]:
    """The headers of a sample."""
    with (SAMPLE / name).open(encoding="utf-8-sig", newline="") as file:
        yield from next(csv.reader(file))


@pytest.mark.parametrize(
    ("name", "columns"), [("list", list_files.COLUMNS), ("preferences", preference_files.COLUMNS)]
)
def test_the_samples_of_people_are_the_same_in_both_languages(name: str, columns: tuple[Column, ...]) -> None:
    """The same rows under Chinese and under English headers."""
    assert set(headers(f"{name}-en.csv")) <= {one.name for one in columns}
    assert not set(headers(f"{name}.csv")) & {one.name for one in columns}
    if name == "list":
        assert load_list(SAMPLE / "list-en.csv").items == load_list(SAMPLE / "list.csv").items
    else:
        zh, en = (load_preferences(SAMPLE / f"{name}{end}.csv", zone="Asia/Shanghai") for end in ("", "-en"))
        assert list(zh) == list(en)
