"""Deadlines over HTTP, and told by webhook: signed, once a bracket, again where the receiver failed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from aiohttp import web
from api_kit import OFFICER, SAMPLE, WORKING_HOUR, Api
from icalendar import Calendar

from dialer.register_files import load_register
from dialer.webhook import Webhook, signature
from dialer.wiring.deadlines import SiteDeadlines

SECRET = b"a secret of the test"


@dataclass
class Receiver:
    """What was posted, and with which status it answers: the last one for ever."""

    url: str = ""
    statuses: list[int] = field(default_factory=lambda: [200])
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        """Keep it and answer."""
        self.got.append((dict(request.headers), await request.read()))
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    @property
    def keys(self) -> list[str]:
        """The idempotency keys."""
        return [headers["Idempotency-Key"] for headers, _ in self.got]

    @property
    def told(self) -> list[tuple[str, int]]:
        """Subject and bracket of each."""
        return [(json.loads(body)["subject"], json.loads(body)["bracket"]) for _, body in self.got]


@asynccontextmanager
async def receiving(*statuses: int) -> AsyncIterator[Receiver]:
    """A receiver on a free port of this machine."""
    receiver = Receiver(statuses=list(statuses) or [200])
    app = web.Application()
    app.router.add_post("/{any:.*}", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    receiver.url = f"http://127.0.0.1:{port}/hook"
    try:
        yield receiver
    finally:
        await runner.cleanup()


class Days:
    """A clock that is so many days later."""

    def __init__(self, days: int = 0) -> None:
        self.days = days

    def now(self) -> Any:
        """Ten in the morning in Nanjing."""
        return WORKING_HOUR + timedelta(days=self.days)


async def no_wait(_seconds: float) -> None:
    """Do not wait."""


async def deadlines_of(api: Api, receiver: Receiver, clock: Days, days_left: int = 30) -> SiteDeadlines:
    """A number's period ends so many days after the clock's first one; no rule's review is looked at."""
    store = api.controller.store
    register = load_register(SAMPLE / "register.yaml")
    last = (WORKING_HOUR + timedelta(days=days_left + 1)).date()
    for section in ("licences", "entrustments", "numbers"):
        register[section] = [{**row, "to": "2099-01-01"} for row in register[section]]
    register["numbers"][0] |= {"to": last.isoformat()}
    await store.put_in_force("register", register, OFFICER)
    made = SiteDeadlines(
        store,
        api.controller.rulebook,
        clock,  # type: ignore[arg-type]
        ("test", "Asia/Shanghai"),
        Webhook(receiver.url, SECRET, clock.now, no_wait),
    )
    made._rules = no_rules  # type: ignore[method-assign]
    return made


async def no_rules(_today: Any) -> list[Any]:
    """No rule."""
    return []


async def test_deadlines_are_asked_for_and_come_as_a_calendar(api: Api) -> None:
    """Within so many days, soonest first; the calendar has the media type of one and reads."""
    status, told = await api.send("GET", "/v1/register/deadlines?within=3660")
    days = [one["last_day"] for one in told["deadlines"]]
    assert status == 200
    assert days == sorted(days) != []
    async with api.client.get("http://dialer/v1/register/deadlines.ics") as answer:
        assert answer.content_type == "text/calendar"
        calendar = Calendar.from_ical(await answer.read())
    assert calendar["x-wr-timezone"] == "Asia/Shanghai"
    assert (await api.send("GET", "/v1/register/deadlines?within=-1"))[0] == 422


async def test_each_bracket_is_told_once(api: Api) -> None:
    """Thirty days before, not again the day after, seven days before, and when it is over."""
    async with receiving() as receiver:
        clock = Days()
        deadlines = await deadlines_of(api, receiver, clock)
        for day, taken in ((0, 1), (0, 0), (1, 0), (23, 1), (30, 0), (31, 1), (32, 0)):
            clock.days = day
            assert await deadlines.tell() == taken, day
    assert receiver.told == [("95000001", 30), ("95000001", 7), ("95000001", 0)]
    assert len(set(receiver.keys)) == 3


async def test_what_is_told_is_signed(api: Api) -> None:
    """HMAC-SHA256 over instant and body, with the secret that both have."""
    async with receiving() as receiver:
        await (await deadlines_of(api, receiver, Days())).tell()
    (headers, body) = receiver.got[0]
    at = int(WORKING_HOUR.timestamp())
    assert headers["Dialer-Signature"] == f"t={at},v1={signature(SECRET, at, body)}"
    assert signature(b"another", at, body) != signature(SECRET, at, body)
    assert json.loads(body)["type"] == "deadline"


async def test_a_receiver_that_fails_is_told_the_same_again(api: Api) -> None:
    """Three tries, then the next run, always under one key; an entry once it was taken."""
    async with receiving(503, 500, 429, 200) as receiver:
        deadlines = await deadlines_of(api, receiver, Days())
        assert await deadlines.tell() == 0
        assert len(receiver.got) == 3
        assert await deadlines.tell() == 1
    assert len(set(receiver.keys)) == 1
    kinds = [one.type for one in await api.controller.store.entries()]
    assert kinds.count("deadline_told") == 1


async def test_a_refusal_or_redirect_is_not_followed(api: Api) -> None:
    """400 and 302 are not sent again in this run, and nothing goes to another address."""
    for status in (400, 302):
        async with receiving(status) as receiver:
            assert await (await deadlines_of(api, receiver, Days())).tell() == 0
        assert len(receiver.got) == 1


async def test_a_receiver_that_is_not_there_harms_nothing(api: Api) -> None:
    """Nothing listens: nothing is told, nothing is remembered, nothing is raised."""
    async with receiving() as receiver:
        pass
    assert await (await deadlines_of(api, receiver, Days())).tell() == 0
