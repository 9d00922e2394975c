"""What screening said of a script, kept as an entry beside its submission and read by the person who approves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from dialer.core.admission import Actor
from dialer.core.entry import canonical
from dialer.record import commands, listing, log
from dialer.record.tables import entries, scripts

KIND = "script_screened"
Json = Mapping[str, Any]


def submit(
    connection: Connection, script: commands.SubmittedScript, said: Json, actor: Actor, now: datetime
) -> None:
    """Submit a version with what screening said of it, in one transaction. Raises BadInput as `put_script` does.

    The same again changes nothing, unless screening says something else by now.
    """
    commands.put_script(connection, script, actor, now)
    told = json.loads(canonical(said))
    if _kept(connection, script.id).get(script.version) != told:
        body = {"script": script.id, "version": script.version, "screening": told}
        log.append(connection, KIND, now, actor, body, about=script.id)


def with_screening(connection: Connection) -> list[dict[str, Any]]:
    """Every version of every script with what was said of it at its submission; None where nothing was."""
    rows = listing.every_script(connection)
    kept = {script: _kept(connection, script) for script in {row["id"] for row in rows}}
    return [{**row, "screening": kept[row["id"]].get(row["version"])} for row in rows]


def versions_of(connection: Connection, script: str) -> list[dict[str, Any]]:
    """The versions of one script, with their words; empty for one that nobody submitted."""
    asked = select(scripts.c.version, scripts.c.text).where(scripts.c.id == script)
    texts = {row.version: row.text for row in connection.execute(asked)}
    if not texts:
        return []
    return [
        {**row, "text": texts[row["version"]]} for row in with_screening(connection) if row["id"] == script
    ]


def _kept(connection: Connection, script: str) -> dict[int, Any]:
    asked = select(entries.c.bytes).where(entries.c.about == script, entries.c.type == KIND)
    told = [json.loads(row.bytes) for row in connection.execute(asked.order_by(entries.c.at_us))]
    return {one["version"]: one["screening"] for one in told}
