"""Guard: one live attempt for a person and for a line. Next instant: when that call has ended at the latest."""

from __future__ import annotations

from dialer.core.facts import Facts
from dialer.core.verdict import Verdict


def judge(_params: None, facts: Facts) -> Verdict:
    """Deny while an attempt is live that reaches the same person or line."""
    if not facts.live:
        return Verdict(code="in_flight.none", denied=False, opens_at=facts.now)
    last = max(facts.live, key=lambda one: one.live_until)
    # A live attempt past its time is one that nobody has settled yet: it still blocks, so "now" is not an answer.
    opens_at = last.live_until if last.live_until > facts.now else None
    return Verdict(
        code=f"in_flight.{last.subject}",
        denied=bool(opens_at is None or facts.now < opens_at),
        opens_at=opens_at,
        values={"until": last.live_until.isoformat()},
    )
