"""From which number a person is called again, and how many calls a number made today."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from record_kit import CALLER_ID, OFFICER, Site, codes, register, rule

from dialer.core.admission import End, Left, NeverDialled
from dialer.core.call import Event
from dialer.core.cause import Outcome
from dialer.core.policy import Binding, Moment, Pack, PolicySet, Text
from dialer.core.rulebook import Rulebook
from dialer.core.rules import number_cap, same_number

MakeSite = Callable[..., Site]
OTHER = "95177"


async def _with(site: Site, *numbers: str, **more: Any) -> None:
    """Put a register in force with these numbers of the bank, in this order."""
    document = register()
    [entry] = [one for one in document["numbers"] if one["number"] == CALLER_ID]
    document["numbers"] = [{**entry, **more.get(f"n{number}", {}), "number": number} for number in numbers]
    await site.store.put_in_force("register", document, OFFICER)


async def _ruled(site: Site, kind: str, params: object) -> None:
    """Put one more rule in force."""
    rules = (*site.book.policy.packs[0].rules, rule(kind, kind, params))
    pack = Pack("t", Text("测", "t"), 1, "Asia/Shanghai", Binding(), rules)
    book = Rulebook(PolicySet((pack,)), 2, "test")
    site.store.know(book)
    await site.store.put_in_force("policy", {"digest": book.digest, "revision": 2}, OFFICER)


async def _over(site: Site, **more: Any) -> str:
    """Place a call that nobody answers. Its caller ID."""
    permit = (await site.permitted(**more)).permit
    for event in (Event.DIAL_BEGUN, Event.RANG):
        await site.calls.note(permit, event)
    await site.calls.settle(permit, End(Outcome.NO_ANSWER, 19, Left.YES))
    return permit.caller_id


async def test_a_person_is_called_again_from_the_number_he_knows(make_site: MakeSite) -> None:
    """About the same case, though another stands first now; another case, and another person, get the first."""
    site = await make_site().ready()
    assert await _over(site, debt_id="D-1") == CALLER_ID
    await _with(site, OTHER, CALLER_ID)
    assert await _over(site, debt_id="D-1") == CALLER_ID
    assert await _over(site, debt_id="D-2") == OTHER
    assert await _over(site, person="C-2", number="+8613812345679", debt_id="D-3") == OTHER


async def test_a_number_that_may_not_be_used_any_more_is_not_kept(make_site: MakeSite) -> None:
    """Disabled in the register: the next one is presented, and no rule asks for the old one."""
    site = await make_site().ready()
    await _over(site, debt_id="D-1")
    await _with(site, CALLER_ID, OTHER, **{f"n{CALLER_ID}": {"status": "disabled"}})
    await _ruled(site, "same_number", same_number.Params())
    assert await _over(site, debt_id="D-1") == OTHER


async def test_another_number_for_the_same_person_and_case(make_site: MakeSite) -> None:
    """A rule may deny it, naming the one that he knows."""
    site = await make_site().ready()
    await _with(site, CALLER_ID, OTHER)
    await _ruled(site, "same_number", same_number.Params())
    await _over(site, debt_id="D-1")
    denied = await site.admit(debt_id="D-1", caller_id=OTHER)
    assert list(codes(denied)) == ["same_number.other"]
    [found] = denied.decision.denials  # type: ignore[union-attr]
    assert CALLER_ID in found.text.en


async def test_the_calls_of_a_number_are_counted_whoever_is_called(make_site: MakeSite) -> None:
    """The third from it is denied until midnight; another number, one taken back and the next day are free."""
    site = await make_site().ready()
    await _with(site, CALLER_ID, OTHER)
    await _ruled(site, "number_cap", number_cap.Params(2))
    people = [(f"C-{turn}", f"+86138123400{turn:02d}") for turn in range(6)]
    first, second, *rest = [
        {"person": who, "number": number, "caller_id": CALLER_ID} for who, number in people
    ]
    await site.permitted(**first)
    permit = (await site.permitted(**second)).permit
    denied = await site.admit(**rest[0])
    assert list(codes(denied)) == ["number_cap.full"]
    [found] = denied.decision.denials  # type: ignore[union-attr]
    assert found.opens_at == site.clock.now().replace(hour=16)
    await site.permitted(**{**rest[0], "caller_id": OTHER})
    await site.calls.reverse(permit, NeverDialled.EXPIRED)
    await site.permitted(**rest[1])
    site.clock.move(hours=22)
    await site.permitted(**rest[2])


async def test_a_call_that_is_decided_again_does_not_count_itself(make_site: MakeSite) -> None:
    """Its own attempt is no call before it: the cap of one permits it to the end."""
    site = await make_site().ready()
    await _ruled(site, "number_cap", number_cap.Params(1))
    permit = (await site.permitted()).permit
    assert (await site.calls.reconfirm(permit, Moment.ANSWERED)).permitted
    facts = json.loads((await site.store.entries())[-1].content)["facts"]
    assert facts["number_calls"]["Asia/Shanghai"]["calls"] == 0
    assert (facts["kept_caller_id"], facts["number_health"]["complaints"]) == (None, 0)
