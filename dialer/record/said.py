"""What a person said about being called, as the facts of one decision: single statements and imported ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, bindparam, literal, literal_column, or_, select, union_all

from dialer.core.entry import from_us, to_us
from dialer.core.facts import Consent, Listing, Preference
from dialer.core.policy import Purpose
from dialer.record.batches import Batch, BatchFiles, Item
from dialer.record.prepared import Prepared
from dialer.record.tables import preferences, subjects, suppression

if TYPE_CHECKING:
    from dialer.record.reading import Asked

KIND = "preferences"
# A list that somebody else keeps is a batch of the kind `registry:NAME`; of its date it says this.
REGISTRY = "registry:"
AS_OF = "as_of"

# How a consent was given, by the words that people write into the column `source`.
_EVIDENCE = {
    **dict.fromkeys(("sms", "短信"), "sms"),
    **dict.fromkeys(("telephone", "phone", "电话"), "telephone"),
    **dict.fromkeys(("writing", "written", "书面", "书面同意"), "writing"),
    **dict.fromkeys(("web", "网页", "网站"), "web"),
}

_P = preferences.c
_U = suppression.c
_HASHES = select(subjects.c.hash).where(subjects.c.id.in_([bindparam("person"), bindparam("line")]))
_STATEMENTS = Prepared(
    union_all(
        select(
            _P.id,
            _P.kind,
            _P.enterprise,
            _P.purpose,
            _P.product,
            _P.channel,
            _P.source,
            _P.stated_us,
            _P.until_us,
        ).where(
            _P.subject.in_([bindparam("person"), bindparam("line")]),
            # A refusal that another system's clock dates ahead of ours was made all the same.
            or_(_P.from_us <= bindparam("now"), _P.kind == literal_column("'opt_out'")),
            or_(_P.enterprise.is_(None), _P.enterprise == bindparam("enterprise")),
        ),
        select(
            _U.id,
            literal("opt_out"),
            _U.enterprise,
            _U.purpose,
            _U.product,
            _U.channel,
            _U.source,
            _U.stated_us,
            _U.until_us,
        ).where(_U.hash.in_(_HASHES), or_(_U.enterprise.is_(None), _U.enterprise == bindparam("enterprise"))),
    )
)


def statements(
    connection: Connection,
    files: BatchFiles,
    several: Sequence[Batch],
    hashes: Sequence[bytes],
    asked: Asked,
    now: datetime,
) -> tuple[Preference, ...]:
    """Everything that person and line said by `now`, and refusals dated ahead, for this enterprise, oldest first.

    `several`: the batches of imported statements, `hashes`: the keyed hashes of person and line. Raises Fault
    `sound.batch` where a batch cannot be read.
    """
    at_us = to_us(now)
    known = {"person": asked.person, "line": asked.line, "enterprise": asked.enterprise, "now": at_us}
    found = [tuple(row) for row in _STATEMENTS.rows(connection, known)]
    for subject in hashes if several else ():
        found += [row for item in files.items(several, subject) if (row := _row(item, asked, at_us))]
    found.sort(key=lambda one: (one[7], one[0]))
    return tuple(_preference(row) for row in found)


def _row(item: Item, asked: Asked, at_us: int) -> tuple[Any, ...] | None:
    """An imported statement as a row of the table would be; None where it is out of scope, or a consent to come."""
    said = json.loads(item.content)
    ahead = said["stated_us"] > at_us and said["kind"] != "opt_out"
    if ahead or said.get("enterprise") not in (None, asked.enterprise):
        return None
    names = ("kind", "enterprise", "purpose", "product", "channel", "source", "stated_us", "until_us")
    return (f"batch:{item.seq}:{item.no}", *(said.get(name) for name in names))


def imported(files: BatchFiles, several: Sequence[Batch], subject: bytes) -> list[dict[str, Any]]:
    """What was imported about one subject, by its keyed hash, for people to read. Raises Fault `sound.batch`."""
    found = []
    for item in files.items(several, subject):
        told = json.loads(item.content)
        until = told.get("until_us")
        found.append(
            {
                **{
                    name: told.get(name)
                    for name in ("kind", "enterprise", "purpose", "product", "channel", "source")
                },
                "stated_at": from_us(told["stated_us"]),
                "until": None if until is None else from_us(until),
            }
        )
    return found


def _preference(row: tuple[Any, ...]) -> Preference:
    return Preference(
        id=row[0],
        kind=row[1],
        enterprise=row[2],
        purpose=Purpose(row[3]) if row[3] else None,
        product=row[4],
        channel=row[5],
        source=row[6],
        stated_at=from_us(row[7]),
        until=None if row[8] is None else from_us(row[8]),
    )


def consent(said: Preference) -> Consent:
    """A registered wish to be called, as the proof of consent that it is; of hours it says nothing."""
    return Consent(
        id=said.id,
        evidence=_EVIDENCE.get(said.source.lower(), "other"),
        enterprise=said.enterprise,
        purpose=said.purpose,
        product=said.product,
        channel=said.channel,
        covers=frozenset({"calls"}),
        given_at=said.stated_at,
        until=said.until,
    )


def listings(files: BatchFiles, several: Sequence[Batch], line: bytes) -> Mapping[str, Listing]:
    """What each imported list says of a line, by the list's name. Raises Fault `sound.batch`.

    `several`: batches in force, newest first; of one list only the newest is asked, since it is the whole list.
    """
    found: dict[str, Listing] = {}
    for one in several:
        name = one.kind.removeprefix(REGISTRY)
        if one.kind.startswith(REGISTRY) and name not in found:
            (dated,) = files.items([one], AS_OF)
            as_of = from_us(json.loads(dated.content)["at_us"])
            found[name] = Listing(bool(files.items([one], line)), as_of)
    return found
