"""List and preference files: good rows are taken, faulty ones set aside, and nobody's number is shown."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

import dialer.lab
from dialer.core.errors import BadInput
from dialer.core.policy import Purpose
from dialer.list_files import ListFile, load_list
from dialer.ports.campaigns import RejectedRow
from dialer.preference_files import PreferenceItem, load_preferences
from dialer.tabular import Heading, Sheet, write_xlsx

SAMPLE = Path(dialer.lab.__file__).parent / "sample"
HEAD = "人员编号,号码,姓名,债务编号,产品,主叫号码,中继,时区,委托单位,话术\n"
GOOD = "P1,13812345678,张三,D1,credit,95000001,telecom,Asia/Shanghai,suzhou-example,s1\n"
KINDS_OF_WILL = "person_id,number,enterprise,kind,purpose,product,source,stated_at,until\n"


def listed(folder: Path, text: str, encoding: str = "utf-8") -> ListFile:
    """The list file of this text."""
    path = folder / "list.csv"
    path.write_bytes(text.encode(encoding))
    return load_list(path)


@dataclass(frozen=True)
class Stated:
    """What a preference file says, and what of it was set aside."""

    items: tuple[PreferenceItem, ...]
    rejected: tuple[RejectedRow, ...]

    @staticmethod
    def of(path: Path) -> Stated:
        """The file, its days read in Shanghai."""
        found = list(load_preferences(path, zone="Asia/Shanghai"))
        return Stated(
            tuple(one for one in found if isinstance(one, PreferenceItem)),
            tuple(one for one in found if isinstance(one, RejectedRow)),
        )


def stated(folder: Path, rows: str) -> Stated:
    """The preference file of these rows."""
    path = folder / "preferences.csv"
    path.write_text(KINDS_OF_WILL + rows)
    return Stated.of(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_row_is_read_in_every_usual_encoding(tmp_path: Path, encoding: str) -> None:
    """UTF-8, with a byte order mark or without, and GB18030 give the same item."""
    text = (HEAD + GOOD).replace("\n", "\r\n")
    found = listed(tmp_path, text, encoding)
    (item,) = found.items
    assert (item.row, item.person_id, item.name, item.debt) == (2, "P1", "张三", "D1")
    assert item.number.e164 == "+8613812345678"
    assert item.overrides == {
        "product": "credit",
        "caller_id": "95000001",
        "trunk": "telecom",
        "zone": "Asia/Shanghai",
        "agency": "suzhou-example",
        "script": "s1",
    }
    assert found.rejected == ()
    assert found.digest == hashlib.sha256(text.encode(encoding)).hexdigest()


def test_english_headers_in_any_order(tmp_path: Path) -> None:
    """Columns go by their English names too, in any order; what a row leaves empty is the campaign's."""
    found = listed(tmp_path, "Number, Person ID ,caller_id,agent\n025-83123456,Ｐ１,,any\n\n")
    (item,) = found.items
    assert (item.person_id, item.number.e164, item.overrides) == ("P1", "+862583123456", {"agent": "any"})


@pytest.mark.parametrize(
    ("row", "column", "reason", "value"),
    [
        ("P2,12345,张三,,,,,,,", "number", "not a number", "1***"),
        ("P2,138123456789,张三,,,,,,,", "number", "not a number", "138****6789"),
        ("P2,,张三,,,,,,,", "number", "is empty", ""),
        (",13912345678,张三,,,,,,,", "person_id", "is empty", ""),
        ("P2,13912345678,张三,,,1234,,,,", "caller_id", "class that is known", "1234"),
        ("P2,13912345678,张三,,,,,Asia/Nanjing,,", "zone", "time zone", "Asia/Nanjing"),
        ("P2,13912345678,张三,,,,,13812345678,,", "zone", "time zone", "138****5678"),
        ("P2,13912345678", "", "the row has 2 cells, the header 10", ""),
        ("P2,13912345678,张三,,,,,,,,,", "", "the row has 12 cells, the header 10", ""),
        (f"{'P' * 101},13912345678,张三,,,,,,,", "person_id", "at most 100", "PPP****PPPP"),
        ('"P\n2",13912345678,张三,,,,,,,', "person_id", "control character", "P***"),
        ("P1,+86 138 1234 5678,张三,,,,,,,", "number", "row 2 already", "+86****5678"),
    ],
)
def test_a_faulty_row_is_set_aside(tmp_path: Path, row: str, column: str, reason: str, value: str) -> None:
    """A fault sets its row aside with row, column, reason, masked value and hint; the others are taken."""
    found = listed(tmp_path, HEAD + GOOD + row + "\n" + GOOD.replace("P1", "P3"))
    assert [item.person_id for item in found.items] == ["P1", "P3"]
    (aside,) = found.rejected
    assert (aside.row, aside.column, aside.value) == (3, column, value)
    assert reason in aside.reason
    assert aside.hint


