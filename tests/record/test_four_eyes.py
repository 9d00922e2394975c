"""Four eyes: what only tightens is in force at once by one person, what may loosen waits for a second one."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from record_kit import CALLER_ID, NOON, OFFICER, OPERATOR, ScriptRow, Site, codes, register

from dialer.core.admission import Actor
from dialer.core.errors import BadInput
from dialer.core.policy import Moment
from dialer.record.four_eyes import Approvers, Deputy
from dialer.record.restrictions import Order

MakeSite = Callable[..., Site]
Document = dict[str, Any]
Edit = Callable[[Document], None]
WHY = "renewed"
WINDOW = {"days": ["mon"], "start": "09:00", "end": "18:00"}


def _chain() -> Document:
    """A register with a row in every section."""
    found = register()
    party = {"full_name": "x", "uscc": "91320000000000000X", "seat": "CN-32"}
    left = {"id": "left", **party, "standing": "exited", "standing_since": "2026-02-01"}
    found["agencies"] = [{"id": "agent", **party}, left]
    found["platforms"] = [{"id": "screen", **party}]
    paper = {key: value for key, value in found["licences"][0].items() if key != "number"}
    found["entrustments"] = [{**paper, "document": "E-1", "party": "agent"}]
    review = {"what": "licence", "document": "L-bank", "reviewed_on": "2026-01-02", "by": "x"}
    found["carriers"][0] |= {"status": "valid", "from": "2026-01-01", "to": "2028-01-01", "reviews": [review]}
    found["numbers"][0]["list_state"] = "acknowledged"
    found["numbers"][1] |= {"undertaking": "U-1", "windows": [WINDOW]}
    return found


def _set(section: str, field: str, value: Any, at: int = 0) -> Edit:
    def edit(document: Document) -> None:
        document[section][at][field] = value

    return edit


def _gone(section: str, at: int = -1) -> Edit:
    return lambda document: document[section].pop(at)


def _more(section: str, **changes: Any) -> Edit:
    return lambda document: document[section].append({**document[section][0], **changes})


def _zone(document: Document) -> None:
    document["register"]["zone"] = "Asia/Urumqi"


# Every kind of change of a register -> whether one person is enough.
CHANGES: dict[str, tuple[Edit, bool]] = {
    "remove an enterprise": (_gone("enterprises"), True),
    "remove a licence": (_gone("licences"), True),
    "remove an agency": (_gone("agencies"), True),
    "remove a platform": (_gone("platforms"), True),
    "remove an entrustment": (_gone("entrustments"), True),
    "remove a trunk": (_gone("trunks"), True),
    "remove a number": (_gone("numbers"), True),
    "suspend a licence": (_set("licences", "status", "suspended"), True),
    "revoke an entrustment": (_set("entrustments", "status", "revoked"), True),
    "suspend a carrier": (_set("carriers", "status", "suspended"), True),
    "suspend a number": (_set("numbers", "status", "suspended"), True),
    "disable a number": (_set("numbers", "status", "disabled"), True),
    "a number takes calls only": (_set("numbers", "may_dial_out", False), True),
    "fewer purposes of a licence": (_set("licences", "purposes", ["collection"]), True),
    "fewer products of an entrustment": (_set("entrustments", "products", []), True),
    "fewer purposes of a number": (_set("numbers", "purposes", ["collection"]), True),
    "a licence ends earlier": (_set("licences", "to", "2027-01-01"), True),
    "an entrustment begins later": (_set("entrustments", "from", "2026-06-01"), True),
    "a number ends earlier": (_set("numbers", "to", "2027-01-01"), True),
    "a carrier's licence ends earlier": (_set("carriers", "to", "2027-01-01"), True),
    "a carrier's review is gone": (_set("carriers", "reviews", []), True),
    "a number's list was rejected": (_set("numbers", "list_state", "rejected"), True),
    "an agency leaves": (
        lambda document: document["agencies"][0].update(standing="exited", standing_since="2027-01-01"),
        True,
    ),
    "fewer windows of a number": (_set("numbers", "windows", [WINDOW]), True),
    "a number's undertaking is gone": (lambda document: document["numbers"][1].pop("undertaking"), True),
    "a number becomes an access code": (_set("numbers", "access_code", True), True),
    "an agency comes back": (lambda document: document["agencies"][1].pop("standing"), False),
    "an agency leaves later": (_set("agencies", "standing_since", "2026-09-01", 1), False),
    "another window of a number": (_set("numbers", "windows", [{**WINDOW, "end": "20:00"}], 1), False),
    "a number's undertaking": (_set("numbers", "undertaking", "U-2"), False),
    "another liaison officer": (_set("enterprises", "liaison", {"name": "李", "contact": "1"}), True),
    "another order of rows": (lambda document: document["numbers"].reverse(), True),
    "add an enterprise": (_more("enterprises", id="new"), False),
    "add a licence": (_more("licences", number="L-2"), False),
    "add an agency": (_more("agencies", id="agent-2"), False),
    "add a platform": (_more("platforms", id="screen-2"), False),
    "add an entrustment": (_more("entrustments", document="E-2"), False),
    "add a carrier": (_more("carriers", id="telecom"), False),
    "add a trunk": (_more("trunks", name="west"), False),
    "add a number": (_more("numbers", number="95177"), False),
    "more purposes of a licence": (
        _set("licences", "purposes", ["collection", "marketing", "service"]),
        False,
    ),
    "more products of an entrustment": (_set("entrustments", "products", ["credit", "tax"]), False),
    "other purposes of a number": (_set("numbers", "purposes", ["service"]), False),
    "extend a licence": (_set("licences", "to", "2029-01-01"), False),
    "an entrustment begins earlier": (_set("entrustments", "from", "2025-01-01"), False),
    "a number without end": (lambda document: document["numbers"][0].pop("to"), False),
    "another review of a carrier": (
        _set(
            "carriers",
            "reviews",
            [{"what": "licence", "document": "L-2", "reviewed_on": "2026-02-01", "by": "x"}],
        ),
        False,
    ),
    "a carrier's reviews are unknown": (lambda document: document["carriers"][0].pop("reviews"), False),
    "a number is given to another carrier": (_set("numbers", "carrier", "telecom"), False),
    "a number is given to an agency": (_set("numbers", "agency", "agent"), False),
    "another name of an enterprise": (_set("enterprises", "full_name", "y"), False),
    "another seat": (_set("enterprises", "seat", "CN-33"), False),
    "another place of a trunk": (_set("trunks", "place", "CN-33"), False),
    "another closing sentence": (_set("enterprises", "closing_script", "other"), False),
    "a list is acknowledged": (_set("numbers", "list_state", "submitted"), False),
    "a field that nobody knows": (_set("numbers", "colour", "red"), False),
    "another zone": (_zone, False),
}


async def _site(make_site: MakeSite) -> Site:
    site = await make_site().ready()
    await site.store.put_in_force("register", _chain(), OFFICER)
    return site


async def _document(site: Site) -> Document:
    found = await site.store.in_force("register")
    assert found is not None
    return found[1]


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_is_in_force_at_once_or_waits(make_site: MakeSite, change: str) -> None:
    """Each kind of change: by one person at once, or for a second person, and then in force."""
    site = await _site(make_site)
    edit, at_once = CHANGES[change]
    wanted = _chain()
    edit(wanted)
    put = await site.store.changes.put_register(wanted, WHY, OPERATOR)
    assert put.in_force is at_once
    if at_once:
        assert await _document(site) == wanted
        assert await site.store.changes.pending() == []
        return
    assert await _document(site) != wanted
    assert put.loosens
    assert put.proposal is not None
    await site.store.changes.approve([put.proposal], OFFICER)
    assert await _document(site) == wanted


async def test_a_loosened_script_waits_for_somebody_else(make_site: MakeSite) -> None:
    """Who submitted a script cannot approve it; somebody else can; one person withdraws it."""
    site = await make_site().ready()
    await site.store.put_script(ScriptRow(version=2, text="x"), OPERATOR)
    with pytest.raises(BadInput, match="second person"):
        await site.store.approve_script("opening", 2, OPERATOR)
    await site.store.approve_script("opening", 2, OFFICER)
    await site.store.withdraw_script("opening", 2, OPERATOR)
    assert "script.not_approved" in codes(await site.admit())


async def test_of_a_mixture_the_tightening_binds_at_once(make_site: MakeSite) -> None:
    """A number loses a purpose now, gains a year later; a row that is new waits, one that is gone is gone."""
    site = await _site(make_site)
    wanted = _chain()
    wanted["numbers"][0] |= {"purposes": ["marketing"], "to": "2030-01-01"}
    wanted["numbers"].append({**wanted["numbers"][0], "number": "95177"})
    wanted["entrustments"] = []
    put = await site.store.changes.put_register(wanted, WHY, OPERATOR)
    assert not put.in_force
    left = await _document(site)
    assert left["entrustments"] == []
    assert [one["number"] for one in left["numbers"]] == [CALLER_ID, "95199"]
    assert left["numbers"][0]["purposes"] == ["marketing"]
    assert left["numbers"][0]["to"] == "2028-01-01"
    await site.store.changes.approve([put.proposal or ""], OFFICER)
    assert await _document(site) == wanted


async def test_the_first_register_is_in_force_at_once(make_site: MakeSite) -> None:
    """As with the first policy set: there is nothing that it could loosen."""
    put = await make_site().store.changes.put_register(_chain(), WHY, OPERATOR)
    assert put.in_force
    assert put.proposal is None


async def test_the_same_register_again_changes_nothing(make_site: MakeSite) -> None:
    """Neither what is in force nor what waits is put forward twice."""
    site = await _site(make_site)
    assert (await site.store.changes.put_register(_chain(), WHY, OPERATOR)).in_force
    wanted = _chain()
    wanted["numbers"][0]["to"] = "2030-01-01"
    first = await site.store.changes.put_register(wanted, WHY, OPERATOR)
    entries = len(await site.store.entries())
    assert (await site.store.changes.put_register(copy.deepcopy(wanted), WHY, OPERATOR)) == first
    assert len(await site.store.entries()) == entries


def _extended() -> Document:
    wanted = _chain()
    wanted["numbers"][0]["to"] = "2030-01-01"
    return wanted


async def _waiting(site: Site, actor: Actor = OPERATOR) -> str:
    put = await site.store.changes.put_register(_extended(), WHY, actor)
    assert put.proposal is not None
    return put.proposal


@pytest.mark.parametrize(
    "name",
    ["wang", "Wang", " WANG ", "ｗａｎｇ", "wang(1001)"],
    ids=["same", "case", "spaces", "wide", "uid"],
)
async def test_nobody_approves_what_he_put_forward(make_site: MakeSite, name: str) -> None:
    """However he spells his name; nothing is in force then."""
    site = await _site(make_site)
    ident = await _waiting(site, replace(OPERATOR, id="wang(1000)"))
    with pytest.raises(BadInput, match="second person"):
        await site.store.changes.approve([ident], replace(OFFICER, id=name))
    assert await _document(site) == _chain()
    assert len(await site.store.changes.pending()) == 1


async def test_only_a_person_who_is_known_approves(make_site: MakeSite) -> None:
    """The holder of a token is nobody in particular."""
    site = await _site(make_site)
    ident = await _waiting(site)
    with pytest.raises(BadInput, match="known"):
        await site.store.changes.approve([ident], Actor("token", frozenset(), "key"))


async def test_what_came_with_the_token_names_nobody(make_site: MakeSite) -> None:
    """Who holds the token may be who approves: a person who is known must put it forward, and another one agree."""
    site = await _site(make_site)
    ident = await _waiting(site, Actor("token", frozenset(), "key"))
    with pytest.raises(BadInput, match="nobody knows who put it forward"):
        await site.store.changes.approve([ident], OFFICER)
    again = await _waiting(site, OPERATOR)
    assert again != ident
    await site.store.changes.approve([again], OFFICER)


DEPUTY = Deputy("sun", "lin", date(2026, 11, 20), date(2026, 11, 24))


@pytest.mark.parametrize(
    ("actor", "day", "may"),
    [
        ("lin", 0, True),
        ("li", 0, False),
        ("sun", 0, True),
        ("sun", -4, False),
        ("sun", -3, True),
        ("sun", 1, False),
    ],
)
async def test_those_named_approve_and_their_deputies_in_their_days(
    make_site: MakeSite, actor: str, day: int, may: bool
) -> None:
    """A stranger may not, a deputy from his first day (inclusive) to his last (exclusive)."""
    site = await _site(make_site)
    site.store.changes.approvers = Approvers(("lin", "zhao"), (DEPUTY,), "Asia/Shanghai")
    site.clock.at = NOON - timedelta(days=10)
    ident = await _waiting(site)
    site.clock.at = NOON + timedelta(days=day)
    approving = site.store.changes.approve([ident], replace(OFFICER, id=actor))
    if may:
        await approving
        return
    with pytest.raises(BadInput, match="may not approve today"):
        await approving


async def test_a_deputy_does_not_approve_for_the_one_who_put_it_forward(make_site: MakeSite) -> None:
    """He would be that one's own second pair of eyes."""
    site = await _site(make_site)
    site.store.changes.approvers = Approvers(("lin", "zhao"), (DEPUTY,), "Asia/Shanghai")
    ident = await _waiting(site, OFFICER)
    with pytest.raises(BadInput, match="may not approve today"):
        await site.store.changes.approve([ident], replace(OFFICER, id="sun"))


