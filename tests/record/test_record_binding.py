"""What binds every call is kept while its mark stays; the mark changes with every change, and with none undone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from record_kit import CALLER_ID, OFFICER, Site
from sqlalchemy import Connection, select

from dialer.core.admission import Denied
from dialer.record import commands
from dialer.record.migrations.versions.v0008_binding import BINDS
from dialer.record.restrictions import Order
from dialer.record.tables import binding

MakeSite = Callable[..., Site]


def _mark(connection: Connection) -> str:
    return str(connection.execute(select(binding.c.mark)).scalar_one())


@pytest.mark.parametrize("table", BINDS)
async def test_every_change_makes_a_new_mark(make_site: MakeSite, table: str) -> None:
    """Whoever writes to such a table, and whatever he does, changes the mark: the database itself sees to it."""
    site = make_site()
    await site.ready()
    if table == "stops":
        await site.store.stop("all", "drill", OFFICER)
    if table == "restrictions":
        await site.store.changes.restrict(Order("number", CALLER_ID, "suspend", "drill"), OFFICER)

    def change(connection: Connection) -> list[str]:
        column = "reason" if table == "stops" else "status" if table == "scripts" else "since_us"
        if table == "batches":
            connection.exec_driver_sql("INSERT INTO batches VALUES ('b', 'cases', 'd', 1, 1, 0, '{}', NULL)")
        marks = [_mark(connection)]
        connection.exec_driver_sql(f"CREATE TEMP TABLE one AS SELECT * FROM {table} ORDER BY rowid LIMIT 1")
        for said in (
            f"UPDATE {table} SET {column} = {column}",
            f"DELETE FROM {table} WHERE rowid = (SELECT min(rowid) FROM {table})",
            f"INSERT INTO {table} SELECT * FROM one",
        ):
            connection.exec_driver_sql(said)
            marks.append(_mark(connection))
        return marks

    marks = await site.store.write(change)
    assert len(set(marks)) == 4


async def test_what_was_read_and_then_undone_binds_nobody(make_site: MakeSite) -> None:
    """A stop that was read in a transaction that failed is not kept, and the next stop is seen."""
    site = make_site()
    await site.ready()
    now = site.clock.now()

    def stop_and_fail(connection: Connection) -> None:
        commands.stop(connection, "all", None, "undone", OFFICER, now)
        assert site.store.calls._gate.reader.catalog.read(connection).stops
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await site.store.write(stop_and_fail)
    await site.permitted("C-1")
    await site.store.stop("all", "drill", OFFICER)
    assert isinstance(await site.admit("C-2", "+8613812345679"), Denied)
