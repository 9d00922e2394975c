"""Guard: one live attempt for a person and for a line. Next instant: when that call has ended at the latest."""

from __future__ import annotations

from dialer.core.facts import Facts
from dialer.core.verdict import Verdict


def judge(_params: None, facts: Facts) -> Verdict:
    """Deny while an attempt is live that reaches the same person or line."""
    if not facts.live:
        return Verdict(code="in_flight.none", denied=False, opens_at=facts.now)
    last = max(facts.live, key=lambda one: one.live_until)
    # A live attempt past its time is one that nobody has settled yet: it blocks, and time alone does not end that.
    overdue = any(one.live_until <= facts.now for one in facts.live)
    return Verdict(
        code=f"in_flight.{last.subject}",
        denied=True,
        opens_at=None if overdue else last.live_until,
        values={"until": facts.told(last.live_until)},
    )
