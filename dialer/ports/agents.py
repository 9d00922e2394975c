"""What the agents' desk needs: to call an agent's phone, which never uses a trunk."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from dialer.ports.calls import Leg


class AgentPbx(Protocol):
    """Asterisk, as the agents' desk sees it."""

    def call_agent(self, name: str, answer_s: float) -> Awaitable[Leg]:
        """Call this agent's phone and wait until he answers. Raises Fault `sound.no_agent`."""
        ...
