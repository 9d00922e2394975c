"""The handle of an exchange that runs in a process of its own; any process may read its evidence file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dialer.lab.child import Child
from dialer.lab.evidence import InviteSeen, read_evidence
from dialer.lab.sip import Address


class ExchangeProcess:
    """The exchange in a process of its own: `await start()`, `port`, `await route(…)`, `evidence()`."""

    def __init__(self, routes: Mapping[str, Address], run_dir: Path, *, port: int = 0) -> None:
        self.evidence_path = run_dir / "exchange-evidence.jsonl"
        phones = {number: f"{host}:{port_}" for number, (host, port_) in routes.items()}
        config = {"routes": phones, "evidence": str(self.evidence_path), "port": port}
        self.child = Child("dialer.lab.exchange", "exchange", config, run_dir)
        self.port = port

    async def start(self) -> None:
        """Start and wait until it listens. Raises ChildFailed."""
        self.port = (await self.child.start())["port"]

    async def route(self, number: str, phone: Address) -> None:
        """From now on calls to `number` go to `phone`. Raises ChildFailed."""
        since = len(self.child.events)
        await self.child.send({"route": number, "to": f"{phone[0]}:{phone[1]}"})
        await self.child.wait_for("routed", since=since, number=number)

    def evidence(self, number: str | None = None) -> list[InviteSeen]:
        """Every INVITE seen for a number (for all without one), from the evidence file."""
        return read_evidence(self.evidence_path, number)

    async def stop(self) -> None:
        await self.child.stop()
