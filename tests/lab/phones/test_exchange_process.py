"""The exchange without Asterisk: its own process, routes, registration, evidence that survives a kill."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ari_caller import CALLER_ID, PERSON

from dialer.lab import sip
from dialer.lab.behaviour import BUSY
from dialer.lab.evidence import read_evidence
from dialer.lab.exchange import Exchange
from dialer.lab.exchange_process import ExchangeProcess
from dialer.lab.peer import Peer
from dialer.lab.sip import Address, Message
from dialer.lab.user_agent import UserAgent


async def invite(exchange: Address, number: str, call_id: str) -> Message:
    """The final answer to one INVITE."""
    caller = UserAgent("127.0.0.1", 0)
    await caller.open()
    uri = f"sip:{number}@{exchange[0]}:{exchange[1]}"
    names = [("From", f"<sip:{CALLER_ID}@127.0.0.1>;tag=a"), ("To", f"<{uri}>"), ("Call-ID", call_id)]
    answer = await caller.ask(Message(f"INVITE {uri} SIP/2.0", [*names, ("CSeq", "1 INVITE")]), exchange)
    await caller.close()
    return answer


async def test_evidence_survives_a_kill(tmp_path: Path) -> None:
    """A route added at run time is used at once, and what was seen is on file when the exchange is killed."""
    exchange = ExchangeProcess({}, tmp_path)
    async with Peer({PERSON: BUSY}) as peer:
        await exchange.start()
        address = ("127.0.0.1", exchange.port)
        assert (await invite(address, PERSON, "one")).status == 404
        await exchange.route(PERSON, ("127.0.0.1", peer.port))
        assert (await invite(address, PERSON, "two")).status == 486
        await exchange.child.kill()
    with exchange.evidence_path.open("a") as file:
        file.write('{"event": "invi')
    assert [(s.call_id, s.from_user, s.final_status) for s in exchange.evidence(PERSON)] == [
        ("one", CALLER_ID, 404),
        ("two", CALLER_ID, 486),
    ]
    await exchange.stop()


async def test_a_phone_that_registers_gets_its_number(tmp_path: Path) -> None:
    """Registration at the exchange routes the number to where the phone registered from."""
    path = tmp_path / "evidence.jsonl"
    async with Peer(default=BUSY) as peer, Exchange(evidence_path=path) as exchange:
        address = ("127.0.0.1", exchange.port)
        await peer.register(address, PERSON, "")
        assert exchange.routes == {PERSON: ("127.0.0.1", peer.port)}
        assert (await invite(address, PERSON, "one")).status == 486
    assert len(read_evidence(path)) == 1


async def test_a_retransmission_is_no_second_ring() -> None:
    """Two INVITE datagrams with one Call-ID are one ring, seen again, at the exchange and at the phone."""
    async with Peer() as peer, Exchange({PERSON: ("127.0.0.1", peer.port)}) as exchange:
        uri = f"sip:{PERSON}@127.0.0.1:{exchange.port}"
        via = ("Via", "SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx")
        names = [via, ("From", "<sip:1@127.0.0.1>;tag=a"), ("To", f"<{uri}>"), ("Call-ID", "one")]
        data = Message(f"INVITE {uri} SIP/2.0", [*names, ("CSeq", "1 INVITE")]).encode()
        caller = UserAgent("127.0.0.1", 0)
        await caller.open()
        for _ in range(2):
            caller.resend(data, ("127.0.0.1", exchange.port))
        call = await peer.wait_for(PERSON, lambda call: call.retransmissions)
        await caller.close()
        assert (len(peer.evidence()), call.retransmissions) == (1, 1)
        assert [s.retransmissions for s in exchange.evidence()] == [1]


def test_digest_is_the_standard_one() -> None:
    """Without qop the response is RFC 2069's worked example (as its erratum corrects it)."""
    challenge = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
    header = sip.digest(challenge, "GET", "/dir/index.html", "Mufasa", "CircleOfLife")
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in header


def test_vias_joined_by_a_comma_are_two() -> None:
    """A response whose Vias share one header goes back hop by hop all the same."""
    message = sip.parse(b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a:1;branch=x, SIP/2.0/UDP b:2\r\n\r\n")
    assert message is not None
    assert [sip.via_address(value) for _, value in message.headers] == [("a", 1), ("b", 2)]


async def test_many_evidence_readers_agree(tmp_path: Path) -> None:
    """What the exchange holds in memory is what another process reads from its file."""
    path = tmp_path / "evidence.jsonl"
    async with Exchange(evidence_path=path) as exchange:
        address = ("127.0.0.1", exchange.port)
        await asyncio.gather(*(invite(address, f"1370000000{n}", f"call-{n}") for n in range(8)))
        assert read_evidence(path) == exchange.evidence()
        assert {s.final_status for s in exchange.evidence()} == {404}
