"""The call-back line in virtual time: whatever is pressed and whenever he hangs up, what he said is kept once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from virtual import run_virtually

from dialer.agents import AgentDesk
from dialer.call_back import CallBackLine, Means
from dialer.core.admission import Actor
from dialer.core.errors import Fault
from dialer.core.policy import Purpose
from dialer.ports.calls import Agent, HungUp, KeyPressed, Leg, LegEvent, PlayedOut, Talk, Timing
from dialer.ports.ways_in import Arrival, Contact, Hours, Prompt, Prompts, Way
from dialer.reception import Reception
from dialer.speaking import instant_prompts

CONTACT = Contact("bank", Purpose.COLLECTION, (uuid4(),), uuid4(), datetime(2026, 3, 2, tzinfo=UTC))
PROMPTS: Prompts = {
    name: Prompt(name, 1000, name)
    for name in ("line", "caller.bank", "menu", "opted_out", "hours_kept", "not_kept", "no_agent", "goodbye")
}


@dataclass(slots=True)
class Phone:
    """The port `ArrivedLeg`: who called us, with what he presses and when he hangs up (seconds after the answer)."""

    presses: tuple[tuple[float, str], ...] = ()
    hangs_up_after_s: float | None = None
    id: str = "inbound"
    played: list[str] = field(default_factory=list)
    hung_up_by_us: bool = False
    answered: bool = False
    _events: asyncio.Queue[LegEvent] = field(default_factory=asyncio.Queue)

    async def answer(self) -> None:
        self.answered = True
        loop = asyncio.get_running_loop()
        for at_s, digit in self.presses:
            loop.call_later(at_s, self._events.put_nowait, KeyPressed(digit))
        if self.hangs_up_after_s is not None:
            loop.call_later(self.hangs_up_after_s, self._events.put_nowait, HungUp(16))

    async def event(self) -> LegEvent:
        return await self._events.get()

    def drained(self) -> list[LegEvent]:
        return [self._events.get_nowait() for _ in range(self._events.qsize())]

    async def play(self, sha256: str) -> str:
        self.played.append(sha256)
        playback = f"{sha256} {len(self.played)}"
        asyncio.get_running_loop().call_later(1.0, self._events.put_nowait, PlayedOut(playback, True))
        return playback

    async def tone(self, name: str) -> str:
        return await self.play(name)

    async def stop_playing(self, playback: str) -> None:
        return None

    async def exists(self) -> bool | None:
        return not self.hung_up_by_us

    async def renew(self, seconds: float) -> None:
        return None

    async def hang_up(self) -> None:
        self.hung_up_by_us = True
        self._events.put_nowait(HungUp(16))


@dataclass(slots=True)
class Kept:
    """The port `CallBackRecord`. `out`: every write fails."""

    contacts: Sequence[Contact] = (CONTACT,)
    out: bool = False
    told: list[str] = field(default_factory=list)
    opt_outs: list[Contact] = field(default_factory=list)
    wishes: list[Hours] = field(default_factory=list)

    async def had_called(self, caller: str, called: str) -> Sequence[Contact]:
        return self.contacts

    async def tell(self, inbound: UUID, kind: str, values: Mapping[str, Any]) -> None:
        self._write()
        self.told.append(kind)

    async def opt_out(self, inbound: UUID, contact: Contact, actor: Actor) -> None:
        self._write()
        self.opt_outs.append(contact)

    async def wish(self, inbound: UUID, contact: Contact, hours: Hours, actor: Actor) -> None:
        self._write()
        self.wishes.append(hours)

    def _write(self) -> None:
        if self.out:
            raise Fault("sound.record", "the disk is full")


class Doors:
    """The port `ArrivalPbx` with one arrival."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone

    async def arrivals(self) -> AsyncIterator[Arrival]:
        yield Arrival(Way.INBOUND, self.phone, "telecom", "95000001", "13800000001")

    async def call_agent(self, name: str, answer_s: float) -> Leg:
        raise Fault("sound.no_agent", name)

    async def join(self, talk: str, leg: Leg, agent: Agent) -> Talk:
        raise Fault("sound.no_agent", agent.name)


def _served(phone: Phone, kept: Kept, prompts: Prompts = PROMPTS) -> None:
    async def serve() -> None:
        doors = Doors(phone)
        agents = AgentDesk(doors, ("1001",), Timing())
        line = CallBackLine(Means(kept, doors, agents, prompts, Timing()), uuid4)
        await Reception(doors, {Way.INBOUND: line.serve}).run()

    run_virtually(serve())


def test_who_had_called_is_said_first() -> None:
    """Who it was, then the keys, then goodbye; the record has beginning and end."""
    phone, kept = Phone(), Kept()
    _served(phone, kept)
    assert phone.played == ["caller.bank", "menu", "goodbye"]
    assert kept.told == ["inbound_called", "inbound_ended"]
    assert phone.hung_up_by_us


def test_who_was_not_called_hears_the_line_only() -> None:
    """No history, no menu, and a key does nothing."""
    phone, kept = Phone(presses=((0.5, "9"),)), Kept(contacts=())
    _served(phone, kept)
    assert phone.played == ["line", "goodbye"]
    assert (kept.opt_outs, kept.wishes) == ([], [])


def test_without_a_prompt_nobody_answers() -> None:
    """A line that cannot say whose it is is hung up unanswered, and leaves no entry."""
    phone, kept = Phone(), Kept()
    _served(phone, kept, {})
    assert (phone.answered, phone.hung_up_by_us, kept.told) == (False, True, [])


@pytest.mark.parametrize(
    ("digit", "opt_outs", "wishes", "answer"),
    [
        ("9", 1, [], "opted_out"),
        ("1", 0, [Hours.MORNINGS], "hours_kept"),
        ("2", 0, [Hours.AFTERNOONS], "hours_kept"),
        ("3", 0, [Hours.ANY], "hours_kept"),
        ("0", 0, [], "no_agent"),
    ],
)
def test_each_key_does_its_own(digit: str, opt_outs: int, wishes: list[Hours], answer: str) -> None:
    """A key in the middle of a prompt is heard, answered, and does that one thing."""
    phone, kept = Phone(presses=((0.5, digit),)), Kept()
    _served(phone, kept)
    assert (len(kept.opt_outs), kept.wishes) == (opt_outs, wishes)
    assert phone.played == ["caller.bank", answer, "goodbye"]


@pytest.mark.parametrize("hangs_up_after_s", [0.5, 0.501, 1.0, 1.5, 3.0])
def test_a_key_before_the_hangup_counts(hangs_up_after_s: float) -> None:
    """However soon he hangs up behind the key, his refusal is kept, once."""
    phone, kept = Phone(presses=((0.5, "9"),), hangs_up_after_s=hangs_up_after_s), Kept()
    _served(phone, kept)
    assert kept.opt_outs == [CONTACT]
    assert kept.told[-1] == "inbound_ended"


def test_a_record_that_cannot_write_is_told_to_him() -> None:
    """He hears that it was not kept, and is not told that it was."""
    phone, kept = Phone(presses=((0.5, "9"),)), Kept(out=True)
    _served(phone, kept)
    assert phone.played == ["caller.bank", "not_kept", "goodbye"]


def test_an_instant_is_said_figure_by_figure() -> None:
    """In civil time of the zone; none is never."""
    at = datetime(2026, 3, 2, 0, 5, tzinfo=UTC)
    said = " ".join(instant_prompts(at, "Asia/Shanghai"))
    assert said == "next digit.3 month digit.2 day digit.8 hour digit.5 minute"
    assert instant_prompts(None, "Asia/Shanghai") == ("never",)
