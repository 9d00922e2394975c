"""Asterisk as one call sees it: stage, read back, dial once, play what was approved, bridge so that keys are heard."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from dialer.ari.arriving import ArrivedAriLeg, arrived
from dialer.ari.connection import AriConnection
from dialer.ari.errors import AriError, AriNotSent, AriRejected, AriUncertain
from dialer.ari.events import LinkRestored, StasisStart
from dialer.ari.leg import AriLeg
from dialer.ari.standing import AGENT, TALK, list_standing
from dialer.ari.talk import AriTalk
from dialer.core.admission import Permit
from dialer.core.errors import Defect, Fault
from dialer.ports.calls import (
    Agent,
    Answered,
    Clock,
    DialAnswer,
    DialRefused,
    DialTaken,
    DialUncertain,
    HungUp,
    Leg,
    LinkLost,
    NotStaged,
    StagedLeg,
    Talk,
)
from dialer.ports.reconcile import Standing
from dialer.ports.ways_in import Arrival

log = logging.getLogger(__name__)

PERMIT_HEADER = "X-Dialer-Permit"
# The same beside the header, which Asterisk forgets once the INVITE is built: for whoever looks at the channel then.
PERMIT_VARIABLE = "DIALER_PERMIT"
# Set at create: what the INVITE shows. CALLERID(num) would give an anonymous From on an undialled channel.
CALLER_NUMBER, _CALLER_NAME = "CONNECTEDLINE(num)", "CONNECTEDLINE(name)"
REMOTE_USER = re.compile(r"^<?sips?:([^@;>]+)@")


@dataclass(frozen=True, slots=True)
class Endpoints:
    """How trunks and agents are named in Asterisk, and where approved audio and recordings lie.

    `trunk`: with `{number}` and `{trunk}`; `agent`: with `{agent}`. `recordings` None: fetched through ARI.
    """

    trunk: str
    agent: str
    sounds: Path
    recordings: Path | None = None


class AriPbx:
    """The port `Pbx` and `AgentPbx` on one Asterisk."""

    def __init__(self, asterisk: AriConnection, endpoints: Endpoints, clock: Clock) -> None:
        self._asterisk = asterisk
        self._endpoints = endpoints
        self._clock = clock

    async def usable(self, timeout_s: float) -> bool:
        """Wait until the link is up and the application is ours."""
        try:
            await self._asterisk.wait_connected(timeout_s)
        except AriError:
            return False
        return True

    async def stage(self, permit: Permit) -> StagedLeg | NotStaged:
        """Make the undialled channel of a permit and read back number, caller ID and permit."""
        leg = StagedAriLeg(self._asterisk, str(permit.id), self._sound)
        leg.bind()
        try:
            async with asyncio.timeout(self._left_s(permit)):
                await self._create(permit)
                await leg.entered()
                wrong = await self._read_back(permit)
        except (AriError, Fault, EOFError, TimeoutError) as error:
            wrong = str(error) or "the permit ran out"
        if wrong is None:
            return leg
        await leg.hang_up()
        leg.unbind()
        return NotStaged(wrong)

    async def _create(self, permit: Permit) -> None:
        left_s = self._left_s(permit)
        if left_s <= 0:
            raise AriNotSent("channels.create", "the permit has run out", str(permit.id))
        variables = {
            CALLER_NUMBER: permit.caller_id,
            _CALLER_NAME: permit.caller_name,
            f"PJSIP_HEADER(add,{PERMIT_HEADER})": permit.token,
            PERMIT_VARIABLE: permit.token,
            # Asterisk itself removes a channel that nobody dialled in time: no INVITE, whoever sleeps.
            "TIMEOUT(absolute)": f"{left_s:.3f}",
        }
        endpoint = self._endpoints.trunk.format(number=permit.dialled, trunk=permit.trunk)
        for attempt in (1, 2):
            try:
                await self._asterisk.channels.create(
                    endpoint, self._asterisk.app, "outbound", channel_id=str(permit.id), variables=variables
                )
            except AriRejected as error:
                # After an answer that was lost, 409 means that the channel of this permit is there already.
                if error.status != 409 or attempt == 1:
                    raise
            except AriUncertain:
                if attempt == 2:
                    raise
                continue
            return

    def _left_s(self, permit: Permit) -> float:
        """What is left of the permit by the clock that is further on."""
        by_wall = (permit.dial_before - self._clock.now()).total_seconds()
        by_boot = (permit.dial_before_boottime_ns - self._clock.boottime_ns()) / 1e9
        return min(by_wall, by_boot)

    async def _read_back(self, permit: Permit) -> str | None:
        """What differs from the permit, or None."""
        read = self._asterisk.channels.get_variable
        channel = str(permit.id)
        caller_id, uri, token = await asyncio.gather(
            read(channel, CALLER_NUMBER),
            read(channel, "CHANNEL(pjsip,remote_uri)"),
            read(channel, f"PJSIP_HEADER(read,{PERMIT_HEADER})"),
        )
        dialled = REMOTE_USER.match(uri)
        differs = {
            "caller ID": caller_id != permit.caller_id,
            "number": dialled is None or dialled[1] != permit.dialled,
            "permit": token != permit.token,
        }
        wrong = [name for name, different in differs.items() if different]
        return f"read back otherwise than permitted: {', '.join(wrong)}" if wrong else None

    async def bridge(self, permit: Permit, leg: Leg, agent: Agent, *, recorded: bool) -> AriTalk:
        """Join person and agent; with `recorded` nobody talks before the recording runs. Raises Fault."""
        return await self._talk(f"{TALK}{permit.id}", leg, agent, recorded=recorded)

    async def _talk(self, bridge: str, leg: Leg, agent: Agent, *, recorded: bool) -> AriTalk:
        talk = AriTalk(self._asterisk, bridge, self._endpoints.recordings, recorded=recorded)
        try:
            await talk.open(leg.id, agent.leg_id)
        except AriError as error:
            await talk.close()
            raise Fault("sound.link_down", str(error)) from None
        return talk

    async def call_agent(self, name: str, answer_s: float) -> Leg:
        """Call an agent's phone, wait for his answer. His leg uses the agents' endpoint and never a trunk."""
        leg = AriLeg(self._asterisk, f"{AGENT}{name}-{uuid4().hex}", self._sound)
        leg.bind()
        try:
            async with asyncio.timeout(answer_s):
                await self._asterisk.channels.create(
                    self._endpoints.agent.format(agent=name),
                    self._asterisk.app,
                    f"agent,{name}",
                    channel_id=leg.id,
                )
                await leg.entered()
                await self._asterisk.channels.dial(leg.id, max(1, int(answer_s)))
                while not isinstance(event := await leg.event(), Answered):
                    if isinstance(event, HungUp | LinkLost):
                        raise Fault("sound.no_agent", f"agent `{name}` did not answer")
        except (AriError, TimeoutError, EOFError) as error:
            await leg.hang_up()
            leg.unbind()
            raise Fault("sound.no_agent", f"agent `{name}`: {str(error) or 'did not answer'}") from None
        except BaseException:
            await leg.hang_up()
            leg.unbind()
            raise
        return leg

    # -- what reconciling needs ----------------------------------------------------------------------------

    async def link(self) -> AsyncIterator[bool]:
        """Whether the link is up, now and at each change."""
        with self._asterisk.link_changes() as changes:
            yield self._asterisk.connected
            async for change in changes:
                yield isinstance(change, LinkRestored)

    async def standing(self) -> Standing:
        """What Asterisk has of this application. Raises Fault."""
        return await list_standing(self._asterisk)

    def leg_of(self, attempt: UUID) -> StagedLeg:
        """The leg of an attempt that exists; it can be followed, and dialled never again."""
        leg = StagedAriLeg(self._asterisk, str(attempt), self._sound)
        leg.dialled = True
        leg.bind()
        return leg

    def agent_leg(self, channel: str) -> Leg:
        """An agent's leg that exists."""
        leg = AriLeg(self._asterisk, channel, self._sound)
        leg.bind()
        return leg

    def talk_of(self, attempt: UUID) -> AriTalk:
        """The bridge of an attempt, to be closed."""
        return AriTalk(
            self._asterisk, f"{TALK}{attempt}", self._endpoints.recordings, recorded=True, running=True
        )

    async def end(self, channel: str) -> None:
        """Hang a channel up."""
        await AriLeg(self._asterisk, channel, self._sound).hang_up()

    # -- who comes to us -----------------------------------------------------------------------------------

    async def arrivals(self) -> AsyncIterator[Arrival]:
        """Who enters the application unasked: agents who dial, people who call back; anybody else is ended."""
        with self._asterisk.strangers() as strangers:
            async for event in strangers:
                if not isinstance(event, StasisStart):
                    continue
                leg = ArrivedAriLeg(self._asterisk, event.channel.id, self._sound)
                arrival = arrived(event, leg, self._endpoints.trunk, self._endpoints.agent)
                if arrival is None:
                    log.info("channel `%s` entered unasked and is ended", event.channel.id)
                    await self.end(event.channel.id)
                    continue
                leg.bind()
                yield arrival

    async def join(self, talk: str, leg: Leg, agent: Agent) -> Talk:
        """Join somebody who called us with an agent, recorded. Raises Fault."""
        return await self._talk(f"{TALK}{talk}", leg, agent, recorded=True)

    def _sound(self, sha256: str) -> str:
        """The media URI of an approved file, whose content is its name. Raises Fault where it is not."""
        path = self._endpoints.sounds / f"{sha256}.wav"
        try:
            found = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError:
            found = ""
        if found != sha256:
            raise Fault("sound.audio", sha256)
        return f"sound:{path.with_suffix('')}"


class StagedAriLeg(AriLeg):
    """An outbound leg, not yet dialled."""

    is_dialled = True
    dialled = False

    async def dial(self, ring_timeout_s: float) -> DialAnswer:
        """Write the dial. A second call in the life of this leg raises Defect and writes nothing."""
        if self.dialled:
            raise Defect("an attempt is dialled once ever")
        self.dialled = True
        try:
            await self._asterisk.channels.dial(self.id, int(ring_timeout_s))
        except AriNotSent as error:
            return DialRefused(str(error))
        except AriRejected as error:
            not_taken = error.status == 404 or "not in stasis" in error.asterisk_words.lower()
            # 409 alone is no proof: a channel whose INVITE has left answers the same.
            return DialRefused(str(error)) if not_taken else DialUncertain(str(error))
        except AriUncertain as error:
            return DialUncertain(str(error))
        return DialTaken()
