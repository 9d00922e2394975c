"""Not too often: at most so many touches of a person or line within a window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import ClassVar
from zoneinfo import ZoneInfo

from dialer.core.facts import Facts
from dialer.core.limits import Counted, Limit, Subject, Window, WindowKind
from dialer.core.policy import Purpose
from dialer.core.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Params:
    """At most `most` touches of `per` within the last `window_n` `window` (days where the callee is, or hours).

    `counts`: which touches; `purposes`: of which purposes, empty means any; `same_enterprise`: only of this
    enterprise (with all its agencies), or of everyone here.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    most: int
    per: Subject
    counts: Counted
    window: WindowKind
    window_n: int = 1
    purposes: frozenset[Purpose] = frozenset()
    same_enterprise: bool = True

    def __post_init__(self) -> None:
        if self.most < 1:
            raise ValueError("a limit of zero is not a limit: forbid the purpose instead")
        if self.window_n < 1:
            raise ValueError("a window is at least one long")

    def as_limit(self) -> Limit:
        """What the record must look up."""
        return _limit(self)


@cache
def _limit(params: Params) -> Limit:
    in_days = params.window is WindowKind.DAYS
    return Limit(
        subject=params.per,
        counted=params.counts,
        purposes=frozenset(one.value for one in params.purposes),
        same_enterprise=params.same_enterprise,
        most=params.most,
        longest=timedelta(days=params.window_n + 2) if in_days else timedelta(hours=params.window_n),
    )


def judge(params: Params, facts: Facts) -> Verdict:
    """Deny when the window is full in any zone the callee may be in; a missing series denies too."""
    touches = facts.touches[params.as_limit().key]
    if not facts.zones:
        return Verdict(code="hours.zone_unknown", denied=True, opens_at=None)
    window = Window(params.window, params.window_n)
    zones = [ZoneInfo(one.zone) for one in facts.zones]
    counted = max(_count(touches, window, facts.now, zone) for zone in zones)
    values = {
        "counted": counted,
        "most": params.most,
        "per": params.per.value,
        "counts": params.counts.value,
        "window": f"{params.window_n} {params.window.value}",
    }
    if counted < params.most:
        return Verdict(code="frequency.below", denied=False, opens_at=facts.now, values=values)
    # The window has room again once the `most`-th newest touch has left it, wherever the callee is.
    opens_at = max(window.leaves(touches[params.most - 1], zone) for zone in zones)
    return Verdict(code="frequency.full", denied=True, opens_at=opens_at, values=values)


def _count(touches: tuple[datetime, ...], window: Window, now: datetime, zone: ZoneInfo) -> int:
    start = window.starts(now, zone)
    return sum(1 for touch in touches if touch >= start)
