"""After a start and from time to time: which attempts are live, and those whose owner is gone are settled."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select

from dialer.core.admission import End, Left, Permit
from dialer.core.call import State
from dialer.core.cause import Outcome
from dialer.core.entry import from_us, to_us
from dialer.core.policy import Purpose
from dialer.record import attempts as attempt_rows
from dialer.record import log
from dialer.record.admission import announcement_of
from dialer.record.given import LiveAttempt
from dialer.record.tables import attempts

_LIVE = select(attempts).where(attempts.c.live == 1).order_by(attempts.c.decided_us)


def live(connection: Connection, run: str) -> list[LiveAttempt]:
    """Every attempt without an end, oldest first; `owned` by this run or by one that is gone."""
    return [
        LiveAttempt(permit_of(row), State(row.state), row.owner == run) for row in connection.execute(_LIVE)
    ]


def sweep(connection: Connection, run: str, abandoned: Collection[str], now: datetime) -> list[str]:
    """Settle as uncertain what nobody follows any more and whose `live_until` has passed; the attempts' ids."""
    late = connection.execute(_LIVE.where(attempts.c.live_until_us <= to_us(now))).all()
    gone = [row.id for row in late if row.owner != run or row.id in abandoned]
    for attempt in gone:
        attempt_rows.settle(connection, attempt, End(Outcome.UNCERTAIN, None, Left.UNKNOWN), now, log.SELF)
    return gone


def permit_of(row: Row[Any]) -> Permit:
    """The permit of an attempt as far as it is kept: digits and token are not, so it can never be dialled again."""
    return Permit(
        id=UUID(row.id),
        call_id=UUID(row.call),
        request_id=UUID(row.request),
        person=UUID(row.person),
        line=UUID(row.line),
        enterprise=row.enterprise,
        purpose=Purpose(row.purpose),
        dialled="",
        caller_id=row.caller_id,
        caller_name=row.caller_name,
        trunk=row.trunk,
        agent=row.agent,
        decided_at=from_us(row.decided_us),
        dial_before=from_us(row.dial_before_us),
        ring_until=from_us(row.ring_until_us),
        live_until=from_us(row.live_until_us),
        dial_before_boottime_ns=0,
        ring_until_boottime_ns=0,
        announcement=announcement_of(row.announcement),
        token="",
    )
