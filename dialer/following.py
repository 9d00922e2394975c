"""Follows one permitted call: runs its duties beside the steps of `place_call`, and is its only exit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from dialer.core.admission import NeverDialled
from dialer.core.cause import Outcome
from dialer.core.errors import Fault
from dialer.leaving import leave
from dialer.one_call import Call, Desk, Over
from dialer.ports.calls import Revocations
from dialer.unbroken import unbroken

__all__ = ["Call", "Desk", "Over", "following"]

log = logging.getLogger(__name__)


@asynccontextmanager
async def following(call: Call, revoked: Revocations) -> AsyncIterator[Call]:
    """Follow one permitted call. Every exit hangs up, settles or reverses, and records; `Over` ends here."""
    call.revoked = revoked
    watches = [call.hear(), call.renewing(), call.heed(revoked), call.notes.failing()]
    if call.agent is not None:
        watches += [call.mind(call.agent), call.note_tick(call.agent), call.mind_party(call.agent)]
    if call.end_by is not None:
        watches.append(call.keep_hours(call.end_by))
    overs: list[Over] = []
    call.desk.followed.add(call.permit.id)
    try:
        async with asyncio.TaskGroup() as beside:
            for watch in watches:
                beside.create_task(watch)
            yield call
    except* Over as several:
        overs += [one for one in _each(several) if isinstance(one, Over)]
    except* Fault as faults:
        log.error("attempt %s ends: %s", call.permit.id, "; ".join(str(one) for one in _each(faults)))
        overs.append(Over(Outcome.FAILED, never=NeverDialled.LINK_DOWN))
    finally:
        try:
            await unbroken(leave(call, _one_of(overs)))
        finally:
            call.desk.followed.discard(call.permit.id)


def _one_of(overs: Iterable[Over]) -> Over:
    """What counts where several things ended a call at once: a revocation, then the first; none: we were stopped.

    The closing sentence is said only where every one of them asks for it.
    """
    found = list(overs) or [Over(Outcome.FAILED, never=NeverDialled.CALLED_OFF)]
    first = next((one for one in found if one.outcome is Outcome.REVOKED), found[0])
    return Over(first.outcome, never=first.never, close=all(one.close for one in found))


def _each(group: BaseExceptionGroup[Any]) -> list[BaseException]:
    found: list[BaseException] = []
    for one in group.exceptions:
        found += _each(one) if isinstance(one, BaseExceptionGroup) else [one]
    return found
