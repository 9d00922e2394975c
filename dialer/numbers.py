"""Numbers of people: what somebody typed becomes one E.164, and that becomes what a trunk is sent."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberType, timezone

from dialer.core.phone import Line

NUMBER_FORMATS = ("national", "e164")

_CLASSES = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE: "fixed",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed_or_mobile",
}
_SEPARATORS = re.compile(r"[\s\-‐‑–—()/.]")
_PLAIN = re.compile(r"\+?[0-9]{5,20}")
# What a spreadsheet makes of a number (`13812345678.0`) looks like one more digit once the dot is gone.
_DECIMAL = re.compile(r"\.[0-9](?![0-9])")
# The whole country keeps one civil time, so an unknown place of a mobile number is never an unknown zone.
_MOBILE = re.compile(r"(1[3-9][0-9]{4})([0-9]{5})")
_ONE_ZONE = {"CN": ("Asia/Shanghai",)}
_UNKNOWN_ZONE = "Etc/Unknown"


def parse_callee(text: str, *, region: str = "CN") -> Line | None:
    """The line that `text` names, or None where it names none that may be a person's.

    Every spelling of one number gives the same E.164: `138…`, `0138…`, `86138…`, `+86138…`, `0086138…`, with
    separators, in full-width digits. A number of another country than `region` (ISO 3166-1) needs its `+`.
    Short numbers, service numbers of China (95…, 400…, 1010…), extensions and letters are None.
    """
    folded = _folded(text)
    if _DECIMAL.search(folded):
        return None
    plain = _SEPARATORS.sub("", folded)
    if not _PLAIN.fullmatch(plain):
        return None
    if region == "CN" and (mobile := _MOBILE.fullmatch(plain)):
        # A list of a million is mostly these, and reading one the long way takes a tenth of a millisecond.
        prefix, rest = mobile.groups()
        known = _mobile_prefix(prefix)
        return None if known is None else Line(f"+86{prefix}{rest}", known, "CN", _ONE_ZONE["CN"])
    return _parsed(plain, region)


@lru_cache(maxsize=70_000)
def _mobile_prefix(prefix: str) -> str | None:
    """The class of every number of mainland China that begins with these six digits; None where there is none.

    The plan of numbers looks at no more of them.
    """
    found = _parsed(prefix + "00000", "CN")
    return found.line_class if found else None


def _parsed(plain: str, region: str) -> Line | None:
    try:
        number = phonenumbers.parse(plain, region)
    except phonenumbers.NumberParseException:
        return None
    country = phonenumbers.region_code_for_number(number)
    if not phonenumbers.is_valid_number(number) or country is None:
        return None
    if country != region and not plain.startswith("+"):
        return None
    line_class = _CLASSES.get(phonenumbers.number_type(number), "other")
    if country == "CN" and line_class == "other":
        return None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Line(e164, line_class, country, _zones(number, country))


def wire_number(line: Line, number_format: str = "national") -> str:
    """What is dialled for `line` by a trunk of this `number_format`, made from the E.164 only.

    `e164`: `+8613…`. `national`, as a carrier of China takes it: a mobile number bare, a fixed line with its
    trunk zero, another country behind `00`. Raises ValueError for another format.
    """
    if number_format == "e164":
        return line.e164
    if number_format != "national":
        raise ValueError(f"a number format is one of {', '.join(NUMBER_FORMATS)}; not `{number_format}`")
    if line.country != "CN":
        return "00" + line.e164[1:]
    national = line.e164.removeprefix("+86")
    return national if line.line_class == "mobile" else "0" + national


def _folded(text: str) -> str:
    # Contacts copied from a phone carry invisible direction marks (category Cf) around the number.
    return "".join(sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) != "Cf")


def _zones(number: phonenumbers.PhoneNumber, country: str) -> tuple[str, ...]:
    if country in _ONE_ZONE:
        return _ONE_ZONE[country]
    return tuple(zone for zone in timezone.time_zones_for_number(number) if zone != _UNKNOWN_ZONE)
