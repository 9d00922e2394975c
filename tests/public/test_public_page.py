"""The page for the people called: it proves a number, tells nothing about it, and what is said there holds."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession, CookieJar, web
from multidict import CIMultiDict
from yarl import URL

from dialer.core.errors import Fault
from dialer.core.facts import PersonalHours
from dialer.core.phone import Line
from dialer.core.policy import Purpose
from dialer.numbers import parse_callee
from dialer.public import words
from dialer.public.app import Page, make_page
from dialer.public.codes import CODE_LIVES_S, TRIES, Bound, Codes, Meter
from dialer.public.desk import Caller, Wish, Wishes

NUMBER, OTHER = "13812345678", "13912345678"


@dataclass
class NotedDesk:
    """Keeps what it is told."""

    said: list[tuple[str, str, str | None, Purpose | None]] = field(default_factory=list)
    hours: list[tuple[PersonalHours, ...]] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)
    fails: bool = False

    async def callers(self) -> list[Caller]:
        return [Caller("bank", "江南示例银行股份有限公司", "95188")]

    async def wishes(self, line: Line) -> Wishes:
        at = datetime(2026, 11, 22, tzinfo=UTC)
        said = [Wish(kind, who, what, at) for number, kind, who, what in self.said if number == line.e164]
        return Wishes(said, self.hours[-1] if self.hours else ())

    async def state(self, line: Line, kind: str, enterprise: str | None, purpose: Purpose | None) -> None:
        self.said.append((line.e164, kind, enterprise, purpose))

    async def set_hours(self, line: Line, windows: Any) -> None:
        self.hours.append(tuple(windows))

    async def send_code(self, line: Line, text: str) -> None:
        self.sent.append((line.e164, text))
        if self.fails:
            raise RuntimeError("no SMS today")


class Visitor:
    """Somebody with a browser of his own."""

    def __init__(self, session: ClientSession, root: str, page: Page, desk: NotedDesk) -> None:
        self._session, self.root, self.page, self.desk = session, root, page, desk

    def jar(self) -> CookieJar:
        """An empty one; as browsers do, it sends secure cookies to this machine too."""
        return CookieJar(unsafe=True, treat_as_secure_origin=URL(self.root))

    async def get(self, path: str, **more: Any) -> tuple[ClientResponse, str]:
        async with self._session.get(self.root + path, **more) as answer:
            return answer, await answer.text()

    async def post(self, path: str, *form: tuple[str, str], **more: Any) -> tuple[ClientResponse, str]:
        async with self._session.post(self.root + path, data=list(form), **more) as answer:
            return answer, await answer.text()

    async def sent_code(self) -> str:
        """The code that was sent last."""
        while self.page.sending:
            await next(iter(self.page.sending))
        code = re.search(r"\d{6}", self.desk.sent[-1][1])
        assert code is not None
        return code.group()

    async def prove(self, number: str = NUMBER) -> None:
        """Ask for a code and give it."""
        await self.post("/code", ("number", number))
        answer, _ = await self.post("/verify", ("code", await self.sent_code()))
        assert answer.url.path == "/wishes"


@asynccontextmanager
async def visiting(**more: Any) -> AsyncIterator[Visitor]:
    """A page and one visitor."""
    desk = NotedDesk()
    page = Page(desk, parse_callee, str.encode, "示例", "Asia/Shanghai", **more)
    runner = web.AppRunner(make_page(page))
    await runner.setup()
    await (site := web.TCPSite(runner, "127.0.0.1", 0)).start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]
    try:
        root = f"http://127.0.0.1:{port}"
        # As browsers do, it sends secure cookies to this machine too.
        jar = CookieJar(unsafe=True, treat_as_secure_origin=URL(root))
        async with ClientSession(cookie_jar=jar) as session:
            yield Visitor(session, root, page, desk)
    finally:
        await runner.cleanup()


async def test_who_proves_his_number_is_heard() -> None:
    """Refusal, consent and hours reach the desk for this very line, and the page shows them again."""
    async with visiting() as visitor:
        await visitor.prove()
        await visitor.post("/opt-out", ("enterprise", ""), ("purpose", "collection"))
        await visitor.post("/accept", ("enterprise", "bank"))
        days = [("day", "mon"), ("day", "fri")]
        _, text = await visitor.post("/hours", *days, ("start", "09:00"), ("end", "12:00"))
        line = f"+86{NUMBER}"
        assert visitor.desk.said == [
            (line, "opt_out", None, Purpose.COLLECTION),
            (line, "accept", "bank", Purpose.MARKETING),
        ]
        assert visitor.desk.hours == [(PersonalHours("only", ("mon", "fri"), "09:00", "12:00"),)]
        assert "催收类来电" in text
        assert "09:00–12:00" in text
        assert NUMBER not in text


async def test_nobody_learns_whether_a_number_is_known() -> None:
    """A number that said something here and one that nobody ever heard of get the same answer, word for word."""
    async with visiting() as visitor:
        visitor.desk.said.append((f"+86{NUMBER}", "opt_out", None, None))
        answers = []
        for number in (NUMBER, OTHER):
            answer, text = await visitor.post("/code", ("number", number))
            answers.append(
                (answer.status, answer.url.path, text.replace(number[:3], "").replace(number[-4:], ""))
            )
        assert answers[0] == answers[1]


async def test_nothing_is_kept_without_a_proved_number() -> None:
    """Asking for a code is no proof; each form sends back to the start, and nothing reaches the desk."""
    async with visiting() as visitor:
        await visitor.post("/code", ("number", NUMBER))
        for path in ("/opt-out", "/accept", "/hours"):
            answer, _ = await visitor.post(path, ("enterprise", ""), ("purpose", ""))
            assert (answer.url.path, answer.url.query["problem"]) == ("/", "expired")
        assert (visitor.desk.said, visitor.desk.hours) == ([], [])


async def test_a_wrong_code_proves_nothing_and_tries_end() -> None:
    """After five wrong ones the right one is void too."""
    async with visiting() as visitor:
        await visitor.post("/code", ("number", NUMBER))
        right = await visitor.sent_code()
        wrong = "000000" if right != "000000" else "111111"
        for _ in range(TRIES):
            answer, _ = await visitor.post("/verify", ("code", wrong))
            assert answer.url.query["problem"] == "bad_code"
        answer, _ = await visitor.post("/verify", ("code", right))
        assert answer.url.query["problem"] == "bad_code"


async def test_who_asks_too_often_is_told_so() -> None:
    """The fourth code for a number within an hour is not sent; another number from the same address still is."""
    async with visiting() as visitor:
        for _ in range(3):
            await visitor.post("/code", ("number", NUMBER))
        answer, _ = await visitor.post("/code", ("number", NUMBER))
        assert (answer.status, answer.url.query["problem"]) == (429, "too_often")
        answer, _ = await visitor.post("/code", ("number", OTHER))
        assert answer.url.path == "/verify"
        assert len(visitor.desk.sent) == 4


async def test_one_address_cannot_ask_for_many_numbers() -> None:
    """The eleventh code within ten minutes is not sent, whatever the number."""
    async with visiting() as visitor:
        found = [
            (await visitor.post("/code", ("number", f"1381234{last:04d}")))[0].url.path for last in range(11)
        ]
        assert found == ["/verify"] * 10 + ["/"]


async def test_a_form_of_another_site_is_refused() -> None:
    """Also without a cookie: the origin is not ours."""
    async with visiting() as visitor:
        await visitor.prove()
        evil = {"Origin": "https://evil.example"}
        answer, _ = await visitor.post("/opt-out", ("enterprise", ""), ("purpose", ""), headers=evil)
        assert (answer.status, visitor.desk.said) == (403, [])


@pytest.mark.parametrize(
    "form",
    [
        [("enterprise", "stranger"), ("purpose", "")],
        [("enterprise", ""), ("purpose", "reminder")],
    ],
)
async def test_what_no_form_of_ours_sends_is_refused(form: list[tuple[str, str]]) -> None:
    """An enterprise that is not registered, a purpose that is not on the page."""
    async with visiting() as visitor:
        await visitor.prove()
        answer, _ = await visitor.post("/opt-out", *form)
        assert (answer.status, visitor.desk.said) == (400, [])


async def test_every_answer_keeps_to_itself() -> None:
    """No script, nothing cached, no referrer; the cookie is neither readable nor sent from elsewhere."""
    async with visiting() as visitor:
        for path in ("/", "/style.css", "/nowhere"):
            answer, _ = await visitor.get(path)
            assert "script-src" not in answer.headers["Content-Security-Policy"]
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
            assert answer.headers["Cache-Control"] == "no-store"
        answer, _ = await visitor.post("/code", ("number", NUMBER), allow_redirects=False)
        assert {"HttpOnly", "SameSite=Strict", "Secure"} <= set(answer.headers["Set-Cookie"].split("; "))


async def test_an_sms_that_fails_is_not_told_to_whoever_asked(caplog: pytest.LogCaptureFixture) -> None:
    """The answer is the same; the log has the number masked."""
    async with visiting() as visitor:
        visitor.desk.fails = True
        answer, _ = await visitor.post("/code", ("number", NUMBER))
        assert answer.url.path == "/verify"
        while visitor.page.sending:
            await next(iter(visitor.page.sending))
        assert "could not be sent" in caplog.text
        assert NUMBER not in caplog.text


async def test_both_languages() -> None:
    """The browser's first language, or the one that was chosen."""
    async with visiting() as visitor:
        assert "来电意愿登记" in (await visitor.get("/"))[1]
        english = {"Accept-Language": "en-GB,en;q=0.8"}
        assert "Your wishes about calls" in (await visitor.get("/", headers=english))[1]
        await visitor.get("/?lang=en")
        assert "Your wishes about calls" in (await visitor.get("/", headers={"Accept-Language": "zh-CN"}))[1]


