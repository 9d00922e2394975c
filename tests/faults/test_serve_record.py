"""`dialer serve` while its disk is full, while it is told to stop, and while the register changes under a ring."""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from serve_kit import CALLER_ID, SAMPLE, codes, site_of

from dialer.lab.asterisk import LabAsterisk
from dialer.lab.behaviour import RINGS, Behaviour
from dialer.register_files import load_register

Factory = Callable[..., LabAsterisk]
SAYS_NO, OTHER, RINGING, LATE = "13800000001", "13800000002", "13800000003", "13800000004"
PEOPLE = {
    SAYS_NO: Behaviour(tone_hz=500),
    OTHER: Behaviour(tone_hz=500, hang_up_after_s=0.3),
    RINGING: RINGS,
    LATE: Behaviour(tone_hz=500, delay_s=1.5),
}
MANY = [f"138100000{no:02d}" for no in range(20)]


async def test_a_full_disk_before_and_in_a_call(lab_asterisk: Factory, folder: Path) -> None:
    """Denied with the reason; who presses the key meanwhile is let go and never called again; nothing is forgotten."""
    async with site_of(lab_asterisk, folder, PEOPLE) as site:
        talking = site.call(SAYS_NO, agent="1001")
        await site.seen(SAYS_NO, lambda seen: seen.tones_heard_s.get(900, 0) > 0.2)
        ringing = site.call(RINGING)
        await site.seen(RINGING, lambda seen: seen.call_id)
        await asyncio.sleep(0.3)
        site.disk_full()
        status, told = await site.ask("POST", "/v1/calls", site.request(OTHER))
        assert (status, told["detail"].split(":")[0]) == (503, "sound.record"), told
        assert "rollback" not in told["detail"]
        again = await site.called(SAYS_NO, idempotency_key="meanwhile")
        assert codes(again) == {"sound.record"}
        site.people.press(SAYS_NO, "9")
        assert (await site.seen(SAYS_NO, lambda seen: seen.ended_at)).ended_by == "caller"
        assert (await asyncio.wait_for(talking, 15))["effect"] == "permit"
        status, told = await site.ask("POST", "/v1/stop", {"reason": "drill"})
        assert status == 503, told
        site.disk_full(False)
        async with asyncio.timeout(15):
            while (told := await site.called(OTHER, idempotency_key=f"k{time.monotonic_ns()}"))[
                "effect"
            ] != "permit":
                await asyncio.sleep(0.5)
        said_no = await site.called(SAYS_NO, idempotency_key="afterwards")
        assert "preference.opted_out" in codes(said_no)
        first = await talking
        async with asyncio.timeout(15):
            while (await site.ok("GET", f"/v1/calls/{first['attempt']}"))["state"] != "ended":
                await asyncio.sleep(0.3)
        assert len(site.people.evidence(SAYS_NO)) == len(site.people.evidence(RINGING)) == 1
        assert len(site.people.evidence(OTHER)) == 1
        assert (await asyncio.wait_for(ringing, 20))["effect"] == "permit"
        assert SAYS_NO not in site.log
        assert "Traceback" not in site.log


async def test_a_disk_full_at_the_start_is_a_reason(lab_asterisk: Factory, folder: Path) -> None:
    """Exit 1 and one line, no traceback; it starts once there is room."""
    async with site_of(lab_asterisk, folder, PEOPLE, serving=False) as site:
        # First where nothing was ever made, then with the keys and the record of an earlier run.
        for _ in range(2):
            process = await asyncio.create_subprocess_exec(
                "sh", "-c", 'ulimit -f 0; exec "$@"', "sh", *site.words(),
                stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=folder, env=site.env(),
            )  # fmt: skip
            _, said = await asyncio.wait_for(process.communicate(), 15)
            assert process.returncode == 1, said
            assert b"sound.record" in said, said.decode()
            assert b"Traceback" not in said, said.decode()
            await site.start()
            assert await site.stop() == 0


async def test_a_register_that_no_longer_permits_a_ringing_call(lab_asterisk: Factory, folder: Path) -> None:
    """The phone is cancelled before anybody picks up; nobody is joined, and the count stays."""
    async with site_of(lab_asterisk, folder, PEOPLE) as site:
        call = site.call(LATE, agent="1001")
        await site.seen(LATE, lambda seen: seen.call_id)
        document = copy.deepcopy(load_register(SAMPLE / "register.yaml"))
        for number in document["numbers"]:
            if number["number"] == CALLER_ID:
                number["status"] = "disabled"
        await site.ok("PUT", "/v1/register", {"document": document})
        told = await asyncio.wait_for(call, 15)
        assert (told["effect"], told["outcome"], told["left"]) == ("permit", "revoked", "yes")
        seen = await site.seen(LATE, lambda seen: seen.ended_at)
        assert seen.cancelled
        assert seen.answered_at is None
        attempt = await site.ok("GET", f"/v1/calls/{told['attempt']}")
        assert (attempt["state"], attempt["outcome"]) == ("ended", "revoked")


async def test_a_stop_while_twenty_phones_ring(lab_asterisk: Factory, folder: Path) -> None:
    """Every phone has its CANCEL within a second of the order; nothing new begins; then SIGTERM ends in time."""
    async with site_of(lab_asterisk, folder, dict.fromkeys(MANY, RINGS)) as site:
        calls = [site.call(number) for number in MANY]
        for number in MANY:
            await site.seen(number, lambda seen: seen.call_id)
        asked_at = time.time()
        await site.ok("POST", "/v1/stop", {"reason": "drill"})
        answered_at = time.time()
        ended = [await site.seen(number, lambda seen: seen.ended_at) for number in MANY]
        assert all(one.cancelled for one in ended)
        last = max(one.ended_at for one in ended if isinstance(one.ended_at, datetime)).timestamp()
        assert last - answered_at < 1.0, (answered_at - asked_at, last - answered_at)
        assert {one["outcome"] for one in await asyncio.wait_for(asyncio.gather(*calls), 15)} == {"revoked"}
        denied = await site.called(OTHER)
        assert codes(denied) == {"stop.active"}
        await site.ok("POST", "/v1/resume", {})
        ringing = site.call(OTHER, idempotency_key="after-the-stop")
        await site.seen(OTHER, lambda seen: seen.call_id)
        began = time.monotonic()
        assert await site.stop() == 0
        assert time.monotonic() - began < 10
        assert (await site.seen(OTHER, lambda seen: seen.ended_at)).ended_at
        ringing.cancel()
