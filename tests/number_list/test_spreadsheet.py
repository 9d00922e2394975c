"""The spreadsheet that a regulator opens: types, headers, safety, the same bytes; and its template."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from number_list_kit import NOON, register
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from dialer.core.errors import BadInput
from dialer.number_list.lines import lines_of
from dialer.number_list.spreadsheet import Heading, workbook_bytes
from dialer.number_list.template import DEFAULT, load_template
from dialer.ports.number_list import ADDED, Change

ZONE = ZoneInfo("Asia/Shanghai")
HEADING = Heading("019a", "江苏示例消费金融有限公司", "国家金融监督管理总局江苏监管局", NOON, ZONE)
# What the notice and its template ask for, in order.
HEADERS = [
    "序号",
    "号码",
    "类型（话音/短信端口）",
    "用途",
    "金融企业全称",
    "委托合作单位全称",
    "统一社会信用代码",
    "电信企业",
    "合作起止",
    "来源（专用号段/存量报备）",
    "联络员及电话",
    "变更类型",
    "变更日期",
]


def changes(document: dict[str, Any]) -> tuple[Change, ...]:
    """Every number as added at noon."""
    return tuple(Change(ADDED, line, NOON) for line in lines_of(document, NOON).values())


def sheet(document: dict[str, Any], template: Path | None = None) -> Worksheet:
    """The spreadsheet, read back."""
    content = workbook_bytes(changes(document), HEADING, load_template(template))
    found: Worksheet = load_workbook(io.BytesIO(content)).worksheets[0]
    return found


def rows(of: Worksheet) -> dict[str, list[Any]]:
    """Cells of each row of numbers, by number."""
    return {str(row[1].value): list(row) for row in of.iter_rows(min_row=8) if row[1].value is not None}


def test_the_headers_are_those_that_are_asked_for() -> None:
    """In their order, over one row of groups; frozen, and printed on each page."""
    of = sheet(register())
    assert [cell.value for cell in of[6] if cell.value is not None] == HEADERS
    assert [cell.value for cell in of[7] if cell.value is not None] == ["起", "止", "姓名", "电话"]
    assert (of.freeze_panes, of.print_title_rows) == ("A8", "$6:$7")
    assert of["A1"].value == "金融类短信和话音号码清单"


def test_numbers_are_text_and_dates_are_dates() -> None:
    """A leading zero stays; the last day is the one before the register's `to`, which is the day after."""
    cells = rows(sheet(register()))["02588880100"]
    assert (cells[1].data_type, cells[1].number_format) == ("s", "@")
    assert [(one.value.date(), one.is_date) for one in cells[8:10]] == [
        (date(2025, 1, 1), True),
        (date(2035, 12, 31), True),
    ]
    assert cells[14].value.date() == date(2026, 11, 24)
    assert [cells[at].value for at in (2, 3, 5, 10, 13)] == [
        "话音",
        "催收、还款提醒、服务",
        "本单位自用",
        "存量报备",
        "新增",
    ]


def test_ports_agencies_and_open_ends_are_told_in_words() -> None:
    """A 短信端口 by its number's class; the agency's full name; a cooperation without a last day."""
    document = register(n95000005={"kind": "sms_port"})
    del next(one for one in document["numbers"] if one["number"] == "95000005")["to"]
    document["numbers"].append({**document["numbers"][0], "number": "10690000001"})
    found = rows(sheet(document))
    assert [found["95000005"][at].value for at in (2, 5, 9)] == [
        "短信端口",
        "苏州示例信用管理有限公司",
        "长期",
    ]
    assert found["10690000001"][2].value == "短信端口"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r="])
def test_nothing_in_it_is_a_formula(start: str) -> None:
    """Whatever a name begins with it is text, and stays text when somebody edits the cell."""
    document = register()
    document["agencies"][0]["full_name"] = f"{start}1+cmd|' /C calc'!A0"
    cell = rows(sheet(document))["95000005"][5]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
    assert cell.value == f"{start.strip()}1+cmd|' /C calc'!A0"


def test_the_same_content_gives_the_same_bytes() -> None:
    """Whenever it is written: its SHA-256 stands under a signature."""
    first = workbook_bytes(changes(register()), HEADING, load_template())
    assert workbook_bytes(changes(register()), HEADING, load_template()) == first
    other = Heading("019a", HEADING.enterprise, HEADING.regulator, datetime(2026, 11, 25, tzinfo=UTC), ZONE)
    assert workbook_bytes(changes(register()), other, load_template()) != first


def test_a_number_with_two_uses_has_two_rows() -> None:
    """Two periods of one unit's number, as the register has them."""
    document = register()
    row = next(one for one in document["numbers"] if one["number"] == "95000002")
    row["to"] = "2027-01-01"
    document["numbers"].append({**row, "from": "2027-01-01", "to": "2028-01-01"})
    of = sheet(document)
    both = [one for one in of.iter_rows(min_row=8) if one[1].value == "95000002"]
    assert [one[8].value.year for one in both] == [2025, 2027]


def test_a_template_says_which_columns_and_in_which_order(tmp_path: Path) -> None:
    """Two columns, the other way round, under other headers and words."""
    own = yaml.safe_load(DEFAULT.read_text())
    own["columns"] = [
        {"field": "change", "header": "变动"},
        {"field": "number", "header": "主叫号码", "width": 30},
    ]
    own["words"]["change"]["added"] = "新增号码"
    own["head"] = []
    path = tmp_path / "template.yaml"
    path.write_text(yaml.safe_dump(own, allow_unicode=True))
    of = sheet(register(), path)
    assert [cell.value for cell in of[2]] == ["变动", "主叫号码"]
    assert [cell.value for cell in of[3]] == ["新增号码", "02588880100"]
    assert of.column_dimensions["B"].width == 30


@pytest.mark.parametrize(
    ("columns", "why"),
    [
        ([{"field": "kind", "header": "类型"}], "no column has the field `number`"),
        ([{"field": "number", "header": "a"}, {"field": "number", "header": "b"}], "two columns"),
        ([{"field": "number", "header": "a"}, {"field": "colour", "header": "b"}], "colour"),
    ],
)
def test_a_template_that_cannot_be_is_refused(tmp_path: Path, columns: Any, why: str) -> None:
    """Without the number, with a field twice, with one that nobody knows."""
    own = {**yaml.safe_load(DEFAULT.read_text()), "columns": columns}
    path = tmp_path / "template.yaml"
    path.write_text(yaml.safe_dump(own, allow_unicode=True))
    with pytest.raises(BadInput, match=why):
        load_template(path)
