"""Stock-taking: what bills, call records and declarations show that the register does not have, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

import dialer.lab
from dialer.core.errors import BadInput
from dialer.core.policy import Purpose
from dialer.register_files import load_register
from dialer.stocktaking import Finding, Use, take_stock
from dialer.stocktaking_words import WORDS, finding_json
from dialer.use_days import days_of
from dialer.use_files import load_uses

SAMPLE = Path(dialer.lab.__file__).parent / "sample/stocktaking"
ZONE = "Asia/Shanghai"
REGISTER = load_register(SAMPLE / "register.yaml")
FILES = {
    "bill": SAMPLE / "bill-telecom-2026-10.csv",
    "cdr": SAMPLE / "cdr-suzhou-2026-10.csv",
    "declaration": SAMPLE / "declaration-suzhou.csv",
}
# number, kind of finding, source, first row, rows: what was planted in the sample.
PLANTED = {
    ("02588880199", "unregistered", "cdr", 9, 2),
    ("95000002", "unused", "register", 0, 1),
    ("95000003", "outside_period", "bill", 6, 1),
    ("95000005", "another_purpose", "cdr", 5, 2),
    ("95000006", "another_user", "cdr", 7, 1),
    ("95000007", "after_suspension", "bill", 9, 1),
    ("95000008", "not_allocated", "bill", 10, 1),
    ("95000009", "unregistered", "bill", 11, 1),
    ("95000011", "unregistered", "declaration", 4, 1),
}
CALLED = Use("cdr", "a.csv", 2, "95000001", date(2026, 10, 12), date(2026, 10, 12))


def told(findings: tuple[Finding, ...]) -> set[tuple[str, str, str, int, int]]:
    """The findings as they are planted."""
    return {(one.number, one.kind, one.source, one.row, one.rows) for one in findings}


def kinds(*uses: Use, suspended: Mapping[str, date] | None = None) -> list[str]:
    """The kinds of findings about these uses; what is unused is left out."""
    return [one.kind for one in take_stock(REGISTER, uses, suspended).findings if one.kind != "unused"]


def as_gb18030(path: Path, folder: Path) -> Path:
    """The same file as a Chinese system saves it."""
    made = folder / path.name
    made.write_bytes(path.read_text().replace("\n", "\r\n").encode("gb18030"))
    return made


def as_workbook(path: Path, folder: Path) -> Path:
    """The same file as a spreadsheet, counts as figures."""
    book = Workbook()
    for line in path.read_text().splitlines():
        cells = line.split(",")
        book.active.append([int(one) if one.isdigit() and len(one) < 5 else one for one in cells])
    made = folder / f"{path.stem}.xlsx"
    book.save(made)
    return made


@pytest.mark.parametrize("form", [lambda path, _folder: path, as_gb18030, as_workbook])
def test_exactly_the_planted_strays_are_found(tmp_path: Path, form: Any) -> None:
    """In UTF-8, GB18030 and XLSX the sample gives its nine findings, each with its first row, and no tenth."""
    uses = [use for kind, path in FILES.items() for use in load_uses(kind, form(path, tmp_path), ZONE)]
    stock = take_stock(REGISTER, uses)
    assert told(stock.findings) == PLANTED
    assert (stock.first, stock.last) == (date(2026, 10, 1), date(2026, 10, 31))
    assert dict(stock.rows) == {"bill": 11, "cdr": 9, "declaration": 2}


def test_every_kind_of_finding_is_said_in_both_languages() -> None:
    """What it means, what to do, and who: by name where the register knows one."""
    uses = [use for kind, path in FILES.items() for use in load_uses(kind, path, ZONE)]
    shown = [finding_json(one, REGISTER) for one in take_stock(REGISTER, uses).findings]
    assert {one["kind"] for one in shown} <= set(WORDS)
    for one in shown:
        assert all(one[name][lang] for name in ("means", "remedy", "who") for lang in ("zh", "en"))
    who = {one["number"]: one["who"]["zh"] for one in shown}
    assert who["95000003"] == "金融企业联络员：江苏示例消费金融有限公司 示例联络员"
    assert who["95000005"] == "使用单位：苏州示例信用管理有限公司"
    assert who["95000009"] == "合规负责人"


@pytest.mark.parametrize(
    "user",
    [
        None,
        "jiangsu-example",
        "江苏示例消费金融有限公司",
        "示例消金",
        " 91320000ma00000016 ",
        "９１３２００００ＭＡ００００００１６",
    ],
)
def test_a_party_is_known_by_each_of_its_names(user: str | None) -> None:
    """Id, full name, short name, 统一社会信用代码, in any width and case; nobody named is nobody else."""
    assert kinds(replace(CALLED, user=user)) == []


def test_a_number_lent_to_somebody_else_is_found() -> None:
    """By its user, by who pays for it, by the enterprise that it is used for; a stranger is somebody else too."""
    assert kinds(replace(CALLED, user="suzhou-example")) == ["another_user"]
    assert kinds(replace(CALLED, user="某某公司")) == ["another_user"]
    assert kinds(replace(CALLED, holder="suzhou-example")) == ["another_user"]
    assert kinds(replace(CALLED, enterprise="另一家银行")) == ["another_user"]
    lent = replace(CALLED, number="95000005", user="suzhou-example")
    assert kinds(replace(lent, holder="jiangsu-example")) == []
    assert kinds(replace(lent, holder="nanjing-example")) == ["another_user"]


def test_a_number_of_another_carrier_is_found() -> None:
    """The bill of one carrier shows a number that is registered as another's."""
    assert kinds(replace(CALLED, source="bill", carrier="示例联通")) == ["another_carrier"]
    assert kinds(replace(CALLED, source="bill", carrier="示例电信")) == []


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        ("2023-12-31", "2023-12-31", ["outside_period"]),
        ("2024-01-01", "2024-01-01", []),
        ("2025-06-30", "2025-06-30", []),
        ("2025-07-01", "2025-07-01", ["outside_period"]),
        ("2025-06-01", "2025-07-31", []),
    ],
)
def test_the_cooperation_period_has_sharp_ends(first: str, last: str, found: list[str]) -> None:
    """[from, to): its first day is in it, the day `to` is not; a bill over its end proves nothing."""
    days = {"first": date.fromisoformat(first), "last": date.fromisoformat(last)}
    assert kinds(replace(CALLED, number="95000003", **days)) == found


