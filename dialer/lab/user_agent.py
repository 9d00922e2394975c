"""The client side of a simulated phone: its socket, requests of its own, digest registration."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

from dialer.core.phone import masked
from dialer.lab import sip
from dialer.lab.sip import Address, Message

T1_S = 0.5  # RFC 3261 section 17.1.1.1
_REGISTER_EXPIRES_S = 3600


class UserAgent(asyncio.DatagramProtocol):
    """One SIP port on loopback. Requests that come in go to `requested`; answers go to whoever asked."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self._answers: dict[str, asyncio.Future[Message]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=(self.host, self.port)
        )
        self.port = self._transport.get_extra_info("socket").getsockname()[1]

    async def close(self, others: Iterable[asyncio.Task[None]] = ()) -> None:
        tasks = [*self._tasks, *others]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._transport.close()

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` beside the calls until it ends or the phone is closed."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def requested(self, message: Message, addr: Address) -> None:
        raise NotImplementedError

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        message = sip.parse(data)
        if message is None:
            return
        if not message.status:
            self.requested(message, addr)
            return
        waiting = self._answers.get(sip.via_branch(message.get("via")))
        if waiting is not None and message.status >= 200 and not waiting.done():
            waiting.set_result(message)

    def send(self, message: Message, to: Address) -> bytes:
        data = message.encode()
        self._transport.sendto(data, to)
        return data

    def resend(self, data: bytes, to: Address) -> None:
        self._transport.sendto(data, to)

    async def register(self, server: Address, user: str, password: str) -> None:
        """Register at Asterisk (digest) or at the exchange and stay so; RuntimeError where refused."""
        await self._register_once(server, user, password)
        self.run(self._keep_registered(server, user, password))

    async def _keep_registered(self, server: Address, user: str, password: str) -> None:
        while True:
            await asyncio.sleep(_REGISTER_EXPIRES_S / 2)
            await self._register_once(server, user, password)

    async def _register_once(self, server: Address, user: str, password: str) -> None:
        uri, aor = f"sip:{server[0]}:{server[1]}", f"<sip:{user}@{server[0]}:{server[1]}>"
        headers = [
            ("From", f"{aor};tag={sip.new_token()}"),
            ("To", aor),
            ("Call-ID", sip.new_token()),
            ("Contact", f"<sip:{user}@{self.host}:{self.port}>"),
            ("Expires", str(_REGISTER_EXPIRES_S)),
        ]
        answer = await self.ask(
            Message(f"REGISTER {uri} SIP/2.0", [*headers, ("CSeq", "1 REGISTER")]), server
        )
        if answer.status == 401:
            authorization = sip.digest(answer.get("www-authenticate"), "REGISTER", uri, user, password)
            headers += [("CSeq", "2 REGISTER"), ("Authorization", authorization)]
            answer = await self.ask(Message(f"REGISTER {uri} SIP/2.0", headers), server)
        if answer.status != 200:
            raise RuntimeError(f"registration of `{masked(user)}` refused with `{answer.status}`")

    async def ask(self, request: Message, to: Address) -> Message:
        """Send a request of ours until it is answered; TimeoutError after five seconds."""
        branch = "z9hG4bK" + sip.new_token()
        via = f"SIP/2.0/UDP {self.host}:{self.port};rport;branch={branch}"
        headers = [("Via", via), ("Max-Forwards", "70"), *request.headers]
        data = Message(request.start, headers, request.body).encode()
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._answers[branch] = answer
        try:
            async with asyncio.timeout(5):
                while not answer.done():
                    self._transport.sendto(data, to)
                    await asyncio.wait([answer], timeout=T1_S)
        finally:
            del self._answers[branch]
        return answer.result()
