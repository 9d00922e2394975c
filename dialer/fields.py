"""Kinds of values that several files people bring hold."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator


def check_zone(name: str) -> str:
    """`name` where it is an IANA time zone; else ValueError."""
    if name not in available_timezones():
        raise ValueError("not the name of a time zone, such as Asia/Shanghai")
    return name


Zone = Annotated[str, AfterValidator(check_zone)]