def test_calls_after_the_carrier_suspended_a_number_are_found() -> None:
    """The day after is; the day itself may have been before the notice, and the day before is none."""
    for day, found in ((11, []), (12, []), (13, ["after_suspension"])):
        use = replace(CALLED, first=date(2026, 10, day), last=date(2026, 10, day))
        assert kinds(use, suspended={"95000001": date(2026, 10, 12)}) == found


def test_what_nobody_would_have_shown_is_not_called_unused() -> None:
    """Without its carrier's bill or its user's call records a number may well have been used."""

    def unused(*uses: Use) -> set[str]:
        return {one.number for one in take_stock(REGISTER, uses).findings if one.kind == "unused"}

    own = replace(CALLED, user="suzhou-example", number="95000005")
    assert unused(own) == set()
    assert unused(replace(own, number="95000009")) == {"95000005"}
    assert unused(replace(own, source="bill", carrier="示例联通")) == {"95000004"}
    assert "95000004" not in unused(replace(own, source="bill", carrier="示例电信"))
    assert unused() == set()
    # What takes calls only, is over, or is not allocated is not missed.
    everything = unused(replace(own, source="bill", calls=0))
    assert everything == {
        "95000001",
        "95000002",
        "95000004",
        "95000005",
        "95000006",
        "10100001",
        "02588880100",
    }


