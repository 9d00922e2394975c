"""Numbers as values. Parsing a person's number needs a library and lives in `dialer.numbers`; this does not."""

from __future__ import annotations

import re
from dataclasses import dataclass

E164 = re.compile(r"^\+[1-9][0-9]{6,14}\Z")


@dataclass(frozen=True, slots=True)
class Line:
    """A called number in E.164, with what is derived from it. Its repr shows the number masked.

    `line_class`: `mobile|fixed|fixed_or_mobile|other`; `country`: ISO 3166-1; `zones`: IANA names it may be in.
    """

    e164: str
    line_class: str
    country: str
    zones: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Line({masked(self.e164)}, {self.line_class}, {self.country})"


def masked(text: str) -> str:
    """A number or id as everything outside the record may show it: the middle is hidden, the last four stay.

    Of `+8613812345678` it shows `+86138****5678`; of anything short only the first sign.
    """
    if E164.match(text):
        head = text[: max(3, len(text) - 8)]
        return f"{head}****{text[-4:]}"
    if len(text) >= 7:
        return f"{text[:3]}****{text[-4:]}" if len(text) >= 11 else f"{text[:2]}****{text[-2:]}"
    return f"{text[:1]}***"


# Runs of digits as long as a person's number, wherever they stand in a message.
_DIGITS = re.compile(r"\+?\d{9,15}")


def masked_in(text: str) -> str:
    """`text` with every run of 9 to 15 digits masked: for words of others, such as an error of Asterisk."""
    return _DIGITS.sub(lambda found: masked(found.group()), text)


# Caller IDs of mainland China are often not E.164. In order: the first pattern that fits names the class.
CALLER_ID_CLASSES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("cn_95", re.compile(r"^95[0-9]{3}([0-9]{0,5})\Z")),
    ("cn_96", re.compile(r"^96[0-9]{3,4}\Z")),
    ("cn_1010", re.compile(r"^1010[0-9]{4}\Z")),
    ("cn_12", re.compile(r"^12[0-9]{3,4}\Z")),
    ("cn_100", re.compile(r"^100[0-9]{2}\Z")),
    ("cn_400", re.compile(r"^400[0-9]{7}\Z")),
    ("cn_800", re.compile(r"^800[0-9]{7}\Z")),
    ("cn_mobile", re.compile(r"^1[3-9][0-9]{9}\Z")),
    ("cn_106", re.compile(r"^106[0-9]{5,17}\Z")),
    ("cn_fixed", re.compile(r"^0(10|2[0-9]|[3-9][0-9]{2})[0-9]{7,8}\Z")),
    ("e164", E164),
)


def caller_id_class(text: str) -> str | None:
    """The class of a caller ID written in its canonical form, or None where it is none that we know."""
    return next((name for name, pattern in CALLER_ID_CLASSES if pattern.match(text)), None)


def canonical_caller_id(text: str) -> str | None:
    """The one spelling of a caller ID: digits without separators, `+86` taken from Chinese ones; None if unknown.

    A Chinese mobile number is written nationally (`138…`), a fixed line with its trunk zero (`025…`), a short or
    400 number as it is dialled. Numbers of other countries keep E.164.
    """
    digits = re.sub(r"[\s\-().]", "", text)
    if digits.startswith("0086"):
        digits = "+86" + digits[4:]
    if not digits.startswith("+86"):
        return digits if caller_id_class(digits) else None
    national = digits[3:]
    for candidate in (national, "0" + national):
        found = caller_id_class(candidate)
        if found not in (None, "e164"):
            return candidate
    return None
