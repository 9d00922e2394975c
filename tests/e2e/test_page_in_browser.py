"""The page for the people called in a real browser, as wide as a phone, on a real record."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from aiohttp import web
from api_kit import Api, a_call, api_in
from browser import Browser, browser

from dialer.settings import PublicPage
from dialer.webhook import SIGNATURE, signature
from dialer.wiring.line_desk import page_of

SECRET = "a secret of this test and of nobody else"


@asynccontextmanager
async def sms() -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """Whoever sends SMS: an address, and what it was given, each signed."""
    sent: list[dict[str, Any]] = []

    async def take(request: web.Request) -> web.Response:
        raw = await request.read()
        at, mac = re.fullmatch(r"t=(\d+),v1=(\w+)", request.headers[SIGNATURE]).groups()  # type: ignore[union-attr]
        assert mac == signature(SECRET.encode(), int(at), raw)
        sent.append(json.loads(raw))
        return web.Response()

    app = web.Application()
    app.router.add_post("/sms", take)
    runner = web.AppRunner(app)
    await runner.setup()
    port = _free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}/sms", sent
    finally:
        await runner.cleanup()


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@asynccontextmanager
async def page_in(folder: Path) -> AsyncIterator[tuple[Api, str, list[dict[str, Any]]]]:
    """A record with its API, the address of the page, and the SMS that it sent."""
    (folder / "sms.secret").write_text(SECRET)
    (folder / "sms.secret").chmod(0o600)
    async with api_in(folder) as api, sms() as (address, sent):
        listen = f"127.0.0.1:{_free_port()}"
        public = PublicPage(listen=listen, code_url=address, code_secret_file=folder / "sms.secret")
        settings = api.controller.settings.model_copy(update={"public": public})
        async with page_of(settings, api.controller.store, api.controller.clock):
            yield api, f"http://localhost:{listen.rpartition(':')[2]}/", sent


async def _fits(tab: Browser) -> None:
    """Nothing is wider than the phone, and whatever is pressed is as high as a finger is wide."""
    assert await tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    low = "[...document.querySelectorAll('button, select, .choice')].filter(one => one.offsetHeight < 44).length"
    assert await tab.evaluate(low) == 0


async def test_a_person_refuses_calls_on_his_phone(tmp_path: Path) -> None:
    """In Chinese: number, code, refusal; the next call to that line is denied, and no page tells of a debt."""
    async with page_in(tmp_path) as (api, address, sent), browser() as tab:
        assert (await api.send("POST", "/v1/decisions", a_call()))[1]["effect"] == "permit"
        await tab.open(address)
        assert "来电意愿登记" in await tab.text()
        await _fits(tab)
        await tab.fill("#number", "138 0000 0001")
        await tab.press("main button")
        while not sent:
            await tab.until("true")
        await _fits(tab)
        code = re.search(r"\d{6}", sent[0]["text"])
        assert code is not None
        assert sent[0]["number"] == "+8613800000001"
        await tab.fill("#code", code.group())
        await tab.press("main button")
        await _fits(tab)
        read = await tab.text()
        await tab.evaluate("document.querySelector('[value=collection]').click()")
        await tab.press("button.strong")
        read += await tab.text()
        assert "已登记：拒绝来电，立即生效。" in read
        assert "13800000001" not in read
        assert not re.search("欠|债|逾期|还款|P001", read)
        _, decision = await api.send("POST", "/v1/decisions", a_call())
        assert decision["effect"] == "deny"
        assert "preference.opted_out" in {one["code"] for one in decision["findings"]}


async def test_hours_set_on_the_page_bind(tmp_path: Path) -> None:
    """Only Saturdays suit: a call on a Tuesday is denied with the Saturday as next instant."""
    async with page_in(tmp_path) as (api, address, sent), browser(lang="en-GB") as tab:
        await tab.open(address)
        await tab.fill("#number", "13800000001")
        await tab.press("main button")
        while not sent:
            await tab.until("true")
        code = re.search(r"\d{6}", sent[0]["text"])
        assert code is not None
        await tab.fill("#code", code.group())
        await tab.press("main button")
        await tab.evaluate("document.querySelector('[value=sat]').click()")
        await tab.press('[action="/hours"] button')
        assert "Only Sat 09:00–18:00" in await tab.text()
        _, decision = await api.send("POST", "/v1/decisions", a_call())
        assert (decision["effect"], decision["next_instant"][:10]) == ("deny", "2026-11-28")
