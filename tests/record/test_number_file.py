"""A register's numbers in a file of their own: taken or refused whole, compared, switched, looked up by index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from record_kit import CALLER_ID, OFFICER, OPERATOR, Site, codes, register

from dialer.core.admission import Permitted
from dialer.core.errors import BadInput
from dialer.record.number_import import NumberImport, PutNumbers
from dialer.record.restrictions import Order
from dialer.secrets import ensure

MakeSite = Callable[..., Site]
HEADER = "number,enterprise,agency,carrier,purposes,path,status,may_dial_out,from,to"
WHY = "pool of the year"


def _row(number: str, **changes: str) -> str:
    row = {
        "number": number,
        "enterprise": "bank",
        "agency": "",
        "carrier": "unicom",
        "purposes": "collection;marketing",
        "path": "special_segment",
        "status": "allocated",
        "may_dial_out": "true",
        "from": "2026-01-01",
        "to": "2028-01-01",
        **changes,
    }
    return ",".join(row[name] for name in HEADER.split(","))


async def _take(site: Site, *rows: str) -> PutNumbers:
    ensure(site.folder / "secrets")
    taking = NumberImport(site.store.changes, site.store.imports, site.folder / "secrets")
    spool = taking.spool()
    spool.write_text("\n".join((HEADER, *rows)) + "\n", encoding="utf-8")
    try:
        return await taking.take(spool, "numbers.csv", WHY, OPERATOR)
    finally:
        spool.unlink()


BOTH = (_row(CALLER_ID), _row("95199", enterprise="lender"))


async def test_the_same_numbers_as_a_file_are_in_force_at_once(make_site: MakeSite) -> None:
    """They permit what they permitted; the document holds none any more."""
    site = await make_site().ready()
    put = await _take(site, *BOTH)
    assert (put.in_force, put.rows, put.loosens, put.tightens) == (True, 2, 0, 0)
    found = await site.store.in_force("register")
    assert found is not None
    assert found[1]["numbers"] == []
    assert (await site.permitted()).permit.caller_id == CALLER_ID


async def test_a_file_that_adds_waits_and_one_that_takes_away_binds(make_site: MakeSite) -> None:
    """More numbers wait for a second person; fewer bind the next call."""
    site = await make_site().ready()
    more = await _take(site, *BOTH, _row("95177"))
    assert (more.in_force, more.loosens) == (False, 1)
    assert more.shown == ("numbers 95177 bank unicom added",)
    assert codes(await site.admit(caller_id="95177"))
    with pytest.raises(BadInput, match="second person"):
        await site.store.changes.approve([more.proposal or ""], OPERATOR)
    await site.store.changes.approve([more.proposal or ""], OFFICER)
    assert isinstance(await site.admit("C-2", "+8613912340000", caller_id="95177"), Permitted)
    fewer = await _take(site, *BOTH)
    assert (fewer.in_force, fewer.tightens) == (True, 1)
    assert "caller_id.not_registered" in codes(await site.admit("C-3", "+8613912340001", caller_id="95177"))


async def test_a_number_is_chosen_in_the_order_of_the_file(make_site: MakeSite) -> None:
    """The first that this unit may present; a restricted one is passed over."""
    site = await make_site().ready()
    rows = [_row(f"9512{no:03}") for no in range(120)]
    shut = [_row("95188", status="suspended"), _row("95177", may_dial_out="false")]
    put = await _take(site, *shut, *rows)
    await site.store.changes.approve([put.proposal or ""], OFFICER)
    assert (await site.permitted()).permit.caller_id == "9512000"
    for number in ("9512000", "9512001"):
        await site.store.changes.restrict(Order("number", number, "suspend", WHY), OFFICER)
    assert (await site.permitted("C-2", "+8613912340000")).permit.caller_id == "9512002"


FAULTS: dict[str, tuple[Sequence[str], Sequence[tuple[int, str, str]]]] = {
    "an impossible number": ([_row("abc")], [(2, "号码", "not a number")]),
    "an unknown enterprise": ([_row("95188", enterprise="bnak")], [(2, "enterprise", "unknown enterprise")]),
    "an unknown carrier": ([_row("95188", carrier="x")], [(2, "carrier", "unknown carrier")]),
    "a period that ends first": ([_row("95188", to="2025-01-01")], [(2, "to", "period ends before")]),
    "a day that is none": ([_row("95188", to="soon")], [(2, "", "")]),
    "a double number": ([_row("95188"), _row("95188")], [(3, "number", "one number twice")]),
    "one number of two enterprises": (
        [_row("95188"), _row("95177"), _row("95188", enterprise="lender")],
        [(4, "number", "one number for two enterprises")],
    ),
    "several at once": (
        [_row("abc"), _row("95188", carrier="x"), _row("95177"), _row("95177")],
        [(2, "号码", ""), (3, "carrier", ""), (5, "number", "")],
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_faulty_file_is_refused_whole(make_site: MakeSite, fault: str) -> None:
    """Every fault with its row, column and reason; nothing changed, nothing waits, no file is left."""
    site = await make_site().ready()
    rows, wanted = FAULTS[fault]
    with pytest.raises(BadInput) as refused:
        await _take(site, *rows)
    found = [(one.place.line, one.place.path, one.reason) for one in refused.value.faults]
    assert [line for line, _, _ in found] == [line for line, _, _ in wanted]
    for (_, path, reason), (_, column, why) in zip(found, wanted, strict=True):
        assert column in path
        assert why in reason
    assert await site.store.changes.pending() == []
    assert list((site.folder / "batches").glob("*.db")) == []
    assert list((site.folder / "batches").glob("*.rows")) == []


async def test_an_empty_file_takes_nothing_away(make_site: MakeSite) -> None:
    """It is refused: who means to stop everything stops it."""
    site = await make_site().ready()
    with pytest.raises(BadInput, match="no row"):
        await _take(site)
    assert isinstance(await site.admit(), Permitted)


async def test_first_100_faults_are_shown_all_are_kept(make_site: MakeSite) -> None:
    """The last one shown names the file that has them all."""
    site = await make_site().ready()
    with pytest.raises(BadInput) as refused:
        await _take(site, *(_row("abc") for _ in range(150)))
    assert len(refused.value.faults) == 101
    kept = Path(refused.value.faults[-1].place.file)
    assert len(kept.read_text("utf-8-sig").splitlines()) == 151


async def test_a_missing_file_denies(make_site: MakeSite) -> None:
    """No number is found where its file is gone: no call."""
    site = await make_site().ready()
    await _take(site, *BOTH)
    for path in (site.folder / "batches").glob("*.db"):
        path.unlink()
    assert codes(await site.admit())


async def test_a_register_with_numbers_is_refused_beside_a_file(make_site: MakeSite) -> None:
    """Which of the two were meant would be a guess."""
    site = await make_site().ready()
    await _take(site, *BOTH)
    with pytest.raises(BadInput, match="file of their own"):
        await site.store.changes.put_register(register(), WHY, OPERATOR)


async def test_the_register_by_itself_follows(make_site: MakeSite) -> None:
    """A carrier that is suspended in the document is suspended for the numbers of the file."""
    site = await make_site().ready()
    await _take(site, *BOTH)
    found = await site.store.in_force("register")
    assert found is not None
    document: dict[str, Any] = found[1]
    document["licences"][0]["status"] = "suspended"
    assert (await site.store.changes.put_register(document, WHY, OPERATOR)).in_force
    assert "licence.not_valid" in codes(await site.admit())
