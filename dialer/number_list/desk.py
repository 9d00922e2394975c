"""The number list of a site: prepared, signed, handed over, receipted and looked up, on the record."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

from dialer.core.admission import Actor
from dialer.core.entry import canonical
from dialer.core.shape import instant_text
from dialer.number_list import documents
from dialer.number_list.changes import difference, hours_between, worst_hours
from dialer.number_list.delivery import Address, Regulator, TurnedDown, Unreachable
from dialer.number_list.moves import Moves
from dialer.number_list.readers import Readers
from dialer.number_list.settling import Settling
from dialer.number_list.spreadsheet import Heading
from dialer.number_list.standing import Now, Rules, bad
from dialer.ports.calls import Clock
from dialer.ports.number_list import (
    ACKNOWLEDGED,
    REJECTED,
    Change,
    Json,
    Key,
    Known,
    LineAnswer,
    Receipt,
)
from dialer.record import listed, submissions
from dialer.record.log import new_id
from dialer.record.store import RecordStore

# What the regulator sends back with one of these is this submission; any other refusal is about us.
_REFUSES_CONTENT = frozenset({400, 409, 413, 422})


class NumberListDesk(Readers):
    """`ports.number_list.NumberLists` on a record."""

    def __init__(self, store: RecordStore, clock: Clock, rules: Rules) -> None:
        super().__init__(store, clock, rules)
        # Two that hand over at once would tell a regulator in no order.
        self._one_at_a_time = asyncio.Lock()

    # -- what differs --------------------------------------------------------------------------------------

    async def diff(self, enterprise: str | None) -> Json:
        """What each regulator must still be told, by regulator and enterprise, the oldest change in hours."""
        now = await self._standing.now()
        groups = []
        for ident in self._standing.asked(now, enterprise):
            found, changes = await self._standing.changes(now, ident, again=False)
            if changes or found.sent_back:
                groups.append(
                    {
                        "regulator": now.enterprises[ident].get("regulator"),
                        "enterprise": ident,
                        "worst_hours": worst_hours(changes, now.at),
                        "changes": [_change_json(one, now.at) for one in changes],
                        "sent_back": [_known_json(one) for one in found.sent_back],
                    }
                )
        return {"groups": sorted(groups, key=lambda one: (str(one["regulator"]), str(one["enterprise"])))}

    async def prepare(self, enterprise: str | None, again: bool, actor: Actor) -> Json:
        """Make a submission of each difference; raises BadInput where an enterprise has no regulator."""
        now = await self._standing.now()
        made = []
        for ident in self._standing.asked(now, enterprise):
            _, changes = await self._standing.changes(now, ident, again=again)
            if not changes:
                continue
            regulator = now.enterprises[ident].get("regulator")
            if regulator is None:
                hint = "name it in the register: enterprises.regulator"
                raise bad(f"enterprise {ident}", "regulator", "no competent regulator", "", hint)
            one = await asyncio.to_thread(self._prepared, now, ident, regulator, changes)
            await self._store.write(lambda on, one=one: submissions.prepare(on, one, actor, now.at))  # type: ignore[misc]
            made.append(
                {
                    "submission": one.id,
                    "enterprise": ident,
                    "regulator": regulator,
                    "lines": len(changes),
                    "sha256": hashlib.sha256(one.document).hexdigest(),
                }
            )
        return {"submissions": made}

    def _prepared(self, now: Now, ident: str, regulator: str, changes: Sequence[Change]) -> Any:
        row = now.enterprises[ident]
        name = new_id(now.at)
        how = Heading(name, row["full_name"], regulator, now.at, now.zone)
        return documents.prepared(name, row, regulator, changes, now.at, how, self._rules.template)

    # -- signing and handing over --------------------------------------------------------------------------

    async def document(self, submission: str) -> bytes:
        """The bytes that are signed."""
        row = await self._store.read(lambda on: submissions.found(on, submission))
        return bytes(row["document"])

    async def sign(self, submission: str, signed: Json, actor: Actor) -> Json:
        """Keep a trusted officer's signature. Raises BadInput for any other."""
        content = await self.document(submission)
        kept = documents.trusted(content, signed, self._rules.trusted, f"submission {submission}")
        await self._store.write(lambda on: submissions.sign(on, submission, kept, actor, self._clock.now()))
        return {"submission": submission, "state": "signed", "signed_by": kept.signed_by}

    async def submit(self, submission: str, actor: Actor) -> Json:
        """Hand a signed submission over. Raises BadInput where the register has changed since it was prepared."""
        async with self._one_at_a_time:
            row = await self._store.read(lambda on: submissions.found(on, submission))
            if row["state"] in submissions.HANDED_OVER:
                return {"submission": submission, "state": row["state"], "channel": row["channel"]}
            if row["state"] != "sending":
                await self._refuse_stale(row)
            address = self._rules.addresses.get(row["regulator"])
            if address is None:
                return await self._to_folder(row, actor)
            await self._store.write(lambda on: submissions.sending(on, submission))
            async with ClientSession() as session:
                return await self._send(self._regulator(session, address), row, actor)

    async def _refuse_stale(self, row: Json) -> None:
        """What was signed must still be what the register says."""
        now = await self._standing.now()
        told = {Key(row["enterprise"], *key): digest for key, digest in _digests(row).items()}
        known = await self._store.read(lambda on: listed.known(on, row["enterprise"], row["regulator"]))
        mine = {key: line for key, line in now.lines.items() if key.enterprise == row["enterprise"]}
        found = difference(mine, known, again=True)
        wanted = {one.line.key: one.line.digest for one in found.changes}
        back = {one.key: one.digest for one in difference(mine, known).sent_back}
        if told != wanted and told != {key: one for key, one in wanted.items() if key not in back}:
            hint = "prepare and sign a new one: dialer register sign"
            raise bad(f"submission {row['id']}", "", "the register has changed since", row["id"], hint)

    async def _to_folder(self, row: Json, actor: Actor) -> Json:
        ident = row["id"]
        if row["state"] != "signed":
            hint = "sign it: dialer register sign"
            raise bad(f"submission {ident}", "state", "cannot be handed over", row["state"], hint)
        folder = self._rules.folder / "submissions" / ident
        await asyncio.to_thread(documents.write_files, folder, documents.files_of(row))
        await Moves(self._store, self._clock, actor).submitted(ident, "file")
        return {"submission": ident, "state": "sent", "channel": "file", "folder": str(folder)}

    async def _send(self, regulator: Regulator, row: Json, actor: Actor) -> Json:
        ident = row["id"]
        told, moves = {"submission": ident, "channel": "http"}, Moves(self._store, self._clock, actor)
        try:
            await regulator.send(row)
        except Unreachable as trouble:
            return {**told, "state": "sending", "why": str(trouble)}
        except TurnedDown as refusal:
            if refusal.status not in _REFUSES_CONTENT:
                return {**told, "state": "sending", "why": str(refusal)}
            await moves.submitted(ident, "http")
            await moves.all_rejected(ident, refusal.detail or str(refusal))
            return {**told, "state": "answered", "why": str(refusal)}
        await moves.submitted(ident, "http")
        return {**told, "state": "sent"}

    def _regulator(self, session: ClientSession, address: Address) -> Regulator:
        return Regulator(session, address, first_pause_s=self._rules.first_pause_s)

    async def receipt(self, submission: str, given: Json, actor: Actor) -> Json:
        """File a scanned receipt. `given`: name, content (base64), rejected: number, agency, reason each."""
        content = _decoded(given["content"], given["name"])
        filed = Receipt(
            name=Path(given["name"]).name,
            media=documents.media_of(content, given["name"]),
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
        )
        await self.document(submission)
        lines = await self._store.read(lambda on: listed.keys_of(on, submission))
        said = _receipted(lines, given["rejected"], submission)
        folder = self._rules.folder / "receipts"
        await asyncio.to_thread(_keep, folder, f"{filed.sha256}.{filed.media}", content)
        answered = await Moves(self._store, self._clock, actor).answered(submission, said, filed)
        return {"submission": submission, "sha256": filed.sha256, "media": filed.media, "answered": answered}

    async def reconcile(self, enterprise: str | None, actor: Actor) -> Json:
        """Ask each regulator that has an address what it holds, and send again until both sides are equal."""
        now = await self._standing.now()
        reports = []
        async with self._one_at_a_time, ClientSession() as session:
            for ident in self._standing.asked(now, enterprise):
                name = now.enterprises[ident].get("regulator")
                address = self._rules.addresses.get(name or "")
                if address is None:
                    continue
                settling = Settling(
                    self._store,
                    self._clock,
                    self._regulator(session, address),
                    now.enterprises[ident],
                    actor,
                    first_pause_s=self._rules.first_pause_s,
                )
                report = await settling.run()
                found, changes = await self._standing.changes(now, ident, again=False)
                sent_back = [_known_json(one) for one in found.sent_back]
                reports.append({**report, "regulator": name, "unsent": len(changes), "rejected": sent_back})
        return {"equal": all(one["equal"] for one in reports), "enterprises": reports}


