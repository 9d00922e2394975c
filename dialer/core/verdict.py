"""What a kind of rule answers: the one signature that every module in `core.rules` has.

judge(params, facts) -> Verdict
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

Value = str | int | bool | None | tuple[str, ...]
NO_VALUES: Mapping[str, Value] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Obligation:
    """A duty that comes with a permit, such as `announce` or `refusal_key`; who cannot discharge it may not call."""

    duty: str
    values: Mapping[str, Value] = field(default_factory=dict)
    # Two obligations with one key are one.
    key: str = field(init=False, repr=False, compare=False, metadata={"canonical": False})

    def __post_init__(self) -> None:
        told = "".join(f" {name}={value}" for name, value in sorted(self.values.items()))
        object.__setattr__(self, "key", self.duty + told)


class Verdict(NamedTuple):
    """The answer of one rule. A named tuple, since one is made for every rule of every decision.

    `opens_at`: the earliest instant from `facts.now` on that this rule alone permits, with nothing else having
    happened; None is never; for a permit it is `facts.now`. `closes_at`: the first later instant at which it would
    deny; None is not foreseen, and it is None for a denial.
    """

    code: str
    denied: bool
    opens_at: datetime | None
    closes_at: datetime | None = None
    values: Mapping[str, Value] = NO_VALUES
    obligations: tuple[Obligation, ...] = ()
