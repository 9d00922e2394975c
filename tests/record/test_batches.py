"""Batch files: made by a child, in force by one row and one entry, and only as they were made."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from record_kit import NOON, OFFICER, Site, codes

from dialer import staging
from dialer.core.admission import Denied, Permitted
from dialer.core.entry import to_us
from dialer.core.errors import BadInput, Fault
from dialer.record import batches, stager
from dialer.record.batches import Batch, Made
from dialer.record.hashing import subject_hash
from dialer.record.stager import Stager
from dialer.secrets import Secrets, ensure
from dialer.staged import SCHEMA, digest_of

MakeSite = Callable[..., Site]
HEADER = "金融企业,案件编号,变更,生效时间,原因\n"


@pytest.fixture
def keys(tmp_path: Path) -> Secrets:
    """Keys that a child can read from a folder."""
    return ensure(tmp_path / "keys")


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are made in this process: what is proved is not the child, which takes a second to start."""

    async def made(kind: str, spool: Path, out: Path, job: Mapping[str, Any], told: Any) -> dict[str, Any]:
        return {**staging.make(kind, spool, out, job), "digest": digest_of(out)}

    monkeypatch.setattr(stager, "_run", made)


def options(**more: Any) -> dict[str, Any]:
    """What the maker of cases is told."""
    known = {"enterprises": ["bank", "lender"], "agencies": ["agency"]}
    return {"name": "cases.csv", "zone": "Asia/Shanghai", "now": to_us(NOON), **known, **more}


async def made_of(site: Site, rows: str, header: str = HEADER) -> Made:
    """The batch file of these rows."""
    spool = site.store.imports.stager.spool()
    spool.write_text(header + rows)
    try:
        return await site.store.imports.stager.make(
            "cases", spool, secrets_dir=site.folder / "keys", options=options()
        )
    finally:
        spool.unlink()


async def standing(site: Site) -> list[Batch]:
    """The batches of cases in force."""
    return await site.store.read(lambda one: batches.in_force(one, "cases"))


def left(site: Site, suffix: str = "") -> list[str]:
    """Files in the folder of the batches."""
    return sorted(one.name for one in (site.folder / "batches").iterdir() if one.name.endswith(suffix))


async def test_a_file_comes_in_force_by_one_row_and_one_entry(make_site: MakeSite, keys: Secrets) -> None:
    """The entry names who and the digest of the file's bytes; no id of a debt stands in it or in the file."""
    site = await make_site(keys=keys).ready()
    made = await made_of(site, "bank,DEBT-0042,停催,2026-11-20,住院\n")
    assert await standing(site) == []
    batch = await site.store.imports.put(made, OFFICER)
    assert await standing(site) == [batch]
    content = json.loads((await site.store.entries())[-1].content)
    assert (content["type"], content["batch"], content["actor"]["id"]) == (
        "batch_put_in_force",
        batch.id,
        "lin",
    )
    file = site.store.imports.files.path(batch.id)
    assert content["digest"] == digest_of(file)
    assert b"DEBT-0042" not in file.read_bytes()
    assert (
        b"DEBT-0042"
        not in (site.folder / "record.db").read_bytes() + (site.folder / "record.db-wal").read_bytes()
    )


@pytest.mark.usefixtures("at_once")
async def test_a_batch_decides_the_next_admission(make_site: MakeSite, keys: Secrets) -> None:
    """The facts of a call about that debt hold its case; those of another debt hold none."""
    site = await make_site(keys=keys).ready()
    rows = "bank,D-1,停催,2026-11-20,住院\nbank,D-1,逾期,2026-11-20,\n"
    made = await made_of(site, rows.replace("逾期,2026-11-20,", "告知,2026-11-20,"))
    await site.store.imports.put(made, OFFICER)
    await site.permitted("C-1", debt_id="D-1")
    known = json.loads((await site.store.entries())[-1].content)["facts"]["case"]
    assert [one["reason"] for one in known["holds"]] == ["住院"]
    await site.permitted("C-2", "+8613812345679", debt_id="D-2")
    assert json.loads((await site.store.entries())[-1].content)["facts"]["case"] is None


@pytest.mark.usefixtures("at_once")
async def test_the_newest_arrival_counts_in_the_order_of_the_log(make_site: MakeSite, keys: Secrets) -> None:
    """Rows of several batches about one subject come back in the order in which they were put in force."""
    site = await make_site(keys=keys).ready()
    for change in ("委案", "退案", "委案"):
        await site.store.imports.put(await made_of(site, f"bank,D-1,{change},2026-11-20,\n"), OFFICER)
    debt = subject_hash(keys.subject_key, "debt", "bank", "D-1")
    files, several = site.store.imports.files, await standing(site)
    found = [json.loads(one.content)["kind"] for one in files.items(several, debt)]
    assert found == ["assigned", "withdrawn", "assigned"]
    newest = files.newest(several, debt)
    assert [(json.loads(one.content)["kind"], one.seq) for one in newest] == [("assigned", several[0].seq)]