def _digests(row: Json) -> dict[tuple[str, str, str], str]:
    """Digest of each line of a submission's document by number, kind and agency."""
    found = {}
    for one in json.loads(row["document"])["lines"]:
        line = one["line"]
        agency = line["agency"]["id"] if line["agency"] else ""
        found[line["number"], line["kind"], agency] = hashlib.sha256(canonical(line)).hexdigest()
    return found


def _receipted(
    lines: Mapping[int, tuple[Key, str]], rejected: Sequence[Json], submission: str
) -> list[LineAnswer]:
    """Every line acknowledged but for those that the receipt sends back."""
    back: dict[int, str] = {}
    for row in rejected:
        own = [
            no
            for no, (key, _) in lines.items()
            if key.number == row["number"] and row.get("agency") in (None, key.agency)
        ]
        if not own:
            hint = "name a number of this submission"
            raise bad(f"submission {submission}", "rejected", "has no such number", row["number"], hint)
        back |= dict.fromkeys(own, str(row["reason"]))
    return [
        LineAnswer(no, REJECTED, back[no]) if no in back else LineAnswer(no, ACKNOWLEDGED) for no in lines
    ]


def _decoded(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise bad(name, "content", "is not base64", "", "send the file's bytes as base64") from None


def _keep(folder: Path, name: str, content: bytes) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = folder / f"{name}.new"
    beside.write_bytes(content)
    beside.replace(folder / name)


def _change_json(one: Change, at: datetime) -> dict[str, Any]:
    return {
        "change": one.kind,
        "changed_at": instant_text(one.changed_at),
        "hours": hours_between(one.changed_at, at),
        "line": one.line.content,
    }


def _known_json(one: Known) -> dict[str, Any]:
    return {
        "number": one.key.number,
        "agency": one.key.agency or None,
        "kind": one.key.kind,
        "reason": one.reason,
    }
