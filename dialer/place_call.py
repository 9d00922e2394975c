"""One call, from request to hangup. This is the only path to a trunk; read it top to bottom.

What can end a call at any line (a revocation, the opt-out key, the agent's leg dropping, a lost link, a duty that
cannot be discharged) is watched by `following`, which ends the stanza that is running and then hangs up, settles or
reverses, and records: no line below runs after that.
"""

from __future__ import annotations

from dataclasses import dataclass

from dialer.announce import announce
from dialer.core.admission import Admission, End, Permitted, Request
from dialer.core.policy import Moment
from dialer.following import Call, Desk, following


@dataclass(frozen=True, slots=True)
class CallResult:
    """What came of a request. `end` is None where nothing was permitted, or where the end is not known yet."""

    admission: Admission
    end: End | None = None


async def place_call(request: Request, desk: Desk) -> CallResult:
    """Place one call if, and only while, every rule in force permits it.

    Raises `Fault` `sound.no_agent` before anything was asked or counted.
    """
    # 0. Reserve the agent, his leg up, and listen: what is revoked from here on ends this call.
    async with desk.agents.reserve(request) as agent, desk.record.revocations(request) as revoked:
        #
        # 1. Admit: facts are read, decided and counted in one transaction. Without its commit there is no call.
        admission = await desk.record.admit(request)
        if not isinstance(admission, Permitted):
            return CallResult(admission)

        async with following(Call.of(admission, agent, desk), revoked) as call:
            #
            # 2. Stage: make the channel with its own deadline, and read back what it would send.
            await call.stage()

            # 3. Dial, once ever, and follow it until somebody answers.
            await call.dial()
            await call.answered()

            # 4. Answered: decide again, as of now.
            await call.decide_again(Moment.ANSWERED)

            # 5. Say who calls and how to refuse, and keep the proof.
            await announce(call)

            # 6. Decide again; then join the agent, or let the approved words have been the call.
            await call.decide_again(Moment.BRIDGE)
            await call.join_agent()

            # 7. Until either side hangs up.
            await call.ended()

        return CallResult(admission, call.end)