def test_no_word_of_the_page_tells_of_a_debt() -> None:
    """Nothing there says that anybody owes anything."""
    every = "".join(text for pair in words._WORDS.values() for text in pair).lower()
    assert [
        one for one in ("欠", "债", "逾期", "还款", "debt", "owe", "overdue", "repay") if one in every
    ] == []


def test_a_code_ends() -> None:
    """At its end it proves nothing; a moment before it does, once."""
    clock = [0.0]
    codes = Codes(lambda: clock[0])
    first = codes.make(b"a")
    clock[0] = CODE_LIVES_S
    assert not codes.check(b"a", first)
    second = codes.make(b"a")
    clock[0] += CODE_LIVES_S - 0.001
    assert codes.check(b"a", second)
    assert not codes.check(b"a", second)


def test_a_meter_counts_each_span() -> None:
    """Three within ten seconds, five within a hundred; what was not allowed is not counted."""
    clock = [0.0]
    meter = Meter(lambda: clock[0], Bound(3, 10.0), Bound(5, 100.0))
    assert [meter.allow(b"a") for _ in range(4)] == [True, True, True, False]
    assert meter.allow(b"b")
    clock[0] = 10.0
    assert [meter.allow(b"a") for _ in range(3)] == [True, True, False]
    clock[0] = 100.0
    assert [meter.allow(b"a") for _ in range(4)] == [True, True, True, False]


