"""What callers and callees of the lab Asterisk see: its dialplan and endpoint settings at work."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

from dialer.lab.asterisk import AgentPhone, LabAsterisk, Trunk

Factory = Callable[..., LabAsterisk]
Link = Callable[..., Any]


class Phone(asyncio.DatagramProtocol):
    """A SIP address that keeps every request's first bytes and answers an INVITE with one fixed status."""

    def __init__(self, status: str, extra: str = "") -> None:
        self.status, self.extra = status, extra
        self.requests: list[str] = []
        self.port = 0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        text = data.decode()
        self.requests.append(text)
        if text.startswith("INVITE "):
            copied = "".join(
                f"{line}{';tag=x' if line.startswith('To:') else ''}\r\n"
                for line in text.split("\r\n")
                if line.startswith(("Via:", "From:", "To:", "Call-ID:", "CSeq:"))
            )
            reply = f"SIP/2.0 {self.status}\r\n{copied}{self.extra}Content-Length: 0\r\n\r\n"
            self.transport.sendto(reply.encode(), addr)

    @property
    def invites(self) -> list[str]:
        return [text for text in self.requests if text.startswith("INVITE ")]


@contextlib.asynccontextmanager
async def phone(status: str, extra: str = "") -> AsyncIterator[Phone]:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(
        lambda: Phone(status, extra), local_addr=("127.0.0.1", 0)
    )
    try:
        yield protocol
    finally:
        transport.close()


async def dial_once(link: Link, asterisk: LabAsterisk, endpoint: str, **variables: str) -> dict[str, Any]:
    """Create one channel, dial it once it is in Stasis, return its ChannelDestroyed event."""
    async with link(asterisk) as (http, events):
        query = {"endpoint": endpoint, "app": "dialer-test", "channelId": "leg-1"}
        async with http.post("channels/create", params=query, json={"variables": variables}) as created:
            assert created.status == 200, await created.text()
        async for event in events:
            if event["type"] == "StasisStart":
                async with http.post("channels/leg-1/dial", params={"timeout": "5"}) as dialled:
                    assert dialled.status == 204, await dialled.text()
            if event["type"] == "ChannelDestroyed":
                ended: dict[str, Any] = event
                return ended
    raise AssertionError("the link closed before the channel ended")


async def test_the_phone_sees_the_caller_id_that_was_set_at_create(lab_asterisk: Factory, link: Link) -> None:
    """CONNECTEDLINE(num) at create is the caller ID in From and P-Asserted-Identity; headers travel along."""
    async with phone("486 Busy Here") as callee:
        asterisk = lab_asterisk(trunks=[Trunk("a", "127.0.0.1", callee.port)])
        variables = {"CONNECTEDLINE(num)": "02512345678", "PJSIP_HEADER(add,X-Permit)": "p-1"}
        ended = await dial_once(link, asterisk, "PJSIP/13800000000@trunk-a", **variables)
        assert ended["cause"] == 17
        assert len(callee.invites) == 1
        invite = callee.invites[0]
        assert invite.startswith(f"INVITE sip:13800000000@127.0.0.1:{callee.port} ")
        assert re.search(r"^From: .*<sip:02512345678@", invite, re.M)
        assert re.search(r"^P-Asserted-Identity: .*<sip:02512345678@", invite, re.M)
        assert "\r\nX-Permit: p-1\r\n" in invite


async def test_a_redirect_rings_nobody_else(lab_asterisk: Factory, link: Link) -> None:
    """A 302 ends the call; neither its Contact nor the trunk again sees an INVITE."""
    async with phone("486 Busy Here") as elsewhere:
        contact = f"Contact: <sip:13911111111@127.0.0.1:{elsewhere.port}>\r\n"
        async with phone("302 Moved Temporarily", contact) as callee:
            trunks = [Trunk("a", "127.0.0.1", callee.port), Trunk("b", "127.0.0.1", elsewhere.port)]
            asterisk = lab_asterisk(trunks=trunks)
            await dial_once(link, asterisk, "PJSIP/13800000000@trunk-a")
            await asyncio.sleep(0.5)
            assert len(callee.invites) == 1
            assert elsewhere.requests == []


async def test_trunk_and_agent_enter_the_application(lab_asterisk: Factory, link: Link) -> None:
    """The dialplan hands an INVITE to the application with what it is and the number; nothing else."""
    async with phone("200 OK") as carrier, phone("200 OK") as agent:
        asterisk = lab_asterisk(
            trunks=[Trunk("a", "127.0.0.1", carrier.port)],
            agents=[AgentPhone("7002", host="127.0.0.1", port=agent.port)],
        )
        async with link(asterisk) as (_, events):
            for caller, extension in ((carrier, "02588886666"), (agent, "*1")):
                send_invite(caller, asterisk.sip_port, extension)
            seen: set[tuple[str, ...]] = set()
            async for event in events:
                if event["type"] == "StasisStart":
                    seen.add(tuple(event["args"]))
                if len(seen) == 2:
                    break
    assert seen == {("inbound", "02588886666"), ("agent", "*1")}


def send_invite(caller: Phone, sip_port: int, extension: str) -> None:
    body = (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
        "m=audio 9 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
    )
    head = (
        f"INVITE sip:{extension}@127.0.0.1:{sip_port} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP 127.0.0.1:{caller.port};branch=z9hG4bK{caller.port};rport\r\n"
        f"From: <sip:x@127.0.0.1:{caller.port}>;tag=a\r\nTo: <sip:{extension}@127.0.0.1>\r\n"
        f"Call-ID: c{caller.port}\r\nCSeq: 1 INVITE\r\nContact: <sip:x@127.0.0.1:{caller.port}>\r\n"
        f"Max-Forwards: 70\r\nContent-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    caller.transport.sendto((head + body).encode(), ("127.0.0.1", sip_port))
