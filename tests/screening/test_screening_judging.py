"""What a finding says, what a negation does, which parts an opening needs, and how long it all takes."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from dialer.screening.screen import screen
from dialer.screening.shapes import Severity, Subject
from dialer.screening.word_tables import tables_digest, word_tables

LINE = Subject(role="line")
OPENING = Subject(
    purposes=frozenset({"marketing"}),
    products=frozenset({"credit"}),
    names=("江苏示例消费金融有限公司", "示例消金"),
    contact="400-000-0001",
)
WHOLE = "示例消金，电话四零零零零零零零零一，贷款年化利率百分之八至百分之二十四，拒绝来电请按九"


def missing(text: str, subject: Subject = OPENING) -> set[str]:
    """The categories of what is found in an opening."""
    return {one.category for one in screen(text, subject).findings}


def test_every_table_says_why_and_what_to_do_in_both_languages() -> None:
    """Each category and part has a reason, a suggestion, a source and a grade."""
    tables = word_tables()
    for one in (*tables.tables, *tables.parts.values()):
        assert all((one.why.zh, one.why.en, one.suggestion.zh, one.suggestion.en, one.source))
        assert one.grade in {"A", "B", "house"}
    assert len(tables_digest()) == 64


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("我们有虚拟货币", Severity.STOP),
        ("请警惕虚拟货币骗局", Severity.WARN),
        ("贷款不得用于投资房产、虚拟货币", Severity.WARN),
        ("不要错过虚拟货币", Severity.STOP),
        ("贷款不得用于购房，但是可以买虚拟货币", Severity.STOP),
        ("returns are not guaranteed", Severity.WARN),
        ("do not miss guaranteed returns", Severity.STOP),
    ],
)
def test_a_negation_is_for_a_person_to_judge(text: str, severity: Severity) -> None:
    """A mention that is denied stops nothing and is told; a false denial or a turn of the sentence excuses nothing."""
    told = screen(text, LINE)
    assert told.stopped is (severity is Severity.STOP)
    assert not told.clean


def test_a_whole_opening_is_clean() -> None:
    """Name, number in words, yearly range, way to refuse."""
    assert screen(WHOLE, OPENING).clean


@pytest.mark.parametrize(
    ("text", "category"),
    [
        (WHOLE.replace("示例消金", "某某中心"), "missing_name"),
        (WHOLE.replace("四零零零零零零零零一", "四零零零零零零零零二"), "missing_contact"),
        (WHOLE.replace("，拒绝来电请按九", ""), "missing_opt_out"),
        (WHOLE.replace("百分之八至百分之二十四", "百分之八起"), "missing_rate"),
        (WHOLE.replace("年化利率", "利率"), "missing_rate"),
    ],
)
def test_each_part_is_missed(text: str, category: str) -> None:
    """One part left out or wrong is one finding, of that part; it has no words to mark."""
    assert missing(text) == {category}
    (one,) = screen(text, OPENING).findings
    assert (one.marks, one.severity) == ((), Severity.STOP)


def test_a_part_that_the_script_declares_must_be_in_its_text() -> None:
    """Declared and not said is worse than not declared: rules read what is declared."""
    reminder = replace(OPENING, purposes=frozenset({"reminder"}))
    text = "示例消金，拒绝来电请按九"
    assert missing(text, reminder) == set()
    assert missing(text, replace(reminder, parts=frozenset({"contact"}))) == {"missing_contact"}


def test_a_loan_rate_is_asked_for_only_where_a_loan_is_offered() -> None:
    """Saying who calls offers nothing yet; another product has no such rate."""
    assert missing(WHOLE.replace("贷款年化利率百分之八至百分之二十四，", "")) == set()
    insured = replace(OPENING, products=frozenset({"insurance"}))
    assert missing(WHOLE.replace("年化利率百分之八至百分之二十四", ""), insured) == set()


def test_an_opening_names_no_debt_and_a_talk_may() -> None:
    """The same words are forbidden before the person is confirmed and lawful after."""
    collection = Subject(purposes=frozenset({"collection"}), role="opening", names=("示例消金",))
    assert "debt_in_opening" in missing("示例消金，您的借款已经逾期", collection)
    assert screen("示例消金，您的借款已经逾期", replace(collection, role="line")).clean


def test_a_registered_name_is_no_finding() -> None:
    """An enterprise may bear a word that would be one elsewhere."""
    text = "这里是黄金交易所"
    assert screen(text, LINE).stopped
    assert screen(text, replace(LINE, names=("黄金交易所",))).clean


def test_what_cannot_be_read_is_stopped() -> None:
    """A text in a script that no table knows is not clean for want of findings; a wrong language is told."""
    assert screen("ขอแนะนำหุ้นที่ดีที่สุดสำหรับคุณ", LINE).stopped
    told = screen("hello and thank you", replace(LINE, language="zh"))
    assert [(one.category, one.severity) for one in told.findings] == [("other_language", Severity.WARN)]


@pytest.mark.parametrize(
    "unit", ["股票推荐", "gu", "b1tc0in! ", "骨漂鼓飘", "earn 8 percent profit on your loan ", "收益8%"]
)
def test_time_grows_no_faster_than_the_text(unit: str) -> None:
    """Eight times the text takes less than forty times as long, also where every sign begins a word."""

    def seconds(length: int) -> float:
        text = (unit * length)[:length]
        took = []
        for _ in range(3):
            before = time.process_time()
            screen(text, LINE)
            took.append(time.process_time() - before)
        return min(took)

    screen(unit, LINE)
    assert seconds(2000) < 40 * max(seconds(250), 0.0005)
