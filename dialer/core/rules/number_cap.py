"""So many calls a civil day from one caller ID, whoever is called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from dialer.core.civil_time import date_start
from dialer.core.facts import Facts
from dialer.core.verdict import Value, Verdict


@dataclass(frozen=True, slots=True)
class Params:
    """At most `most` attempts from the caller ID on one civil day of `zone` (IANA)."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    most: int
    zone: str = "Asia/Shanghai"

    def __post_init__(self) -> None:
        if self.most < 1:
            raise ValueError("a number that may not call at all is disabled in the register")
        try:
            ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError):
            raise ValueError("no such time zone; name one of the IANA list, such as Asia/Shanghai") from None

    def as_cap(self) -> tuple[str, int]:
        """What the record must count: the zone of the day, and up to how many."""
        return self.zone, self.most


def judge(params: Params, facts: Facts) -> Verdict:
    """Deny until the next day begins, once the caller ID has made its calls; where nobody counted, deny too."""
    counted = facts.number_calls.get(params.zone)
    values: dict[str, Value] = {"caller_id": facts.caller_id, "most": params.most}
    if counted is None:
        return Verdict("number_cap.unknown", True, None, None, values)
    values["counted"] = counted.calls
    if counted.calls < params.most:
        return Verdict("number_cap.below", False, facts.now, None, values)
    ends = date_start(counted.day + timedelta(days=1), ZoneInfo(params.zone))
    if ends <= facts.now:
        return Verdict("number_cap.below", False, facts.now, None, {**values, "counted": 0})
    return Verdict("number_cap.full", True, ends, None, values)
