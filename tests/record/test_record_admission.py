"""The one transaction: what is permitted is counted, what is denied says why, and nothing slips between."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from record_kit import CALLER_ID, NOON, NUMBER, OFFICER, ScriptRow, Site, codes, limit
from sqlalchemy import select

from dialer.core.admission import Denied, End, Left, NeverDialled, Permitted, Repeated
from dialer.core.cause import Outcome
from dialer.core.entry import leaf_hash
from dialer.core.limits import Counted, Subject
from dialer.core.permit import Wire, check
from dialer.core.policy import Purpose
from dialer.record.tables import touches

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


async def test_no_deadline_passes_the_closing_hour(make_site: MakeSite) -> None:
    """A second before the end of calling hours the permit ends with them, ringing included."""
    site = await make_site().ready()
    site.clock.move(hours=7, minutes=59, seconds=59)
    permit = (await site.permitted()).permit
    assert permit.dial_before == permit.ring_until == NOON + timedelta(hours=8)


async def test_the_same_key_is_the_same_call(make_site: MakeSite) -> None:
    """A repeated request gets the first one's attempt and, once it ended, its outcome; nothing new is counted."""
    site = await make_site().ready()
    request = await site.request()
    first = await site.calls.admit(request)
    again = await site.calls.admit(replace(request, id=UUID(int=7)))
    assert isinstance(first, Permitted)
    assert again == Repeated(first.permit.id, None, first.decision)
    await site.calls.settle(first.permit, End(Outcome.BUSY, 17, Left.YES))
    assert (await site.calls.admit(request)).outcome is Outcome.BUSY


async def test_a_repeated_denial_is_the_same_decision(make_site: MakeSite) -> None:
    """A denied key stays denied by the decision of then, also when the reason is gone by now."""
    site = await make_site().ready()
    request = await site.request()
    await site.store.stop("all", "drill", OFFICER)
    first = await site.calls.admit(request)
    await site.store.resume("all", OFFICER)
    again = await site.calls.admit(request)
    assert codes(first) == ["stop.active"]
    assert again == Repeated(None, None, first.decision)


async def test_a_key_used_for_something_else_is_refused(make_site: MakeSite) -> None:
    """Same key, other digest: denied, and the first outcome stays what it was."""
    site = await make_site().ready()
    request = await site.request()
    first = await site.calls.admit(request)
    other = await site.calls.admit(replace(request, id=UUID(int=7), digest="0" * 64))
    assert codes(other)[0] == "sound.key_reused"
    assert (await site.calls.admit(request)).attempt == first.permit.id


async def test_one_live_attempt_for_a_person_and_for_a_line(make_site: MakeSite) -> None:
    """While a call lives, neither its person on another line nor another person on its line is called."""
    site = await make_site().ready()
    permit = (await site.permitted("C-1", NUMBER)).permit
    by_person = await site.admit("C-1", "+8613900000001")
    by_line = await site.admit("C-9", NUMBER, enterprise="lender")
    assert codes(by_person) == ["in_flight.person"]
    assert codes(by_line) == ["in_flight.line"]
    assert isinstance(by_person, Denied)
    assert by_person.next_instant == permit.live_until
    await site.calls.settle(permit, End(Outcome.NO_ANSWER, 19, Left.YES))
    await site.permitted("C-1", "+8613900000001")


async def test_of_32_at_once_one_is_permitted(make_site: MakeSite) -> None:
    """With a limit of one a day, one of 32 concurrent requests is permitted; 31 say which rule and when next."""
    site = await make_site(limits=[limit(1)]).ready()
    requests = [await site.request("C-1", f"+86139000000{number:02d}") for number in range(32)]
    admissions = await asyncio.gather(*(site.calls.admit(one) for one in requests))
    permitted = [one for one in admissions if isinstance(one, Permitted)]
    denied = [one for one in admissions if isinstance(one, Denied)]
    assert (len(permitted), len(denied)) == (1, 31)
    midnight = NOON + timedelta(hours=12)
    for one in denied:
        assert "t/limit-0" in [finding.rule for finding in one.decision.denials]
        assert one.next_instant == midnight + timedelta(hours=8)


async def test_a_reversed_attempt_no_longer_counts(make_site: MakeSite) -> None:
    """Taken back, an attempt frees its place under the limit; settled, it does not."""
    site = await make_site(limits=[limit(1)]).ready()
    await site.calls.reverse((await site.permitted()).permit, NeverDialled.NOT_STAGED)
    permit = (await site.permitted()).permit
    await site.calls.settle(permit, End(Outcome.UNREACHABLE, 1, Left.YES))
    assert codes(await site.admit()) == ["frequency.full"]


@pytest.mark.parametrize(
    ("counts", "end", "full"),
    [
        (Counted.RANG, End(Outcome.UNREACHABLE, 1, Left.YES), False),
        (Counted.RANG, End(Outcome.NO_ANSWER, 19, Left.YES), True),
        (Counted.RANG, End(Outcome.BUSY, 17, Left.YES), True),
        (Counted.RANG, End(Outcome.UNCERTAIN, None, Left.UNKNOWN), True),
        (Counted.RANG, End(Outcome.FAILED, None, Left.NO), False),
        (Counted.UNANSWERED, End(Outcome.UNCERTAIN, None, Left.UNKNOWN), True),
        (Counted.UNANSWERED, End(Outcome.NO_ANSWER, 19, Left.YES), True),
        (Counted.CONVERSED, End(Outcome.UNCERTAIN, None, Left.UNKNOWN), True),
        (Counted.CONVERSED, End(Outcome.CONVERSED, 16, Left.UNKNOWN), True),
        (Counted.CONVERSED, End(Outcome.NO_ANSWER, 19, Left.YES), False),
    ],
)
async def test_what_nobody_knows_counts(make_site: MakeSite, counts: Counted, end: End, full: bool) -> None:
    """A limit counts what was lived through; where nobody knows, it counts."""
    site = await make_site(limits=[limit(1, counts)]).ready()
    await site.calls.settle((await site.permitted()).permit, end)
    assert codes(await site.admit()) == (["frequency.full"] if full else [])