def test_one_stray_in_many_rows_is_one_finding() -> None:
    """With its first row, how many rows, and from the first to the last day."""
    uses = [
        replace(CALLED, number="95000009", row=row, first=date(2026, 10, row), last=date(2026, 10, row))
        for row in range(2, 12)
    ]
    (found,) = [one for one in take_stock(REGISTER, uses).findings if one.kind == "unregistered"]
    assert (found.row, found.rows, found.first, found.last) == (2, 10, date(2026, 10, 2), date(2026, 10, 11))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-10", "2026-10-01", "2026-10-31"),
        ("202602", "2026-02-01", "2026-02-28"),
        ("2026年10月", "2026-10-01", "2026-10-31"),
        ("2026-10-01 至 2026-10-15", "2026-10-01", "2026-10-15"),
        ("2026/10/1 9:05", "2026-10-01", "2026-10-01"),
        ("20261001235959", "2026-10-01", "2026-10-01"),
        ("２０２６年１０月１日", "2026-10-01", "2026-10-01"),
        ("2026-10-01T16:30:00Z", "2026-10-02", "2026-10-02"),
    ],
)
def test_days_are_read_in_their_usual_spellings(text: str, first: str, last: str) -> None:
    """A month is all its days; a time with an offset is a day of the register's zone."""
    assert days_of(text, ZONE) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-13",
        "2026-02-30",
        "1/10/2026",
        "20261",
        "soon",
        "2026-10-01T25:00:00Z",
        "2026-10-31 x",
        "2026-10-012",
        "2026-10-31 至 2026-10-01",
    ],
)
def test_what_is_no_day_is_none(text: str) -> None:
    """Also what could be read in two ways."""
    assert days_of(text, ZONE) is None


def test_the_person_called_is_not_read(tmp_path: Path) -> None:
    """A call record's `号码` may be the callee's: it never names the caller's column."""
    path = tmp_path / "cdr.csv"
    path.write_text("号码,开始时间\n13800000001,2026-10-01 09:00\n")
    with pytest.raises(BadInput, match="is no cdr: no column for number"):
        load_uses("cdr", path, ZONE)


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        (
            "bill",
            "账期,计费号码\n2026-10,12\n",
            "bill.csv:2: number: is not a number of a class that is known `12`",
        ),
        ("bill", "账期,计费号码\n十月,95000001\n", "days: is not a day, month or time `十月`"),
        ("bill", "账期,计费号码,通话次数\n2026-10,95000001,many\n", "calls: is not a count `many`"),
        ("bill", "账期,计费号码,用途\n2026-10,95000001,聊天\n", "purpose: is not a purpose `聊天`"),
        ("bill", "账期,计费号码,接入号\n2026-10,95000001,1\n", "two columns for number"),
        ("bill", "账期,计费号码\n", "holds no row"),
        ("bill", "计费号码\n95000001\n", "no column for days or first"),
        ("bill", "开始日期,结束日期,号码\n2026-10-02,2026-10-01,95000001\n", "days run backwards"),
        ("declaration", "号码,签署日期\n95000001,2026-10-01\n", "no column for signed_by"),
        ("declaration", "号码,签署日期,签署人\n95000001,2026-10-01,\n", "is not signed"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_row(
    tmp_path: Path, kind: str, text: str, reason: str
) -> None:
    """Row, column, value and reason of the fault."""
    path = tmp_path / f"{kind}.csv"
    path.write_text(text)
    with pytest.raises(BadInput) as refused:
        load_uses(kind, path, ZONE)
    assert reason in str(refused.value)


def test_every_fault_is_told_up_to_a_bound(tmp_path: Path) -> None:
    """The first hundred, and how many more."""
    path = tmp_path / "bill.csv"
    path.write_text("账期,计费号码\n" + "2026-10,12\n" * 130)
    with pytest.raises(BadInput) as refused:
        load_uses("bill", path, ZONE)
    assert len(refused.value.faults) == 101
    assert "and 30 more rows" in refused.value.faults[-1].reason


def test_what_a_file_does_not_say_is_said_with_its_name(tmp_path: Path) -> None:
    """The unit of call records without a column for it; the file's own word goes first."""
    path = tmp_path / "cdr.csv"
    path.write_text("caller_id,start_time,purpose\n95000005,2026-10-01 09:00,collection\n")
    (use,) = load_uses("cdr", path, ZONE, "suzhou-example")
    assert (use.user, use.purposes) == ("suzhou-example", {Purpose.COLLECTION})
    (own, *_rest) = load_uses("cdr", FILES["cdr"], ZONE, "nanjing-example")
    assert own.user == "苏州示例信用管理有限公司"
