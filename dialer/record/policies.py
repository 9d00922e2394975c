"""Policy sets in the record: what only tightens is in force at once, anything else waits for a second person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from dialer.core.admission import Actor
from dialer.core.entry import to_us
from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.tightening import Change, changes, loosening
from dialer.record import catalog, log
from dialer.record.four_eyes import ANYBODY, Approvers, refuse_unless_second
from dialer.record.tables import in_force, versions

POLICY, PENDING = "policy", "policy_pending"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What became of a policy set: its version, whether it is in force, and else the changes that may loosen."""

    version: str
    in_force: bool
    loosens: tuple[Change, ...] = ()


def propose(connection: Connection, content: Mapping[str, Any], actor: Actor, at: datetime) -> Proposal:
    """Put a policy set in force if it only tightens the one in force, or is the first; else keep it waiting.

    `content` holds digest, revision, engine, signature, and `policy`, `zones`, `calendars` as plain JSON. Raises
    BadInput for a revision lower than the one in force, and for a revision that was another set before.
    """
    current = catalog.current(connection, POLICY)
    if current is None:
        return Proposal(catalog.put_in_force(connection, POLICY, content, actor, at), True)
    before = current[1]
    if before["digest"] == content["digest"]:
        return Proposal(current[0], True)
    _refuse_older(before, content)
    loosens = _loosens(before, content)
    if not loosens:
        connection.execute(delete(in_force).where(in_force.c.kind == PENDING))
        return Proposal(catalog.put_in_force(connection, POLICY, content, actor, at), True)
    waiting = catalog.current(connection, PENDING)
    if waiting is not None and waiting[1]["digest"] == content["digest"]:
        return Proposal(waiting[0], False, loosens)
    _refuse_exchanged(connection, content)
    version = catalog.store_version(connection, POLICY, content, actor, at)
    row = {"kind": PENDING, "version": version, "since_us": to_us(at)}
    connection.execute(insert(in_force).values(row).on_conflict_do_update(index_elements=["kind"], set_=row))
    body = {"version": version, "revision": content["revision"], "digest": content["digest"]}
    log.append(connection, "policy_proposed", at, actor, body, about=version)
    return Proposal(version, False, loosens)


def approve(
    connection: Connection, revision: int, actor: Actor, at: datetime, approvers: Approvers = ANYBODY
) -> str:
    """Put the waiting set of `revision` in force; its version. Raises BadInput unless a second person asks for it."""
    waiting = catalog.current(connection, PENDING)
    if waiting is None or waiting[1]["revision"] != revision:
        hint = (
            f"waiting: revision {waiting[1]['revision']}"
            if waiting
            else "nothing waits: see `dialer policy revisions`"
        )
        raise _bad("revision", "no policy set of this revision waits", str(revision), hint)
    version, content = waiting
    _refuse_same_person(connection, version, content, actor, at, approvers)
    current = catalog.current(connection, POLICY)
    if current is not None:
        _refuse_older(current[1], content)
    row = {"kind": POLICY, "version": version, "since_us": to_us(at)}
    connection.execute(insert(in_force).values(row).on_conflict_do_update(index_elements=["kind"], set_=row))
    connection.execute(delete(in_force).where(in_force.c.kind == PENDING))
    body = {"version": version, "revision": revision, "digest": content["digest"]}
    log.append(connection, "policy_approved", at, actor, body, about=version)
    return version


def revisions(connection: Connection) -> list[dict[str, Any]]:
    """Every policy set ever put forward, oldest first: revision, digest, since when, by whom, `state`, document.

    `state`: `in_force|waiting|past`.
    """
    now = {row.version: row.kind for row in connection.execute(select(in_force.c.kind, in_force.c.version))}
    states = {POLICY: "in_force", PENDING: "waiting"}
    rows = connection.execute(select(versions).where(versions.c.kind == POLICY))
    found = [
        {
            "version": row.id,
            "at_us": row.at_us,
            "by": json.loads(row.actor)["id"],
            "state": states.get(now.get(row.id, ""), "past"),
            "document": json.loads(row.document),
        }
        for row in rows
    ]
    return sorted(found, key=lambda one: (one["at_us"], one["document"]["revision"]))


def _loosens(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    if "policy" not in before or "policy" not in after:
        return (Change("policy", "changed", "", before["digest"], after["digest"], False),)
    found = loosening(changes(before["policy"], after["policy"]))
    if before["calendars"] != after["calendars"]:
        found = (*found, Change("calendars", "changed", "", None, None, False))
    return found


def _refuse_older(before: Mapping[str, Any], content: Mapping[str, Any]) -> None:
    older = int(content["revision"]) < int(before["revision"])
    if older or int(content["revision"]) == int(before["revision"]):
        reason = "older than" if older else "another set has"
        in_force_now = f"{reason} the revision in force, `{before['revision']}`"
        raise _bad("revision", in_force_now, str(content["revision"]), "raise the revision and sign it again")


def _refuse_exchanged(connection: Connection, content: Mapping[str, Any]) -> None:
    """Who approves names a revision: it stays the set that he read."""
    for one in connection.execute(select(versions.c.document).where(versions.c.kind == POLICY)).scalars():
        known = json.loads(one)
        if known["revision"] == content["revision"] and known["digest"] != content["digest"]:
            hint = "raise the revision and sign it again"
            raise _bad("revision", "another set was put forward as", str(content["revision"]), hint)


def _refuse_same_person(
    connection: Connection,
    version: str,
    content: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    approvers: Approvers,
) -> None:
    row = connection.execute(select(versions.c.actor).where(versions.c.id == version)).scalar_one()
    signed_by = str(content.get("signature", {}).get("signed_by", ""))
    refuse_unless_second(approvers, actor, [json.loads(row)["id"], signed_by], at, "policy")


def _bad(path: str, reason: str, value: str, hint: str) -> BadInput:
    return BadInput([InputFault(Place("policy", path=path), reason, value, hint)])
