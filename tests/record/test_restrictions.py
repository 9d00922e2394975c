"""One person takes away, at once: the next admission denies, names who did it and why, and the broken link."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from record_kit import CALLER_ID, NOON, OFFICER, OPERATOR, Site, codes, register

from dialer.core.admission import Denied, Permitted
from dialer.core.errors import BadInput
from dialer.core.policy import Moment, Purpose
from dialer.record.restrictions import Order

MakeSite = Callable[..., Site]
WHY = "complaints, 投诉"

TARGETS = {
    "enterprise": ("bank", "licence.not_valid"),
    "licence": ("L-bank", "licence.not_valid"),
    "carrier": ("unicom", ""),
    "trunk": ("east", ""),
    "number": (CALLER_ID, ""),
    "script": ("opening", "script.not_approved"),
    "entrustment": ("E-1", ""),
    "agency": ("agent", ""),
    "platform": ("screen", ""),
}


def _chain() -> dict[str, Any]:
    """The register with an agency and a platform, both entrusted."""
    found = register()
    party = {"full_name": "x", "uscc": "91320000000000000X", "seat": "CN-32"}
    found["agencies"] = [{"id": "agent", **party}]
    found["platforms"] = [{"id": "screen", **party}]
    paper = {**found["licences"][0], "enterprise": "bank"}
    del paper["number"]
    found["entrustments"] = [
        {**paper, "document": "E-1", "party": "agent"},
        {**paper, "document": "E-2", "party": "screen"},
    ]
    own = next(one for one in found["numbers"] if one["enterprise"] == "bank")
    found["numbers"].append({**own, "agency": "agent"})
    return found


async def _site(make_site: MakeSite) -> Site:
    site = await make_site().ready()
    await site.store.put_in_force("register", _chain(), OFFICER)
    return site


async def _asked(site: Site, kind: str) -> Any:
    more = {"agency": "agent", "platform": "screen"} if kind in ("agency", "platform", "entrustment") else {}
    return await site.admit(f"C-{kind}", f"+86138{len(kind):02}{sum(map(ord, kind)):06}", **more)


@pytest.mark.parametrize("what", ["suspend", "remove", "narrow", "end"])
@pytest.mark.parametrize("kind", TARGETS)
async def test_what_is_taken_away_is_denied_by_name(make_site: MakeSite, kind: str, what: str) -> None:
    """Any link, suspended, removed, narrowed or ended: permitted before; denied after, with who and why."""
    site = await _site(make_site)
    assert isinstance(await _asked(site, kind), Permitted)
    target, code = TARGETS[kind]
    more: dict[str, Any] = {
        "narrow": {"purposes": frozenset({Purpose.COLLECTION})},
        "end": {"end": NOON.date()},
    }.get(what, {})
    await site.store.changes.restrict(Order(kind, target, what, WHY, **more), OFFICER)
    site.clock.move(minutes=5)
    request = await site.request("C-2", "+8613912340000", **_parties(kind))
    denied = await site.calls.admit(request)
    assert isinstance(denied, Denied)
    assert "sound.restricted" in codes(denied)
    told = next(one for one in denied.decision.denials if one.code == "sound.restricted")
    assert told.values["by"] == OFFICER.id
    assert told.values["reason"] == WHY
    assert told.values["target"] == target
    if what == "suspend" and code:
        assert code in codes(denied)


def _parties(kind: str) -> dict[str, str]:
    return {"agency": "agent", "platform": "screen"} if kind in ("agency", "platform", "entrustment") else {}


async def test_a_paper_falls_with_the_one_it_rests_on(make_site: MakeSite) -> None:
    """A sub-entrustment is worth nothing while the entrustment that it was made under is suspended."""
    site = await make_site(rules=[]).ready()
    chain = _chain()
    chain["entrustments"].append({**chain["entrustments"][0], "document": "E-0", "party": "screen"})
    chain["entrustments"][0] |= {"sub_of": "E-0", "consent": "Z-1"}
    await site.store.put_in_force("register", chain, OFFICER)
    assert isinstance(await site.admit("C-1", agency="agent"), Permitted)
    await site.store.changes.restrict(Order("entrustment", "E-0", "suspend", WHY), OFFICER)
    assert "sound.restricted" in codes(await site.admit("C-2", "+8613912340000", agency="agent"))


async def test_other_purposes_other_days_and_other_papers_are_left(make_site: MakeSite) -> None:
    """A narrowing leaves the other purposes, an end to come leaves today, a paper leaves its twin."""
    site = make_site()
    await site.ready()
    both = register()
    both["licences"].append({**both["licences"][0], "number": "L-bank-2"})
    await site.store.put_in_force("register", both, OFFICER)
    narrow = Order("number", CALLER_ID, "narrow", WHY, frozenset({Purpose.MARKETING}))
    end = Order("enterprise", "bank", "end", WHY, end=NOON.date() + timedelta(days=1))
    for order in (narrow, end, Order("licence", "L-bank", "suspend", WHY)):
        await site.store.changes.restrict(order, OFFICER)
    assert isinstance(await site.admit(), Permitted)
    site.clock.move(hours=24)
    assert "sound.restricted" in codes(await site.admit("C-2", "+8613912340000"))


async def test_another_number_is_chosen_where_one_is_suspended(make_site: MakeSite) -> None:
    """Where nobody names a caller ID, one that is left is taken."""
    site = make_site()
    await site.ready()
    two = register()
    two["numbers"].append({**two["numbers"][0], "number": "95177"})
    await site.store.put_in_force("register", two, OFFICER)
    await site.store.changes.restrict(Order("number", CALLER_ID, "suspend", WHY), OFFICER)
    assert (await site.permitted()).permit.caller_id == "95177"


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (Order("number", "95000", "suspend", WHY), "no number of the register"),
        (Order("licence", "L-bnak", "suspend", WHY), "no licence of the register"),
        (Order("script", "nothing", "suspend", WHY), "no script of this id"),
        (Order("planet", "earth", "suspend", WHY), "no kind of target"),
        (Order("number", CALLER_ID, "suspend", " "), "nobody says why"),
        (Order("number", CALLER_ID, "narrow", WHY), "does not fit"),
        (Order("number", CALLER_ID, "suspend", WHY, end=NOON.date()), "does not fit"),
    ],
)
async def test_a_restriction_of_nobody_is_refused(make_site: MakeSite, order: Order, said: str) -> None:
    """A mistyped name would be answered as done and restrict nobody; nothing is written."""
    site = await make_site().ready()
    entries = len(await site.store.entries())
    with pytest.raises(BadInput, match=said):
        await site.store.changes.restrict(order, OFFICER)
    assert len(await site.store.entries()) == entries
    assert await site.store.changes.restrictions() == []


async def test_each_restriction_is_an_entry_with_who_and_why(make_site: MakeSite) -> None:
    """Its actor and its reason stand in the log."""
    site = await make_site().ready()
    await site.store.changes.restrict(Order("number", CALLER_ID, "suspend", WHY), OPERATOR)
    last = (await site.store.entries())[-1]
    assert last.type == "restricted"
    assert OPERATOR.id.encode() in last.content
    assert WHY.encode() in last.content


async def test_a_ringing_call_hears_of_it_and_is_denied_when_answered(make_site: MakeSite) -> None:
    """The revocation has fired when the command returns; deciding again denies."""
    site = await make_site().ready()
    request = await site.request()
    async with site.calls.revocations(request) as revoked:
        permit = (await site.calls.admit(request)).permit
        await site.store.changes.restrict(Order("number", CALLER_ID, "suspend", WHY), OFFICER)
        await asyncio.sleep(0)
        assert revoked.pending() is not None
    decision = await site.calls.reconfirm(permit, Moment.ANSWERED)
    assert not decision.permitted
