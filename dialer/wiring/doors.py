"""Whoever comes to us: the reception with its two ways, standing on record, Asterisk and the site's prompts."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from dialer.agents import AgentDesk
from dialer.ari.pbx import AriPbx
from dialer.call_back import CallBackLine, Means
from dialer.manual_dial import ManualDial
from dialer.ports.calls import Clock, Timing
from dialer.ports.ways_in import Way
from dialer.prompt_files import load_prompts
from dialer.reception import Reception
from dialer.record.campaigns import CampaignTables
from dialer.record.log import new_id
from dialer.record.store import RecordStore
from dialer.secrets import Secrets
from dialer.settings import Settings
from dialer.supervise import Supervisor
from dialer.wiring.gate import CallGate
from dialer.wiring.ways_in import Assignments, CallBacks


@dataclass(frozen=True, slots=True)
class Inside:
    """What stands behind the doors."""

    pbx: AriPbx
    agents: AgentDesk
    supervisor: Supervisor
    gate: CallGate
    tables: CampaignTables


@dataclass(frozen=True, slots=True)
class Doors:
    """The reception, and what of it the API shows."""

    reception: Reception
    manual: ManualDial
    assignments: Assignments


def doors_of(
    settings: Settings, store: RecordStore, secrets: Secrets, inside: Inside, timing: Timing, clock: Clock
) -> Doors:
    """Read the approved prompts, and make both ways. Raises BadInput for a prompt that is not the one approved."""
    file = settings.prompts.file
    prompts = load_prompts(file, settings.ari.sounds_dir) if file is not None else {}
    assignments = Assignments(store, secrets, inside.tables, inside.gate, clock)
    manual = ManualDial(inside.supervisor, inside.agents, assignments, prompts, clock, settings.site.zone)
    means = Means(CallBacks(store, secrets, clock), inside.pbx, inside.agents, prompts, timing)
    line = CallBackLine(means, lambda: UUID(new_id(clock.now())))
    ways = {Way.AGENT: manual.serve, Way.INBOUND: line.serve}
    return Doors(Reception(inside.pbx, ways), manual, assignments)
