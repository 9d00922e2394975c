"""What happens to an attempt: each event moves its state by the table and is an entry, in one transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from dialer.core.admission import Actor, End, Left, NeverDialled
from dialer.core.call import Event, State, after
from dialer.core.cause import Outcome
from dialer.core.decision import Decision, decide
from dialer.core.entry import canonical, to_us
from dialer.core.errors import Defect
from dialer.core.facts import ZoneSource
from dialer.core.policy import Moment, Purpose
from dialer.core.verdict import Value
from dialer.record import log
from dialer.record.admission import Gate, said
from dialer.record.prepared import Prepared
from dialer.record.reading import Asked
from dialer.record.tables import NO, UNKNOWN, YES, attempt_events, attempts, touches
from dialer.record.thaw import thaw

# When an event was first seen, by the column that keeps it.
_SEEN = {Event.RANG: "rang_us", Event.WAS_ANSWERED: "answered_us", Event.AGENT_JOINED: "bridged_us"}

# Whether the phone rang, where no ringing was heard: only these outcomes say that it did not, or that it did.
_RANG = {Outcome.NO_ANSWER: YES, Outcome.UNREACHABLE: NO, Outcome.CONGESTED: NO, Outcome.NEVER_DIALLED: NO}
# Whether an answered call was a conversation, where nobody was bridged. What is not here was none.
_CONVERSED = {
    Outcome.CONVERSED: YES,
    Outcome.ANNOUNCED: UNKNOWN,
    Outcome.OPTED_OUT: UNKNOWN,
    Outcome.UNCERTAIN: UNKNOWN,
}

_THIS = attempts.c.id == bindparam("wanted")
_ATTEMPT = Prepared(select(attempts).where(_THIS))
_MOVE = Prepared(update(attempts).where(_THIS).values(state=bindparam("reached")))
_MOVE_AND_SEE = {
    column: Prepared(
        update(attempts).where(_THIS).values({"state": bindparam("reached"), column: bindparam("seen_us")})
    )
    for column in _SEEN.values()
}
_ENDED = ("state", "outcome", "cause", "left", "ended_us")
_CLOSE = Prepared(
    update(attempts).where(_THIS).values(live=0, **{name: bindparam(f"its_{name}") for name in _ENDED})
)
_TOUCH = touches.c.id == bindparam("wanted")
_LIVED = ("rang", "answered", "conversed")
_LIVED_THROUGH = Prepared(
    update(touches).where(_TOUCH).values({name: bindparam(f"its_{name}") for name in _LIVED})
)
_TAKEN_BACK = Prepared(update(touches).where(_TOUCH).values(reversed=1))
_KNOWN = Prepared(
    select(attempt_events.c.entry).where(
        attempt_events.c.attempt == bindparam("wanted"),
        attempt_events.c.event == bindparam("happened"),
        attempt_events.c.digest == bindparam("with_values"),
    )
)
_EVENT = Prepared(insert(attempt_events))


def row_of(connection: Connection, attempt: str) -> Row[Any]:
    """The attempt's row. Raises Defect where there is none: a permit that this record never gave."""
    row: Row[Any] | None = _ATTEMPT.first(connection, {"wanted": attempt})
    if row is None:
        raise Defect(f"there is no attempt `{attempt}`")
    return row


def note(
    connection: Connection,
    attempt: str,
    event: Event,
    values: Mapping[str, Value],
    now: datetime,
    actor: Actor,
) -> bool:
    """Write that `event` happened; whether it was news. Raises Defect for an illegal move."""
    if event in (Event.SETTLED, Event.REVERSED):
        raise Defect(f"`{event}` is not noted: settle or reverse the attempt")
    digest = hashlib.sha256(canonical(values)).hexdigest()
    if _known(connection, attempt, event, digest):
        return False
    row = row_of(connection, attempt)
    state = after(State(row.state), event)
    moved = {"wanted": attempt, "reached": state.value}
    seen = _SEEN.get(event)
    if seen is not None and getattr(row, seen) is None:
        _MOVE_AND_SEE[seen].rows(connection, {**moved, "seen_us": to_us(now)})
    elif state.value != row.state:
        _MOVE.rows(connection, moved)
    entry = log.append(
        connection, event.value, now, actor, {"attempt": attempt, "values": dict(values)}, about=attempt
    )
    _remember(connection, attempt, event, digest, now, entry)
    return True