def test_one_person_may_have_two_numbers(tmp_path: Path) -> None:
    """Only the same person with the same number is a double."""
    rows = GOOD + GOOD.replace("13812345678", "13912345678") + GOOD.replace("P1", "P2")
    assert len(listed(tmp_path, HEAD + rows).items) == 3


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("P1,13812345678\n", "does not name columns"),
        ("人员编号,号码,主叫号吗\n", "unknown column `主叫号吗`(.|\n)*`主叫号码`"),
        ("人员编号,号码,13812345678\n", r"unknown column `138\*\*\*\*5678`"),
        ("人员编号,号码,被叫号码\n", "double column `number`"),
        ("人员编号,姓名\n", "missing column `number`"),
        (HEAD + 'P1,"13812345678,张三\n', "is not CSV"),
        ("a\x00b", "is not CSV text"),
    ],
)
def test_a_file_that_is_no_list_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    """Without a header that is understood whole, nothing is taken, and nothing of a person is told."""
    with pytest.raises(BadInput, match=reason) as caught:
        listed(tmp_path, text)
    assert "13812345678" not in str(caught.value)
    assert "张三" not in str(caught.value)


def test_bytes_of_no_encoding_are_refused(tmp_path: Path) -> None:
    """What is neither UTF-8 nor GB18030 is refused, and so is a file that is not there."""
    path = tmp_path / "list.csv"
    path.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(BadInput, match="neither UTF-8 nor GB18030"):
        load_list(path)
    with pytest.raises(BadInput, match="no such file"):
        load_list(tmp_path / "none.csv")


def test_a_list_may_be_a_workbook(tmp_path: Path) -> None:
    """The same item as from CSV; a number kept as a figure is set aside, since its zeros are lost."""
    rows = [GOOD.strip().split(","), ["P2", 13912345678]]
    headings = tuple(Heading(name) for name in HEAD.strip().split(","))
    write_xlsx(tmp_path / "list.xlsx", [Sheet("名单", headings, rows)])
    found = load_list(tmp_path / "list.xlsx")
    assert found.items == listed(tmp_path, HEAD + GOOD).items
    (aside,) = found.rejected
    assert (aside.row, aside.column, aside.reason, aside.value) == (
        3,
        "number",
        "is a figure, not text",
        "139****5678",
    )


def test_neither_items_nor_rejections_show_a_person(tmp_path: Path) -> None:
    """No repr holds a number, a name or an id of a person."""
    found = listed(tmp_path, HEAD + GOOD + GOOD + GOOD.replace("13812345678", "1381234567890123"))
    assert (len(found.items), len(found.rejected)) == (1, 2)
    shown = repr(found)
    assert not [one for one in ("13812345678", "1381234567890123", "张三", "P1", "D1") if one in shown]


def test_the_sample_list() -> None:
    """The sample has one row that is set aside, and every spelling in it is understood."""
    found = load_list(SAMPLE / "list.csv")
    assert [aside.column for aside in found.rejected] == ["number"]
    assert len(found.items) == 16
    assert {item.number.country for item in found.items} == {"CN"}


def test_statements_of_will(tmp_path: Path) -> None:
    """Words of both languages are understood; days are read in the zone of the import."""
    found = stated(
        tmp_path,
        "P1,13812345678,e,拒绝,催收,credit,客服,2026-01-31T10:00:00+08:00,\n"
        "P1,,e,accept,,,web,2026-01-31,2026-02-01 00:00\n"
        "P1,,e,OPT_OUT,marketing,,web,2026-01-31T02:00:00.5Z,\n",
    )
    first, second, third = found.items
    assert found.rejected == ()
    assert (first.kind, first.purpose, first.product) == ("opt_out", Purpose.COLLECTION, "credit")
    assert first.number is not None
    assert first.stated_at == datetime(2026, 1, 31, 2, tzinfo=UTC)
    assert (second.kind, second.purpose, second.number) == ("accept", None, None)
    assert second.stated_at == datetime(2026, 1, 30, 16, tzinfo=UTC)
    assert second.until == datetime(2026, 1, 31, 16, tzinfo=UTC)
    assert (third.kind, third.stated_at.microsecond) == ("opt_out", 500_000)


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("P1,,e,maybe,,,web,2026-01-31,", "kind", "maybe"),
        ("P1,,e,accept,催受,,web,2026-01-31,", "purpose", "催受"),
        ("P1,123,e,accept,,,web,2026-01-31,", "number", "1***"),
        ("P1,,,accept,,,web,2026-01-31,", "enterprise", ""),
        ("P1,,e,accept,,,web,2026-02-30,", "stated_at", "20****30"),
        ("P1,,e,accept,,,web,31.1.2026,", "stated_at", "31****26"),
        ("P1,,e,accept,,,web,2026-01-31,2026-01-31", "until", "20****31"),
    ],
)
def test_a_faulty_statement_is_set_aside(tmp_path: Path, row: str, column: str, value: str) -> None:
    """A statement that cannot be understood is set aside and told, never guessed."""
    found = stated(tmp_path, row + "\n")
    assert found.items == ()
    (aside,) = found.rejected
    assert isinstance(aside, RejectedRow)
    assert (aside.row, aside.column) == (2, column)
    assert aside.value == value
    assert aside.hint


def test_the_sample_preferences() -> None:
    """All rows of the sample are taken."""
    found = Stated.of(SAMPLE / "preferences.csv")
    assert [item.kind for item in found.items] == ["opt_out", "accept", "accept"]
    assert found.rejected == ()
