"""The controller: owner of the record, its calls, its schedule and its API, from start to SIGTERM."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from dialer import secrets as secret_files
from dialer.agents import AgentDesk
from dialer.api.app import listening, make_app
from dialer.api.house import House
from dialer.ari.connection import AriConnection
from dialer.ari.pbx import AriPbx, Endpoints
from dialer.campaigns.desk import SCHEDULE, CampaignDesk
from dialer.campaigns.runner import Runner
from dialer.clock import SystemClock
from dialer.core.facts import Unsound
from dialer.core.rulebook import Rulebook
from dialer.reception import Reception
from dialer.reconcile import Reconciler
from dialer.record.campaigns import CampaignTables
from dialer.record.log import new_id
from dialer.record.store import RecordStore
from dialer.schedule import Schedule
from dialer.secrets import Secrets, read_secret
from dialer.settings import Settings
from dialer.supervise import Supervisor
from dialer.wiring.cases import RecordCases
from dialer.wiring.changes import RecordChanges
from dialer.wiring.contacts import RecordContacts
from dialer.wiring.control import Seats, SiteControl
from dialer.wiring.deadlines import TELL_AT_HOUR, deadlines_of
from dialer.wiring.doors import Inside, doors_of
from dialer.wiring.gate import CallGate, ItemCaller
from dialer.wiring.line_desk import page_of
from dialer.wiring.number_list import number_list_desk
from dialer.wiring.numbers import RecordNumbers
from dialer.wiring.people import People
from dialer.wiring.registers import RecordRegisters
from dialer.wiring.site import (
    VERSION,
    clock_of,
    open_record,
    put_rulebook,
    refuse_lab,
    signed_rulebook,
    timing_of,
)
from dialer.wiring.willing import RecordWilling
from dialer.wiring.wrap_up import WrapUps

log = logging.getLogger(__name__)

# Calls at once over all campaigns; a campaign sets its own bound below it.
MOST_CALLS = 200
FIRST_LOOK_S = 1.5


@dataclass(frozen=True)
class Controller:
    """Everything that runs, already connected to each other."""

    settings: Settings
    clock: SystemClock
    store: RecordStore
    rulebook: Rulebook
    asterisk: AriConnection
    pbx: AriPbx
    agents: AgentDesk
    supervisor: Supervisor
    campaigns: CampaignDesk
    schedule: Schedule
    house: House
    reception: Reception

    @property
    def standing(self) -> str:
        """One line for whoever started it."""
        could, why = self.house.control.ready()
        calls = "calls may begin" if could else f"no call yet: {why}"
        rules = f"rulebook {self.rulebook.revision} {self.rulebook.digest[:12]}"
        return f"dialer {VERSION} of {self.settings.site.name}: socket {self.socket}, {rules}, {calls}"

    @property
    def socket(self) -> str:
        """Where commands find it."""
        return str(self.settings.site.data_dir / "dialer.sock")


def connect(
    settings: Settings, clock: SystemClock, secrets: Secrets, store: RecordStore, rulebook: Rulebook
) -> Controller:
    """Make everything that stands on an open record; nothing runs yet."""
    timing = timing_of(settings)
    given = settings.ari
    asterisk = AriConnection(given.url, given.user, read_secret(given.password_file), given.app)
    endpoints = Endpoints(given.trunk_endpoint, given.agent_endpoint, given.sounds_dir, given.recordings_dir)
    pbx = AriPbx(asterisk, endpoints, clock)
    agents = AgentDesk(pbx, settings.agents.names, timing, settings.timing.agent_answer_s)
    supervisor = Supervisor(store.calls, pbx, agents, clock, timing)
    people = People(store)
    gate = CallGate(store, people, supervisor, agents, clock)
    tables = CampaignTables(store, clock, SCHEDULE)
    caller = ItemCaller(gate)
    runner = Runner(tables, caller, clock, at_most=MOST_CALLS)
    campaigns = CampaignDesk(tables, caller, clock, lambda: UUID(new_id(clock.now())), runner=runner)
    schedule = Schedule(clock, campaigns.tick)
    campaigns.changed = schedule.follow
    deadlines = deadlines_of(settings, store, rulebook, clock)
    schedule.daily(TELL_AT_HOUR, settings.site.zone, deadlines.tell)
    inside = Inside(pbx, agents, supervisor, gate, tables)
    doors = doors_of(settings, store, secrets, inside, timing, clock)
    control = SiteControl(settings, store, asterisk, supervisor, agents, campaigns, rulebook, clock)
    house = House(
        gate=gate,
        registers=RecordRegisters(store, secrets, clock),
        changes=RecordChanges(store, settings.secrets.dir),
        lists=people,
        campaigns=campaigns,
        agents=Seats(agents, doors.assignments, doors.manual.last),
        control=control,
        numbers=RecordNumbers(store, clock, settings.site.zone),
        deadlines=deadlines,
        number_lists=number_list_desk(store, clock, settings),
        cases=RecordCases(store, secrets, settings.secrets.dir, clock, settings.site.zone),
        willing=RecordWilling(store, settings.secrets.dir, clock, settings.site.zone),
        wrap_ups=WrapUps(store, clock),
        contacts=RecordContacts(store, people, secrets, clock),
        site_zone=settings.site.zone,
        lab_clock_s=settings.lab.clock_offset_s,
    )
    return Controller(
        settings,
        clock,
        store,
        rulebook,
        asterisk,
        pbx,
        agents,
        supervisor,
        campaigns,
        schedule,
        house,
        doors.reception,
    )


@asynccontextmanager
async def record_of(settings: Settings, clock: SystemClock) -> AsyncIterator[Controller]:
    """The record, owned, with everything made upon it. Raises BadInput and Fault before anything is begun."""
    rulebook, signature = signed_rulebook(settings)
    secrets = secret_files.ensure(settings.secrets.dir)
    made: list[Controller] = []

    def unsound() -> tuple[Unsound, ...]:
        return (
            tuple(made[0].supervisor.unsound())
            if made
            else (Unsound("sound.link_down", {"why": "starting"}),)
        )

    store = open_record(settings, secrets, clock, rulebook, unsound)
    try:
        await refuse_lab(settings, store)
        await put_rulebook(store, rulebook, signature)
        made.append(connect(settings, clock, secrets, store, rulebook))
        yield made[0]
    finally:
        store.close()


async def serve(settings: Settings, told: Callable[[str], None], drain_s: float) -> None:
    """Run until SIGTERM or SIGINT, then let live calls end within `drain_s` seconds. `told` hears when it is ready."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopping.set)
    token_file = settings.api.token_file
    token = read_secret(token_file) if settings.api.tcp and token_file else ""
    async with record_of(settings, clock_of(settings)) as controller, controller.asterisk:
        keeping = _kept(controller)
        app = make_app(controller.house, VERSION, token, settings.lab.people)
        try:
            socket = settings.site.data_dir / "dialer.sock"
            page = page_of(settings, controller.store, controller.clock)
            async with listening(app, socket, settings.api.tcp, settings.api.group), page:
                await _first_look(controller, stopping)
                controller.schedule.start()
                await controller.campaigns.recover()
                told(controller.standing)
                await _until_stopped(stopping, keeping)
                log.info("stopping: `%d` calls are let end within %g s", controller.supervisor.live, drain_s)
                await _drain(controller, drain_s)
        finally:
            for task in keeping:
                task.cancel()
            await asyncio.gather(*keeping, return_exceptions=True)


