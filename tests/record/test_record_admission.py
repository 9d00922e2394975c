"""The one transaction: what is permitted is counted, what is denied says why, and nothing slips between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from dialer.core.admission import Denied, Permitted, Repeated
from dialer.core.permit import Wire, check
from record_kit import CALLER_ID, NOON, Site, codes

MakeSite = Callable[..., Site]


async def test_a_permit_says_what_goes_on_the_wire_and_until_when(make_site: MakeSite) -> None:
    """A permitted call carries digits, caller ID, trunk, deadlines, words and a token that proves them."""
    site = await make_site().ready()
    permit = (await site.permitted()).permit
    assert (permit.dialled, permit.caller_id, permit.trunk) == ("13812345678", CALLER_ID, "east")
    assert permit.caller_name == "bank简称"
    assert permit.dial_before == NOON + timedelta(seconds=2)
    assert permit.ring_until == NOON + timedelta(seconds=32)
    assert permit.live_until == NOON + timedelta(seconds=212)
    assert permit.dial_before_boottime_ns - site.clock.boot_ns == 2_000_000_000
    assert permit.announcement.duration_ms == 3000
    assert permit.announcement.closing_duration_ms == 900
    wire = Wire(permit.dialled, permit.caller_id, permit.trunk)
    assert check(permit.token, {"permit-1": b"p" * 32}, wire, NOON, str(permit.id), timedelta(0)) == permit.id
