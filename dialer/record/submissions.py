"""The life of a submission: prepared, signed, handed over. Each change of state together with its entry.

Numbers of a list stand in clear: they are the enterprise's own. What comes back is kept by `submission_answers`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from dialer.core.admission import Actor
from dialer.core.entry import canonical, to_us
from dialer.core.errors import BadInput, InputFault, Place
from dialer.ports.number_list import (
    PENDING,
    REMOVED,
    SUBMITTED,
    UNSUBMITTED,
    WITHDRAWN,
    Prepared,
    Signed,
)
from dialer.record import log
from dialer.record.tables_number_list import listed_numbers, submission_lines, submissions

_S = submissions.c
_L = submission_lines.c
_N = listed_numbers.c
OPEN = ("prepared", "signed")
HANDED_OVER = ("sent", "answered")


def prepare(connection: Connection, made: Prepared, actor: Actor, now: datetime) -> None:
    """Keep a submission. An older one of the same enterprise that was never handed over is dropped."""
    older = (_S.enterprise == made.enterprise) & _S.state.in_(OPEN)
    for ident in connection.execute(select(_S.id).where(older)).scalars().all():
        connection.execute(update(submissions).where(_S.id == ident).values(state="dropped"))
        log.append(
            connection, "number_list_dropped", now, actor, {"submission": ident, "for": made.id}, about=ident
        )
    digest = hashlib.sha256(made.document).hexdigest()
    row = {
        "id": made.id,
        "seq": (connection.execute(select(func.max(_S.seq))).scalar() or 0) + 1,
        "enterprise": made.enterprise,
        "regulator": made.regulator,
        "state": "prepared",
        "document": made.document,
        "spreadsheet": made.spreadsheet,
        "sha256": digest,
        "prepared_us": to_us(made.prepared_at),
        "prepared_by": actor.id,
    }
    connection.execute(insert(submissions), row)
    lines = [
        {
            "submission": made.id,
            "no": no,
            "number": one.line.key.number,
            "kind": one.line.key.kind,
            "agency": one.line.key.agency,
            "change": one.kind,
            "digest": one.line.digest,
            "content": canonical(one.line.content),
            "changed_us": to_us(one.changed_at),
            "answer": PENDING,
            "reason": "",
        }
        for no, one in enumerate(made.changes, start=1)
    ]
    connection.execute(insert(submission_lines), lines)
    body = {
        "submission": made.id,
        "enterprise": made.enterprise,
        "regulator": made.regulator,
        "sha256": digest,
        "lines": len(lines),
    }
    log.append(connection, "number_list_prepared", now, actor, body, about=made.id)


def sign(connection: Connection, submission: str, signed: Signed, actor: Actor, now: datetime) -> None:
    """Keep the signature under a submission; it was checked. Raises BadInput where it was handed over already."""
    row = found(connection, submission)
    if row["state"] not in OPEN:
        raise bad(submission, "state", "cannot be signed any more", row["state"], "prepare a new one")
    values = {
        "state": "signed",
        "signature": signed.signature,
        "public_key": signed.public_key,
        "signed_by": signed.signed_by,
    }
    connection.execute(update(submissions).where(_S.id == submission).values(values))
    body = {
        "submission": submission,
        "sha256": row["sha256"],
        "key_id": signed.key_id,
        "signed_by": signed.signed_by,
    }
    log.append(connection, "number_list_signed", now, actor, body, about=submission)


def sending(connection: Connection, submission: str) -> None:
    """It is about to be sent over HTTP: from here on the regulator may have it, whatever happens to us."""
    row = found(connection, submission)
    if row["state"] in ("sending", *HANDED_OVER):
        return
    if row["state"] != "signed":
        raise _unsigned(submission, row["state"])
    connection.execute(update(submissions).where(_S.id == submission).values(state="sending", channel="http"))


def submitted(
    connection: Connection, submission: str, channel: str, actor: Actor, now: datetime
) -> list[dict[str, Any]]:
    """It was handed over by `channel` (`http|file`): its numbers are submitted, those it removes withdrawn.

    Each number with its state `from` and `to`; none where that was known already.
    """
    row = found(connection, submission)
    if row["state"] in HANDED_OVER:
        return []
    if row["state"] not in ("signed", "sending"):
        raise _unsigned(submission, row["state"])
    at_us = to_us(now)
    connection.execute(
        update(submissions).where(_S.id == submission).values(state="sent", channel=channel, sent_us=at_us)
    )
    moved = []
    for line in lines_in(connection, submission):
        state = WITHDRAWN if line["change"] == REMOVED else SUBMITTED
        before = listed_before(connection, row["enterprise"], line)
        if before is None or before["seq"] < row["seq"]:
            _put_listed(connection, row, line, state, at_us)
            if before is not None and before["regulator"] != row["regulator"]:
                hold(connection, row["enterprise"], line, None, 0)
            moved.append(moved_line(line, before["state"] if before else UNSUBMITTED, state))
    body = {"submission": submission, "channel": channel, "sha256": row["sha256"], "numbers": moved}
    log.append(connection, "number_list_submitted", now, actor, body, about=submission)
    return moved


def listed_before(
    connection: Connection, enterprise: str, line: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """How a number stands, with the regulator that was told of it last."""
    asked = select(listed_numbers, _S.regulator).join(submissions, _S.id == _N.submission)
    row = connection.execute(asked.where(same_number(enterprise, line))).mappings().first()
    return None if row is None else dict(row)


def hold(
    connection: Connection, enterprise: str, line: Mapping[str, Any], held: str | None, seq: int
) -> None:
    """What the regulator holds of a number, by the submission at this place in the order."""
    same = same_number(enterprise, line)
    connection.execute(update(listed_numbers).where(same).values(held=held, held_seq=seq))


def _put_listed(
    connection: Connection, row: Mapping[str, Any], line: Mapping[str, Any], state: str, at_us: int
) -> None:
    """Let a number be what this line says."""
    values = {
        "state": state,
        "reason": "",
        "submission": row["id"],
        "seq": row["seq"],
        "digest": line["digest"],
        "content": line["content"],
        "changed_us": line["changed_us"],
        "sent_us": at_us,
    }
    key = {"enterprise": row["enterprise"], **{name: line[name] for name in ("number", "kind", "agency")}}
    statement = upsert(listed_numbers).values({**key, **values, "held": None, "held_seq": 0})
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))


def found(connection: Connection, submission: str) -> dict[str, Any]:
    """The row of a submission. Raises BadInput where there is none."""
    row = connection.execute(select(submissions).where(_S.id == submission)).mappings().first()
    if row is None:
        raise bad(submission, "id", "is no submission", "", "dialer register submissions")
    return dict(row)


def lines_in(connection: Connection, submission: str) -> list[dict[str, Any]]:
    """The lines of a submission, by `no`."""
    asked = select(submission_lines).where(_L.submission == submission).order_by(_L.no)
    return [dict(one) for one in connection.execute(asked).mappings()]


def same_number(enterprise: str, line: Mapping[str, Any]) -> Any:
    """The condition that picks the number of a line among those that are listed."""
    return (
        (_N.enterprise == enterprise)
        & (_N.number == line["number"])
        & (_N.kind == line["kind"])
        & (_N.agency == line["agency"])
    )


def moved_line(line: Mapping[str, Any], before: str, after: str) -> dict[str, Any]:
    """A line with its state before and after, for an entry."""
    told = {name: line[name] for name in ("no", "number", "kind", "agency", "change")}
    return {**told, "from": before, "to": after}


def _unsigned(submission: str, state: str) -> BadInput:
    return bad(submission, "state", "cannot be handed over", state, "sign it: dialer register sign")


def bad(submission: str, path: str, reason: str, value: str, hint: str) -> BadInput:
    """A fault of what was asked of a submission."""
    return BadInput([InputFault(Place(f"submission {submission}", path=path), reason, value, hint)])
