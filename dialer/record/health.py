"""The health of a caller ID: complaints, spam labels, carrier notices, appeals. Every change is an entry.

A mark is open until somebody closes it with a verdict and why. A carrier's suspension binds from its instant on, and
only two people together lift it: what takes away needs one person, what gives back needs two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, literal_column, select, update

from dialer.core.admission import Actor
from dialer.core.entry import from_us, to_us
from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.facts import NumberHealth
from dialer.record import log
from dialer.record.four_eyes import ANYBODY, UNNAMED, Approvers, refuse_unless_second
from dialer.record.prepared import Prepared
from dialer.record.tables import attempts
from dialer.record.tables_health import number_marks

# kind -> how it may be closed
VERDICTS: Mapping[str, tuple[str, ...]] = {
    "complaint": ("upheld", "unfounded", "withdrawn"),
    "label": ("cleared",),
    "notice": ("answered", "lifted"),
    "appeal": ("upheld", "rejected", "withdrawn"),
}
WARN, SUSPEND = "warn", "suspend"

_M = number_marks.c
_OPEN = Prepared(
    select(_M.id, _M.kind, _M.what, _M.source, _M.since_us)
    .where(_M.number == bindparam("number"), _M.closed_us.is_(None))
    .order_by(_M.since_us, _M.id)
)
_APPEALS = Prepared(
    select(_M.about, _M.verdict, _M.recorded_us)
    .where(_M.number == bindparam("number"), _M.kind == literal_column("'appeal'"))
    .order_by(_M.recorded_us, _M.id)
)
HEALTHY = NumberHealth()


@dataclass(frozen=True, slots=True)
class Mark:
    """Something said of `number` (canonical). `kind`: `complaint|label|notice|appeal`; `source`: who says so.

    `what`: of a notice `warn` or `suspend`; else words. `about`: of an appeal the id of the mark that it is against.
    """

    number: str
    kind: str
    what: str
    source: str
    since: datetime
    why: str
    reference: str | None = None
    about: str | None = None


@dataclass(frozen=True, slots=True)
class Marked:
    """A mark written down; `lines` are the lines of live attempts that it ends (surrogates)."""

    id: str
    lines: frozenset[str]


def health_of(connection: Connection, number: str, now: datetime) -> NumberHealth:
    """What is held against this caller ID at `now`. A suspension that is only announced stands in it already."""
    rows = _OPEN.rows(connection, {"number": number})
    if not rows:
        return HEALTHY
    suspended = [row.since_us for row in rows if (row.kind, row.what) == ("notice", SUSPEND)]
    rows = [row for row in rows if row.since_us <= to_us(now)]
    kinds = {kind: [row for row in rows if row.kind == kind] for kind in VERDICTS}
    warned = [row for row in kinds["notice"] if row.what == WARN]
    return NumberHealth(
        complaints=len(kinds["complaint"]),
        labels=tuple(dict.fromkeys(row.source for row in kinds["label"])),
        notice=warned[0].source if warned else None,
        suspended_since=from_us(min(suspended)) if suspended else None,
        appeal=_appeal(connection, number, {row.id for row in rows}),
    )


def _appeal(connection: Connection, number: str, held: set[str]) -> str:
    """How far the newest appeal is that is against a mark which still holds."""
    about = [row for row in _APPEALS.rows(connection, {"number": number}) if row.about in held]
    said = [row.verdict for row in about if row.verdict != "withdrawn"]
    return (said[-1] or "filed") if said else "none"


def put_mark(connection: Connection, mark: Mark, actor: Actor, now: datetime) -> Marked:
    """Write a mark with its entry. Raises BadInput for an appeal against nothing."""
    if mark.kind == "appeal":
        against = _row(connection, mark.about or "", "about")
        if against.number != mark.number or against.kind == "appeal":
            raise _bad("about", "is no complaint, label or notice of this number:", mark.about or "")
    ident = log.new_id(now)
    row = {
        "id": ident,
        "number": mark.number,
        "kind": mark.kind,
        "what": mark.what,
        "source": mark.source,
        "reference": mark.reference,
        "about": mark.about,
        "why": mark.why,
        "since_us": to_us(mark.since),
        "recorded_us": to_us(now),
        "recorded_by": actor.id,
    }
    connection.execute(insert(number_marks), row)
    body = {name: row[name] for name in row if name not in ("id", "recorded_us", "recorded_by")}
    log.append(connection, "number_marked", now, actor, {**body, "mark": ident}, about=ident)
    ends = mark.kind == "notice" and mark.what == SUSPEND and mark.since <= now
    return Marked(ident, live_lines(connection, mark.number) if ends else frozenset())


def live_lines(connection: Connection, number: str) -> frozenset[str]:
    """The lines (surrogates) that live attempts with this caller ID reach."""
    asked = select(attempts.c.line).where(attempts.c.live == 1, attempts.c.caller_id == number)
    return frozenset(connection.execute(asked).scalars())


def close_mark(
    connection: Connection,
    ident: str,
    verdict: str,
    why: str,
    actor: Actor,
    now: datetime,
    approvers: Approvers = ANYBODY,
) -> str:
    """Close a mark: `closed`, or `proposed` where a second person must say so too. Raises BadInput."""
    row = _row(connection, ident, "mark")
    verdicts = VERDICTS[row.kind] if row.kind != "notice" else (_answer_to(row.what),)
    if verdict not in verdicts:
        hint = f"a {row.kind} is closed as {' or '.join(verdicts)}"
        raise _bad("verdict", f"does not close a {row.kind}:", verdict, hint)
    if row.closed_us is not None:
        raise _bad("mark", f"was closed as {row.verdict}:", ident)
    body = {"mark": ident, "number": row.number, "verdict": verdict, "why": why}
    if (row.kind, row.what) == ("notice", SUSPEND) and row.proposed_by in {None, *UNNAMED}:
        connection.execute(_that(ident).values(proposed=verdict, proposed_by=actor.id))
        log.append(connection, "number_mark_close_proposed", now, actor, body, about=ident)
        return "proposed"
    if row.proposed_by is not None:
        refuse_unless_second(approvers, actor, [row.proposed_by], now, f"suspension of {row.number}")
    closed = {"closed_us": to_us(now), "closed_by": actor.id, "verdict": verdict, "closed_why": why}
    connection.execute(_that(ident).values(closed))
    body |= {"proposed_by": row.proposed_by} if row.proposed_by else {}
    log.append(connection, "number_mark_closed", now, actor, body, about=ident)
    return "closed"


def _answer_to(what: str) -> str:
    return "lifted" if what == SUSPEND else "answered"


def marks(connection: Connection, number: str | None = None) -> list[dict[str, Any]]:
    """Every mark of one number, or every open one, newest first; instants are aware."""
    asked = select(number_marks).order_by(_M.since_us.desc(), _M.id.desc())
    asked = asked.where(_M.closed_us.is_(None)) if number is None else asked.where(_M.number == number)
    return [
        {
            name.removesuffix("_us"): from_us(value) if name.endswith("_us") and value is not None else value
            for name, value in row.items()
        }
        for row in connection.execute(asked).mappings()
    ]


def suspensions(connection: Connection) -> dict[str, datetime]:
    """Numbers whose carrier suspended them, and since when."""
    held = select(_M.number, _M.since_us).where(
        _M.closed_us.is_(None), _M.kind == "notice", _M.what == SUSPEND
    )
    found: dict[str, datetime] = {}
    for row in connection.execute(held.order_by(_M.since_us)):
        found.setdefault(row.number, from_us(row.since_us))
    return found


def _row(connection: Connection, ident: str, path: str) -> Any:
    row = connection.execute(select(number_marks).where(_M.id == ident)).first()
    if row is None:
        raise _bad(path, "no mark of this id:", ident, "dialer number health lists them")
    return row


def _that(ident: str) -> Any:
    return update(number_marks).where(_M.id == ident)


def _bad(path: str, reason: str, value: str, hint: str = "") -> BadInput:
    return BadInput([InputFault(Place("number", path=path), reason, value, hint)])
