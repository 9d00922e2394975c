"""However a forbidden phrase is dressed up it is found, and what is marked is the phrase."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.screening.screen import screen
from dialer.screening.shapes import Mark, Subject

LINE = Subject(purposes=frozenset({"marketing", "collection"}), role="line")
ZH = (
    "比特币",
    "虚拟货币",
    "现货黄金",
    "炒外汇",
    "推荐股票",
    "保本保息",
    "稳赚不赔",
    "非法集资",
    "不要脸",
    "打死你",
    "校园贷",
)
EN = (
    "bitcoin",
    "forex",
    "guaranteed return",
    "ponzi scheme pyramid scheme",
    "risk free",
    "deadbeat",
    "spot gold",
)
TRADITIONAL = str.maketrans("币货现黄汇荐赚赔园贷虚炒", "幣貨現黃匯薦賺賠園貸虛炒")
INVISIBLE = ("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u202e", "\ufe0f")
VISIBLE = (
    " ",
    "  ",
    ".",
    "·",
    "/",
    "-",
    "_",
    "*",
    "+",
    "~",
    "|",
    "、",
    "🚀",
    "❤️",
    "(",
    "\u3000",
    "\t",
    "—",
    "#",
)
SEPARATORS = st.sampled_from(INVISIBLE + VISIBLE)
FULL_WIDTH = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})
CYRILLIC = str.maketrans("aceopxyi", "асеорхуі")


@st.composite
def disguised(draw: st.DrawFn, phrases: tuple[str, ...]) -> tuple[str, Mark]:
    """A phrase with any of its gaps filled and any of its signs written otherwise; and where it stands."""
    phrase = draw(st.sampled_from(phrases))
    tables = (TRADITIONAL,) if phrase in ZH else (FULL_WIDTH, CYRILLIC, str.maketrans("oi", "01"))
    written = ""
    for sign in phrase:
        # A point before a space ends a sentence, and what stands in two sentences is for a person to judge.
        filled = written and sign != " "
        between = draw(st.one_of(st.just(""), SEPARATORS, SEPARATORS)) if filled else ""
        table = draw(st.one_of(st.none(), st.sampled_from(tables)))
        written += between + (sign.translate(table) if table else sign)
    before, after = ("您好，", "。谢谢") if phrase in ZH else ("hello, ", ". thanks")
    return before + written + after, Mark(len(before), len(before) + len(written))


def _found(text: str, place: Mark) -> None:
    told = screen(text, LINE)
    assert told.stopped
    covered = {at for one in told.findings for mark in one.marks for at in range(mark.start, mark.end)}
    assert covered <= set(range(place.start, place.end))
    # From the first sign to the last: nothing of the phrase is left out at its ends.
    assert {place.start, place.end - 1} <= covered
    for one in told.findings:
        assert one.words == tuple(text[mark.start : mark.end] for mark in one.marks)


@settings(max_examples=100, deadline=None)
@given(disguised(ZH))
def test_separators_and_traditional_signs_hide_no_chinese_phrase(case: tuple[str, Mark]) -> None:
    """Any mix of them; the marks lie within the phrase and reach from end to end."""
    _found(*case)


@settings(max_examples=100, deadline=None)
@given(disguised(EN))
def test_separators_and_other_letters_hide_no_english_phrase(case: tuple[str, Mark]) -> None:
    """Full-width and Cyrillic letters, figures for letters, and anything between them."""
    _found(*case)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("推荐月殳票给您", "推荐月殳票"),
        ("来看估票，老师推荐", "估票"),
        ("买比特b吧", "比特b"),
        ("炒huangjin吧", "炒huangjin"),
        ("保夲保熄", "保夲保熄"),
        ("比忒币", "比忒币"),
        ("b1tc0in here", "b1tc0in"),
        ("bіtсоіn here", "bіtсоіn"),
        ("收益百分之八", "百分之八"),
        ("回报８个点", "８个点"),
        ("a return of eight per cent", "eight per cent"),
        ("外氵匚保证金", "外氵匚保证金"),
        ("ⓑⓘⓣⓒⓞⓘⓝ", "ⓑⓘⓣⓒⓞⓘⓝ"),
        ("b\u0301i\u0302tcoin", "b\u0301i\u0302tcoin"),
    ],
)
def test_a_disguise_is_seen_through(text: str, words: str) -> None:
    """Halves, sounds, letters for signs, look-alikes, numbers in words: found, and shown as they stand."""
    told = screen(text, LINE)
    assert told.stopped
    assert words in [each for one in told.findings for each in one.words]


@pytest.mark.parametrize(
    "text",
    [
        "为确保本人操作",
        "另外会有短信通知",
        "国庆黄金周照常服务",
        "for example, monthly",
        "share your experience",
        "保本次通话质量",
    ],
)
def test_what_only_sounds_like_it_is_left_alone(text: str) -> None:
    """Ordinary words that hold or resemble a forbidden one are clean."""
    assert screen(text, LINE).clean
