"""An agent who dialled is reserved with the leg he dialled by, and is afterwards what he was before."""

from __future__ import annotations

import asyncio

import pytest
from scripted_record import request
from test_call_back import Phone
from virtual import run_virtually

from dialer.agents import AgentDesk
from dialer.core.errors import Fault
from dialer.ports.calls import HungUp, KeyPressed, Leg, Timing


class Phones:
    """The port `AgentPbx`: whoever is called answers."""

    def __init__(self) -> None:
        self.signed_in = Phone(id="signed-in")

    async def call_agent(self, name: str, answer_s: float) -> Leg:
        return self.signed_in


def test_his_own_leg_is_the_reserved_one() -> None:
    """Signed out or signed in by another leg: the call has the leg he dialled by, keys and hangup of it count."""

    async def story() -> None:
        phones = Phones()
        desk = AgentDesk(phones, ("1001",), Timing())
        for before in ("signed_out", "available"):
            if before == "available":
                await desk.sign_in("1001")
            dialled, asked = Phone(id=f"dialled-{before}"), request("one", "1001")
            with desk.bringing(asked.id, "1001", dialled):
                assert desk.owns(dialled.id)
                async with desk.reserve(asked) as agent:
                    assert agent is not None
                    assert (agent.leg_id, desk.presence()["1001"]) == (dialled.id, "reserved")
                    somebody_else = asyncio.ensure_future(agent.says_wrong_person())
                    await asyncio.sleep(0)
                    dialled._events.put_nowait(KeyPressed("8"))
                    await asyncio.wait_for(somebody_else, 1)
                    gone = asyncio.ensure_future(agent.gone())
                    dialled._events.put_nowait(HungUp(16))
                    await asyncio.wait_for(gone, 1)
            assert not desk.owns(dialled.id)
            assert desk.presence()["1001"] == before
        await desk.close()

    run_virtually(story())


def test_who_is_in_a_call_dials_no_other() -> None:
    """An agent who is reserved, and a name that is nobody's, are refused; the call he is in stays his."""

    async def story() -> None:
        phones = Phones()
        desk = AgentDesk(phones, ("1001",), Timing())
        await desk.sign_in("1001")
        with desk.take() as held:
            assert held is not None
            for name in ("1001", "1009"):
                asked = request("one", name)
                with desk.bringing(asked.id, name, Phone()), pytest.raises(Fault):
                    async with desk.reserve(asked):
                        pass
            assert desk.presence()["1001"] == "reserved"
            with desk.take() as nobody:
                assert nobody is None
        assert desk.presence()["1001"] == "available"
        await desk.close()

    run_virtually(story())
