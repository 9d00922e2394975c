"""A desk of the number list on a real record with the sample register; an officer's key; a clock that a test moves."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dialer.core.admission import Actor
from dialer.lab.regulator import FAULTLESS, Habits, LabRegulator, regulating
from dialer.number_list.delivery import Address
from dialer.number_list.desk import NumberListDesk
from dialer.number_list.documents import signed_by
from dialer.number_list.standing import Rules
from dialer.policy_signature import make_key
from dialer.record.store import RecordStore
from dialer.register_files import load_register
from dialer.secrets import ensure

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "dialer/lab/sample/register.yaml"
NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # a Tuesday, 12:00 in Nanjing
OFFICER = Actor("lin", frozenset({"compliance"}), "socket_peer")
ENTERPRISE = "jiangsu-example"
REGULATOR = "国家金融监督管理总局江苏监管局"
PDF = b"%PDF-1.7\nstamped\n"


class StillClock:
    """A clock that moves when a test says so."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at

    def boottime_ns(self) -> int:
        return (self.at - NOON) // timedelta(microseconds=1) * 1000

    def move(self, **span: float) -> None:
        """Time goes on."""
        self.at += timedelta(**span)


def register(*without: str, **changes: Mapping[str, Any]) -> dict[str, Any]:
    """The sample register: numbers left out by number, or changed by `n` and number, such as `n95000001={...}`."""
    document = load_register(SAMPLE)
    document["numbers"] = [
        {**row, **changes.get(f"n{row['number']}", {})}
        for row in document["numbers"]
        if row["number"] not in without
    ]
    return document


class Site:
    """One site with its desk. `token` is what its regulator knows it by."""

    def __init__(self, folder: Path, addresses: Mapping[str, Address] | None = None, **rules: Any) -> None:
        self.folder, self.clock = folder, StillClock()
        self.key = folder / "officer.pem"
        if not self.key.exists():
            make_key(self.key, folder / "officer.pub.pem")
        self.public_key = (folder / "officer.pub.pem").read_bytes()
        self.store = RecordStore.open(
            folder / "record", secrets=ensure(folder / "secrets"), clock=self.clock, rulebooks={}, lab=True
        )
        self.desk = self.with_rules(addresses or {}, **rules)

    def with_rules(self, addresses: Mapping[str, Address], **rules: Any) -> NumberListDesk:
        """A desk that speaks to other regulators."""
        given = Rules(self.folder, {"officer": self.public_key}, addresses, first_pause_s=0.001, **rules)
        self.desk = NumberListDesk(self.store, self.clock, given)
        return self.desk

    async def put(self, document: Mapping[str, Any]) -> None:
        """Put a register in force."""
        await self.store.put_in_force("register", document, OFFICER)

    async def signed(self, again: bool = False) -> list[str]:
        """Prepare and sign what differs; the ids."""
        made = await self.desk.prepare(None, again, OFFICER)
        for one in made["submissions"]:
            await self.sign(one["submission"])
        return [one["submission"] for one in made["submissions"]]

    async def sign(self, ident: str) -> None:
        """Sign one submission."""
        await self.desk.sign(ident, self.signature(await self.desk.document(ident)), OFFICER)

    def signature(self, content: bytes, key: Path | None = None) -> dict[str, str]:
        """The officer's signature as a command sends it."""
        made = signed_by(key or self.key, content, "lin")
        return {name: getattr(made, name) for name in ("signature", "public_key", "signed_by")}

    async def submitted(self, again: bool = False) -> str:
        """Prepare, sign and hand over what differs; the id."""
        (ident,) = await self.signed(again)
        await self.desk.submit(ident, OFFICER)
        return ident

    async def states(self) -> dict[str, str]:
        """State by number; of an agency's as `number/agency`."""
        told = await self.desk.states(None)
        return {
            one["number"] + (f"/{one['agency']}" if one["agency"] else ""): one["state"]
            for one in told["numbers"]
        }

    async def entries(self, kind: str) -> list[Any]:
        """Entries of the log of one type."""
        return [one for one in await self.store.entries() if one.type == kind]


def receipt(content: bytes = PDF, name: str = "receipt.pdf", **rejected: str) -> dict[str, Any]:
    """A scanned receipt; `n95000001="why"` sends that number back."""
    back = [{"number": key[1:], "agency": None, "reason": why} for key, why in rejected.items()]
    return {"name": name, "content": base64.b64encode(content).decode(), "rejected": back}


def regulator(
    site: Site, habits: Habits = FAULTLESS, seed: int = 1
) -> tuple[LabRegulator, AbstractAsyncContextManager[str]]:
    """A lab regulator that knows this site's officer, and its server."""
    made = LabRegulator(site.public_key, seed, habits)
    return made, regulating(made)