async def test_several_are_approved_together_or_none(make_site: MakeSite) -> None:
    """One that cannot be leaves the others waiting."""
    site = await _site(make_site)
    ids = []
    for target in (("number", CALLER_ID), ("trunk", "east")):
        restriction = await site.store.changes.restrict(Order(*target, "suspend", WHY), OFFICER)
        ids.append(await site.store.changes.lift(restriction, "settled", OPERATOR))
    with pytest.raises(BadInput, match="no such proposal"):
        await site.store.changes.approve([*ids, "nothing"], OFFICER)
    assert len(await site.store.changes.restrictions()) == 2
    assert "sound.restricted" in codes(await site.admit())
    await site.store.changes.approve(ids, OFFICER)
    assert await site.store.changes.restrictions() == []
    assert codes(await site.admit("C-2", "+8613912340000")) == []


async def test_lifting_a_restriction_needs_a_second_person(make_site: MakeSite) -> None:
    """It loosens; who puts it forward cannot approve it."""
    site = await _site(make_site)
    restriction = await site.store.changes.restrict(Order("number", CALLER_ID, "suspend", WHY), OFFICER)
    ident = await site.store.changes.lift(restriction, "settled", OPERATOR)
    with pytest.raises(BadInput, match="second person"):
        await site.store.changes.approve([ident], OPERATOR)
    assert "sound.restricted" in codes(await site.admit())


