"""`dialer serve` while Asterisk refuses it, is away, loses it, dies: no new call, a reason, and back by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from serve_kit import APP, MAX_DEAF_S, RING_S, codes, reasons, site_of

from dialer.ari.connection import AriConnection
from dialer.lab.asterisk import LabAsterisk
from dialer.lab.behaviour import RINGS, Behaviour

Factory = Callable[..., LabAsterisk]
RINGING, TALKING, OTHER = "13800000001", "13800000002", "13800000003"
PEOPLE = {
    RINGING: RINGS,
    TALKING: Behaviour(tone_hz=500, hang_up_after_s=6.0),
    OTHER: Behaviour(tone_hz=500, hang_up_after_s=0.3),
}


async def test_asterisk_away_at_the_start_and_a_wrong_password(lab_asterisk: Factory, folder: Path) -> None:
    """It starts, says why no call begins, and calls once Asterisk is there and accepts it: without a restart."""
    async with site_of(lab_asterisk, folder, PEOPLE, serving=False) as site:
        site.wire.open = False
        right = site.asterisk.users["dialer"]
        site.asterisk.users["dialer"] = "another"
        site.asterisk.restart()
        await site.start()
        assert "no call yet" in site.standing
        await site.furnish()
        denied = await site.called(OTHER)
        assert (denied["effect"], codes(denied)) == ("deny", {"sound.link_down"})
        assert "not reached" in await site.not_ready()
        site.wire.open = True
        async with asyncio.timeout(12):
            while "401" not in (await site.ask("GET", "/v1/status"))[1]["why"]:
                await asyncio.sleep(0.1)
        code, said = await site.run("status")
        assert code == 1
        assert "401" in said
        assert right not in said + site.log
        assert site.people.evidence() == []
        site.asterisk.users["dialer"] = right
        site.asterisk.restart()
        await site.ready()
        assert (await site.called(OTHER, idempotency_key="again"))["effect"] == "permit"
        assert len(site.people.evidence(OTHER)) == 1


async def test_a_link_lost_while_one_rings_and_one_talks(lab_asterisk: Factory, folder: Path) -> None:
    """The ring ends, the talk goes on and is heard to its end, both stay counted; then calls go on by themselves."""
    async with site_of(lab_asterisk, folder, PEOPLE) as site:
        talking = site.call(TALKING, agent="1001")
        await site.seen(TALKING, lambda seen: seen.tones_heard_s.get(900, 0) > 0.3)
        ringing = site.call(RINGING)
        await site.seen(RINGING, lambda seen: seen.call_id)
        await asyncio.sleep(0.3)
        site.wire.open = False
        site.wire.cut()
        assert "down" in await site.not_ready()
        denied = await site.called(OTHER)
        assert codes(denied) == {"sound.link_down"}
        site.wire.open = True
        await site.ready()
        assert (await site.seen(RINGING, lambda seen: seen.ended_at)).cancelled
        told = await asyncio.wait_for(talking, 15)
        assert (told["outcome"], told["left"]) == ("conversed", "yes")
        [seen] = site.people.evidence(TALKING)
        assert seen.ended_by == "callee"
        first = await asyncio.wait_for(ringing, 15)
        assert first["effect"] == "permit"
        assert (await site.called(OTHER, idempotency_key="again"))["outcome"] == "left_early"
        attempt = await site.ok("GET", f"/v1/calls/{first['attempt']}")
        assert attempt["state"] != "reversed"
        assert len(site.people.evidence(RINGING)) == 1


async def test_asterisk_killed_while_a_phone_rings(lab_asterisk: Factory, folder: Path) -> None:
    """Its phone rings on: nobody rings it again until `live_until`, others are called at once, and it is counted."""
    async with site_of(lab_asterisk, folder, PEOPLE) as site:
        ringing = site.call(RINGING)
        await site.seen(RINGING, lambda seen: seen.call_id)
        await asyncio.sleep(0.3)
        site.asterisk.kill()
        told = await asyncio.wait_for(ringing, 15)
        assert (told["effect"], told["outcome"]) == ("permit", None)
        await site.not_ready()
        site.asterisk.restart()
        await site.ready()
        assert (await site.called(OTHER))["outcome"] == "left_early"
        again = await site.called(RINGING, idempotency_key="again")
        assert codes(again) == {"in_flight.person"}
        assert again["next_instant"]
        async with asyncio.timeout(RING_S + 10):
            while (await site.ok("GET", f"/v1/calls/{told['attempt']}"))["state"] != "ended":
                await asyncio.sleep(0.3)
        kept = await site.ok("GET", f"/v1/calls/{told['attempt']}")
        assert kept["outcome"] == "uncertain"
        assert len(site.people.evidence(RINGING)) == 1


async def test_another_takes_the_application(lab_asterisk: Factory, folder: Path) -> None:
    """Nothing is dialled whose events somebody else would hear; the ring ends, the reason names the application."""
    async with site_of(lab_asterisk, folder, PEOPLE) as site:
        ringing = site.call(RINGING)
        await site.seen(RINGING, lambda seen: seen.call_id)
        users = site.asterisk.users
        async with AriConnection(site.asterisk.ari_url, "dialer", users["dialer"], APP) as thief:
            await thief.wait_connected(5)
            why = await site.not_ready()
            assert APP in why
            denied = await site.called(OTHER)
            assert codes(denied) == {"sound.link_down"}
            assert "link" in reasons(denied)
            seen = await site.seen(RINGING, lambda seen: seen.ended_at)
            assert seen.cancelled
            assert seen.ended_at is not None
            assert (seen.ended_at - seen.invited_at).total_seconds() < MAX_DEAF_S + 1
        assert (await asyncio.wait_for(ringing, 15))["effect"] == "permit"
        assert site.people.evidence(OTHER) == []
