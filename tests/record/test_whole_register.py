"""The register in force with every number, also where they stand in a file of their own."""

from __future__ import annotations

from collections.abc import Callable

from record_kit import CALLER_ID, OPERATOR, Site

from dialer.record.number_import import NumberImport
from dialer.secrets import ensure
from dialer.wiring.numbers import whole_register

NUMBERS = f"""\
number,enterprise,agency,carrier,purposes,path,status,may_dial_out,from,to
{CALLER_ID},bank,,unicom,collection;marketing,special_segment,allocated,true,2026-01-01,2028-01-01
95199,lender,,unicom,collection;marketing,special_segment,allocated,true,2026-01-01,2028-01-01
"""


async def test_numbers_in_a_file_are_numbers_of_the_register(make_site: Callable[..., Site]) -> None:
    """Before and after they went into a file: the same numbers; the version tells that it is another one."""
    site = make_site()
    assert await whole_register(site.store) is None
    await site.ready()
    before = await whole_register(site.store)
    ensure(site.folder / "secrets")
    taking = NumberImport(site.store.changes, site.store.imports, site.folder / "secrets")
    spool = taking.spool()
    spool.write_text(NUMBERS, encoding="utf-8")
    await taking.take(spool, "numbers.csv", "pool of the year", OPERATOR)
    after = await whole_register(site.store)
    assert before is not None
    assert after is not None
    assert after[0] != before[0]
    in_force = await site.store.in_force("register")
    assert in_force is not None
    assert in_force[1]["numbers"] == []
    assert sorted(one["number"] for one in after[1]["numbers"]) == [CALLER_ID, "95199"]
    assert after[1]["enterprises"] == before[1]["enterprises"]
