"""The world fails under the record: no call is permitted that is not durable, and it mends itself."""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "record"))
from record_kit import NOON, OFFICER, Site, StillClock, codes, limit
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from dialer.core.admission import End, Left, Permitted
from dialer.core.cause import Outcome
from dialer.core.entry import CHAIN_START, chain_hash
from dialer.core.errors import Fault
from dialer.core.facts import Unsound
from dialer.record.connection import open_engine
from dialer.record.journal import Journal
from dialer.record.prepared import say
from dialer.record.tables import attempts, preferences, touches
from dialer.record.writer import Writer

VICTIM = Path(__file__).with_name("record_victim.py")


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[list[Site]]:
    """Sites to be closed after the test."""
    sites: list[Site] = []
    yield sites
    for one in sites:
        one.close()


async def ready(opened: list[Site], folder: Path, **options: Any) -> Site:
    """A store that permits."""
    site = Site(folder, **options)
    opened.append(site)
    return await site.ready()


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process is written beyond its first page: where the journal's first slots lie."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def counted(site: Site) -> int:
    """How many touches stand in the record."""
    return await site.store.read(
        lambda one: one.execute(select(func.count()).select_from(touches)).scalar_one()
    )


async def test_a_full_disk_denies_and_mends_itself(opened: list[Site], tmp_path: Path) -> None:
    """Where nothing can be written every call is denied by `sound.record`; with room again calls go on."""
    site = await ready(opened, tmp_path)
    requests = [await site.request(f"C-{one}", f"+86139000000{one:02d}") for one in range(8)]
    permit = (await site.permitted("C-99", "+8613900000099")).permit
    with full_disk():
        denied = await asyncio.gather(*(site.calls.admit(one) for one in requests))
        with pytest.raises(Fault):
            await site.calls.settle(permit, End(Outcome.BUSY, 17, Left.YES))
    assert {code for one in denied for code in codes(one)} == {"sound.record"}
    assert await counted(site) == 1
    admitted = await asyncio.gather(*(site.calls.admit(one) for one in requests))
    assert all(isinstance(one, Permitted) for one in admitted)
    await site.calls.settle(permit, End(Outcome.BUSY, 17, Left.YES))


async def test_an_opt_out_survives_a_full_disk(opened: list[Site], tmp_path: Path) -> None:
    """The journal takes what the record cannot; no call until the record has it, and then never this person."""
    site = await ready(opened, tmp_path)
    permit = (await site.permitted()).permit
    other = await site.request("C-2", "+8613900000001")
    with full_disk():
        async with site.calls.revocations(permit) as revoked:
            await site.calls.opt_out(permit, "key", {"digit": "9"})
            assert revoked.pending() is not None
        assert codes(await site.calls.admit(other)) == ["sound.record"]
    await site.calls.settle(permit, End(Outcome.OPTED_OUT, 16, Left.YES))
    assert isinstance(await site.calls.admit(other), Permitted)
    assert codes(await site.admit()) == ["preference.opted_out"]


async def test_the_journal_survives_its_process(opened: list[Site], tmp_path: Path) -> None:
    """An opt-out that only the journal has is in the record before a new owner permits anything."""
    site = await ready(opened, tmp_path)
    permit = (await site.permitted()).permit
    with full_disk():
        await site.calls.opt_out(permit, "key")
        site.close()
    again = Site(tmp_path, clock=site.clock)
    opened.append(again)
    live = await again.store.recover()
    kept = select(func.count()).select_from(preferences)
    assert [one.permit.id for one in live] == [permit.id]
    assert await again.store.read(lambda one: one.execute(kept).scalar_one()) == 2


async def test_a_journal_that_cannot_be_taken_over_keeps_admission_shut(
    opened: list[Site], tmp_path: Path
) -> None:
    """While opt-outs wait, nobody is called."""
    site = await ready(opened, tmp_path)
    permit = (await site.permitted()).permit

    def broken(_connection: Connection) -> None:
        raise ValueError("broken")

    mended, site.store._writer.backlog = site.store._writer.backlog, broken
    with full_disk():
        await site.calls.opt_out(permit, "key")
    request = await site.request("C-2", "+8613900000001")
    assert codes(await site.calls.admit(request)) == ["sound.record"]
    site.store._writer.backlog = mended
    await site.permitted("C-2", "+8613900000001")


