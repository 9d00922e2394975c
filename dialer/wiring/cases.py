"""Cases, from the API into the record."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from dialer.case_files import reason_of
from dialer.core.admission import Actor
from dialer.core.cases import Change, fold
from dialer.core.entry import to_us
from dialer.core.errors import BadInput, InputFault, Place
from dialer.ports.calls import Clock
from dialer.record import cases, people
from dialer.record.hashing import subject_hash
from dialer.record.store import RecordStore
from dialer.secrets import Secrets
from dialer.tabular import Wrong
from dialer.wiring.gate import shown

Json = Mapping[str, Any]


class RecordCases:
    """`ports.cases.Cases` on the record. `secrets_dir`: where a child finds the keys; `zone`: of bare days in files."""

    def __init__(
        self, store: RecordStore, secrets: Secrets, secrets_dir: Path, clock: Clock, zone: str
    ) -> None:
        self._store = store
        self._secrets = secrets
        self._secrets_dir = secrets_dir
        self._clock = clock
        self._zone = zone

    async def change(self, rows: Sequence[Json], actor: Actor) -> Json:
        """Write changes, all or none; live calls that they forbid are revoked when this returns."""
        known = await self._registered()
        now = self._clock.now()
        faults: list[InputFault] = []
        several: list[cases.DebtChange] = []
        for no, row in enumerate(rows):
            read = _read(row, known, no, now)
            if isinstance(read, Change):
                several.append(cases.DebtChange(self._hash(row["enterprise"], row["debt"]), read))
            else:
                faults += read
        if faults:
            raise BadInput(faults)
        # Who gives up waiting must not leave calls that were not decided again.
        return await asyncio.shield(self._change(several, actor))

    async def _change(self, several: Sequence[cases.DebtChange], actor: Actor) -> Json:
        debts = {one.debt for one in several}

        def work(connection: Connection) -> dict[bytes, str]:
            cases.add(connection, several, actor, self._clock.now())
            return people.known(connection, debts)

        enrolled = await self._store.write(work, urgent=True)
        hit = set(enrolled.values())
        why = ", ".join(sorted({one.change.kind for one in several}))
        await self._store.recheck(f"case {why}", lambda attempt: attempt.debt in hit)
        return {"changes": len(several), "debts": len(debts), "never_called": len(debts) - len(enrolled)}

    async def case(self, enterprise: str, debt: str) -> Json | None:
        """A case as it stands now and all its changes, None where nobody told of it."""
        digest = self._hash(enterprise, debt)
        files = self._store.imports.files
        found = await self._store.read(lambda one: cases.changes(one, files, digest))
        known = fold(found, self._clock.now())
        if known is None:
            return None
        case = known.case
        return {
            "status": case.status,
            "assigned_to": case.assigned_to,
            "holds": [
                {"reason": one.reason, "from": shown(one.period.start), "until": shown(one.period.end)}
                for one in case.holds
            ],
            "debtor_told_at": shown(case.debtor_told_at),
            "told_how": case.told_how,
            "overdue_days": known.overdue_days,
            "changes": [_shown(one) for one in found],
        }

    def spool(self) -> Path:
        """A new name for the bytes of a case file on their way in."""
        return self._store.imports.stager.spool()

    async def take(self, spool: Path, name: str, actor: Actor) -> Json:
        """Put the case file that was spooled in force, whole or not at all."""
        enterprises, agencies = await self._registered()
        options = {
            "name": name,
            "zone": self._zone,
            "now": to_us(self._clock.now()),
            "enterprises": sorted(enterprises),
            "agencies": sorted(agencies),
        }
        made = await self._store.imports.stager.make(
            cases.KIND, spool, secrets_dir=self._secrets_dir, options=options
        )
        batch = await self._store.imports.put(made, actor)
        return {"batch": batch.id, "rows": batch.rows, "digest": batch.digest}

    def _hash(self, enterprise: str, debt: str) -> bytes:
        return subject_hash(self._secrets.subject_key, "debt", enterprise, debt)

    async def _registered(self) -> tuple[frozenset[str], frozenset[str]]:
        """Ids of the enterprises and agencies of the register in force."""
        found = await self._store.in_force("register")
        document = found[1] if found else {}
        return tuple(  # type: ignore[return-value]
            frozenset(one["id"] for one in document.get(name) or ()) for name in ("enterprises", "agencies")
        )


def _read(
    row: Json, known: tuple[frozenset[str], frozenset[str]], no: int, now: datetime
) -> Change | list[InputFault]:
    """The change of a row, or what is wrong with it."""
    enterprises, agencies = known
    faults: list[InputFault] = []

    def wrong(name: str, reason: str, hint: str, value: str = "") -> None:
        faults.append(InputFault(Place("changes", path=f"{no}.{name}"), reason, value, hint))

    enterprise, party, kind = row["enterprise"], row.get("agency"), row["change"]
    hint = "dialer register list shows the ids"
    if enterprise not in enterprises:
        wrong("enterprise", "not an id of an enterprise in the register", hint, enterprise)
    if party is not None and party not in agencies | enterprises:
        wrong("agency", "not an id of an agency in the register", hint, party)
    reason = reason_of(row.get("reason") or "")
    if isinstance(reason, Wrong):
        wrong("reason", reason.reason, reason.hint)
        return faults
    try:
        change = Change(
            kind=kind,
            at=row.get("at") or now,
            until=row.get("until"),
            party=None if party == enterprise else party,
            reason=reason,
            lifts=row.get("lifts") or ("held" if kind == "lifted" else ""),
            how=row.get("how"),
            overdue_days=row.get("overdue_days"),
        )
    except ValueError as trouble:
        wrong("change", str(trouble), "see docs/files.md, case files", kind)
        return faults
    return faults or change


def _shown(change: Change) -> dict[str, Any]:
    found = {
        "change": change.kind,
        "at": shown(change.at),
        "until": shown(change.until),
        "agency": change.party,
        "reason": change.reason or None,
        "lifts": change.lifts or None,
        "how": change.how,
        "overdue_days": change.overdue_days,
    }
    return {name: value for name, value in found.items() if value is not None}