async def test_what_was_rejected_or_has_expired_is_approved_no_more(make_site: MakeSite) -> None:
    """A rejection says why; a proposal lives as long as the settings say."""
    site = await _site(make_site)
    ident = await _waiting(site)
    with pytest.raises(BadInput, match="nobody says why"):
        await site.store.changes.reject([ident], " ", OFFICER)
    await site.store.changes.reject([ident], "not renewed", OFFICER)
    with pytest.raises(BadInput, match="rejected already"):
        await site.store.changes.approve([ident], OFFICER)
    later = await _waiting(site)
    site.clock.move(days=14)
    with pytest.raises(BadInput, match="expired"):
        await site.store.changes.approve([later], OFFICER)
    states = sorted(one["state"] for one in await site.store.changes.pending(every=True))
    assert states == ["expired", "rejected"]


async def test_what_was_tightened_since_is_not_undone(make_site: MakeSite) -> None:
    """A register that was compared with an older one is not approved."""
    site = await _site(make_site)
    ident = await _waiting(site)
    tighter = _chain()
    tighter["numbers"][0]["status"] = "suspended"
    await site.store.changes.put_register(tighter, WHY, OPERATOR)
    with pytest.raises(BadInput, match="has changed since"):
        await site.store.changes.approve([ident], OFFICER)
    assert await _document(site) == tighter


