"""Commands of people who answer for the calls: scripts and their approval, stops."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Select, insert, select, update

from dialer.core.admission import Actor
from dialer.core.entry import to_us
from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.facts import Period
from dialer.core.policy import Purpose
from dialer.record import log
from dialer.record.four_eyes import ANYBODY, UNNAMED, Approvers, refuse_unless_second
from dialer.record.tables import scripts, stops


class SubmittedScript(Protocol):
    """One version of a script as submitted. `period` is aware; `closing` says that it is a goodbye."""

    @property
    def id(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def enterprise(self) -> str: ...
    @property
    def purposes(self) -> frozenset[Purpose]: ...
    @property
    def products(self) -> frozenset[str]: ...
    @property
    def mode(self) -> str: ...
    @property
    def parts(self) -> frozenset[str]: ...
    @property
    def text(self) -> str: ...
    @property
    def audio_sha256(self) -> str: ...
    @property
    def duration_ms(self) -> int: ...
    @property
    def closing(self) -> bool: ...
    @property
    def period(self) -> Period: ...
    @property
    def replacements(self) -> tuple[str, ...]: ...


def put_script(connection: Connection, script: SubmittedScript, actor: Actor, now: datetime) -> None:
    """Submit a version. The same again changes nothing; raises BadInput for another text under that version."""
    row = {
        "id": script.id,
        "version": script.version,
        "enterprise": script.enterprise,
        "purposes": "+".join(sorted(one.value for one in script.purposes)),
        "products": "+".join(sorted(script.products)),
        "mode": script.mode,
        "parts": "+".join(sorted(script.parts)),
        "text": script.text,
        "audio_sha256": script.audio_sha256,
        "duration_ms": script.duration_ms,
        "closing": int(script.closing),
        "start_us": to_us(script.period.start) if script.period.start else None,
        "end_us": to_us(script.period.end) if script.period.end else None,
        "replacements": "+".join(script.replacements),
    }
    before = connection.execute(_script(script.id, script.version)).mappings().first()
    if before is not None:
        if all(before[name] == value for name, value in row.items()):
            # Somebody who is known stands in for whoever held the token.
            if before["submitted_by"] in UNNAMED and before["status"] == "submitted":
                own = (scripts.c.id == script.id) & (scripts.c.version == script.version)
                connection.execute(update(scripts).where(own).values(submitted_by=actor.id))
            return
        raise _bad(script.id, "version", str(script.version), "is submitted with other content", "raise it")
    connection.execute(insert(scripts), {**row, "status": "submitted", "submitted_by": actor.id})
    digest = hashlib.sha256(script.text.encode()).hexdigest()
    body = {**{name: row[name] for name in row if name != "text"}, "text_sha256": digest, "script": script.id}
    log.append(connection, "script_submitted", now, actor, body, about=script.id)


def approve_script(
    connection: Connection,
    script: str,
    version: int,
    actor: Actor,
    now: datetime,
    approvers: Approvers = ANYBODY,
) -> None:
    """Approve a version that somebody else submitted; the one approved before is withdrawn.

    Raises BadInput where it cannot be, or `actor` may not.
    """
    row = connection.execute(_script(script, version)).first()
    if row is None:
        raise _bad(script, "version", str(version), "is not submitted", "submit it first")
    if row.status == "approved":
        return
    if row.status == "withdrawn":
        raise _bad(script, "version", str(version), "was withdrawn", "submit a new version")
    refuse_unless_second(approvers, actor, [row.submitted_by], now, f"script {script}")
    _refuse_unfit_replacements(connection, row)
    older = (scripts.c.id == script) & (scripts.c.status == "approved")
    connection.execute(update(scripts).where(older).values(status="withdrawn"))
    this = (scripts.c.id == script) & (scripts.c.version == version)
    connection.execute(update(scripts).where(this).values(status="approved", approved_by=actor.id))
    body = {
        "script": script,
        "version": version,
        "audio_sha256": row.audio_sha256,
        "replacements": row.replacements,
        "submitted_by": row.submitted_by,
    }
    log.append(connection, "script_approved", now, actor, body, about=script)


def _refuse_unfit_replacements(connection: Connection, row: Any) -> None:
    """What takes over is approved itself, of the same enterprise, and made for at least the same calls."""
    for ident in row.replacements.split("+") if row.replacements else ():
        this = (scripts.c.id == ident) & (scripts.c.status == "approved")
        other = connection.execute(select(scripts).where(this)).first()
        if other is None or ident == row.id:
            raise _bad(row.id, "replacements", ident, "is not an approved script", "approve it first")
        unfit = other.enterprise != row.enterprise or any(
            set(getattr(row, name).split("+")) - set(getattr(other, name).split("+"))
            for name in ("purposes", "products")
        )
        if unfit:
            hint = "the same enterprise, and every purpose and product of this one"
            raise _bad(row.id, "replacements", ident, "is not made for the same calls", hint)


def withdraw_script(connection: Connection, script: str, version: int, actor: Actor, now: datetime) -> None:
    """Withdraw a version: no call with it begins or is bridged any more."""
    this = (scripts.c.id == script) & (scripts.c.version == version) & (scripts.c.status != "withdrawn")
    if connection.execute(update(scripts).where(this).values(status="withdrawn")).rowcount:
        body = {"script": script, "version": version}
        log.append(connection, "script_withdrawn", now, actor, body, about=script)


def stop(
    connection: Connection, scope: str, target: str | None, reason: str, actor: Actor, now: datetime
) -> str:
    """Put a stop in force; its id. `scope`: `all|enterprise|agency|campaign`, `target` its id, None for all."""
    ident = log.new_id(now)
    row = {
        "id": ident,
        "scope": scope,
        "target": target,
        "reason": reason,
        "since_us": to_us(now),
        "by": actor.id,
    }
    connection.execute(insert(stops), row)
    body = {"stop": ident, "scope": scope, "target": target, "reason": reason}
    log.append(connection, "stopped", now, actor, body, about=ident)
    return ident


def resume(connection: Connection, scope: str, target: str | None, actor: Actor, now: datetime) -> list[str]:
    """Lift every stop of this very scope and target; their ids. A narrower or wider stop stays."""
    same = (stops.c.scope == scope) & stops.c.lifted_us.is_(None)
    same &= stops.c.target.is_(None) if target is None else stops.c.target == target
    lifted = list(connection.execute(select(stops.c.id).where(same)).scalars())
    connection.execute(update(stops).where(same).values(lifted_us=to_us(now), lifted_by=actor.id))
    for ident in lifted:
        body = {"stop": ident, "scope": scope, "target": target}
        log.append(connection, "resumed", now, actor, body, about=ident)
    return lifted


def _script(script: str, version: int) -> Select[Any]:
    return select(scripts).where(scripts.c.id == script, scripts.c.version == version)


def _bad(script: str, path: str, value: str, reason: str, hint: str) -> BadInput:
    return BadInput([InputFault(Place(f"script {script}", path=path), reason, value, hint)])
