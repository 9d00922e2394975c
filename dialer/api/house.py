"""What stands behind the API, as Protocols: the API itself decides nothing and keeps nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from dialer.campaigns.desk import CampaignDesk
from dialer.campaigns.lists import ListedCampaign
from dialer.contacts import ContactMade, MessageAsked
from dialer.core.admission import Actor
from dialer.ports.campaigns import Item, RejectedRow
from dialer.ports.cases import Cases
from dialer.ports.changes import RegisterChanges
from dialer.ports.number_list import NumberLists
from dialer.ports.numbers import Deadlines, Numbers
from dialer.ports.people import PersonShown, ReadFor
from dialer.ports.willing import Willing
from dialer.requests import CallRequest

Json = Mapping[str, Any]


class Gate(Protocol):
    """The way to a decision and to a call."""

    async def decide(
        self, call: CallRequest, at: datetime | None, actor: Actor
    ) -> tuple[Json, tuple[str, ...]]:
        """One decision as `docs/schema/decision.json`, and the zones of the callee; places nothing."""
        ...

    async def place(self, call: CallRequest, actor: Actor, wait: str) -> tuple[Json, tuple[str, ...]]:
        """Take a call through the gate; `wait` is `admitted` or `end`. The second value is as above."""
        ...

    async def attempt(self, attempt: UUID) -> Json | None:
        """What the record knows of an attempt, masked."""
        ...


class Contacts(Protocol):
    """What other systems do on other channels than our own calls."""

    async def made(self, contact: ContactMade, actor: Actor) -> Json:
        """Write down that somebody was contacted, once a key. Raises BadInput for an instant that cannot be."""
        ...

    async def decide(self, asked: MessageAsked, actor: Actor) -> tuple[Json, tuple[str, ...]]:
        """One decision on a message, with what screening says of it; counted where that is asked and permitted.

        The second value: the zones that its receiver may be in.
        """
        ...


class Registers(Protocol):
    """Register, scripts and preferences: what the rules read."""

    async def put_register(self, document: Json, actor: Actor, reason: str) -> Json:
        """Put a register in force; what of it may loosen waits. The version in force, `in_force`, `proposal`."""
        ...

    async def register(self) -> Json | None:
        """The register in force, with version and digest."""
        ...

    async def put_scripts(self, scripts: Sequence[Json], actor: Actor) -> Json:
        """Keep scripts, each as a submitted version, with what screening said. Raises BadInput where it stops one."""
        ...

    async def approve_script(self, script: str, version: int, actor: Actor) -> Json:
        """Approve one version."""
        ...

    async def scripts(self) -> Sequence[Json]:
        """Every version of every script."""
        ...

    async def script(self, script: str) -> Sequence[Json]:
        """The versions of one script, with their words and what screening said; none: nobody submitted it."""
        ...

    async def opt_out(self, said: Json, actor: Actor) -> Json:
        """Register an opt-out; durable, and live calls of that person revoked, when this returns."""
        ...

    async def put_preferences(self, rows: Sequence[Json], actor: Actor) -> Json:
        """Register statements of preference; how many."""
        ...

    async def preferences(self, enterprise: str, person: str) -> Sequence[Json]:
        """What a person registered with an enterprise."""
        ...


class Lists(Protocol):
    """People: lists of them on their way in, and one of them as he is shown."""

    async def take(self, listed: ListedCampaign) -> tuple[list[Item], list[RejectedRow]]:
        """Enrol everybody on it; the items, and the rows set aside."""
        ...

    async def shown(
        self, enterprise: str, person_id: str, purpose: ReadFor | None, actor: Actor
    ) -> PersonShown | None:
        """Name and numbers of a person, masked unless there is a purpose, which is recorded; None for a stranger."""
        ...


class AgentDesk(Protocol):
    """Agents' phones."""

    async def all(self) -> Sequence[Json]:
        """Every agent: name, presence, what he works on, what came of what he dialled last."""
        ...

    async def assign(self, name: str, campaign: str | None, actor: Actor) -> Json:
        """Let him dial by hand from this campaign's list, or nobody."""
        ...

    async def sign_in(self, name: str) -> Json:
        """Call the agent's phone and keep the call. Raises Fault where he does not answer."""
        ...

    async def sign_out(self, name: str) -> Json:
        """End the agent's call."""
        ...


class WrapUps(Protocol):
    """What agents say of calls."""

    async def wrap_up(self, attempt: UUID, said: str, actor: Actor) -> Json | None:
        """Write it; what it forbids is in force when this returns. None: no such attempt."""
        ...

    async def correct(self, enterprise: str, person: str, number: str, reason: str, actor: Actor) -> Json:
        """A line is this person's after all. Raises BadInput unless another person said otherwise before."""
        ...


class Control(Protocol):
    """Stops, and how the controller is."""

    async def stop(self, scope: str, of: str | None, reason: str, actor: Actor) -> Json:
        """Stop calls; live ones are revoked when this returns."""
        ...

    async def resume(self, scope: str, of: str | None, actor: Actor) -> Json:
        """Lift a stop."""
        ...

    async def policy(self) -> Sequence[Json]:
        """Every policy set, oldest first; `state` is `in_force|waiting|past`."""
        ...

    async def load_policy(self, actor: Actor) -> Json:
        """Read the signed set again: in force if it only tightens, else it waits. Raises BadInput."""
        ...

    async def approve_policy(self, revision: int, actor: Actor) -> Json:
        """Put the waiting set in force. Raises BadInput unless a second person asks for it."""
        ...

    async def status(self) -> Json:
        """Everything one wants to know at a glance."""
        ...

    def ready(self) -> tuple[bool, str]:
        """Whether a call could be placed now, and if not, why."""
        ...

    async def metrics(self) -> str:
        """The same as Prometheus text."""
        ...


@dataclass(frozen=True, slots=True)
class House:
    """All of it, made by wiring. `site_zone` is an IANA name; `lab_clock_s` is 0 outside a lab."""

    gate: Gate
    registers: Registers
    changes: RegisterChanges
    lists: Lists
    campaigns: CampaignDesk
    agents: AgentDesk
    control: Control
    numbers: Numbers
    deadlines: Deadlines
    number_lists: NumberLists
    cases: Cases
    willing: Willing
    wrap_ups: WrapUps
    contacts: Contacts
    site_zone: str = "UTC"
    lab_clock_s: float = 0.0
