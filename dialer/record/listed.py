"""What the record knows of the number list: how far a number is, and what was said of each submission."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, exists, func, literal_column, select

from dialer.core.entry import from_us
from dialer.core.shape import instant_text
from dialer.ports.number_list import ACKNOWLEDGED, UNSUBMITTED, Key, Known
from dialer.record.prepared import Prepared
from dialer.record.tables_number_list import listed_numbers, receipts, submission_lines, submissions

_N = listed_numbers.c
_S = submissions.c
_L = submission_lines.c
_STATE = Prepared(
    select(
        select(_N.state)
        .where(
            _N.enterprise == bindparam("enterprise"),
            _N.number == bindparam("number"),
            _N.kind == literal_column("'voice'"),
            _N.agency == bindparam("agency"),
        )
        .scalar_subquery()
        .label("state"),
        exists(literal_column("1")).where(_N.enterprise == bindparam("enterprise_too")).label("any"),
    )
)


def state_of(connection: Connection, number: str, enterprise: str, agency: str | None, said: str) -> str:
    """How far the list is on which this unit's number stands, by its newest submission.

    `said` is what the register says of it: that counts for a number that was never submitted; where it says nothing and
    the enterprise has submitted others, this one is unsubmitted.
    """
    row = _STATE.first(
        connection,
        {"enterprise": enterprise, "enterprise_too": enterprise, "number": number, "agency": agency or ""},
    )
    if row.state is not None:
        return str(row.state)
    return UNSUBMITTED if row.any and said == "unknown" else said


def known(
    connection: Connection, enterprise: str | None = None, regulator: str | None = None
) -> dict[Key, Known]:
    """What was submitted of each number: of one enterprise or of all, to one regulator or to any."""
    asked = select(listed_numbers)
    if enterprise is not None:
        asked = asked.where(_N.enterprise == enterprise)
    if regulator is not None:
        asked = asked.join(submissions, _S.id == _N.submission).where(_S.regulator == regulator)
    found = {}
    for row in connection.execute(asked).mappings():
        key = Key(row["enterprise"], row["number"], row["kind"], row["agency"])
        found[key] = Known(
            key, row["state"], row["digest"], row["held"], json.loads(row["content"]), row["reason"]
        )
    return found


def times(connection: Connection, enterprise: str | None = None) -> dict[Key, tuple[datetime, datetime]]:
    """When each submitted number had changed, and when that was reported."""
    asked = select(_N.enterprise, _N.number, _N.kind, _N.agency, _N.changed_us, _N.sent_us)
    if enterprise is not None:
        asked = asked.where(_N.enterprise == enterprise)
    return {
        Key(row[0], row[1], row[2], row[3]): (from_us(row[4]), from_us(row[5]))
        for row in connection.execute(asked)
    }


def every_submission(connection: Connection, enterprise: str | None = None) -> list[dict[str, Any]]:
    """Every submission, newest first, with its lines counted by answer and its receipts."""
    asked = select(submissions).order_by(_S.seq.desc())
    if enterprise is not None:
        asked = asked.where(_S.enterprise == enterprise)
    return [_shown(connection, dict(row)) for row in connection.execute(asked).mappings()]


def _shown(connection: Connection, row: dict[str, Any]) -> dict[str, Any]:
    mine = select(_L.answer, _L.change, _L.changed_us, _L.number, _L.reason).where(_L.submission == row["id"])
    lines = connection.execute(mine.order_by(_L.no)).all()
    filed = select(receipts.c.sha256, receipts.c.media, receipts.c.name, receipts.c.filed_us)
    filed = filed.where(receipts.c.submission == row["id"]).order_by(receipts.c.filed_us)
    names = ("id", "seq", "enterprise", "regulator", "state", "channel", "sha256", "signed_by")
    return {
        **{name: row[name] for name in names},
        "prepared_at": instant_text(from_us(row["prepared_us"])),
        "sent_at": None if row["sent_us"] is None else instant_text(from_us(row["sent_us"])),
        "answers": _counted([one.answer for one in lines]),
        "changes": _counted([one.change for one in lines]),
        "rejected": [
            {"number": one.number, "reason": one.reason} for one in lines if one.answer == "rejected"
        ],
        "receipts": [
            {
                **{name: one[name] for name in ("sha256", "media", "name")},
                "filed_at": instant_text(from_us(one["filed_us"])),
            }
            for one in connection.execute(filed).mappings()
        ],
    }


def _counted(words: list[str]) -> dict[str, int]:
    return {word: words.count(word) for word in sorted(set(words))}


def handed_over(connection: Connection, enterprise: str, regulator: str) -> list[dict[str, Any]]:
    """Submissions that the regulator has, or may have, over HTTP, in the order in which it was told."""
    asked = select(submissions).where(
        _S.enterprise == enterprise,
        _S.regulator == regulator,
        _S.channel == "http",
        _S.state.in_(("sending", "sent", "answered")),
    )
    return [dict(row) for row in connection.execute(asked.order_by(_S.seq)).mappings()]


def keys_of(connection: Connection, submission: str) -> dict[int, tuple[Key, str]]:
    """The number of each line of a submission, and what the regulator answered."""
    asked = select(_S.enterprise, submission_lines).join(submissions, _S.id == _L.submission)
    return {
        row["no"]: (Key(row["enterprise"], row["number"], row["kind"], row["agency"]), row["answer"])
        for row in connection.execute(asked.where(_L.submission == submission)).mappings()
    }


def carriers_of_truth(connection: Connection, enterprise: str, regulator: str) -> dict[Key, str]:
    """The submission whose acknowledged line says what the regulator must hold of each number."""
    newest: dict[Key, str] = {}
    asked = (
        select(_L.submission, _L.number, _L.kind, _L.agency)
        .join(submissions, _S.id == _L.submission)
        .where(_S.enterprise == enterprise, _S.regulator == regulator, _L.answer == ACKNOWLEDGED)
        .order_by(_S.seq)
    )
    for row in connection.execute(asked):
        newest[Key(enterprise, row.number, row.kind, row.agency)] = row.submission
    return newest


def former(connection: Connection, present: Collection[str]) -> dict[str, dict[str, Any]]:
    """Enterprises that once submitted and are not `present` any more, as their newest submission named them."""
    newest = select(_S.enterprise, func.max(_S.seq).label("seq")).group_by(_S.enterprise).subquery()
    asked = select(_S.enterprise, _S.regulator, _S.document).join(newest, newest.c.seq == _S.seq)
    return {
        row.enterprise: {**json.loads(row.document)["enterprise"], "regulator": row.regulator}
        for row in connection.execute(asked.where(_S.enterprise.not_in(sorted(present))))
    }
