"""Numbers of people: one spelling inside, and what a trunk is sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.phone import E164
from dialer.numbers import parse_callee, wire_number

MOBILE = "+8613812345678"
SPELLINGS = [
    "13812345678",
    "+8613812345678",
    "013812345678",
    "008613812345678",
    "8613812345678",
    "86 138 1234 5678",
    "86013812345678",
    "+86 0138 1234 5678",
    "(+86) 138-1234-5678",
    "138.1234.5678",
    " 138 1234 5678 ",
    "１３８１２３４５６７８",
    "＋８６１３８１２３４５６７８",
    "138—1234—5678",
    "138\u00a01234\u00a05678",
    "\u202a13812345678\u202c",
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_every_spelling_of_a_mobile_number_is_one_line(text: str) -> None:
    """However a mobile number is written, it is the same line, so that its counts cannot be split."""
    line = parse_callee(text)
    assert line is not None
    assert (line.e164, line.line_class, line.country) == (MOBILE, "mobile", "CN")
    assert line.zones == ("Asia/Shanghai",)


@pytest.mark.parametrize(
    ("text", "e164", "national"),
    [
        ("025-83123456", "+862583123456", "02583123456"),
        ("+86 25 83123456", "+862583123456", "02583123456"),
        ("0086 25 8312 3456", "+862583123456", "02583123456"),
        ("010 65123456", "+861065123456", "01065123456"),
        ("0519-85123456", "+8651985123456", "051985123456"),
    ],
)
def test_fixed_lines_of_china(text: str, e164: str, national: str) -> None:
    """A fixed line keeps its area code, and is dialled with the trunk zero."""
    line = parse_callee(text)
    assert line is not None
    assert (line.e164, line.line_class, line.zones) == (e164, "fixed", ("Asia/Shanghai",))
    assert wire_number(line) == national
    assert wire_number(line, "e164") == e164


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "+",
            "abc",
            "13812345678x",
            "1381234567",
            "138123456789",
            "++8613812345678",
            "138+12345678",
        ),
        *("110", "12345", "10086", "95588", "9501312345678", "4008123456", "10101234", "+8610086"),
        *("1064812345678", "14412345678", "83123456", "025-8312", "13812345678,123", "13812345678 ext 1"),
        *("13812345678.0", "1.38E+10", "٠١٣٨١٢٣٤٥٦٧٨", "=13812345678", "13812345678;13912345678"),
        *("0014155552671", "14155552671", "85251234567", "0085251234567", "+999123456789", "+1"),
    ],
)
def test_what_is_no_persons_number_is_refused(text: str) -> None:
    """Short numbers, service numbers, garbage, two numbers and foreign ones without `+` are no line."""
    assert parse_callee(text) is None


@pytest.mark.parametrize(
    ("text", "country", "zone", "dialled"),
    [
        ("+1 415 555 2671", "US", "America/Los_Angeles", "0014155552671"),
        ("+852 5123 4567", "HK", "Asia/Hong_Kong", "0085251234567"),
        ("+44 20 7946 0958", "GB", "Europe/London", "00442079460958"),
    ],
)
def test_foreign_numbers_come_with_a_plus(text: str, country: str, zone: str, dialled: str) -> None:
    """A number abroad is known by its `+`, has the zones of its area, and is dialled behind `00`."""
    line = parse_callee(text)
    assert line is not None
    assert (line.country, line.zones) == (country, (zone,))
    assert wire_number(line) == dialled


def test_another_home_region() -> None:
    """With another region its own national spelling is understood, and the Chinese one is not."""
    line = parse_callee("(415) 555-2671", region="US")
    assert line is not None
    assert line.e164 == "+14155552671"
    assert parse_callee("13812345678", region="US") is None


def test_a_mobile_number_is_dialled_bare() -> None:
    """A carrier of China takes a mobile number without zero; an unknown format is refused."""
    line = parse_callee("0138 1234 5678")
    assert line is not None
    assert wire_number(line) == "13812345678"
    with pytest.raises(ValueError, match="`local`"):
        wire_number(line, "local")


def test_a_line_never_shows_its_number() -> None:
    """The repr of a line is masked."""
    assert "12345678" not in repr(parse_callee(MOBILE))


@given(st.one_of(st.text(), st.from_regex(r"[+０-９0-9 \-().]{0,24}", fullmatch=True)))
def test_any_text_gives_a_line_or_nothing(text: str) -> None:
    """No text raises; what is taken is E.164, and read again it is the same line."""
    line = parse_callee(text)
    if line is not None:
        assert E164.match(line.e164)
        assert parse_callee(line.e164) == line
        assert wire_number(line).isascii()


@given(st.integers(13_000_000_000, 19_999_999_999))
def test_a_mobile_number_is_read_by_its_prefix_as_it_would_be_whole(number: int) -> None:
    """The quick way through the first six digits gives what the library gives for all eleven."""
    assert parse_callee(str(number)) == parse_callee(f"+86{number}")