@pytest.mark.parametrize(
    "forged",
    [
        [("X-Forwarded-For", "198.51.100.{n}"), ("X-Forwarded-For", "203.0.113.7")],
        [("X-Forwarded-For", "198.51.100.{n}, 203.0.113.7:{n}")],
        [("X-Forwarded-For", "2001:db8::{n}:0:0:7")],
        [("X-Forwarded-For", "2001:db8::7:{n}")],
        [("X-Forwarded-For", "nobody-{n}")],
    ],
)
async def test_whoever_asks_is_counted_whatever_he_writes_before(forged: list[tuple[str, str]]) -> None:
    """Lines before the proxy's own, ports, the rest of an IPv6 network, words: none of them makes another asker."""
    async with visiting(proxied=True) as visitor:
        statuses = []
        for n in range(1, 12):
            headers = CIMultiDict((name, value.format(n=n)) for name, value in forged)
            answer, _ = await visitor.post("/code", ("number", f"138123456{n:02}"), headers=headers)
            statuses.append(answer.status)
        assert statuses == [200] * 10 + [429]


async def test_nobody_spends_the_code_of_another() -> None:
    """Whoever asked for a code of the same number guesses at his own: the other one's code still holds."""
    async with visiting() as visitor:
        await visitor.post("/code", ("number", NUMBER))
        async with ClientSession(cookie_jar=visitor.jar()) as session:
            victim = Visitor(session, visitor.root, visitor.page, visitor.desk)
            await victim.post("/code", ("number", NUMBER))
            code = await victim.sent_code()
            for _ in range(TRIES):
                await visitor.post("/verify", ("code", "000000" if code != "000000" else "111111"))
            answer, _ = await victim.post("/verify", ("code", code))
            assert answer.url.path == "/wishes"


async def test_what_was_not_kept_is_told() -> None:
    """Where the record cannot take a refusal the page says so, in the person's language, and does not look done."""
    async with visiting() as visitor:
        await visitor.prove()

        async def down(*_: Any) -> None:
            raise Fault("sound.record", "disk full")

        visitor.desk.state = down  # type: ignore[method-assign]
        answer, text = await visitor.post("/opt-out", ("enterprise", ""), ("purpose", ""))
        assert answer.status == 503
        assert words.word("not_kept", "zh") in text
        assert answer.headers["Cache-Control"] == "no-store"
        assert "disk" not in text