@pytest.mark.usefixtures("at_once")
async def test_the_same_file_again_changes_nothing(make_site: MakeSite, keys: Secrets) -> None:
    """Neither a row nor an entry nor a second file."""
    site = await make_site(keys=keys).ready()
    first = await site.store.imports.put(await made_of(site, "bank,D-1,委案,2026-11-20,\n"), OFFICER)
    before = len(await site.store.entries())
    again = await site.store.imports.put(await made_of(site, "bank,D-1,委案,2026-11-20,\n"), OFFICER)
    assert (again, len(await site.store.entries())) == (first, before)
    assert left(site) == [f"{first.id}.db"]


@pytest.mark.usefixtures("at_once")
async def test_many_batches_become_one(
    make_site: MakeSite, keys: Secrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One too many is merged with the others: every change stays, in its order; the entry names what ended."""
    monkeypatch.setattr(batches, "MOST_IN_FORCE", 2)
    site = await make_site(keys=keys).ready()
    changes = {"委案": "assigned", "退案": "withdrawn", "结清": "settled"}
    for word in changes:
        await site.store.imports.put(await made_of(site, f"bank,D-1,{word},2026-11-20,\n"), OFFICER)
    (only,) = await standing(site)
    debt = subject_hash(keys.subject_key, "debt", "bank", "D-1")
    kinds = [json.loads(one.content)["kind"] for one in site.store.imports.files.items([only], debt)]
    assert kinds == list(changes.values())
    content = json.loads((await site.store.entries())[-1].content)
    assert (content["type"], len(content["ended"])) == ("batches_merged", 3)
    site.close()
    reopened = make_site(keys=keys)
    assert (await standing(reopened), left(reopened)) == ([only], [f"{only.id}.db"])


def _gone(path: Path) -> None:
    path.unlink()


def _altered(path: Path) -> None:
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"!")


def _replaced(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as other:
        other.execute(SCHEMA)


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(
    ("harm", "restarted"), [(_altered, False), (_replaced, False), (_gone, True), (_altered, True)]
)
async def test_a_missing_or_altered_file_denies(
    make_site: MakeSite, keys: Secrets, harm: Callable[[Path], None], restarted: bool
) -> None:
    """Whoever's case may stand in it is not called, and the denial says why; a call about no debt goes on."""
    site = await make_site(keys=keys).ready()
    batch = await site.store.imports.put(await made_of(site, "bank,D-1,委案,2026-11-20,\n"), OFFICER)
    await site.permitted("C-1", debt_id="D-1")
    if restarted:
        site.close()
    harm(site.store.imports.files.path(batch.id))
    after = make_site(keys=keys) if restarted else site
    denied = await after.admit("C-2", "+8613812345679", debt_id="D-2")
    assert (isinstance(denied, Denied), list(codes(denied))) == (True, ["sound.batch"])
    assert isinstance(await after.admit("C-3", "+8613812345670"), Permitted)


@pytest.mark.usefixtures("at_once")
async def test_a_file_that_is_restored_is_read_again(
    make_site: MakeSite, keys: Secrets, caplog: pytest.LogCaptureFixture
) -> None:
    """Altered it denies, and that is told once; put back as it was made, what it says counts again."""
    site = await make_site(keys=keys).ready()
    batch = await site.store.imports.put(await made_of(site, "bank,D-1,委案,2026-11-20,\n"), OFFICER)
    path = site.store.imports.files.path(batch.id)
    backup = path.read_bytes()
    await site.permitted("C-1", debt_id="D-1")
    _altered(path)
    caplog.clear()
    await site.store.sweep()
    await site.store.sweep()
    assert len([one for one in caplog.records if one.levelname == "ERROR"]) == 1
    assert list(codes(await site.admit("C-2", "+8613812345679", debt_id="D-2"))) == ["sound.batch"]
    path.unlink()
    path.write_bytes(backup)
    await site.store.sweep()
    await site.permitted("C-2", "+8613812345679", debt_id="D-1")
    assert json.loads((await site.store.entries())[-1].content)["facts"]["case"]["status"] == "assigned"


@pytest.mark.usefixtures("at_once")
async def test_a_file_that_is_not_what_was_made_is_not_put_in_force(
    make_site: MakeSite, keys: Secrets
) -> None:
    """Altered while it waited for the switch: refused, and no row of it."""
    site = await make_site(keys=keys).ready()
    made = await made_of(site, "bank,D-1,委案,2026-11-20,\n")
    _altered(site.store.imports.files.path(made.id))
    with pytest.raises(Fault, match="altered"):
        await site.store.imports.put(made, OFFICER)
    assert await standing(site) == []


@pytest.mark.usefixtures("at_once")
async def test_a_file_that_waits_for_a_second_person_survives_a_restart(
    make_site: MakeSite, keys: Secrets
) -> None:
    """What was made and not yet put in force can be put in force by the next process."""
    site = await make_site(keys=keys).ready()
    made = await made_of(site, "bank,D-1,委案,2026-11-20,\n")
    site.close()
    reopened = make_site(keys=keys)
    batch = await reopened.store.imports.put(made, OFFICER)
    assert await standing(reopened) == [batch]


@pytest.mark.parametrize("after_rows", [0, 10_000])
async def test_a_killed_child_leaves_nothing_in_force(
    make_site: MakeSite, keys: Secrets, after_rows: int
) -> None:
    """`kill -9` at the start or near the end: a Fault, no file, no row, no entry; the next try works."""
    site = await make_site(keys=keys).ready()
    before = len(await site.store.entries())
    rows = "".join(f"bank,D-{no},委案,2026-11-20,\n" for no in range(12_000))

    def told(done: int) -> None:
        if done >= after_rows:
            _kill_children()

    spool = site.store.imports.stager.spool()
    spool.write_text(HEADER + rows)
    making = asyncio.create_task(
        site.store.imports.stager.make(
            "cases", spool, secrets_dir=site.folder / "keys", options=options(), told=told
        )
    )
    if after_rows == 0:
        await _until_a_child_runs()
        _kill_children()
    with pytest.raises(Fault, match="came to nothing"):
        await making
    spool.unlink()
    assert (await standing(site), left(site), len(await site.store.entries())) == ([], [], before)
    made = await made_of(site, "bank,D-1,委案,2026-11-20,\n")
    assert (await site.store.imports.put(made, OFFICER)).rows == 1


async def test_whoever_gives_up_kills_the_child(make_site: MakeSite, keys: Secrets) -> None:
    """A cancelled import leaves neither process nor file."""
    site = await make_site(keys=keys).ready()
    spool = site.store.imports.stager.spool()
    spool.write_text(HEADER + "".join(f"bank,D-{no},委案,2026-11-20,\n" for no in range(12_000)))
    making = asyncio.create_task(
        site.store.imports.stager.make("cases", spool, secrets_dir=site.folder / "keys", options=options())
    )
    await _until_a_child_runs()
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    assert list(_children()) == []
    assert left(site) == [spool.name]


async def test_every_fault_is_in_a_file_and_the_first_are_told(make_site: MakeSite, keys: Secrets) -> None:
    """150 faulty rows: 100 faults and where all are; no debt's id in clear; nothing that a program evaluates."""
    site = await make_site(keys=keys).ready()
    rows = "".join(f"nobank,CASE-{no:07d},停催,2026-11-20,=1+1\n" for no in range(150))
    with pytest.raises(BadInput) as refused:
        await made_of(site, rows)
    faults = refused.value.faults
    assert (len(faults), faults[0].place.line, faults[0].place.path) == (101, 2, "enterprise")
    written = Path(faults[-1].place.file).read_text("utf-8-sig").splitlines()
    assert (len(written), written[0]) == (151, "file,row,column,value,reason,hint")
    assert "CASE-0000001" not in "".join(written)
    assert left(site, ".db") == []


@pytest.mark.usefixtures("at_once")
async def test_the_digest_that_the_child_tells_is_not_believed(
    make_site: MakeSite, keys: Secrets, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The owner reads the file back himself; where the two differ there is no batch."""
    site = await make_site(keys=keys).ready()
    monkeypatch.setattr(stager, "digest_of", lambda _path: "0" * 64)
    with pytest.raises(Fault, match="read back"):
        await made_of(site, "bank,D-1,委案,2026-11-20,\n")
    assert left(site) == []
    assert isinstance(site.store.imports.stager, Stager)


def _children() -> Iterator[int]:
    for task in Path("/proc/self/task").iterdir():
        for pid in (task / "children").read_text().split():
            if "dialer.staging" in Path(f"/proc/{pid}/cmdline").read_text().split("\0"):
                yield int(pid)


async def _until_a_child_runs() -> None:
    until = time.monotonic() + 5
    while not list(_children()):
        assert time.monotonic() < until
        await asyncio.sleep(0.005)


def _kill_children() -> None:
    for pid in _children():
        os.kill(pid, signal.SIGKILL)
