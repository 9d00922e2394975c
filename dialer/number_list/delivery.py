"""Speaking to a regulator over HTTP: each request is bounded, tried again with growing pauses, and safe to repeat.

The interface (docs/number-list.md): `POST /submissions` with an idempotency key, `GET /submissions/{id}` for its
answers, `GET /numbers?uscc=` for what the regulator holds. Whatever comes back is checked before it is believed.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Literal

from aiohttp import ClientError, ClientPayloadError, ClientSession, ClientTimeout
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from dialer.ports.number_list import Json

MOST_BYTES = 64 * 1024 * 1024
TRIES = 5
FIRST_PAUSE_S = 0.5
REQUEST_TIMEOUT_S = 20.0
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})

Sleep = Callable[[float], Awaitable[None]]


class AnsweredLine(BaseModel):
    """What the regulator says of one line."""

    model_config = ConfigDict(frozen=True)
    no: int
    answer: Literal["acknowledged", "rejected"]
    reason: str = ""


class Answers(BaseModel):
    """How far the regulator is with one submission. `received`: it has not finished with it."""

    model_config = ConfigDict(frozen=True)
    submission: str
    state: Literal["received", "answered"]
    lines: tuple[AnsweredLine, ...] = ()


class _Holding(BaseModel):
    numbers: tuple[dict[str, Any], ...]


class Unreachable(Exception):
    """No answer that could be used within all tries."""


class TurnedDown(Exception):
    """The regulator takes no such request; sending it again would not help. `status` is that of its answer."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(f"status {status}: {detail}")
        self.status = status
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Address:
    """Where a regulator is. `token` is sent as a bearer; empty: none."""

    url: str
    token: str = ""


class Regulator:
    """One regulator's interface. Raises Unreachable and TurnedDown."""

    def __init__(
        self,
        session: ClientSession,
        address: Address,
        *,
        first_pause_s: float = FIRST_PAUSE_S,
        timeout_s: float = REQUEST_TIMEOUT_S,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._session, self._address = session, address
        self._first_pause_s, self._timeout_s, self._sleep = first_pause_s, timeout_s, sleep

    async def send(self, row: Json, anew: str = "") -> None:
        """Hand over a signed submission as the record keeps it. `anew`: not a repetition, it is to be taken again."""
        key = f"{row['id']}/{anew}" if anew else row["id"]
        headers = {
            "Idempotency-Key": str(key),
            "Content-Type": "application/json",
            "Dialer-Signature": str(row["signature"]),
        }
        await self._asked("POST", "/submissions", headers, bytes(row["document"]))

    async def answers(self, submission: str) -> Answers | None:
        """What the regulator says of a submission, None where it has none of this id."""
        found = await self._asked("GET", f"/submissions/{submission}", {}, None)
        return None if found is None else _read(Answers, found)

    async def numbers(self, uscc: str) -> list[Json]:
        """The content of every line that the regulator holds for an enterprise."""
        found = await self._asked("GET", f"/numbers?uscc={uscc}", {}, None)
        return [] if found is None else list(_read(_Holding, found).numbers)

    async def _asked(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> bytes | None:
        why = ""
        for no in range(TRIES):
            if no:
                await self._sleep(self._first_pause_s * 2 ** (no - 1))
            try:
                status, content = await self._once(method, path, headers, body)
            except (ClientError, TimeoutError, OSError) as trouble:
                why = str(trouble) or type(trouble).__name__
                continue
            if status < 300:
                return content
            if status == HTTPStatus.NOT_FOUND and method == "GET":
                return None
            why = f"status {status}"
            if status not in _AGAIN:
                raise TurnedDown(status, content[:200].decode("utf-8", "replace"))
        raise Unreachable(why)

    async def _once(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, bytes]:
        if self._address.token:
            headers = {**headers, "Authorization": f"Bearer {self._address.token}"}
        async with self._session.request(
            method,
            self._address.url + path,
            data=body,
            headers=headers,
            timeout=ClientTimeout(total=self._timeout_s),
            # What is signed goes where the settings say, and nowhere else.
            allow_redirects=False,
        ) as answer:
            parts, size = [], 0
            async for part in answer.content.iter_chunked(64 * 1024):
                parts.append(part)
                size += len(part)
                if size > MOST_BYTES:
                    raise ClientPayloadError(f"more than {MOST_BYTES} bytes")
            return answer.status, b"".join(parts)


def _read(model: type[Any], content: bytes) -> Any:
    try:
        return TypeAdapter(model).validate_python(json.loads(content))
    except (ValueError, ValidationError) as error:
        raise Unreachable(f"an answer that cannot be read: {str(error).splitlines()[0]}") from None
