"""Saying who calls and how to refuse, before anyone is joined; and the proof that it was said.

`recorded`: the approved file is the whole opening and is played to its end. `agent_spoken`: a short approved identity
line is played the same way, then the agent says the rest; its proof is the recording of the bridge and the agent's key,
a duty that `following` watches once he has joined. An opening that asks for the right party is answered by a key of the
person before anybody is joined; the other key, which says that it is somebody else, is heard throughout.
"""

from __future__ import annotations

import asyncio

from dialer.core.call import Event
from dialer.core.cause import Outcome
from dialer.following import Call, Over

# Asterisk plays in frames of 20 ms and ends with the last one's beginning.
CLOCK_GRAIN_MS = 20
HANGUP_BEHIND_S = 0.5


async def announce(call: Call) -> None:
    """Play the approved opening to its end. Raises `Over` where it cannot be proved to have been heard whole.

    Proof: Asterisk says done, nobody stopped it, at least its duration has passed, the channel is still up, and
    the file was the approved one by its SHA-256.
    """
    opening = call.permit.announcement
    played = await call.play(opening.sha256, opening.duration_ms)
    if not played.done or played.elapsed_ms + CLOCK_GRAIN_MS < opening.duration_ms:
        # Cut short: by the person, whose hangup is then on its way to us, or by a fault of ours.
        await asyncio.sleep(HANGUP_BEHIND_S)
        raise Over(Outcome.ANNOUNCEMENT_FAILED)
    call.notes.tell(
        Event.ANNOUNCEMENT_PLAYED,
        {
            "mode": opening.mode,
            "sha256": opening.sha256,
            "duration_ms": opening.duration_ms,
            "elapsed_ms": played.elapsed_ms,
            "stopped": False,
        },
    )
    call.announced = True
    if opening.asks_party:
        await call.party_confirmed()
