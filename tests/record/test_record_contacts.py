"""Contacts on other channels as the record counts them: shared caps, one transaction, never an attempt."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from record_kit import NOON, OFFICER, OPERATOR, Site, codes, limit, line, register

from dialer.core.admission import Permitted
from dialer.core.errors import BadInput
from dialer.core.limits import Counted
from dialer.core.message import Message
from dialer.record import contacts
from dialer.record.contacts import Contact, Outgoing

PORT = "1069000012345"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """Two contacts and two attempts a day; the bank has an SMS port."""
    made = Site(tmp_path, limit(2, Counted.CONTACTS), limit(2))
    await made.ready()
    document = register()
    port = {**document["numbers"][0], "number": PORT, "kind": "sms_port", "may_dial_out": False}
    document["numbers"] = [*document["numbers"], port]
    await made.store.put_in_force("register", document, OFFICER)
    yield made
    made.close()


async def _contact(site: Site, key: str, **changes: Any) -> Contact:
    request = await site.request()
    contact = Contact(
        id=uuid4(),
        key=key,
        digest=hashlib.sha256(key.encode()).hexdigest(),
        actor=OPERATOR,
        enterprise="bank",
        agency=None,
        purpose=request.purpose,
        product="credit",
        channel="sms",
        person=request.person,
        line=request.line,
        debt=None,
        at=NOON - timedelta(minutes=1),
    )
    return replace(contact, **changes)


async def _outgoing(site: Site, key: str, **changes: Any) -> Outgoing:
    return Outgoing(await _contact(site, key), line(), PORT, lambda *_: Message(), **changes)


async def _made(site: Site, key: str, **changes: Any) -> bool:
    contact = await _contact(site, key, **changes)
    return await site.store.write(lambda one: contacts.made(site.store.gate, one, contact))


async def _admitted(site: Site, key: str, **changes: Any) -> contacts.Decided:
    outgoing = await _outgoing(site, key, **changes)
    return await site.store.write(lambda one: contacts.admitted(site.store.gate, one, outgoing))


async def test_a_contact_of_another_system_counts_for_contacts_only(site: Site) -> None:
    """Two letters fill the limit on contacts, so that a call is denied by it, and by no limit on attempts."""
    assert await _made(site, "a", channel="letter")
    assert isinstance(await site.admit("C-2", "+8613812345679"), Permitted)
    assert await _made(site, "b", channel="email")
    denied = await site.admit()
    assert codes(denied) == ["frequency.full"]
    assert [one.rule for one in denied.decision.denials] == ["t/limit-0"]  # type: ignore[union-attr]
    assert not await _made(site, "b", channel="email")


async def test_of_many_messages_at_once_the_last_allowed_one_is_sent_once(site: Site) -> None:
    """Decided and counted in one transaction: of eight at once two are permitted; the keys say so for ever."""
    told = await asyncio.gather(*(_admitted(site, f"k{one}") for one in range(8)))
    counted = [one.touch for one in told if one.touch is not None]
    assert len(counted) == 2
    assert all(one.decision is not None and one.decision.permitted is (one.touch is not None) for one in told)
    again = [await _admitted(site, f"k{one}") for one in range(8)]
    assert [(one.touch, one.repeated) for one in again] == [(one.touch, True) for one in told]
    entries = [one.type for one in await site.store.entries()]
    assert entries.count("message_decided") == 8


async def test_an_attempt_fills_the_cap_of_messages(site: Site) -> None:
    """Our own call and a message leave no room for a second message; the next instant is the next day's first."""
    await site.permitted()
    assert (await _admitted(site, "one")).touch is not None
    decision = (await _admitted(site, "two")).decision
    assert decision is not None
    assert [one.code for one in decision.denials] == ["frequency.full"]
    assert decision.next_instant == NOON.replace(hour=0) + timedelta(days=1)


async def test_a_message_is_no_attempt_and_no_call_in_flight(site: Site) -> None:
    """A ringing call does not hold a message up, and a message leaves every attempt free."""
    assert (await _admitted(site, "one")).touch is not None
    permitted = await site.permitted()
    row = await site.store.attempt(permitted.permit.id)
    assert row is not None
    assert (await site.store.counts())["live"] == {"permitted": 1}


async def test_a_decision_without_count_writes_nothing(site: Site) -> None:
    """Asked only, neither entry nor touch is written."""
    outgoing = await _outgoing(site, "asked")
    before = len(await site.store.entries())
    decision = await site.store.read(lambda one: contacts.decided(site.store.gate, one, outgoing))
    assert decision.permitted
    assert len(await site.store.entries()) == before


async def test_another_carrier_than_the_registered_one_is_denied(site: Site) -> None:
    """The carrier that is said to send it must be the one that the port is registered with."""
    assert (await _admitted(site, "one", carrier="unicom")).touch is not None
    decision = (await _admitted(site, "two", carrier="mobile")).decision
    assert decision is not None
    assert [one.code for one in decision.denials] == ["caller_id.other_carrier"]


async def test_a_key_of_something_else_is_refused(site: Site) -> None:
    """A call's key used for a contact, and a contact's key used for a message with other words."""
    request = await site.request(idempotency_key="call")
    await site.calls.admit(request)
    with pytest.raises(BadInput):
        await _made(site, "call")
    await _made(site, "made")
    outgoing = await _outgoing(site, "made")
    other = replace(outgoing, contact=replace(outgoing.contact, digest="0" * 64))
    decided = await site.store.write(lambda one: contacts.admitted(site.store.gate, one, other))
    assert decided.decision is not None
    assert "sound.key_reused" in {one.code for one in _unsound(decided)}


async def test_an_instant_that_cannot_be_changes_nothing(site: Site) -> None:
    """The future, and longer ago than anything is kept, are refused; a visit may have been a conversation."""
    for at in (NOON + timedelta(microseconds=1), NOON - timedelta(days=185)):
        with pytest.raises(BadInput):
            await _made(site, "x", at=at)
    assert await _made(site, "x", at=NOON - timedelta(days=184))


def _unsound(decided: contacts.Decided) -> list[Any]:
    assert decided.decision is not None
    return [*decided.decision.denials]
