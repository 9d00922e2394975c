"""Agents, stops, and how the controller is."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from dialer.agents import AgentDesk
from dialer.ari.connection import AriConnection
from dialer.campaigns.desk import CampaignDesk
from dialer.core.admission import Actor
from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.rulebook import Rulebook
from dialer.core.shape import instant_text
from dialer.manual_dial import LastDial
from dialer.policy_signature import read_signature
from dialer.ports.calls import Clock
from dialer.record.store import RecordStore
from dialer.settings import Settings
from dialer.supervise import Supervisor
from dialer.wiring.gate import shown
from dialer.wiring.site import put_rulebook, signed_rulebook
from dialer.wiring.ways_in import Assignments

Json = Mapping[str, Any]


class Seats:
    """Agents for the API."""

    def __init__(self, desk: AgentDesk, assignments: Assignments, last: Mapping[str, LastDial]) -> None:
        self._desk, self._assignments, self._last = desk, assignments, last

    async def all(self) -> Sequence[Json]:
        """Every agent, what he works on, and what came of what he dialled last."""
        works_on = await self._assignments.all()
        return [
            {
                "name": name,
                "presence": does,
                "campaign": works_on.get(name),
                "last_dial": shown(asdict(self._last[name])) if name in self._last else None,
            }
            for name, does in self._desk.presence().items()
        ]

    async def assign(self, name: str, campaign: str | None, actor: Actor) -> Json:
        """What he dials from now on is looked up there. Raises BadInput for a name nobody has."""
        if name not in self._desk.presence():
            hint = "[agents] names in dialer.toml"
            raise BadInput([InputFault(Place("assignment", path="agent"), "no agent is called", name, hint)])
        await self._assignments.assign(name, campaign, actor)
        return {"name": name, "campaign": campaign}

    async def sign_in(self, name: str) -> Json:
        """Call his phone. Raises Fault `sound.no_agent`."""
        await self._desk.sign_in(name)
        return {"name": name, "presence": self._desk.presence().get(name)}

    async def sign_out(self, name: str) -> Json:
        """End his call."""
        await self._desk.sign_out(name)
        return {"name": name, "presence": self._desk.presence().get(name)}


class SiteControl:
    """Stops and status."""

    def __init__(
        self,
        settings: Settings,
        store: RecordStore,
        asterisk: AriConnection,
        supervisor: Supervisor,
        agents: AgentDesk,
        campaigns: CampaignDesk,
        rulebook: Rulebook,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._store = store
        self._asterisk = asterisk
        self._supervisor = supervisor
        self._agents = agents
        self._campaigns = campaigns
        self._rulebook = rulebook
        self._clock = clock

    async def stop(self, scope: str, of: str | None, reason: str, actor: Actor) -> Json:
        """Live calls in the scope are told to end before this returns. Raises BadInput for a name nobody has."""
        if of is not None:
            await self._refuse_nobody(scope, of)
        return {"stop": await self._store.stop(scope, reason, actor, of)}

    async def _refuse_nobody(self, scope: str, of: str) -> None:
        """A stop of a name that was mistyped would be answered as done, and stop nobody."""
        kinds = {"enterprise": "enterprises", "agency": "agencies"}
        in_force = await self._store.in_force("register") if scope in kinds else None
        if in_force is None:
            return
        known = sorted(str(row["id"]) for row in in_force[1].get(kinds[scope], ()))
        if of not in known:
            hint = f"the register names {', '.join(known)}; scope `all` stops everything"
            raise BadInput([InputFault(Place("stop", path="of"), f"no {scope} of this id:", of, hint)])

    async def resume(self, scope: str, of: str | None, actor: Actor) -> Json:
        """Lift the stops of this scope."""
        return {"lifted": await self._store.resume(scope, actor, of)}

    async def policy(self) -> Sequence[Json]:
        """Every policy set that the record has."""
        found: Sequence[Json] = shown(await self._store.policy_revisions())
        return found

    async def load_policy(self, actor: Actor) -> Json:
        """The folder and signature of the settings, at the revision that was signed."""
        wanted = self._settings.policy
        rulebook, signature = await asyncio.to_thread(
            signed_rulebook, self._settings, read_signature(wanted.signature).revision
        )
        proposal = await put_rulebook(self._store, rulebook, signature, actor)
        return {
            "revision": rulebook.revision,
            "digest": rulebook.digest,
            "in_force": proposal.in_force,
            "loosens": [f"{one.subject} {one.what} {one.where}".strip() for one in proposal.loosens],
        }

    async def approve_policy(self, revision: int, actor: Actor) -> Json:
        """What waited is in force when this returns."""
        return {"revision": revision, "version": await self._store.approve_policy(revision, actor)}

    def ready(self) -> tuple[bool, str]:
        """Whether a call could begin now."""
        could, why = self._supervisor.ready()
        return could, why if could or self._asterisk.connected else f"{why}: {self._asterisk.why}"

    async def status(self) -> Json:
        """At a glance."""
        could, why = self.ready()
        identity = self._asterisk.identity
        return {
            "site": self._settings.site.name,
            "zone": self._settings.site.zone,
            "pid": os.getpid(),
            "now": instant_text(self._clock.now()),
            "lab_clock_s": int(self._settings.lab.clock_offset_s),
            "ready": could,
            "why": why,
            "asterisk": {
                "state": self._asterisk.state.value,
                "why": self._asterisk.why,
                "version": identity.version if identity else None,
            },
            "rulebook": await self._rulebooks(),
            "calls": self._supervisor.live,
            "runs": self._campaigns.running,
            "agents": self._agents.presence(),
            "record": shown(await self._store.counts()),
        }

    async def _rulebooks(self) -> Json:
        """The set in force; `waiting` is the revision of one that a second person has not approved."""
        found: dict[str, Any] = {"revision": self._rulebook.revision, "digest": self._rulebook.digest}
        current, waiting = await self._store.in_force("policy"), await self._store.in_force("policy_pending")
        if current is not None:
            found = {name: current[1][name] for name in ("revision", "digest")}
        return found if waiting is None else {**found, "waiting": waiting[1]["revision"]}

    async def metrics(self) -> str:
        """Prometheus text."""
        told = await self._store.counts()
        presence = list(self._agents.presence().values())
        series: list[tuple[str, str, dict[str, int]]] = [
            ("dialer_ready", "gauge", {"": int(self.ready()[0])}),
            ("dialer_asterisk_connected", "gauge", {"": int(self._asterisk.connected)}),
            ("dialer_calls", "gauge", {"": self._supervisor.live}),
            ("dialer_runs", "gauge", {"": self._campaigns.running}),
            (
                "dialer_live_attempts",
                "gauge",
                {f'{{state="{n}"}}': v for n, v in sorted(told["live"].items())},
            ),
            (
                "dialer_requests_total",
                "counter",
                {f'{{effect="{n}"}}': v for n, v in sorted(told["requests"].items())},
            ),
            ("dialer_entries_total", "counter", {"": told["entries"]}),
            ("dialer_stops", "gauge", {"": len(told["stops"])}),
            (
                "dialer_agents",
                "gauge",
                {f'{{presence="{n}"}}': presence.count(n) for n in sorted(set(presence))},
            ),
            (
                "dialer_ari_unknown_events_total",
                "counter",
                {f'{{type="{n}"}}': v for n, v in sorted(self._asterisk.unknown_events.items())},
            ),
        ]
        lines = []
        for name, kind, values in series:
            lines.append(f"# TYPE {name} {kind}")
            lines += [f"{name}{labels} {value}" for labels, value in values.items()]
        return "\n".join(lines) + "\n"
