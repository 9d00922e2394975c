"""What a kind of rule answers: the one signature that every module in `core.rules` has.

judge(params, facts) -> Verdict
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

Value = str | int | bool | None | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Obligation:
    """A duty that comes with a permit, such as `announce` or `refusal_key`; who cannot discharge it may not call."""

    duty: str
    values: Mapping[str, Value] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Two obligations with one key are one."""
        return self.duty + "".join(f" {name}={value}" for name, value in sorted(self.values.items()))


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of one rule.

    `opens_at`: the earliest instant from `facts.now` on that this rule alone permits, with nothing else having
    happened; None is never; for a permit it is `facts.now`. `closes_at`: the first later instant at which it would
    deny; None is not foreseen, and it is None for a denial.
    """

    code: str
    denied: bool
    opens_at: datetime | None
    closes_at: datetime | None = None
    values: Mapping[str, Value] = field(default_factory=dict)
    obligations: tuple[Obligation, ...] = ()
