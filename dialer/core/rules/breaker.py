"""Too many opt-outs or complaints among the answered calls: the campaign or the enterprise pauses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from dialer.core.facts import Facts
from dialer.core.limits import Group, Rate, Tallied
from dialer.core.rules.rates import check, judge_rate
from dialer.core.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Params:
    """At most `most_permille` of a thousand answered calls may end in `counts`: `opted_out` or `complained`.

    Over `days` civil days of `zone` (IANA), today among them, `per` `campaign` or `enterprise`. Fewer answered calls
    than `at_least` are no rate yet. A call without a campaign has none.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    counts: Tallied
    most_permille: int
    days: int
    at_least: int
    per: Group = Group.CAMPAIGN
    zone: str = "UTC"
    _rate: Rate = field(init=False, repr=False, compare=False, metadata={"canonical": False})

    def __post_init__(self) -> None:
        if self.counts is Tallied.ABANDONED:
            raise ValueError("counts is opted_out or complained; the kind abandonment counts abandoned calls")
        check(self.most_permille, self.days, self.at_least, self.zone)
        object.__setattr__(self, "_rate", Rate(self.per, self.counts, self.days, self.zone))

    def as_rate(self) -> Rate:
        """What the record must tally."""
        return self._rate


def judge(params: Params, facts: Facts) -> Verdict:
    """Deny while the rate is above the limit; where it is not known, deny too."""
    return judge_rate("breaker", params._rate, params.most_permille, params.at_least, facts)
