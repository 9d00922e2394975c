"""The lab's carrier exchange: Asterisk's trunk points here, each called number leads to its phone.

A stateless SIP proxy (RFC 3261 section 16.11) on loopback UDP: the branch it adds is derived from the
incoming one, so CANCEL, ACK and retransmissions follow their INVITE. It is a registrar too: a phone that
registers with its number as user gets that number's calls, like a mobile phone at a carrier. Unknown numbers
get 404.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dialer.lab import sip
from dialer.lab.evidence import InviteSeen, Ledger
from dialer.lab.sip import Address, Message


class Exchange(asyncio.DatagramProtocol):
    """`async with Exchange(routes, evidence_path) as exchange:`, then `exchange.port`, `exchange.evidence()`.

    `routes` maps a called number as on the wire to (host, port) of its phone.
    """

    def __init__(
        self,
        routes: Mapping[str, Address] | None = None,
        evidence_path: Path | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.routes = dict(routes or {})
        self.host, self.port = host, port
        self._ledger = Ledger(evidence_path)
        self._transport: asyncio.DatagramTransport | None = None

    async def __aenter__(self) -> Exchange:
        loop = asyncio.get_running_loop()
        self._ledger.open()
        transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(self.host, self.port))
        self._transport = transport
        udp = transport.get_extra_info("socket")
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.port = udp.getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._transport is not None:
            self._transport.close()
        self._ledger.close()

    def route(self, number: str, phone: Address) -> None:
        """From now on calls to `number` go to `phone`."""
        self.routes[number] = phone

    def unroute(self, number: str) -> None:
        self.routes.pop(number, None)

    def evidence(self, number: str | None = None) -> list[InviteSeen]:
        """Every INVITE seen for a number (for all without one), oldest first."""
        return self._ledger.of(number)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        message = sip.parse(data)
        if message is None:
            return
        if message.status:
            self._pass_back(message)
        elif message.method == "REGISTER":
            self._register(message, addr)
        else:
            self._pass_on(message, addr)

    def _send(self, message: Message, to: Address) -> None:
        if self._transport is not None:
            self._transport.sendto(message.encode(), to)

    def _register(self, message: Message, source: Address) -> None:
        number = sip.user_of(message.get("to"))
        expires_s = message.get("expires") or "3600"
        if expires_s == "0":
            self.unroute(number)
        else:
            self.route(number, source)
        extra = (("Contact", message.get("contact")), ("Expires", expires_s))
        self._send(sip.reply(message, 200, tag=sip.new_token(), extra=extra), source)

    def _pass_on(self, message: Message, source: Address) -> None:
        self._note_request(message)
        target = self._target(message)
        if target is None:
            self._refuse(message, source)
            return
        top = message.get("via")
        own = f"SIP/2.0/UDP {self.host}:{self.port};branch={_derived_branch(top)}"
        headers = [("Via", own)]
        for name, value in message.headers:
            if value is top:
                value = _with_source(value, source)
            headers.append((name, value))
        self._send(Message(message.start, headers, message.body), target)

    def _target(self, message: Message) -> Address | None:
        address = sip.address_of(message.uri)
        if address != (self.host, self.port):
            return address
        return self.routes.get(sip.user_of(message.uri))

    def _refuse(self, message: Message, source: Address) -> None:
        if message.method == "ACK":
            return
        status = 404 if sip.user_of(message.uri) else 200
        if message.method == "INVITE":
            self._ledger.write("final", message.call_id, status=status)
        self._send(sip.reply(message, status, tag=sip.new_token()), source)

    def _pass_back(self, message: Message) -> None:
        vias = [at for at, (name, _) in enumerate(message.headers) if name.lower() == "via"]
        if len(vias) < 2:
            return
        if message.method == "INVITE" and message.status > 100:
            kind = "final" if message.status >= 200 else "provisional"
            self._ledger.write(kind, message.call_id, status=message.status)
        del message.headers[vias[0]]
        self._send(message, sip.via_address(message.get("via")))

    def _note_request(self, message: Message) -> None:
        if message.method == "CANCEL":
            self._ledger.write("cancel", message.call_id)
        if message.method != "INVITE" or sip.tag_of(message.get("to")):
            return
        if message.call_id in self._ledger.by_call:
            self._ledger.write("retransmission", message.call_id)
            return
        sender = message.get("from")
        self._ledger.write(
            "invite",
            message.call_id,
            number=sip.user_of(message.uri),
            from_user=sip.user_of(sender),
            from_display=sip.display_of(sender),
            pai_user=sip.user_of(message.get("p-asserted-identity")),
            permit=message.get("x-dialer-permit"),
        )


def _derived_branch(via: str) -> str:
    seed = f"{sip.via_branch(via)}|{via.split(';')[0]}".encode()
    return "z9hG4bK" + hashlib.sha256(seed).hexdigest()[:24]


def _with_source(via: str, source: Address) -> str:
    parts = [
        part for part in via.split(";") if part != "rport" and not part.startswith(("received=", "rport="))
    ]
    return ";".join([*parts, f"received={source[0]}", f"rport={source[1]}"])


async def serve(config: dict[str, Any]) -> None:
    """Run one exchange until stdin says quit or closes; routes come and go as JSON lines on stdin."""
    routes = {number: sip.address_of(f"sip:{phone}") for number, phone in config.get("routes", {}).items()}
    path = Path(config["evidence"]) if config.get("evidence") else None
    loop = asyncio.get_running_loop()
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    async with Exchange(routes, path, port=config.get("port", 0)) as exchange:
        print(json.dumps({"event": "ready", "port": exchange.port}), flush=True)
        async for line in commands:
            match json.loads(line):
                case {"route": number, "to": phone}:
                    exchange.route(number, sip.address_of(f"sip:{phone}"))
                    print(json.dumps({"event": "routed", "number": number}), flush=True)
                case {"unroute": number}:
                    exchange.unroute(number)
                    print(json.dumps({"event": "unrouted", "number": number}), flush=True)
                case {"quit": _}:
                    return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--config", type=Path, required=True, help="JSON: port, routes {number: host:port}, evidence"
    )
    asyncio.run(serve(json.loads(parser.parse_args().config.read_text())))


if __name__ == "__main__":
    main()
