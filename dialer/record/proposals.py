"""What one person put forward and a second one approves: a register that loosens, a restriction that is lifted."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from dialer.core.admission import Actor
from dialer.core.entry import canonical, from_us, to_us
from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.tightening import Change
from dialer.record import batches, catalog, log, restrictions
from dialer.record.batches import Made
from dialer.record.four_eyes import UNNAMED, Approvers, refuse_unless_second
from dialer.record.number_file import KIND as NUMBERS
from dialer.record.tables_changes import proposals

# What is shown of a long list of changes; all of them stand in the record.
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Wish:
    """What is put forward. `digest` says whether it is the same again; `base` is the version it was compared with."""

    kind: str
    digest: str
    content: Mapping[str, Any]
    reason: str
    loosens: Sequence[Change] = ()
    base: str | None = None


def put_forward(connection: Connection, wish: Wish, actor: Actor, now: datetime, approvers: Approvers) -> str:
    """Keep it waiting; its id. What waits already is not put forward again."""
    same = (proposals.c.digest == wish.digest) & (proposals.c.state == "waiting")
    same &= (proposals.c.kind == wish.kind) & (proposals.c.expires_us > to_us(now))
    for row in connection.execute(
        select(proposals.c.id, proposals.c.base, proposals.c.proposed_by).where(same)
    ):
        if row.base == wish.base and row.proposed_by not in UNNAMED - {actor.id}:
            return str(row.id)
    ident = log.new_id(now)
    row_of = {
        "id": ident,
        "kind": wish.kind,
        "digest": wish.digest,
        "content": canonical(wish.content),
        "base": wish.base,
        "loosens": canonical(tuple(wish.loosens)),
        "reason": wish.reason,
        "state": "waiting",
        "proposed_us": to_us(now),
        "expires_us": to_us(now + timedelta(days=approvers.expire_days)),
        "proposed_by": actor.id,
    }
    connection.execute(insert(proposals), row_of)
    body = {"proposal": ident, "kind": wish.kind, "digest": wish.digest, "reason": wish.reason}
    log.append(connection, "proposed", now, actor, {**body, "content": wish.content}, about=ident)
    return ident


def approve(
    connection: Connection, ids: Sequence[str], actor: Actor, now: datetime, approvers: Approvers
) -> None:
    """Put every one of them in force, or none. Raises BadInput where one cannot be or `actor` may not."""
    for ident in ids:
        row = _waiting(connection, ident, now)
        refuse_unless_second(approvers, actor, [row.proposed_by], now, f"proposal {ident}")
        _APPLIES[row.kind](connection, row, actor, now)
        _decide(connection, ident, "approved", "", actor, now)
        body = {"proposal": ident, "kind": row.kind, "digest": row.digest, "proposed_by": row.proposed_by}
        log.append(connection, "proposal_approved", now, actor, {**body, "reason": row.reason}, about=ident)


def reject(connection: Connection, ids: Sequence[str], why: str, actor: Actor, now: datetime) -> None:
    """Refuse every one of them for good; anybody may, who put it forward as well. Raises BadInput."""
    if not why.strip():
        raise _bad(" ".join(ids), "nobody says why", "", "give a reason")
    for ident in ids:
        _waiting(connection, ident, now)
        _decide(connection, ident, "rejected", why, actor, now)
        log.append(connection, "proposal_rejected", now, actor, {"proposal": ident, "why": why}, about=ident)


def listing(connection: Connection, now: datetime, *, every: bool = False) -> list[dict[str, Any]]:
    """Proposals, oldest first: those that wait, or `every` one. `state`: `waiting|approved|rejected|expired`."""
    wanted = select(proposals).order_by(proposals.c.proposed_us, proposals.c.id)
    if not every:
        wanted = wanted.where(proposals.c.state == "waiting", proposals.c.expires_us > to_us(now))
    return [_shown(row, now) for row in connection.execute(wanted)]


def _shown(row: Row[Any], now: datetime) -> dict[str, Any]:
    loosens = json.loads(row.loosens)
    expired = row.state == "waiting" and row.expires_us <= to_us(now)
    return {
        "id": row.id,
        "kind": row.kind,
        "state": "expired" if expired else row.state,
        "reason": row.reason,
        "proposed_at": from_us(row.proposed_us),
        "proposed_by": row.proposed_by,
        "expires_at": from_us(row.expires_us),
        "content": json.loads(row.content),
        "changes": len(loosens),
        "loosens": [f"{one['subject']} {one['what']} {one['where']}".strip() for one in loosens[:MOST_SHOWN]],
        "decided_by": row.decided_by,
        "decided_why": row.decided_why,
    }


def _waiting(connection: Connection, ident: str, now: datetime) -> Row[Any]:
    row = connection.execute(select(proposals).where(proposals.c.id == ident)).first()
    hint = "see `dialer register pending`"
    if row is None:
        raise _bad(ident, "no such proposal", ident, hint)
    if row.state != "waiting":
        raise _bad(ident, f"is {row.state} already", ident, hint)
    if row.expires_us <= to_us(now):
        raise _bad(ident, "has expired", from_us(row.expires_us).isoformat(), "put it forward again")
    return row


def _decide(connection: Connection, ident: str, state: str, why: str, actor: Actor, now: datetime) -> None:
    values = {"state": state, "decided_us": to_us(now), "decided_by": actor.id, "decided_why": why or None}
    connection.execute(update(proposals).where(proposals.c.id == ident).values(values))


def _switch(connection: Connection, row: Row[Any], actor: Actor, now: datetime) -> None:
    if catalog.version_in_force(connection, "register") != row.base:
        # What was compared is in force no more: approving it could undo what was tightened since.
        raise _bad(row.id, "the register has changed since", row.id, "reject it and import the file again")
    version = json.loads(row.content)["version"]
    catalog.switch(connection, "register", version, row.digest, actor, now)


def _switch_numbers(connection: Connection, row: Row[Any], actor: Actor, now: datetime) -> None:
    if numbers_base(connection) != row.base:
        raise _bad(row.id, "the register has changed since", row.id, "reject it and import the file again")
    content = json.loads(row.content)
    put_numbers(connection, Made(**content["batch"]), content["register"], actor, now)


def put_numbers(
    connection: Connection, made: Made, register: str | None, actor: Actor, now: datetime
) -> None:
    """Put a file of numbers in force in the place of all numbers so far; `register` is the version without any."""
    if register is not None and catalog.version_in_force(connection, "register") != register:
        digest = catalog.digest_of(connection, register)
        catalog.switch(connection, "register", register, digest, actor, now)
    batches.switch(connection, made, actor, now, alone=True)


def numbers_base(connection: Connection) -> str:
    """What a file of numbers is compared with: the register in force, and the file that is."""
    standing = [one.id for one in batches.in_force(connection, NUMBERS)]
    return "+".join((catalog.version_in_force(connection, "register") or "", *standing))


def _lift(connection: Connection, row: Row[Any], actor: Actor, now: datetime) -> None:
    restrictions.lift(connection, json.loads(row.content)["restriction"], row.reason, actor, now)


_APPLIES: Mapping[str, Callable[[Connection, Row[Any], Actor, datetime], None]] = {
    "register": _switch,
    "numbers": _switch_numbers,
    "lift": _lift,
}


def _bad(ident: str, reason: str, value: str, hint: str) -> BadInput:
    return BadInput([InputFault(Place(f"proposal {ident}"), reason, value, hint)])
