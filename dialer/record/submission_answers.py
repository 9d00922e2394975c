"""What comes back on a submission: answers by line, receipts. Each change of state together with its entry.

An answer that was given before changes nothing, and one to an older submission never changes what a newer one says of a
number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from dialer.core.admission import Actor
from dialer.core.entry import to_us
from dialer.ports.number_list import ACKNOWLEDGED, PENDING, REJECTED, REMOVED, WITHDRAWN, LineAnswer, Receipt
from dialer.record import log
from dialer.record.submissions import (
    HANDED_OVER,
    bad,
    found,
    hold,
    lines_in,
    listed_before,
    moved_line,
    same_number,
)
from dialer.record.tables_number_list import listed_numbers, receipts, submission_lines, submissions

_S = submissions.c
_L = submission_lines.c


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
        raise bad(submission, "state", "was never handed over", row["state"], "dialer register submit")
    lines = {line["no"]: line for line in lines_in(connection, submission)}
    if strange := [one.no for one in answers if one.no not in lines]:
        hint = f"it has lines 1 to {len(lines)}"
        raise bad(submission, "no", "has no such line", str(strange[0]), hint)
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
    listed = listed_before(connection, row["enterprise"], line)
    if listed is None:
        return None
    if listed["regulator"] == row["regulator"]:
        if given.answer == ACKNOWLEDGED and row["seq"] > listed["held_seq"]:
            held = None if line["change"] == REMOVED else line["digest"]
            hold(connection, row["enterprise"], line, held, row["seq"])
        if given.answer == REJECTED and listed["held_seq"] == row["seq"]:
            hold(connection, row["enterprise"], line, *_acknowledged_before(connection, row, line))
    state = listed["state"]
    if listed["submission"] == row["id"]:
        # What was taken off the list stays off it, whatever the regulator thinks of that.
        state = WITHDRAWN if line["change"] == REMOVED else given.answer
        same = same_number(row["enterprise"], line)
        connection.execute(update(listed_numbers).where(same).values(state=state, reason=given.reason))
    return {**moved_line(line, listed["state"], state), "answer": given.answer, "reason": given.reason}


def _acknowledged_before(
    connection: Connection, row: Mapping[str, Any], line: Mapping[str, Any]
) -> tuple[str | None, int]:
    """What the regulator had taken of this number before this submission: digest and order; none and 0."""
    newest = (
        select(_L.change, _L.digest, _S.seq)
        .join(submissions, _S.id == _L.submission)
        .where(
            _S.enterprise == row["enterprise"],
            _S.regulator == row["regulator"],
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
