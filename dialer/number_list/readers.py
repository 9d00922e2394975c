"""What people and readers look up: how far each number is, what changed, the signed list."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from dialer.core.admission import Actor
from dialer.core.entry import canonical
from dialer.core.errors import Fault
from dialer.core.shape import instant_text
from dialer.number_list import documents
from dialer.number_list.changes import hours_between
from dialer.number_list.feed import changes_between
from dialer.number_list.lines import key_of
from dialer.number_list.standing import Rules, Standing, bad
from dialer.ports.calls import Clock
from dialer.ports.number_list import UNSUBMITTED, Json, Key
from dialer.record import listed
from dialer.record.register_past import Registered
from dialer.record.store import RecordStore

# So many registers one answer of the feed tells of.
FEED_PAGE = 20


class Readers:
    """The reading half of `ports.number_list.NumberLists`."""

    def __init__(self, store: RecordStore, clock: Clock, rules: Rules) -> None:
        self._store, self._clock, self._rules = store, clock, rules
        self._standing = Standing(store, clock)

    async def submissions(self, enterprise: str | None) -> Sequence[Json]:
        """Every submission, newest first."""
        return await self._store.read(lambda on: listed.every_submission(on, enterprise))

    async def states(self, enterprise: str | None) -> Json:
        """How far each number is; hours from change to report, and those of a change that still waits."""
        now = await self._standing.now()
        numbers: list[dict[str, Any]] = []
        for ident in self._standing.asked(now, enterprise):
            known = await self._store.read(lambda on, ident=ident: listed.known(on, ident))  # type: ignore[misc]
            times = await self._store.read(lambda on, ident=ident: listed.times(on, ident))  # type: ignore[misc]
            _, changes = await self._standing.changes(now, ident, again=False)
            waiting = {one.line.key: one for one in changes}
            said = _said(now.document, ident)
            mine = {key for key in now.lines if key.enterprise == ident}
            for key in sorted(mine | known.keys()):
                state = known[key].state if key in known else said.get(key, UNSUBMITTED)
                numbers.append(
                    {
                        "enterprise": ident,
                        "agency": key.agency or None,
                        "number": key.number,
                        "kind": key.kind,
                        "state": state,
                        "reason": known[key].reason if key in known else "",
                        "reported_after_hours": hours_between(*times[key]) if key in times else None,
                        "waits": waiting[key].kind if key in waiting else None,
                        "waits_hours": (
                            hours_between(waiting[key].changed_at, now.at) if key in waiting else None
                        ),
                    }
                )
        hours = [one[name] for one in numbers for name in ("reported_after_hours", "waits_hours")]
        return {"numbers": numbers, "worst_hours": max((one for one in hours if one is not None), default=0)}

    async def changes(self, since: int) -> Json:
        """Numbers and liaison officers that changed behind the cursor `since`; `cursor` goes on from here."""
        every = await self._standing.history()
        after = [at for at, one in enumerate(every) if one.index > since]
        page, told = after[:FEED_PAGE], []
        for at in page:
            changes = await self._between(every[at - 1] if at else None, every[at])
            when = instant_text(every[at].since)
            told += [{"cursor": every[at].index, "at": when, **one} for one in changes]
        cursor = every[page[-1]].index if page else since
        return {"cursor": cursor, "more": len(after) > len(page), "changes": told}

    async def _between(self, before: Registered | None, after: Registered) -> Sequence[Json]:
        try:
            old = await self._standing.document(before) if before else None
            new = await self._standing.document(after)
        except Fault:
            # The file of the numbers of one of them is kept no longer: what differed cannot be told any more.
            return [{"what": "number", "change": "replaced", "line": None}]
        return await asyncio.to_thread(changes_between, old, new, after.since)

    # -- for readers ---------------------------------------------------------------------------------------

    async def publish(self, enterprise: str, signed: Json | None, actor: Actor) -> bytes | Json:
        """Without `signed`: the list to be signed. With it (list, signature, public_key, signed_by): kept."""
        now = await self._standing.now()
        if not self._rules.publish:
            raise bad("number list", "", "is not published here", "", "set [number_list] publish = true")
        row = now.enterprises[self._standing.asked(now, enterprise)[0]]
        mine = [line for key, line in now.lines.items() if key.enterprise == enterprise]
        content = documents.whole_list(row, row.get("regulator"), mine, now.at)
        if signed is None:
            return content
        given = str(signed["list"]).encode()
        kept = documents.trusted(given, signed, self._rules.trusted, "number list")
        if _undated(given) != _undated(content):
            raise bad("number list", "list", "is not what the register says", "", "publish it again")
        version = await self._store.put_in_force(
            _published(enterprise),
            {"list": signed["list"], "signature": kept.signature, "public_key": kept.public_key},
            actor,
        )
        return {"version": version, "sha256": hashlib.sha256(given).hexdigest()}

    async def published(self, enterprise: str) -> Json | None:
        """The signed list for readers. None where that is off or nothing was signed."""
        if not self._rules.publish:
            return None
        found = await self._store.in_force(_published(enterprise))
        return None if found is None else found[1]


def _published(enterprise: str) -> str:
    return f"number_list:{enterprise}"


def _undated(content: bytes) -> bytes:
    with suppress(ValueError):
        told = json.loads(content)
        if isinstance(told, dict):
            return canonical({name: value for name, value in told.items() if name != "as_of"})
    return b""


def _said(document: Json, enterprise: str) -> dict[Key, str]:
    """What the register itself says of how far its numbers are."""
    return {
        key_of(row): row["list_state"]
        for row in document["numbers"]
        if row["enterprise"] == enterprise and row.get("list_state")
    }
