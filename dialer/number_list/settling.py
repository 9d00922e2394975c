"""Making both sides of a number list equal, however the regulator loses, delays, doubles and reorders.

Nothing is sent but what an officer has signed: what was lost goes again as it was, and what the regulator holds
otherwise than it acknowledged is told again, oldest first. Rejections are never sent again from here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from dialer.core.admission import Actor
from dialer.number_list.delivery import Regulator, TurnedDown, Unreachable
from dialer.number_list.moves import Moves
from dialer.number_list.reconcile import Compared, compared, to_replay
from dialer.ports.calls import Clock
from dialer.ports.number_list import PENDING, Json, Key, LineAnswer
from dialer.record import listed
from dialer.record.log import new_id
from dialer.record.store import RecordStore

# Rounds in a row that brought nothing new: then the regulator needs longer than anybody waits for.
IDLE_ROUNDS = 12
MOST_ROUNDS = 500
# The pause between two rounds grows to so many times the first.
MOST_PAUSES = 8
# An answer that was finished and yet leaves lines out has lost them: so often it is asked for before all is told again.
PATIENCE = 3


@dataclass
class Report:
    """What settling one enterprise took. `why` is the last trouble met."""

    rounds: int = 0
    lost: int = 0
    told_again: int = 0
    answered: int = 0
    doubles: int = 0
    waiting: int = 0
    troubles: int = 0
    equal: bool = False
    why: str = ""
    strays: tuple[str, ...] = ()
    differing: tuple[str, ...] = ()

    def json(self) -> dict[str, Any]:
        """As JSON's own types."""
        return {**vars(self), "strays": list(self.strays), "differing": list(self.differing)}


class Settling:
    """One enterprise and its regulator."""

    def __init__(
        self,
        store: RecordStore,
        clock: Clock,
        regulator: Regulator,
        enterprise: Json,
        actor: Actor,
        *,
        first_pause_s: float,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store, self._clock, self._regulator = store, clock, regulator
        self._moves = Moves(store, clock, actor)
        self._id, self._uscc = str(enterprise["id"]), str(enterprise["uscc"])
        self._name = str(enterprise["regulator"])
        self._first_pause_s, self._sleep = first_pause_s, sleep
        self._gaps: dict[str, int] = {}
        self._told: set[str] = set()
        self._queue: list[str] = []
        self.report = Report()

    async def run(self) -> dict[str, Any]:
        """Rounds of asking and telling again until both sides are equal, or nothing new comes any more."""
        idle = 0
        while not self.report.equal and idle < IDLE_ROUNDS and self.report.rounds < MOST_ROUNDS:
            self.report.rounds += 1
            before = (self.report.answered, self.report.told_again)
            try:
                self.report.equal = await self._round()
            except (Unreachable, TurnedDown) as trouble:
                self.report.troubles += 1
                self.report.why = str(trouble)
            idle = 0 if before != (self.report.answered, self.report.told_again) else idle + 1
            if not self.report.equal:
                await self._sleep(self._first_pause_s * min(2**idle, MOST_PAUSES))
        return {**self.report.json(), "enterprise": self._id}

    async def _round(self) -> bool:
        rows = await self._store.read(lambda on: listed.handed_over(on, self._id, self._name))
        waiting = 0
        for row in rows:
            if row["state"] != "answered" or row["id"] in self._told:
                waiting += not await self._heard(row)
        self.report.waiting = waiting
        if waiting:
            return False
        # One after the other: two that are on their way at once may arrive in any order.
        by_id = {row["id"]: row for row in rows}
        if self._queue:
            await self._tell_again(by_id[self._queue.pop(0)])
            return False
        return await self._beside(rows)

    async def _heard(self, row: Json) -> bool:
        """Ask after one submission and keep what is said of it; whether all of it is answered now."""
        ident = row["id"]
        said = await self._regulator.answers(ident)
        if said is None:
            self.report.lost += 1
            await self._tell_again(row)
            return False
        if row["state"] == "sending":
            await self._moves.submitted(ident, "http")
        known = await self._store.read(lambda on: listed.keys_of(on, ident))
        answers = [LineAnswer(one.no, one.answer, one.reason) for one in said.lines if one.no in known]
        self.report.doubles += len(answers) - len({one.no for one in answers})
        self.report.answered += await self._moves.answered(ident, answers)
        told = {one.no for one in answers} | {no for no, (_, answer) in known.items() if answer != PENDING}
        if said.state == "received":
            return False
        if told == known.keys():
            self._told.discard(ident)
            return True
        self._gaps[ident] = self._gaps.get(ident, 0) + 1
        if self._gaps[ident] % PATIENCE == 0:
            await self._tell_again(row)
        return False

    async def _beside(self, rows: list[dict[str, Any]]) -> bool:
        """Compare both sides, and tell again what the regulator holds otherwise; whether they are equal."""
        held = await self._regulator.numbers(self._uscc)
        known = await self._store.read(lambda on: listed.known(on, self._id, self._name))
        found = compared(held, known, self._id)
        self._note(found)
        if found.equal:
            return True
        truth = await self._store.read(lambda on: listed.carriers_of_truth(on, self._id, self._name))
        lines = {row["id"]: await self._keys(row["id"]) for row in rows}
        self._queue = to_replay(found.differing, truth, lines)
        return False

    async def _keys(self, ident: str) -> list[Key]:
        known = await self._store.read(lambda on: listed.keys_of(on, ident))
        return [key for key, _ in known.values()]

    def _note(self, found: Compared) -> None:
        self.report.doubles += found.doubles
        self.report.differing = tuple(one.number for one in found.differing)
        self.report.strays = tuple(one.number for one in found.strays)

    async def _tell_again(self, row: Json) -> None:
        self.report.told_again += 1
        self._told.add(row["id"])
        # Under a key of its own: one that the regulator has forgotten may still be known to its door.
        await self._regulator.send(row, new_id(self._clock.now()))
        if row["state"] == "sending":
            await self._moves.submitted(row["id"], "http")
