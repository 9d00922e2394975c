"""After a start, a lost link or a restarted Asterisk: nothing new until every live channel is accounted for.

Bridged calls in which somebody hears are adopted; every other call that lost its controller is ended, and its end
heard. An attempt of which Asterisk has nothing left stays live until `live_until`: its phone may still ring.
Reconciling never reverses and never dials.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from dialer.core.call import Event, State
from dialer.core.cause import Outcome
from dialer.core.errors import DialerError, Fault
from dialer.core.policy import Moment
from dialer.following import Call, Over, following
from dialer.ports.calls import Agent
from dialer.ports.reconcile import AgentAdopter, LiveAttempt, LiveRecord, Standing, StandingPbx
from dialer.supervise import Supervisor

log = logging.getLogger(__name__)

SWEEP_EVERY_S = 2.0
RETRY_S = 0.5


class Reconciler:
    """Keeps the supervisor shut until record and Asterisk agree, and settles what nobody follows any more."""

    def __init__(
        self,
        record: LiveRecord,
        pbx: StandingPbx,
        agents: AgentAdopter,
        supervisor: Supervisor,
        is_guest: Callable[[str], bool] = lambda _channel: False,
    ) -> None:
        """`is_guest`: whether a channel is somebody who came to us and is being served."""
        self._record = record
        self._pbx = pbx
        self._agents = agents
        self._supervisor = supervisor
        self._is_guest = is_guest
        self._taken: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Reconcile at every change of the link, and sweep now and then; until cancelled."""
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._keep_reconciled())
                both.create_task(self._keep_swept())
        finally:
            for task in self._taken:
                task.cancel()
            await asyncio.gather(*self._taken, return_exceptions=True)

    async def _keep_reconciled(self) -> None:
        async for up in self._pbx.link():
            if not up:
                self._supervisor.shut("the link to asterisk is down")
                continue
            self._supervisor.shut("not yet reconciled with asterisk")
            while not await self._tried():
                await asyncio.sleep(RETRY_S)
            self._supervisor.open()

    async def _tried(self) -> bool:
        try:
            await self.reconcile()
        except DialerError as trouble:
            log.warning("reconciling goes on later: %s", trouble)
            return False
        return True

    async def _keep_swept(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            try:
                if swept := await self._record.sweep():
                    log.warning("%d attempts ended unheard and are settled as uncertain", swept)
            except Fault as fault:
                log.warning("sweeping goes on later: %s", fault)

    async def reconcile(self) -> None:
        """Account for every channel once. Raises Fault where record or Asterisk cannot be asked."""
        standing = await self._pbx.standing()
        live = {attempt.permit.id: attempt for attempt in await self._record.recover()}
        followed = self._supervisor.desk.followed
        for one, attempt in live.items():
            if one not in followed and one in standing.attempts:
                self._take(attempt, standing)
        for stray in standing.attempts - live.keys() - followed:
            log.error("channel `%s` belongs to no live attempt and is ended", stray)
            await self._pbx.end(str(stray))
        # An agent in a bridge whose call is not adopted is nobody's any more either.
        for other in standing.others | {talk.channel for talk in standing.talks.values()}:
            if not self._agents.owns(other) and not self._is_guest(other):
                await self._pbx.end(other)

    def _take(self, attempt: LiveAttempt, standing: Standing) -> None:
        agent = self._agent_in(attempt, standing)
        talking = attempt.permit.id in standing.talks or attempt.state is State.BRIDGED
        self._supervisor.desk.followed.add(attempt.permit.id)
        follow = self._follow(attempt, agent, talking=talking)
        task = asyncio.create_task(follow, name=f"found {attempt.permit.id}")
        self._taken.add(task)
        task.add_done_callback(self._taken.discard)

    def _agent_in(self, attempt: LiveAttempt, standing: Standing) -> Agent | None:
        talk = standing.talks.get(attempt.permit.id)
        if talk is None or attempt.state is not State.BRIDGED:
            return None
        return self._agents.adopt(talk.agent, self._pbx.agent_leg(talk.channel))

    async def _follow(self, attempt: LiveAttempt, agent: Agent | None, *, talking: bool) -> None:
        """Carry an adopted call to its end; end, and hear the end of, every other."""
        desk = self._supervisor.desk
        permit = attempt.permit
        call = Call.found(permit, attempt.state, self._pbx.leg_of(permit.id), agent, desk)
        if talking:
            call.talk = self._pbx.talk_of(permit.id)
        try:
            async with desk.record.revocations(permit) as revoked, following(call, revoked):
                # What ended between the listing and our ear is never told again.
                await call.miss()
                if agent is None or call.hung_up is not None:
                    raise Over(call.outcome_of(call.hung_up) if call.hung_up else Outcome.FAILED)
                # What was revoked while nobody listened counts now.
                await call.decide_again(Moment.BRIDGE)
                await call.note(Event.ADOPTED, {"agent": agent.name})
                await call.ended()
        finally:
            desk.followed.discard(permit.id)
            if agent is not None:
                self._agents.release(agent)
