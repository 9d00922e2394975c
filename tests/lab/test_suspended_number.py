"""A carrier suspends the caller ID while the phone rings, on a real Asterisk: what the phone saw counts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from placing import PATIENCE_S
from test_held_case import PHONE, Site, site_of

from dialer.core.admission import Denied, Left
from dialer.core.cause import Outcome
from dialer.lab.asterisk import LabAsterisk
from dialer.lab.behaviour import RINGS
from dialer.lab.bench.records import BENCH, ENTERPRISE, line_of, open_hours_clock, request_for
from dialer.place_call import CallResult
from dialer.record.given import Enrolment
from dialer.record.health import Mark

LIVE = "SELECT caller_id FROM attempts WHERE live = 1"


async def call(site: Site, caller_id: str | None = None) -> asyncio.Task[CallResult]:
    """Ask for a call from this number, or from the one that the register has."""
    known = (await site.store.enrol(ENTERPRISE, [Enrolment("P-1", None, line_of(0), None)], BENCH))[0]
    return site.supervisor.start(replace(request_for(known, line_of(0)), id=uuid4(), caller_id=caller_id))


async def test_a_number_suspended_while_it_rings_stops_at_once(
    lab_asterisk: Callable[..., LabAsterisk], tmp_path: Path
) -> None:
    """The ring is cancelled, nobody was bridged; the next call from this number leaves no INVITE."""
    async with site_of(lab_asterisk, tmp_path, {PHONE: RINGS}) as site:
        ringing = await call(site)
        await site.rings()
        shown = await site.store.read(lambda one: one.exec_driver_sql(LIVE).scalar_one())
        since = open_hours_clock().now()
        await site.store.mark_number(Mark(shown, "notice", "suspend", "telecom", since, "投诉集中"), BENCH)
        async with asyncio.timeout(PATIENCE_S):
            result = await ringing
        assert result.end is not None
        assert (result.end.outcome, result.end.left) == (Outcome.REVOKED, Left.YES)
        seen = await site.seen(lambda seen: seen.ended_at)
        assert (seen.cancelled, seen.answered_at) == (True, None)

        async with asyncio.timeout(PATIENCE_S):
            denied = (await (await call(site, shown))).admission
        assert isinstance(denied, Denied)
        assert "number_health.suspended" in {one.code for one in denied.decision.denials}
        assert len(site.people.evidence(PHONE)) == 1
