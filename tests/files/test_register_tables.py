"""The register as tables: round trips in every form, templates, and each fault at its cell."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

import dialer.lab
from dialer.core.errors import BadInput, InputFault
from dialer.documents import Document, load_yaml
from dialer.record.register import Register
from dialer.register_files import checked, load_register
from dialer.register_tables import FORMATS, read_register, write_register, write_template
from dialer.register_tables.listed import joined, parted
from dialer.register_tables.shape import every
from dialer.register_tables.words import COLUMNS, SECTIONS, VALUES, header
from dialer.register_tables.writing import Format

SAMPLE = Path(dialer.lab.__file__).parent / "sample"
Json = dict[str, Any]
WORDS = st.text(
    st.sampled_from("=+-@'\" ,;；、\\0aA＝　中:#{}[]|>&*!%?~")
    | st.characters(exclude_categories=("Cs", "Cc")),
    min_size=1,
    max_size=8,
) | st.sampled_from(["null", "true", "007", "1.5e5", "2026-01-01", "无", "none", "1E+10", "=1+1", "_x000D_"])


def rich() -> Json:
    """The sample register with every list and table of its rows filled in at least once."""
    data = load_yaml(SAMPLE / "register.yaml").data
    data["enterprises"][0]["short_names"] = ["示例、消金", "示例;二", "\\"]
    data["licences"][0]["products"] = ["credit", "Foo, Inc.", " blank "]
    data["agencies"][0]["inspections"] = [
        {"on": "2026-01-05", "by": "示例检查员", "findings": "=无", "rectify_by": "2026-02-05"},
        {"on": "2026-03-05", "by": "示例检查员"},
    ]
    data["agencies"][1]["inspections"] = []
    seen = {"what": "licence", "document": "L0001H232000001", "reviewed_on": "2026-01-05", "by": "+示例"}
    data["carriers"][0]["reviews"] = [seen, {**seen, "what": "entrustment"}]
    data["carriers"][1] |= {"reviews": [], "from": "1899-12-31", "to": "2999-01-01", "status": "valid"}
    hours = {"days": ["mon", "tue"], "start": "09:00", "end": "18:00"}
    data["numbers"][0] |= {"windows": [hours, {**hours, "days": ["sat"]}], "list_state": "acknowledged"}
    # The same number twice, so that its key alone does not name a row.
    given_up = {**data["numbers"][0], "status": "disabled", "windows": [{**hours, "end": "12:00"}]}
    data["numbers"].append(given_up)
    return checked(Document("rich", data))


def written(folder: Path, content: Mapping[str, Any], form: Format, lang: str = "zh") -> Path:
    """A register in one form."""
    path = folder / f"register-{lang}.{form}"
    write_register(content, path, form, lang)
    return path


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("form", FORMATS)
def test_an_export_is_imported_as_the_same_register(tmp_path: Path, form: Format, lang: str) -> None:
    """What is written in each form and language has the digest of what it was written from."""
    content = rich()
    found = read_register(written(tmp_path, content, form, lang))
    assert found == content
    assert Register.from_document(found).digest == Register.from_document(content).digest


def small(odd: list[str]) -> Json:
    """A short register of odd names."""
    enterprise = load_yaml(SAMPLE / "register.yaml").data["enterprises"][0]
    seen = {"what": "licence", "document": odd[0], "reviewed_on": "2026-01-05", "by": odd[1]}
    licence = {
        "enterprise": enterprise["id"],
        "number": odd[3],
        "purposes": ["service"],
        "from": "2024-01-01",
    }
    data = {
        "register": {"name": odd[0], "zone": "Asia/Shanghai"},
        "enterprises": [{**enterprise, "short_names": odd[1:3], "full_name": odd[3]}],
        "licences": [{**licence, "products": odd}],
        "carriers": [{"id": "c", "name": odd[2], "licence": odd[3], "reviews": [seen]}],
    }
    return checked(Document("odd", data))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(WORDS, min_size=4, max_size=4, unique=True), st.sampled_from(["zh", "en"]))
def test_odd_names_survive_every_form(tmp_path: Path, odd: list[str], lang: str) -> None:
    """Formulas, separators, blanks, words that mean something elsewhere: all come back as they were."""
    content = small(odd)
    for form in FORMATS:
        folder = tmp_path / form
        folder.mkdir(exist_ok=True)
        assert read_register(written(folder, content, form, lang)) == content


@given(st.lists(WORDS, max_size=4), st.sampled_from(["zh", "en"]))
def test_a_cell_of_several_things_is_parted_as_it_was_joined(items: list[str], lang: str) -> None:
    """Whatever the things, and whichever sign parts them."""
    assert parted(joined(items, lang)) == items


def test_everything_in_a_register_has_a_chinese_name() -> None:
    """Sheets, columns and closed words; a new field of the models wants one here."""
    strange = set()
    for section, above in every():
        strange |= {section.name} - set(SECTIONS)
        for field in section.columns(part=above is not None):
            strange |= (
                {f"{section.name}.{field.name}"} if header(section, field, "zh") == field.name else set()
            )
            strange |= set(field.choices) - set(VALUES)
    assert strange == set()


def test_no_sheet_has_two_columns_or_words_of_one_name() -> None:
    """What a person writes means one thing."""
    assert len(set(VALUES.values())) == len(VALUES)
    for section, above in every():
        for lang in ("zh", "en"):
            names = [header(section, one, lang) for one in section.columns(part=above is not None)]
            assert len(set(names)) == len(names), section.name


def test_nothing_is_named_that_a_register_does_not_have() -> None:
    """The words are those of the models, and no others."""
    named = {section.name for section, _ in every()}
    columns = {
        name
        for section, above in every()
        for field in section.columns(part=above is not None)
        for name in (field.name, f"{section.name}.{field.name}")
    }
    words = {one for section, _ in every() for field in section.fields for one in field.choices}
    assert (set(SECTIONS) - named, set(COLUMNS) - columns, set(VALUES) - words) == (set(), set(), set())


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("form", FORMATS)
def test_a_template_wants_only_to_be_filled_in(tmp_path: Path, form: Format, lang: str) -> None:
    """An empty template is understood whole: what is missing are its rows."""
    path = tmp_path / f"template.{form}"
    write_template(path, form, lang)
    with pytest.raises(BadInput) as caught:
        read_register(path)
    assert {one.place.path for one in caught.value.faults} <= {
        "register",
        "enterprises",
        "register.name",
        "register.zone",
    }


def test_a_template_in_yaml_is_a_register_once_its_signs_are_taken_off(tmp_path: Path) -> None:
    """Every key of the models stands there, commented out, in its place."""
    path = tmp_path / "template.yaml"
    write_template(path, "yaml")
    lines = path.read_text().splitlines()
    bare = tmp_path / "bare.yaml"
    bare.write_text("\n".join(line.removeprefix("# ") for line in lines if ":" in line))
    data = load_yaml(bare).data
    assert list(data) == [section.name for section, above in every() if above is None]
    assert set(data["carriers"][0]["reviews"][0]) == {"what", "document", "reviewed_on", "by"}
    assert set(data["enterprises"][0]["liaison"]) == {"name", "contact"}


@pytest.mark.parametrize(
    ("sheet", "column", "row", "text", "path", "value"),
    [
        ("号码", "状态", 2, "停用由电信企业", ("numbers", 0, "status"), "suspended"),
        ("号码", "状态", 2, "Reported", ("numbers", 0, "status"), "reported"),
        ("号码", "来源", 2, "存量号码报备", ("numbers", 0, "path"), "reported_existing"),
        (
            "号码",
            "用途",
            2,
            "催收，服务;marketing",
            ("numbers", 0, "purposes"),
            ["collection", "marketing", "service"],
        ),
        ("号码", "截止日", 2, "2027年1月5日", ("numbers", 0, "to"), "2027-01-05"),
        ("号码", "截止日", 2, "2027/1/5", ("numbers", 0, "to"), "2027-01-05"),
        ("号码", "可外呼", 2, "No", ("numbers", 0, "may_dial_out"), False),
        ("号码", "号码", 9, "'+862588880100", ("numbers", 7, "number"), "02588880100"),
    ],
)
def test_words_are_understood_as_people_write_them(
    tmp_path: Path, sheet: str, column: str, row: int, text: str, path: tuple[Any, ...], value: Any
) -> None:
    """Either language, other words of the authorities, dates and numbers in their usual spellings."""
    found: Any = read_register(changed(tmp_path, "csv", sheet, cell(column, row, text)))
    for step in path:
        found = found[step]
    assert found == value


def test_a_template_lets_only_words_be_typed_that_are_understood(tmp_path: Path) -> None:
    """Lists of allowed words stand at their columns, and every column is explained on a sheet of its own."""
    path = tmp_path / "template.xlsx"
    write_template(path, "xlsx")
    book = load_workbook(path)
    page = book["号码"]
    heads = {cell.value: cell.column_letter for cell in page[1]}
    rules = {str(one.sqref).split("2:")[0]: one.formula1 for one in page.data_validations.dataValidation}
    assert rules[heads["状态"]] == '"申请中,已核配,已报备,已停用,已暂停"'
    assert heads["用途"] not in rules
    assert page.freeze_panes == "A2"
    explained = {(row[0].value, row[1].value) for row in book["说明"].iter_rows(min_row=2)}
    assert explained == {
        (sheet.title, cell.value) for sheet in book.worksheets if sheet.title != "说明" for cell in sheet[1]
    }


def changed(folder: Path, form: Format, sheet: str, change: Callable[[list[list[str]]], None]) -> Path:
    """The sample in one form, the rows of one sheet changed, header row included."""
    path = written(folder, load_register(SAMPLE / "register.yaml"), "csv")
    tables = {}
    for file in path.glob("*.csv"):
        with file.open(encoding="utf-8-sig", newline="") as opened:
            tables[file.stem] = list(csv.reader(opened))
    change(tables[sheet])
    if form == "csv":
        with (path / f"{sheet}.csv").open("w", newline="") as file:
            csv.writer(file).writerows(tables[sheet])
        return path
    book = Workbook()
    for name, rows in tables.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    del book["Sheet"]
    book.save(folder / "changed.xlsx")
    return folder / "changed.xlsx"


def cell(column: str, row: int, text: str) -> Callable[[list[list[str]]], None]:
    """Write `text` in a cell; `row` as a spreadsheet numbers it."""

    def change(rows: list[list[str]]) -> None:
        rows[row - 1][rows[0].index(column)] = text

    return change


def faults_of(path: Path) -> tuple[InputFault, ...]:
    """What is said against a register."""
    with pytest.raises(BadInput) as caught:
        read_register(path)
    return caught.value.faults


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize(
    ("sheet", "column", "row", "text", "reason", "hint"),
    [
        ("号码", "号码", 3, "12", "class that is known", ""),
        ("号码", "号码", 3, "9.5E+08", "lost its digits", "text"),
        ("号码", "状态", 4, "已核佩", "unknown word", "`已核配`"),
        ("号码", "用途", 4, "催收、催受", "`催受`, an unknown word", "催收"),
        ("号码", "起始日", 2, "2026-02-30", "wrong type or form", "2026-01-31"),
        ("号码", "截止日", 2, "2020-01-01", "period ends before it starts", "day after"),
        ("号码", "金融企业", 5, "jiangsu-exampel", "unknown enterprise", "`jiangsu-example`"),
        ("号码", "可外呼", 5, "也许", "neither yes nor no", "是"),
        ("金融企业", "统一社会信用代码", 2, "91320000MA00000017", "check digit", ""),
        ("金融企业", "联络员电话", 2, "", "missing key", "add it"),
        ("金融企业", "全称", 2, "", "missing key", "add it"),
        ("书面委托", "受托方", 2, "nobody", "unknown party", ""),
    ],
)
def test_a_fault_is_told_at_its_cell(
    tmp_path: Path, form: Format, sheet: str, column: str, row: int, text: str, reason: str, hint: str
) -> None:
    """File and sheet, row as a spreadsheet numbers it, header, value, reason and hint."""
    (fault,) = faults_of(changed(tmp_path, form, sheet, cell(column, row, text)))
    assert sheet in fault.place.file
    assert (fault.place.line, fault.place.path) == (row, column)
    assert hint in fault.hint
    assert re.search(reason, fault.reason)
