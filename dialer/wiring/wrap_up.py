"""What an agent says of a call when it is over, and what follows from it at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from dialer.core.admission import Actor
from dialer.core.cases import Change
from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.policy import Purpose
from dialer.numbers import parse_callee
from dialer.ports.calls import Clock
from dialer.record import cases, log
from dialer.record.given import Enrolment
from dialer.record.preferences import Statement
from dialer.record.store import RecordStore
from dialer.record.tables import subjects
from dialer.record.wrong_persons import NotHis, correct, say

Json = Mapping[str, Any]
SOURCE = "wrap-up"
SAID = ("reached", "opted_out", "wrong_person", "third_person_stop", "deceased")


class WrapUps:
    """Wrap-ups of attempts, and the correction of a line that was said to be somebody else's."""

    def __init__(self, store: RecordStore, clock: Clock) -> None:
        self._store, self._clock = store, clock

    async def wrap_up(self, attempt: UUID, said: str, actor: Actor) -> Json | None:
        """Write what was said of an attempt; what it forbids is in force when this returns. None: no such attempt."""
        row = await self._store.attempt(attempt)
        if row is None:
            return None
        if said == "opted_out":
            await self._opt_out(row, (row["person"], row["line"]), Purpose(row["purpose"]), actor)
        elif said == "third_person_stop":
            # Who answers there is nobody of ours: it is the line that is left alone, whatever the purpose.
            await self._opt_out(row, (row["line"],), None, actor)
        elif said in ("wrong_person", "deceased"):
            await self._not_his(row, said, actor)
        now = self._clock.now
        body = {"attempt": str(attempt), "said": said}
        await self._store.write(
            lambda one: log.append(one, "wrapped_up", now(), actor, body, about=str(attempt))
        )
        return body

    async def _opt_out(
        self, row: Json, about: tuple[str, ...], purpose: Purpose | None, actor: Actor
    ) -> None:
        said = Statement(
            key=f"{SOURCE}:{row['id']}",
            kind="opt_out",
            subjects=tuple(UUID(one) for one in about),
            enterprise=row["enterprise"],
            purpose=purpose,
            product=None,
            channel=None,
            source=SOURCE,
            stated_at=self._clock.now(),
            until=None,
            evidence={"attempt": row["id"]},
            actor=actor,
        )
        await self._store.state_preference(said)

    async def _not_his(self, row: Json, said: str, actor: Actor) -> None:
        """Whoever answers there is not this person; of somebody who died no line is his, and his case stands still."""
        not_his = NotHis(row["person"], row["line"], SOURCE, row["id"], {"attempt": row["id"], "said": said})

        def work(connection: Connection) -> None:
            now = self._clock.now()
            say(connection, not_his, actor, now)
            if said == "deceased" and row["debt"] is not None:
                debt = select(subjects.c.hash).where(subjects.c.id == row["debt"])
                change = cases.DebtChange(connection.execute(debt).scalar_one(), Change("deceased", now))
                cases.add(connection, [change], actor, now)

        await self._store.write(work, urgent=True)
        reached = {row["person"], row["debt"]} - {None}
        await self._store.recheck(said, lambda live: bool(reached & {live.person, live.debt}))

    async def correct(self, enterprise: str, person: str, number: str, reason: str, actor: Actor) -> Json:
        """It is his line after all. Raises BadInput unless another person said otherwise before."""
        line = parse_callee(number)
        if line is None:
            raise BadInput([InputFault(Place("correction", path="number"), "cannot be read as a number")])
        [known] = await self._store.enrol(enterprise, [Enrolment(person, None, line)], actor)
        now = self._clock.now
        ident = await self._store.write(
            lambda one: correct(one, str(known.person), str(known.line), reason, actor, now())
        )
        return {"corrected": ident}
