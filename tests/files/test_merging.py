"""Number lists of several enterprises as one: every row once, every contradiction with both its rows."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

import dialer.lab
from dialer.cli import app
from dialer.core.errors import BadInput
from dialer.core.policy import Purpose
from dialer.list_claims import load_claims
from dialer.merging import KINDS, Claim, merge
from dialer.number_list.documents import whole_list
from dialer.number_list.lines import lines_of
from dialer.register_files import load_register

SAMPLE = Path(dialer.lab.__file__).parent / "sample"
LISTS = sorted((SAMPLE / "merging").glob("*.csv"))
CLAIM = Claim(
    file="a.csv",
    row=2,
    number="95000001",
    kind="voice",
    uscc="91320000MA00000016",
    enterprise="江苏示例消费金融有限公司",
    agency=None,
    carrier="示例电信",
    purposes=frozenset({Purpose.COLLECTION}),
    start=date(2026, 1, 1),
    to=date(2027, 1, 1),
    path="special_segment",
    liaison="张三 025",
)
OTHER = replace(
    CLAIM, file="b.csv", uscc="91320000MA0000004F", enterprise="江苏示例银行股份有限公司", liaison=""
)
HEADER = "号码,用途,金融企业全称,统一社会信用代码,电信企业,合作起止"
ROW = "95000001,催收,江苏示例银行股份有限公司,91320000MA0000004F,示例电信,2026-01-01 至 2026-12-31"


def kinds(*claims: Claim) -> list[str]:
    """The kinds of conflicts between these claims."""
    return [one.kind for one in merge(claims).conflicts]


def test_exactly_the_planted_conflicts_of_the_sample_are_found() -> None:
    """Three lists: their five conflicts, each with file and row on both sides; the row that two lists have is one."""
    merged = merge([claim for path in LISTS for claim in load_claims(path)])
    own, group, bank = "list-example-consumer-finance.csv", "list-group.csv", "list-example-bank.csv"
    found = {(one.kind, one.one.file, one.one.row, one.other.file, one.other.row) for one in merged.conflicts}
    assert found == {
        ("two_carriers", own, 2, group, 2),
        ("purposes", own, 3, group, 3),
        ("two_enterprises", own, 3, bank, 2),
        ("two_enterprises", group, 3, bank, 2),
        ("names_of_one_code", own, 2, group, 2),
    }
    assert (len(merged.claims), merged.same) == (9, 1)


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"uscc": OTHER.uscc, "enterprise": OTHER.enterprise, "liaison": ""}, "two_enterprises"),
        ({"carrier": "示例联通"}, "two_carriers"),
        ({"purposes": frozenset({Purpose.SERVICE})}, "purposes"),
        ({"to": None}, "period"),
        ({"path": "reported_existing"}, "source"),
        ({"enterprise": "江苏示例消费金融公司"}, "names_of_one_code"),
        ({"liaison": "李四 025"}, "liaison"),
    ],
)
def test_two_lists_that_differ_in_one_thing_conflict_in_that(change: dict[str, Any], kind: str) -> None:
    """One conflict of its own kind, said in both languages; the same row twice is none."""
    assert kinds(CLAIM, replace(CLAIM, file="b.csv", **change)) == [kind]
    assert kinds(CLAIM, replace(CLAIM, file="b.csv")) == []
    assert all(KINDS[kind][part][lang] for part in (0, 1) for lang in (0, 1))


def test_one_name_with_two_codes_is_found() -> None:
    """Whatever the numbers are."""
    assert kinds(CLAIM, replace(OTHER, number="95000002", enterprise=CLAIM.enterprise)) == [
        "codes_of_one_name"
    ]


def test_periods_that_only_touch_do_not_conflict() -> None:
    """One enterprise gives a number up, another one takes it the same day; a day earlier both have it."""
    after = replace(OTHER, start=date(2027, 1, 1), to=None)
    assert kinds(CLAIM, after) == []
    assert kinds(CLAIM, replace(after, start=date(2026, 12, 31))) == ["two_enterprises"]


def test_one_list_may_have_a_row_for_each_purpose_and_unit() -> None:
    """Of one list they add up; two agencies of an enterprise may share a number."""
    assert kinds(CLAIM, replace(CLAIM, row=3, purposes=frozenset({Purpose.SERVICE}))) == []
    shared = replace(
        CLAIM, file="b.csv", agency="苏州示例信用管理有限公司", purposes=frozenset({Purpose.SERVICE})
    )
    assert kinds(CLAIM, shared) == []


def test_names_are_compared_without_width_and_spaces() -> None:
    """Full-width brackets and blanks are no other name."""
    spaced = replace(CLAIM, file="b.csv", enterprise=" 江苏示例消费金融有限公司 ", carrier="示例 电信")
    assert kinds(CLAIM, spaced) == []


def test_a_register_a_signed_list_and_a_spreadsheet_give_the_same_claims(tmp_path: Path) -> None:
    """The same numbers, whichever way they come: nothing but duplicates."""
    document = load_register(SAMPLE / "stocktaking/register.yaml")
    at = datetime(2025, 6, 1, tzinfo=UTC)
    lines = list(lines_of(document, at).values())
    signed = tmp_path / "number-list.json"
    signed.write_bytes(whole_list(document["enterprises"][0], None, lines, at))
    of_register = load_claims(SAMPLE / "stocktaking/register.yaml")
    of_list = load_claims(signed)
    assert {one.use for one in of_register} == {one.use for one in of_list}
    text = (SAMPLE / "stocktaking/register.yaml").read_text().splitlines()
    assert all(f'"{one.number}"' in text[one.row - 1] for one in of_register if one.number.startswith("95"))


def test_the_two_rows_of_a_template_header_are_read(tmp_path: Path) -> None:
    """A title above, 起 and 止 below 合作起止, a line to stamp at the end, and a number that is given up left out."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["金融类短信和话音号码清单"])
    upper = [
        "序号",
        "号码",
        "类型（话音/短信端口）",
        "用途",
        "金融企业全称",
        "委托合作单位全称",
        "统一社会信用代码",
    ]
    sheet.append([*upper, "电信企业", "合作起止", None, "来源", "联络员及电话", None, "变更类型"])
    sheet.append([*[None] * 8, "起", "止", None, "姓名", "电话", None])
    row = ["话音", "催收", OTHER.enterprise, "本单位自用", OTHER.uscc, "示例电信"]
    sheet.append(
        [1, "95000001", *row, date(2026, 1, 1), date(2026, 12, 31), "专用号段", "李四", "025", "新增"]
    )
    sheet.append([2, "95000002", *row, date(2026, 1, 1), "长期", "专用号段", "李四", "025", "变更"])
    sheet.append([3, "95000003", *row, date(2026, 1, 1), "长期", "专用号段", "李四", "025", "注销"])
    sheet.append(["报送单位（盖章）："])
    path = tmp_path / "list.xlsx"
    book.save(path)
    first, second = load_claims(path)
    assert (first.row, first.number, first.agency, first.liaison) == (4, "95000001", None, "李四 025")
    assert (first.start, first.to, second.to) == (date(2026, 1, 1), date(2027, 1, 1), None)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (ROW.replace("95000001", "12"), "list.csv:2: number: is not a number of a class that is known"),
        (
            ROW.replace("4F", "4G"),
            "list.csv:2: uscc: a 统一社会信用代码 that has a check digit that does not fit",
        ),
        (ROW.replace("催收", "聊天"), "purposes: is not a purpose `聊天`"),
        (ROW.replace("2026-12-31", "2025-12-31 x"), "period: is not a period `2026-01-01 至 2025-12-31 x`"),
        (ROW.replace("示例电信", ""), "carrier: is empty"),
    ],
)
def test_a_faulty_list_is_refused_whole(tmp_path: Path, row: str, reason: str) -> None:
    """Row, column, value and reason."""
    path = tmp_path / "list.csv"
    path.write_text(f"{HEADER}\n{row}\n")
    with pytest.raises(BadInput) as refused:
        load_claims(path)
    assert reason in str(refused.value)