async def test_limits_follow_their_scope(make_site: MakeSite) -> None:
    """A limit of a line over everyone counts another enterprise's call; one of the same enterprise does not."""
    site = await make_site(limits=[limit(1), limit(1, per=Subject.LINE, same_enterprise=False)]).ready()
    permit = (await site.permitted("C-1", NUMBER, enterprise="lender")).permit
    await site.calls.settle(permit, End(Outcome.BUSY, 17, Left.YES))
    denied = await site.admit("C-1", NUMBER)
    assert [one.rule for one in denied.decision.denials] == ["t/limit-1"]


async def test_a_touch_of_the_future_counts(make_site: MakeSite) -> None:
    """A limit counts everything since its window began, with no upper bound."""
    site = await make_site(limits=[limit(1)]).ready()
    site.clock.move(seconds=0.9)
    permit = (await site.permitted()).permit
    await site.calls.settle(permit, End(Outcome.BUSY, 17, Left.YES))
    site.clock.move(seconds=-0.9)
    assert codes(await site.admit()) == ["frequency.full"]


async def test_a_line_that_is_not_the_number_is_denied(make_site: MakeSite) -> None:
    """The digits dialled must be those of the enrolled line: a request cannot count on one and dial another."""
    site = await make_site().ready()
    request = await site.request("C-1", NUMBER)
    other = await site.request("C-2", "+8613900000001")
    assert codes(await site.calls.admit(replace(request, callee=other.callee))) == ["sound.not_enrolled"]
    stranger = await site.calls.admit(replace(other, person=UUID(int=3)))
    assert codes(stranger) == ["sound.not_enrolled"]
    assert codes(await site.calls.admit(replace(other, enterprise="lender", script="lender-opening"))) == [
        "sound.not_enrolled"
    ]


async def test_nothing_in_force_denies(make_site: MakeSite) -> None:
    """Without a rulebook in force, or with one that is not loaded, no call is permitted."""
    site = make_site()
    assert codes(await site.admit()) == ["sound.rulebook"]
    await site.ready()
    await site.permitted()
    await site.store.put_in_force("policy", {"digest": "f" * 64, "revision": 2}, OFFICER)
    assert codes(await site.admit("C-2", "+8613900000001")) == ["sound.rulebook"]


async def test_words_that_are_not_approved_are_not_said(make_site: MakeSite) -> None:
    """A submitted script denies; a withdrawn one ends a call that is under way before its bridge."""
    site = await make_site().ready(ScriptRow())
    await site.store.put_script(ScriptRow(version=2, text="新的"), OFFICER)
    assert (await site.permitted()).permit.announcement.closing_sha256 is None
    request = await site.request("C-2", "+8613900000001", script="unknown")
    assert codes(await site.calls.admit(request)) == ["script.unknown"]


async def test_the_entry_keeps_facts_and_no_number(make_site: MakeSite) -> None:
    """What is admitted leaves one entry that names its actor, its facts, and surrogates instead of people."""
    site = await make_site().ready()
    permit = (await site.permitted()).permit
    entry = (await site.store.entries())[-1]
    content = json.loads(entry.content)
    assert (entry.type, entry.leaf) == ("admitted", leaf_hash(entry.content))
    assert content["actor"] == {"id": "wang", "roles": ["operator"], "authenticated_by": "socket_peer"}
    assert content["permit"]["id"] == str(permit.id)
    assert content["facts"]["caller_id"] == CALLER_ID
    assert b"13812345678" not in entry.content


async def test_decide_only_writes_nothing(make_site: MakeSite) -> None:
    """Asking what would be decided, now or at another instant, leaves no entry and counts nothing."""
    site = await make_site(limits=[limit(1)]).ready()
    request = await site.request()
    before = len(await site.store.entries())
    assert (await site.store.decide_only(request)).permitted
    night = await site.store.decide_only(request, NOON + timedelta(hours=9))
    assert [one.code for one in night.denials] == ["hours.shut"]
    assert len(await site.store.entries()) == before
    assert (await site.permitted()).decision.permitted


async def test_a_cancelled_waiter_leaves_nothing_counted(make_site: MakeSite) -> None:
    """A permit that nobody waits for any more is reversed before the cancellation is raised."""
    site = await make_site(limits=[limit(1)]).ready()
    task = asyncio.create_task(site.calls.admit(await site.request()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    rows = await site.store.read(lambda one: one.execute(select(touches.c.reversed)).scalars().all())
    assert rows == [1]
    await site.permitted()


async def test_a_marketing_opt_out_leaves_collection_alone(make_site: MakeSite) -> None:
    """An opt-out holds for its purpose and enterprise, for the person and for the line."""
    site = await make_site().ready()
    permit = (await site.permitted(purpose=Purpose.MARKETING)).permit
    await site.calls.opt_out(permit, "key", {"digit": "9"})
    await site.calls.settle(permit, End(Outcome.OPTED_OUT, 16, Left.YES))
    assert codes(await site.admit("C-1", "+8613900000001", purpose=Purpose.MARKETING)) == [
        "preference.opted_out"
    ]
    assert codes(await site.admit("C-2", NUMBER, purpose=Purpose.MARKETING)) == ["preference.opted_out"]
    await site.permitted()