def _kept(controller: Controller) -> list[asyncio.Task[None]]:
    """What must run as long as the controller does."""
    reception = controller.reception
    reconciler = Reconciler(
        controller.store, controller.pbx, controller.agents, controller.supervisor, reception.has
    )
    return [
        asyncio.create_task(reconciler.run(), name="reconcile"),
        asyncio.create_task(reception.run(), name="reception"),
    ]


async def _first_look(controller: Controller, stopping: asyncio.Event) -> None:
    """Wait for Asterisk's first answer, so that the first thing told is how it stands; it may well come later."""
    for _ in range(int(FIRST_LOOK_S / 0.05)):
        if (
            controller.supervisor.ready()[0]
            or controller.asterisk.state.value not in {"connecting", "connected"}
            or stopping.is_set()
        ):
            return
        await asyncio.sleep(0.05)


async def _until_stopped(stopping: asyncio.Event, keeping: list[asyncio.Task[None]]) -> None:
    """Return when told to stop; raise what ended a task that must not end."""
    stop = asyncio.create_task(stopping.wait())
    await asyncio.wait({stop, *keeping}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    for task in keeping:
        if task.done():
            task.result()


async def _drain(controller: Controller, drain_s: float) -> None:
    controller.schedule.close()
    # Runs wait for their calls, and their calls end with the drain.
    runs = asyncio.create_task(controller.campaigns.close())
    await controller.supervisor.drain(drain_s)
    await runs
    await controller.agents.close()
