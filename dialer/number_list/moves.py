"""Numbers move from state to state: kept in the record, and live calls looked at again where any fell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dialer.core.admission import Actor
from dialer.ports.calls import Clock
from dialer.ports.number_list import ACKNOWLEDGED, REJECTED, LineAnswer, Receipt
from dialer.record import listed, submission_answers, submissions
from dialer.record.store import RecordStore


class Moves:
    """What was handed over and what was answered, on behalf of one actor."""

    def __init__(self, store: RecordStore, clock: Clock, actor: Actor) -> None:
        self._store, self._clock, self._actor = store, clock, actor

    async def submitted(self, submission: str, channel: str) -> None:
        """It was handed over by `channel` (`http|file`)."""
        now = self._clock.now()
        moved = await self._store.write(
            lambda on: submissions.submitted(on, submission, channel, self._actor, now), urgent=True
        )
        await self._look_again(moved)

    async def answered(
        self, submission: str, said: Sequence[LineAnswer], receipt: Receipt | None = None
    ) -> int:
        """Keep what was answered; of how many lines that was new. Raises BadInput for a line it does not have."""
        now = self._clock.now()
        moved = await self._store.write(
            lambda on: submission_answers.answered(on, submission, said, self._actor, now, receipt),
            urgent=True,
        )
        await self._look_again(moved)
        return len(moved)

    async def all_rejected(self, submission: str, reason: str) -> None:
        """The regulator took none of it."""
        lines = await self._store.read(lambda on: listed.keys_of(on, submission))
        await self.answered(submission, [LineAnswer(no, REJECTED, reason) for no in lines])

    async def _look_again(self, moved: Sequence[dict[str, Any]]) -> None:
        # Which states deny is policy; and a first submission leaves out every number that is not on it.
        if any(one["to"] != ACKNOWLEDGED for one in moved):
            await self._store.recheck("the regulator does not list the number")
