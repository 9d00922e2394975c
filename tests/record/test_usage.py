"""How our own attempts used their numbers: by civil day, and only what left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from record_kit import CALLER_ID, Site, StillClock

from dialer.core.admission import NeverDialled
from dialer.record.usage import used_numbers

SHANGHAI = ZoneInfo("Asia/Shanghai")
EVENING = datetime(2026, 11, 23, 11, 50, tzinfo=UTC)


async def used(site: Site, first: str, last: str, zone: ZoneInfo = SHANGHAI) -> list[dict[str, Any]]:
    """The usage of these days."""
    days = date.fromisoformat(first), date.fromisoformat(last)
    return await site.store.read(lambda one: used_numbers(one, *days, zone))


async def test_attempts_are_counted_by_number_unit_purpose_and_civil_day(
    make_site: Callable[..., Site],
) -> None:
    """Two on Monday evening, one on Tuesday; in another zone the days fall otherwise."""
    site = await make_site(clock=StillClock(EVENING)).ready()
    await site.permitted("C-1", "+8613812345678")
    await site.permitted("C-2", "+8613912345678")
    site.clock.move(hours=14)
    await site.permitted("C-3", "+8613712345678")
    rows = await used(site, "2026-11-23", "2026-11-24")
    assert [(one["number"], one["day"].isoformat(), one["calls"]) for one in rows] == [
        (CALLER_ID, "2026-11-23", 2),
        (CALLER_ID, "2026-11-24", 1),
    ]
    assert (rows[0]["enterprise"], rows[0]["agency"], rows[0]["purpose"]) == ("bank", None, "collection")
    assert [one["calls"] for one in await used(site, "2026-11-23", "2026-11-23")] == [2]
    assert [one["calls"] for one in await used(site, "2026-11-24", "2026-11-25", ZoneInfo("Asia/Tokyo"))] == [
        1
    ]
    assert await used(site, "2026-11-25", "2026-11-30") == []


async def test_what_never_left_was_not_used(make_site: Callable[..., Site]) -> None:
    """An attempt that was taken back counts for nothing."""
    site = await make_site().ready()
    permitted = await site.permitted("C-1")
    day = site.clock.now().astimezone(SHANGHAI).date().isoformat()
    assert len(await used(site, day, day)) == 1
    await site.calls.reverse(permitted.permit, NeverDialled.NOT_STAGED)
    assert await used(site, day, day) == []