@pytest.mark.parametrize("happened", [True, False])
async def test_a_lost_commit_is_looked_up(
    opened: list[Site], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, happened: bool
) -> None:
    """A commit whose answer is lost is answered by what the reopened file says: permitted and counted, or neither."""
    site = await ready(opened, tmp_path)
    request = await site.request()
    commit = Writer._commit

    def lost(self: Writer, connection: Connection) -> None:
        monkeypatch.setattr(Writer, "_commit", commit)
        if happened:
            say(connection, "COMMIT")
        raise OperationalError("COMMIT", None, Exception("disk I/O error"))

    monkeypatch.setattr(Writer, "_commit", lost)
    admission = await site.calls.admit(request)
    assert isinstance(admission, Permitted) is happened
    assert await counted(site) == int(happened)
    if not happened:
        assert codes(admission) == ["sound.record"]


async def test_a_lost_commit_of_a_plain_write_is_a_fault(
    opened: list[Site], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be looked up is not said to have happened."""
    site = await ready(opened, tmp_path)
    commit = Writer._commit

    def lost(self: Writer, connection: Connection) -> None:
        monkeypatch.setattr(Writer, "_commit", commit)
        raise OperationalError("COMMIT", None, Exception("disk I/O error"))

    monkeypatch.setattr(Writer, "_commit", lost)
    with pytest.raises(Fault):
        await site.store.stop("all", "drill", OFFICER)
    assert (await site.store.counts())["stops"] == []


async def test_one_bad_job_harms_no_other(opened: list[Site], tmp_path: Path) -> None:
    """A job that raises rolls back itself; those beside it in the batch are kept."""
    site = await ready(opened, tmp_path)

    def bad(connection: Connection) -> None:
        connection.exec_driver_sql("INSERT INTO meta VALUES ('bad', '1')")
        raise ValueError("bad")

    def good(connection: Connection) -> None:
        connection.exec_driver_sql("INSERT INTO meta VALUES ('good', '1')")

    results = await asyncio.gather(site.store.write(bad), site.store.write(good), return_exceptions=True)
    assert isinstance(results[0], ValueError)
    names = await site.store.read(lambda one: one.exec_driver_sql("SELECT name FROM meta").scalars().all())
    assert "good" in names
    assert "bad" not in names


async def test_a_killed_owner_leaves_every_permit_counted(opened: list[Site], tmp_path: Path) -> None:
    """After kill -9 amid batches each permit that was given out is live and counted, and the log is whole."""
    victim = subprocess.Popen([sys.executable, str(VICTIM), str(tmp_path)], stdout=subprocess.PIPE, text=True)
    given = []
    assert victim.stdout is not None
    assert victim.stdout.readline().strip() == "ready"
    while len(given) < 60:
        given.append(victim.stdout.readline().strip())
    victim.kill()
    given += [one.strip() for one in victim.stdout if len(one.strip()) == 36]
    victim.wait()
    site = Site(tmp_path)
    opened.append(site)
    live = {str(one.permit.id): one for one in await site.store.recover()}
    assert set(given) <= set(live)
    assert not any(one.owned for one in live.values())
    assert await counted(site) == len(live)
    chain = CHAIN_START
    for entry in await site.store.entries(0, 10_000):
        chain = chain_hash(chain, entry.leaf)
        assert entry.chain == chain
    site.clock.move(seconds=300)
    assert await site.store.sweep() == len(live)
    states = await site.store.read(lambda one: one.execute(select(attempts.c.outcome)).scalars().all())
    assert set(states) == {"uncertain"}


async def test_a_second_owner_is_refused_by_pid(opened: list[Site], tmp_path: Path) -> None:
    """Who opens an owned record learns whose it is; the first owner goes on."""
    site = await ready(opened, tmp_path)
    taken = subprocess.run(
        [sys.executable, str(VICTIM), str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert taken.returncode != 0
    assert "owned by pid" in taken.stderr
    await site.permitted()


async def test_a_clock_set_back_denies(opened: list[Site], tmp_path: Path) -> None:
    """More than a second before the newest instant of the record: denied; a second is forgiven."""
    site = await ready(opened, tmp_path)
    site.close()
    for back_s, expected in ((1.0, []), (1.1, ["sound.clock_back"])):
        again = Site(tmp_path / "", clock=StillClock(NOON - timedelta(seconds=back_s)))
        opened.append(again)
        request = await again.request(f"C-{back_s}", f"+861390000{int(back_s * 10):04d}")
        decision = await again.store.decide_only(request)
        assert [one.code for one in decision.denials] == expected
        again.close()


@pytest.mark.parametrize("step_s", [1.5, -0.9, -1.5, 3600.0])
async def test_clocks_apart_deny(opened: list[Site], tmp_path: Path, step_s: float) -> None:
    """Wall time that steps away from boot time by more than a second denies, forwards and backwards."""
    site = await ready(opened, tmp_path)
    request = await site.request()
    site.clock.move(seconds=10)
    site.clock.at += timedelta(seconds=step_s)
    found = codes(await site.calls.admit(request))
    assert ("sound.clock_apart" in found) is (abs(step_s) > 1)


async def test_whatever_is_unsound_outside_denies(opened: list[Site], tmp_path: Path) -> None:
    """What the shell knows to be wrong (a link that is down) denies inside the transaction."""
    wrong: list[Unsound] = []
    site = await ready(opened, tmp_path, soundness=lambda: wrong)
    request = await site.request()
    wrong.append(Unsound("sound.link_down", {"why": "closed"}))
    assert codes(await site.calls.admit(request)) == ["sound.link_down"]
    wrong.clear()
    await site.permitted()


async def test_a_full_disk_does_not_free_a_limit(opened: list[Site], tmp_path: Path) -> None:
    """Attempts counted before the disk was full still count after it."""
    site = await ready(opened, tmp_path, limits=[limit(1)])
    permit = (await site.permitted()).permit
    await site.calls.settle(permit, End(Outcome.NO_ANSWER, 19, Left.YES))
    request = await site.request()
    with full_disk():
        assert codes(await site.calls.admit(request)) == ["sound.record"]
    assert codes(await site.calls.admit(request)) == ["frequency.full"]


async def test_a_journal_that_cannot_be_wiped_hangs_nobody(
    opened: list[Site], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record has the opt-out, its slot cannot be wiped: denied with the reason, and permitted once it can."""
    site = await ready(opened, tmp_path)
    permit = (await site.permitted()).permit
    request = await site.request("C-2", "+8613900000001")
    with full_disk():
        await site.calls.opt_out(permit, "key")

    def unwiped(_journal: Journal, _slots: object) -> None:
        raise Fault("sound.record", "the opt-out journal: input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(Journal, "clear", unwiped)
        async with asyncio.timeout(5):
            await site.store.write(lambda one: None)
            assert codes(await site.calls.admit(request)) in ([], ["sound.record"])
            await site.calls.settle(permit, End(Outcome.OPTED_OUT, 16, Left.YES))
    async with asyncio.timeout(5):
        await site.permitted("C-3", "+8613900000003")
        assert "preference.opted_out" in codes(await site.admit())


async def test_a_defect_of_ours_in_the_writer_hangs_nobody(
    opened: list[Site], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is raised where nothing should be: who waits is told so, and the next one is served."""
    site = await ready(opened, tmp_path)
    request = await site.request()
    commit = Writer._commit

    def broken(self: Writer, connection: Connection) -> None:
        monkeypatch.setattr(Writer, "_commit", commit)
        raise KeyError("a defect")

    monkeypatch.setattr(Writer, "_commit", broken)
    async with asyncio.timeout(5):
        assert codes(await site.calls.admit(request)) == ["sound.record"]
        assert isinstance(await site.calls.admit(request), Permitted)
        assert await counted(site) == 1


@pytest.mark.parametrize("scope", ["agency", "campaign"])
async def test_a_stop_reaches_a_call_found_after_a_restart(
    opened: list[Site], tmp_path: Path, scope: str
) -> None:
    """A permit as it is found does not say whose agency or campaign it was: the stop ends it, too."""
    site = await ready(opened, tmp_path)
    await site.permitted()
    [found] = await site.store.recover()
    async with site.calls.revocations(found.permit) as revoked:
        await site.store.stop(scope, "drill", OFFICER, "somebody")
        assert revoked.pending() is not None


async def test_what_the_database_says_shows_no_values(tmp_path: Path) -> None:
    """A statement that fails is logged with its words and never with what it was given."""
    engine = open_engine(tmp_path / "any.db")
    with engine.connect() as connection, pytest.raises(DBAPIError) as failed:
        connection.execute(text("SELECT * FROM nowhere WHERE number = :number"), {"number": "13812345678"})
    engine.dispose()
    assert "nowhere" in str(failed.value)
    assert "13812345678" not in str(failed.value)
