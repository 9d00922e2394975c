"""What one person took away from the register, at once: an overlay that each admission reads.

A restriction stays, whatever register comes into force, until a second person agrees that it is lifted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select, update

from dialer.core.admission import Actor
from dialer.core.civil_time import date_start
from dialer.core.entry import from_us, to_us
from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.policy import Purpose
from dialer.document_faults import nearest
from dialer.record import log
from dialer.record.register import Register
from dialer.record.restricted import Restriction
from dialer.record.tables import scripts
from dialer.record.tables_changes import restrictions


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be taken away from which target. `end` is the civil day, in the register's zone, that it does not
    reach any more, unless it ended before.
    """

    kind: str
    target: str
    what: str
    reason: str
    purposes: frozenset[Purpose] = frozenset()
    products: frozenset[str] = frozenset()
    end: date | None = None


def in_force(connection: Connection) -> list[Restriction]:
    """Every restriction that nobody lifted, oldest first."""
    rows = connection.execute(select(restrictions).where(restrictions.c.lifted_us.is_(None)))
    return sorted((_restriction(row) for row in rows), key=lambda one: (one.since, one.id))


def restrict(
    connection: Connection, register: Register | None, order: Order, actor: Actor, now: datetime
) -> str:
    """Take away what `order` says; the restriction's id. Raises BadInput for what cannot be or who nobody is."""
    _refuse_unfit(order)
    _refuse_nobody(connection, register, order)
    ident = log.new_id(now)
    end = date_start(order.end, ZoneInfo(register.zone)) if order.end and register else None
    row = {
        "id": ident,
        "kind": order.kind,
        "target": order.target,
        "what": order.what,
        "purposes": json.dumps(sorted(order.purposes)),
        "products": json.dumps(sorted(order.products), ensure_ascii=False),
        "end_us": to_us(end) if end else None,
        "reason": order.reason,
        "since_us": to_us(now),
        "by": actor.id,
    }
    connection.execute(insert(restrictions), row)
    log.append(connection, "restricted", now, actor, {"restriction": ident, **_body(order)}, about=ident)
    return ident


def lift(connection: Connection, ident: str, why: str, actor: Actor, now: datetime) -> None:
    """Lift a restriction: only `proposals` may, since it loosens. Raises BadInput where it is lifted already."""
    this = (restrictions.c.id == ident) & restrictions.c.lifted_us.is_(None)
    values = {"lifted_us": to_us(now), "lifted_by": actor.id}
    if not connection.execute(update(restrictions).where(this).values(values)).rowcount:
        raise _bad(ident, "no such restriction is in force", "see `dialer register pending`")
    log.append(connection, "restriction_lifted", now, actor, {"restriction": ident, "why": why}, about=ident)


def find(connection: Connection, ident: str) -> Restriction:
    """A restriction in force. Raises BadInput where there is none of this id."""
    this = (restrictions.c.id == ident) & restrictions.c.lifted_us.is_(None)
    row = connection.execute(select(restrictions).where(this)).first()
    if row is None:
        raise _bad(ident, "no such restriction is in force", "see `dialer register pending`")
    return _restriction(row)


def _body(order: Order) -> dict[str, Any]:
    return {
        "kind": order.kind,
        "target": order.target,
        "what": order.what,
        "reason": order.reason,
        "purposes": order.purposes,
        "products": order.products,
        "end": order.end,
    }


def _restriction(row: Any) -> Restriction:
    return Restriction(
        id=row.id,
        kind=row.kind,
        target=row.target,
        what=row.what,
        purposes=frozenset(Purpose(one) for one in json.loads(row.purposes)),
        products=frozenset(json.loads(row.products)),
        end=from_us(row.end_us) if row.end_us is not None else None,
        reason=row.reason,
        since=from_us(row.since_us),
        by=row.by,
    )


def _refuse_unfit(order: Order) -> None:
    if not order.reason.strip():
        raise _bad(order.target, "nobody says why", "give a reason")
    if (order.what == "narrow") != bool(order.purposes or order.products):
        raise _bad(order.what, "does not fit", "narrow, and nothing else, names purposes or products")
    if (order.what == "end") != (order.end is not None):
        raise _bad(order.what, "does not fit", "end, and nothing else, names a day")


# Whom the register knows, by kind of target. Numbers and scripts are looked up one by one.
_KNOWN: Mapping[str, Callable[[Register], set[str]]] = {
    "enterprise": lambda register: register.ids("enterprises"),
    "licence": lambda register: register.ids("licences"),
    "agency": lambda register: register.ids("agencies"),
    "platform": lambda register: register.ids("platforms"),
    "entrustment": lambda register: register.ids("entrustments"),
    "carrier": lambda register: register.ids("carriers"),
    "trunk": lambda register: register.ids("trunks"),
}
KINDS = (*_KNOWN, "number", "script")


def _refuse_nobody(connection: Connection, register: Register | None, order: Order) -> None:
    """A restriction of a name that was mistyped would be answered as done, and restrict nobody."""
    if register is None:
        raise _bad(order.target, "no register is in force", "dialer register import FILE")
    if order.kind == "script":
        if connection.execute(select(scripts.c.id).where(scripts.c.id == order.target)).first() is None:
            raise _bad(order.target, "no script of this id", "see `dialer script list`")
        return
    if order.kind == "number":
        if not register.numbers(order.target):
            raise _bad(order.target, "no number of the register", "write it as the register does")
        return
    if order.kind not in _KNOWN:
        raise _bad(order.kind, "no kind of target", ", ".join(KINDS))
    known = _KNOWN[order.kind](register)
    if order.target not in known:
        hint = nearest(order.target, known) or "see `dialer register list`"
        raise _bad(order.target, f"no {order.kind} of the register", hint)


def _bad(value: str, reason: str, hint: str) -> BadInput:
    return BadInput([InputFault(Place("restriction"), reason, value, hint)])
