"""The life of a submission: prepared, signed, handed over, answered. Each change of state together with its entry.

Numbers of a list stand in clear: they are the enterprise's own. An answer that was given before changes nothing, and
one to an older submission never changes what a newer one says of a number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from dialer.core.admission import Actor
from dialer.core.entry import canonical, to_us
from dialer.core.errors import BadInput, InputFault, Place
from dialer.ports.number_list import (
    ACKNOWLEDGED,
    PENDING,
    REJECTED,
    REMOVED,
    SUBMITTED,
    UNSUBMITTED,
    WITHDRAWN,
    LineAnswer,
    Prepared,
    Receipt,
    Signed,
)
from dialer.record import log
from dialer.record.tables_number_list import listed_numbers, receipts, submission_lines, submissions

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
        raise _bad(submission, "state", "cannot be signed any more", row["state"], "prepare a new one")
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
    for line in _lines(connection, submission):
        state = WITHDRAWN if line["change"] == REMOVED else SUBMITTED
        before, seq = _listed_before(connection, row, line)
        if seq < row["seq"]:
            _put_listed(connection, row, line, state, at_us)
            moved.append(_moved(line, before, state))
    body = {"submission": submission, "channel": channel, "sha256": row["sha256"], "numbers": moved}
    log.append(connection, "number_list_submitted", now, actor, body, about=submission)
    return moved


def _listed_before(
    connection: Connection, row: Mapping[str, Any], line: Mapping[str, Any]
) -> tuple[str, int]:
    """What a number was before this line, and by which submission's place in the order."""
    same = _same_number(row["enterprise"], line)
    before = connection.execute(select(_N.state, _N.seq).where(same)).first()
    return (UNSUBMITTED, 0) if before is None else (before.state, before.seq)


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


def answered(
    connection: Connection,
    submission: str,
    answers: Sequence[LineAnswer],
    actor: Actor,
    now: datetime,
    receipt: Receipt | None = None,
) -> list[dict[str, Any]]:
    """Keep what the regulator says of lines; those it says something new of, each with its state `from` and `to`.

    Of two answers to one line that contradict each other the rejection counts, whichever came first.
    """
    row = found(connection, submission)
    if row["state"] not in ("sending", *HANDED_OVER):
        raise _bad(submission, "state", "was never handed over", row["state"], "dialer register submit")
    lines = {line["no"]: line for line in _lines(connection, submission)}
    if strange := [one.no for one in answers if one.no not in lines]:
        hint = f"it has lines 1 to {len(lines)}"
        raise _bad(submission, "no", "has no such line", str(strange[0]), hint)
    moved = [one for answer in answers if (one := _answer(connection, row, lines, answer, to_us(now)))]
    body: dict[str, Any] = {"submission": submission, "numbers": moved}
    if receipt is not None:
        body["receipt"] = _file(connection, submission, receipt, actor, now)
    if not moved and receipt is None:
        return []
    waiting = select(func.count()).where(_L.submission == submission, _L.answer == PENDING)
    if connection.execute(waiting).scalar() == 0:
        connection.execute(update(submissions).where(_S.id == submission).values(state="answered"))
    log.append(connection, "number_list_answered", now, actor, body, about=submission)
    return moved


def _answer(
    connection: Connection,
    row: Mapping[str, Any],
    lines: Mapping[int, dict[str, Any]],
    given: LineAnswer,
    at_us: int,
) -> dict[str, Any] | None:
    line = lines[given.no]
    if line["answer"] in (given.answer, REJECTED):
        return None
    # The same answer may stand twice in one batch.
    line.update(answer=given.answer, reason=given.reason)
    connection.execute(
        update(submission_lines)
        .where(_L.submission == row["id"], _L.no == given.no)
        .values(answer=given.answer, reason=given.reason, answered_us=at_us)
    )
    same = _same_number(row["enterprise"], line)
    listed = connection.execute(select(listed_numbers).where(same)).mappings().first()
    if listed is None:
        return None
    values: dict[str, Any] = {}
    if given.answer == ACKNOWLEDGED and row["seq"] > listed["held_seq"]:
        held = None if line["change"] == REMOVED else line["digest"]
        values |= {"held": held, "held_seq": row["seq"]}
    if given.answer == REJECTED and listed["held_seq"] == row["seq"]:
        held, seq = _acknowledged_before(connection, row, line)
        values |= {"held": held, "held_seq": seq}
    state = listed["state"]
    if listed["submission"] == row["id"]:
        # What was taken off the list stays off it, whatever the regulator thinks of that.
        state = WITHDRAWN if line["change"] == REMOVED else given.answer
        values |= {"state": state, "reason": given.reason}
    if values:
        connection.execute(update(listed_numbers).where(same).values(values))
    return {**_moved(line, listed["state"], state), "answer": given.answer, "reason": given.reason}


def _acknowledged_before(
    connection: Connection, row: Mapping[str, Any], line: Mapping[str, Any]
) -> tuple[str | None, int]:
    """What the regulator had taken of this number before this submission: digest and order; none and 0."""
    newest = (
        select(_L.change, _L.digest, _S.seq)
        .join(submissions, _S.id == _L.submission)
        .where(
            _S.enterprise == row["enterprise"],
            _S.seq < row["seq"],
            _L.number == line["number"],
            _L.kind == line["kind"],
            _L.agency == line["agency"],
            _L.answer == ACKNOWLEDGED,
        )
        .order_by(_S.seq.desc())
        .limit(1)
    )
    one = connection.execute(newest).first()
    if one is None:
        return None, 0
    return (None if one.change == REMOVED else one.digest), one.seq


def _file(
    connection: Connection, submission: str, receipt: Receipt, actor: Actor, now: datetime
) -> dict[str, Any]:
    told = {
        "sha256": receipt.sha256,
        "media": receipt.media,
        "name": receipt.name,
        "size": receipt.size,
    }
    same = (receipts.c.submission == submission) & (receipts.c.sha256 == receipt.sha256)
    if connection.execute(select(receipts.c.id).where(same)).first() is None:
        row = {
            "id": log.new_id(now),
            "submission": submission,
            "filed_us": to_us(now),
            "actor": actor.id,
            **told,
        }
        connection.execute(insert(receipts), row)
    return told


def found(connection: Connection, submission: str) -> dict[str, Any]:
    """The row of a submission. Raises BadInput where there is none."""
    row = connection.execute(select(submissions).where(_S.id == submission)).mappings().first()
    if row is None:
        raise _bad(submission, "id", "is no submission", "", "dialer register submissions")
    return dict(row)


def _lines(connection: Connection, submission: str) -> list[dict[str, Any]]:
    asked = select(submission_lines).where(_L.submission == submission).order_by(_L.no)
    return [dict(one) for one in connection.execute(asked).mappings()]


def _same_number(enterprise: str, line: Mapping[str, Any]) -> Any:
    return (
        (_N.enterprise == enterprise)
        & (_N.number == line["number"])
        & (_N.kind == line["kind"])
        & (_N.agency == line["agency"])
    )


def _moved(line: Mapping[str, Any], before: str, after: str) -> dict[str, Any]:
    told = {name: line[name] for name in ("no", "number", "kind", "agency", "change")}
    return {**told, "from": before, "to": after}


def _unsigned(submission: str, state: str) -> BadInput:
    return _bad(submission, "state", "cannot be handed over", state, "sign it: dialer register sign")


def _bad(submission: str, path: str, reason: str, value: str, hint: str) -> BadInput:
    return BadInput([InputFault(Place(f"submission {submission}", path=path), reason, value, hint)])
