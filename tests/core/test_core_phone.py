"""core.phone: classes of caller IDs, their one spelling, and what may be shown of a number."""

from __future__ import annotations

import pytest

from dialer.core.phone import Line, caller_id_class, canonical_caller_id, masked, masked_in

CLASSES = [
    ("95533", "cn_95"),
    ("955331", "cn_95"),
    ("9501312345", "cn_95"),
    ("95013", "cn_95"),
    ("95013123456", None),
    ("9553", None),
    ("96110", "cn_96"),
    ("961101", "cn_96"),
    ("10101234", "cn_1010"),
    ("1010123", None),
    ("12345", "cn_12"),
    ("123456", "cn_12"),
    ("10086", "cn_100"),
    ("4001234567", "cn_400"),
    ("400123456", None),
    ("8001234567", "cn_800"),
    ("13812345678", "cn_mobile"),
    ("12812345678", None),
    ("1381234567", None),
    ("1069012345", "cn_106"),
    ("01012345678", "cn_fixed"),
    ("02566668888", "cn_fixed"),
    ("0512666688", None),
    ("051266668888", "cn_fixed"),
    ("05126666888", "cn_fixed"),
    ("02066668888", "cn_fixed"),
    ("+442071838750", "e164"),
    ("", None),
    ("abc", None),
    ("９５５３３", None),
    ("95５３３", None),
    ("95533\n", None),
    ("+8613812345678\n", None),
]


@pytest.mark.parametrize(("text", "expected"), CLASSES)
def test_a_caller_id_has_its_class(text: str, expected: str | None) -> None:
    """Chinese short, segment, 400, mobile and fixed numbers are told apart; what is none is None."""
    assert caller_id_class(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+86 138 1234 5678", "13812345678"),
        ("0086-13812345678", "13812345678"),
        ("138 1234 5678", "13812345678"),
        ("+86 25 6666 8888", "02566668888"),
        ("(025) 6666-8888", "02566668888"),
        ("+8695533", "95533"),
        ("400-123-4567", "4001234567"),
        ("1010 1234", "10101234"),
        ("+44 20 7183 8750", "+442071838750"),
        ("+86123", None),
        ("hello", None),
    ],
)
def test_a_caller_id_has_one_spelling(text: str, expected: str | None) -> None:
    """Separators and the country code of China fall away; what is not known stays unknown."""
    assert canonical_caller_id(text) == expected


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("+8613812345678", "+86138****5678"),
        ("13812345678", "138****5678"),
        ("02566668888", "025****8888"),
        ("9553312", "95****12"),
        ("95533", "9***"),
        ("", "***"),
    ],
)
def test_a_number_is_shown_masked(text: str, shown: str) -> None:
    """The middle never shows."""
    assert masked(text) == shown


def test_numbers_in_words_are_masked() -> None:
    """Every run of digits as long as a number is masked, and shorter ones are not."""
    assert masked_in("no route to 13812345678 (cause 34, 2026)") == "no route to 138****5678 (cause 34, 2026)"
    assert "13812345678" not in masked_in("sip:+8613812345678@host")


def test_a_line_does_not_tell_its_number() -> None:
    """The repr of a line, which ends up in logs, is masked."""
    assert "13812345678" not in repr(Line("+8613812345678", "mobile", "CN", ("Asia/Shanghai",)))
