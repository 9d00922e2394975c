"""One run of the demo, from an empty folder to the verdicts."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dialer.documents import load_yaml
from dialer.lab.behaviour import Behaviour
from dialer.lab.demo.acts import act_out
from dialer.lab.demo.fates import AGENT_TONE_HZ, AGENTS, ENTERPRISE, SCRIPT_SUSPENDED, Deed, Fate
from dialer.lab.demo.files import CAMPAIGN, REGISTER, SCRIPTS, Brought, write_files
from dialer.lab.demo.gather import saw_of, told_of
from dialer.lab.demo.judge import judge
from dialer.lab.demo.site import APPROVER, SUBMITTER, Api, Command, DemoFailed, Site, lay_out, write_settings
from dialer.lab.demo.witnesses import Told, Verdict
from dialer.lab.demo.world import World

CAMPAIGN_S = 75.0
BY_HAND_S = 40.0
LOOK_S = 0.3
# A pyVoIP phone tells what it hears twice a second.
LAST_WORDS_S = 0.8
DRAFT = "collection-draft"
OWN_USER = "dialer-watchdog"
WATCHDOG = ("--user", OWN_USER, "--app", "dialer-demo-watch", "--password-file")
Say = Callable[..., None]


@dataclass(slots=True)
class Stage:
    """Everything that is up: the world, the controller, and the way to speak to it."""

    site: Site
    world: World
    api: Api
    say: Say
    brought: Brought
    fates: Sequence[Fate]
    prior: dict[str, list[str]] = field(default_factory=dict)

    @property
    def by_campaign(self) -> list[Fate]:
        """Those whom the campaign calls."""
        return [one for one in self.fates if not one.dialled_by]

    @property
    def by_hand(self) -> list[Fate]:
        """Those whom an agent dials by hand."""
        return [one for one in self.fates if one.dialled_by]

    async def dialer(self, *words: str, may_deny: bool = False, person: str = SUBMITTER) -> str:
        """Run a command as a person would; its output. Raises DemoFailed where it fails."""
        asked = [*words, "--config", str(self.site.config)]
        command = Command("commands", asked, self.site.run_dir, person)
        code, output = await command.run()
        if code and not (may_deny and code == 1):
            raise DemoFailed(f"`dialer {' '.join(words)}` failed: {output.strip()}")
        return output


@asynccontextmanager
async def staged(
    run_dir: Path, asterisk_root: Path, policies: Path, fates: Sequence[Fate], say: Say
) -> AsyncIterator[Stage]:
    """Start world and controller in `run_dir`; all of it ends with the context, whatever happens."""
    site = lay_out(run_dir)
    async with AsyncExitStack() as up:
        world = await up.enter_async_context(World(run_dir, asterisk_root, fates))
        say(
            "world",
            version=_version(world),
            people=len(world.people),
            agents=len(AGENTS),
            sipp=len(world.sipp),
        )
        write_settings(site, world.asterisk, policies)
        config = ("--config", str(site.config))
        controller = Command("controller", ["serve", *config, "--drain-s", "1"], run_dir)
        watchdog = Command(
            "watchdog", ["watch", *config, *WATCHDOG, str(site.password_of(OWN_USER))], run_dir
        )
        up.push_async_callback(controller.stop)
        await controller.start()
        api = Api(site.socket)
        up.push_async_callback(api.close)
        await api.ready(controller)
        up.push_async_callback(watchdog.stop)
        await watchdog.start()
        say("controller")
        yield Stage(site, world, api, say, write_files(run_dir / "files", fates), fates)


async def prepare(stage: Stage) -> None:
    """Load register, scripts, preferences and list by the product's own commands; sign the agents in."""
    brought, run = stage.brought, stage.dialer
    await run("register", "import", str(REGISTER))
    await asyncio.gather(
        run("script", "import", str(SCRIPTS)), *(run("agents", "sign-in", name) for name in AGENTS)
    )
    await asyncio.gather(
        *(run("script", "approve", name, "1", person=APPROVER) for name in _to_approve()),
        *(run("preference", "import", str(one)) for one in brought.preferences),
    )
    # What stands in for a script is approved before it.
    await run("script", "approve", SCRIPT_SUSPENDED, "1", person=APPROVER)
    await run("register", "suspend", "script", SCRIPT_SUSPENDED, "--reason", "话术复审")
    stage.say("imported")
    for fate, call in brought.prior:
        answer = json.loads(await run("call", str(call), "--json"))
        stage.prior.setdefault(fate, []).append(str(answer["attempt"]))
    if brought.prior:
        stage.say("prior", calls=len(brought.prior))
    await run("campaign", "import", str(brought.plan), str(brought.people))
    for agent, plan, people in brought.by_hand:
        await run("campaign", "import", str(plan), str(people))
        await run("agents", "assign", agent, "--campaign", f"by-hand-{agent}")


