"""Numbers in a file of their own, not in the register's document: the list is made from them all the same."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from number_list_kit import ENTERPRISE, OFFICER, Site, register

from dialer import staging
from dialer.core.errors import Fault
from dialer.record import stager
from dialer.record.batches import in_force
from dialer.record.number_import import NumberImport
from dialer.staged import digest_of

COLUMNS = ("number", "enterprise", "agency", "carrier", "path", "status", "may_dial_out", "from", "to")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are made in this process: what is proved is not the child, which takes a second to start."""

    async def made(kind: str, spool: Path, out: Path, job: Mapping[str, Any], told: Any) -> dict[str, Any]:
        return {**staging.make(kind, spool, out, job), "digest": digest_of(out)}

    monkeypatch.setattr(stager, "_run", made)


async def take(site: Site, rows: list[dict[str, Any]]) -> None:
    """Put a file of these numbers in the place of all numbers so far."""
    taking = NumberImport(site.store.changes, site.store.imports, site.folder / "secrets")
    spool = taking.spool()
    lines = [
        ",".join([*(str(row.get(name, "")).lower() for name in COLUMNS), ";".join(row["purposes"])])
        for row in rows
    ]
    spool.write_text("\n".join((",".join((*COLUMNS, "purposes")), *lines)) + "\n", encoding="utf-8")
    put = await taking.take(spool, "numbers.csv", "the pool", OFFICER)
    assert put.in_force, put
    spool.unlink()


async def test_the_same_numbers_from_a_file_are_no_change_and_fewer_are_a_removal(site: Site) -> None:
    """The document is emptied for the file, and neither regulator nor readers are told that numbers are gone."""
    await site.submitted()
    cursor = (await site.desk.changes(-1))["cursor"]
    await take(site, register()["numbers"])
    found = await site.store.in_force("register")
    assert found is not None
    assert found[1]["numbers"] == []
    assert (await site.desk.diff(None))["groups"] == []
    then = await site.desk.changes(cursor)
    assert (then["changes"], then["cursor"] > cursor) == ([], True)
    site.clock.move(hours=2)
    await take(site, register("95000002")["numbers"])
    site.clock.move(hours=1)
    (group,) = (await site.desk.diff(ENTERPRISE))["groups"]
    told = [(one["change"], one["line"]["number"], one["hours"]) for one in group["changes"]]
    assert told == [("removed", "95000002", 1)]
    (change,) = (await site.desk.changes(then["cursor"]))["changes"]
    assert (change["change"], change["line"]["number"]) == ("removed", "95000002")


async def test_a_file_that_is_gone_is_a_fault_and_no_removal(site: Site) -> None:
    """Nobody is told that an enterprise gave up all its numbers because a disk did."""
    await site.submitted()
    await take(site, register()["numbers"])
    (batch,) = await site.store.read(lambda on: in_force(on, "numbers"))
    site.store.imports.files.path(batch.id).unlink()
    with pytest.raises(Fault, match=r"sound\.batch"):
        await site.desk.diff(None)
    changes = (await site.desk.changes(0))["changes"]
    assert [(one["change"], one["line"]) for one in changes] == [("replaced", None)]