def test_what_is_no_list_is_refused(tmp_path: Path) -> None:
    """A CSV without the columns, one without a period, JSON of another kind."""
    for name, text, reason in (
        ("a.csv", "号码,姓名\n1,2\n", "is no number list"),
        ("b.csv", HEADER.removesuffix(",合作起止") + "\n", "without a period"),
        ("c.json", '{"type": "decision"}', "is no number list"),
    ):
        path = tmp_path / name
        path.write_text(text)
        with pytest.raises(BadInput, match=reason):
            load_claims(path)


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_the_merged_list_is_written_only_where_asked_and_reads_again(tmp_path: Path, suffix: str) -> None:
    """Exit 1 with conflicts; what was written gives the same claims, and each row names its conflicts."""
    names = [str(path) for path in LISTS]
    out = tmp_path / f"merged.{suffix}"
    without = CliRunner().invoke(app, ["register", "merge", *names, "--json"])
    assert (without.exit_code, list(tmp_path.iterdir())) == (1, [])
    said = CliRunner().invoke(app, ["register", "merge", *names, "--out", str(out), "--json"])
    told = json.loads(said.stdout)
    assert {one.use for one in load_claims(out)} == {
        one.use for one in merge([claim for path in LISTS for claim in load_claims(path)]).claims
    }
    assert len(told["claims"]) == 9
    if suffix == "csv":
        assert out.read_text("utf-8-sig").count("同一号码由两家金融企业在重叠期间申报") == 3


def test_lists_that_agree_exit_0_and_an_unknown_format_exits_2(tmp_path: Path) -> None:
    """One list alone agrees with itself."""
    assert CliRunner().invoke(app, ["register", "merge", str(LISTS[0])]).exit_code == 0
    out = tmp_path / "merged.pdf"
    assert CliRunner().invoke(app, ["register", "merge", str(LISTS[0]), "--out", str(out)]).exit_code == 2
    assert not out.exists()