async def test_every_step_is_an_entry_with_who_and_why(make_site: MakeSite) -> None:
    """Put forward, approved, rejected, lifted."""
    site = await _site(make_site)
    before = len(await site.store.entries())
    restriction = await site.store.changes.restrict(Order("number", CALLER_ID, "suspend", WHY), OFFICER)
    ident = await site.store.changes.lift(restriction, "settled", OPERATOR)
    await site.store.changes.approve([ident], OFFICER)
    await site.store.changes.reject([await _waiting(site)], "not renewed", OFFICER)
    found = (await site.store.entries())[before:]
    said = [
        ("restricted", OFFICER, WHY),
        ("proposed", OPERATOR, "settled"),
        ("restriction_lifted", OFFICER, "settled"),
        ("proposal_approved", OFFICER, "settled"),
        ("proposed", OPERATOR, WHY),
        ("proposal_rejected", OFFICER, "not renewed"),
    ]
    assert [one.type for one in found] == [kind for kind, _, _ in said]
    for entry, (_, actor, why) in zip(found, said, strict=True):
        assert actor.id.encode() in entry.content
        assert why.encode() in entry.content


async def test_a_tightening_binds_a_ringing_call(make_site: MakeSite) -> None:
    """The revocation has fired when the import returns; deciding again denies. A loosening fires none."""
    site = await _site(make_site)
    request = await site.request()
    async with site.calls.revocations(request) as revoked:
        permit = (await site.calls.admit(request)).permit
        await site.store.changes.put_register(_extended(), WHY, OPERATOR)
        await asyncio.sleep(0)
        assert revoked.pending() is None
        tighter = _chain()
        tighter["licences"][0]["status"] = "suspended"
        await site.store.changes.put_register(tighter, WHY, OPERATOR)
        await asyncio.sleep(0)
        assert revoked.pending() is not None
    assert not (await site.calls.reconfirm(permit, Moment.ANSWERED)).permitted


async def test_a_withdrawn_script_ends_a_ringing_call(make_site: MakeSite) -> None:
    """One person withdraws it, at once."""
    site = await _site(make_site)
    request = await site.request()
    async with site.calls.revocations(request) as revoked:
        await site.calls.admit(request)
        await site.store.withdraw_script("opening", 1, OPERATOR)
        assert revoked.pending() is not None