def _to_approve() -> list[str]:
    return [str(one["id"]) for one in load_yaml(SCRIPTS).data if one["id"] not in (DRAFT, SCRIPT_SUSPENDED)]


async def play(stage: Stage) -> list[Verdict]:
    """Start the campaign, let people do what they do, wait until every item is done, and judge."""
    acting = {
        fate.id: asyncio.create_task(
            act_out(fate, stage.world, lambda one, deed: _elsewhere(stage, one, deed))
        )
        for fate in stage.fates
        if fate.acts
    }
    try:
        await stage.dialer("campaign", "start", CAMPAIGN)
        stage.say("started", items=len(stage.by_campaign))
        items = await _until_done(stage)
        by_hand = await asyncio.gather(*(_dialled_by_hand(stage, one) for one in stage.by_hand))
        await asyncio.gather(*(acting[one.id] for one in stage.fates if one.expect.calls_back))
        await asyncio.sleep(LAST_WORDS_S)
    finally:
        for task in acting.values():
            task.cancel()
        await asyncio.gather(*acting.values(), return_exceptions=True)
    called = (*stage.by_campaign, *stage.by_hand)
    came = {fate.id: item for fate, item in zip(called, (*items, *by_hand), strict=True)}
    return [await _verdict(stage, fate, came[fate.id]) for fate in stage.fates]


async def _dialled_by_hand(stage: Stage, fate: Fate) -> Mapping[str, Any]:
    """Let the agent's phone dial, wait until it is hung up, and ask what came of it: the same keys as an item."""
    phone = stage.world.diallers[fate.dialled_by]
    asterisk = ("127.0.0.1", stage.world.asterisk.sip_port)
    seen = await phone.dial(asterisk, fate.dialled_by, fate.number, Behaviour(tone_hz=AGENT_TONE_HZ))
    with contextlib.suppress(TimeoutError):
        await phone.wait_for(fate.dialled_by, lambda call: call.ended_at, BY_HAND_S)
    found = (await stage.api.ask("GET", "/v1/agents"))["agents"]
    dial = next((one["last_dial"] for one in found if one["name"] == fate.dialled_by), None) or {}
    decision = dial.get("decision") or {}
    denies = [
        one for one in decision.get("findings", ()) if one["effect"] == "deny" and one["mode"] != "observe"
    ]
    stage.say(
        "dialled", agent=fate.dialled_by, title=fate.title, came=dial.get("outcome") or dial.get("effect")
    )
    return {
        "effect": dial.get("effect"),
        "denials": denies,
        "next_instant": dial.get("next_instant"),
        "outcome": dial.get("outcome"),
        "attempt": dial.get("attempt"),
        "why": "",
        "spoken": dial.get("spoken") or (),
        "dialler": seen,
    }


async def _until_done(stage: Stage) -> list[Mapping[str, Any]]:
    """The items of the campaign once none is left; whatever stands there when the time is up."""
    told: set[int] = set()
    deadline_s = time.monotonic() + CAMPAIGN_S
    while True:
        status = await stage.api.ask("GET", f"/v1/campaigns/{CAMPAIGN}")
        items = sorted(status["items"], key=lambda one: int(one["item"]))
        for at, item in enumerate(items):
            if item["state"] == "done" and at not in told:
                told.add(at)
                came = item["outcome"] or item["effect"]
                title = stage.by_campaign[at].title
                stage.say("item", done=len(told), items=len(items), title=title, came=came)
        if len(told) == len(items):
            return items
        if time.monotonic() > deadline_s:
            stage.say("late", done=len(told), items=len(items), seconds=CAMPAIGN_S)
            return items
        await asyncio.sleep(LOOK_S)


async def _elsewhere(stage: Stage, fate: Fate, deed: Deed) -> None:
    """While his phone rings the person says no on the enterprise's web site, or the enterprise holds his case."""
    if deed is Deed.CASE_IS_HELD:
        change = {"enterprise": ENTERPRISE, "debt": fate.row["debt"], "change": "held", "reason": "住院"}
        await stage.api.ask("POST", "/v1/cases/changes", {"changes": [change]})
        return
    said = {"enterprise": ENTERPRISE, "person_id": fate.person_id, "source": "web"}
    await stage.api.ask("POST", "/v1/preferences/opt-out", said)


async def _verdict(stage: Stage, fate: Fate, item: Mapping[str, Any]) -> Verdict:
    told: Told = await told_of(stage.api, fate, item)
    audio = {row["id"]: SCRIPTS.parent / row["audio"] for row in load_yaml(SCRIPTS).data}
    prior = stage.prior.get(fate.id, ())
    saw = saw_of(fate, stage.world, stage.site, told.attempt, prior, audio, told.spoken)
    return judge(fate, told, saw)


def _version(world: World) -> str:
    info = world.asterisk.info()
    return info["system"]["version"] if info else "?"


def now_in_lab(site: Site) -> datetime:
    """The lab clock."""
    return site.lab(datetime.now(UTC))