def settle(connection: Connection, attempt: str, end: End, now: datetime, actor: Actor) -> bool:
    """Close the attempt, counted; whether it was open. The first end stands. Raises Defect once reversed."""
    row = row_of(connection, attempt)
    if row.state == State.ENDED:
        return False
    state = after(State(row.state), Event.SETTLED)
    known = _lived_through(row, end)
    body = {"attempt": attempt, "end": end, **known}
    log.append(connection, "settled", now, actor, body, about=attempt)
    _close(
        connection,
        attempt,
        {
            "state": state.value,
            "outcome": end.outcome.value,
            "cause": end.cause,
            "left": end.left.value,
            "ended_us": to_us(now),
        },
    )
    _LIVED_THROUGH.rows(connection, {"wanted": attempt, **{f"its_{name}": known[name] for name in _LIVED}})
    return True


def reverse(connection: Connection, attempt: str, reason: NeverDialled, now: datetime, actor: Actor) -> bool:
    """Take the count back; whether it was counted. Raises Defect where an INVITE may have left."""
    row = row_of(connection, attempt)
    if row.state == State.REVERSED:
        return False
    state = after(State(row.state), Event.REVERSED)
    log.append(connection, "reversed", now, actor, {"attempt": attempt, "reason": reason}, about=attempt)
    _close(
        connection,
        attempt,
        {
            "state": state.value,
            "outcome": Outcome.NEVER_DIALLED.value,
            "left": Left.NO.value,
            "ended_us": to_us(now),
        },
    )
    _TAKEN_BACK.rows(connection, {"wanted": attempt})
    return True


def reconfirm(gate: Gate, connection: Connection, attempt: str, moment: Moment, actor: Actor) -> Decision:
    """Decide again, the attempt itself left out, and write it. Raises Defect for an attempt that has ended."""
    now = gate.clock.now()
    row = row_of(connection, attempt)
    if not row.live:
        raise Defect(f"an attempt that is `{row.state}` cannot be decided again")
    end = log.head(connection)
    gathered = gate.reader.read(connection, asked_again(row), now, moment, gate.unsound(now, end.newest_us))
    decision = decide(gathered.rulebook, gathered.facts)
    body = {"attempt": attempt, "facts": gathered.facts, "decision": said(decision)}
    log.append(connection, "decided_again", now, actor, body, about=attempt, end=end)
    return decision


def asked_again(row: Row[Any]) -> Asked:
    """What facts are read for when this attempt is decided again: itself left out."""
    return Asked(
        enterprise=row.enterprise,
        purpose=Purpose(row.purpose),
        product=row.product,
        person=row.person,
        line=row.line,
        debt=row.debt,
        agency=row.agency,
        platform=row.platform,
        campaign=row.campaign,
        script=row.script,
        script_version=row.script_version,
        caller_id=row.caller_id,
        trunk=row.trunk,
        line_class=row.line_class,
        country=row.country,
        zones=tuple(thaw(ZoneSource, one) for one in json.loads(row.zones)),
        attempt=row.id,
    )


def _lived_through(row: Row[Any], end: End) -> dict[str, int]:
    """What the person lived through. Heard events outweigh the outcome; what nobody knows stays unknown."""
    sure = end.outcome is not Outcome.UNCERTAIN and end.left is not Left.UNKNOWN
    answered = YES if row.answered_us is not None else (NO if sure else UNKNOWN)
    if row.rang_us is not None or answered == YES:
        rang = YES
    elif end.left is Left.NO:
        return {"rang": NO, "answered": NO, "conversed": NO}
    else:
        rang = _RANG.get(end.outcome, UNKNOWN) if sure else UNKNOWN
    talked = _CONVERSED.get(end.outcome, NO) if sure else UNKNOWN
    conversed = YES if row.bridged_us is not None else talked
    return {"rang": rang, "answered": answered, "conversed": conversed}


def _close(connection: Connection, attempt: str, values: dict[str, Any]) -> None:
    _CLOSE.rows(connection, {"wanted": attempt, **{f"its_{name}": values.get(name) for name in _ENDED}})


def _known(connection: Connection, attempt: str, event: Event, digest: str) -> bool:
    asked = {"wanted": attempt, "happened": event.value, "with_values": digest}
    return _KNOWN.first(connection, asked) is not None


def _remember(
    connection: Connection, attempt: str, event: Event, digest: str, now: datetime, entry: str
) -> None:
    row = {"attempt": attempt, "event": event.value, "digest": digest, "at_us": to_us(now), "entry": entry}
    _EVENT.rows(connection, row)
