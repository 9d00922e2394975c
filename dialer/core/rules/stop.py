"""Guard: nothing is dialled or bridged while a stop is in force. A stop has no planned end."""

from __future__ import annotations

from dialer.core.facts import Facts
from dialer.core.verdict import Verdict


def judge(_params: None, facts: Facts) -> Verdict:
    """Deny while any stop in scope of this call is in force."""
    if facts.stops:
        stop = facts.stops[0]
        values = {"scope": stop.scope, "reason": stop.reason, "since": facts.told(stop.since)}
        return Verdict(code="stop.active", denied=True, opens_at=None, values=values)
    return Verdict(code="stop.none", denied=False, opens_at=facts.now)
