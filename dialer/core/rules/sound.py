"""Guard: the facts themselves must be whole. Whatever is missing, broken, unknown or contradictory denies."""

from __future__ import annotations

from dialer.core.facts import Facts
from dialer.core.verdict import Verdict


def judge(_params: None, facts: Facts) -> Verdict:
    """Deny by the first unsoundness; all of them are in the facts that the entry keeps."""
    if facts.unsound:
        worst = facts.unsound[0]
        return Verdict(code=worst.code, denied=True, opens_at=None, values=dict(worst.values))
    return Verdict(code="sound.whole", denied=False, opens_at=facts.now)
