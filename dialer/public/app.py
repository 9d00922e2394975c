"""The page itself: prove the number by a code, then refuse, agree, or set hours. No script runs in the browser.

Whoever asks for a code gets one answer, whether or not anybody here knows the number; nothing on a page tells of a
person, a debt or a call.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from importlib.resources import files
from ipaddress import IPv4Address, ip_address
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from cryptography.fernet import Fernet, InvalidToken
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dialer.core.civil_time import WEEKDAYS
from dialer.core.facts import PersonalHours
from dialer.core.phone import Line, masked
from dialer.core.policy import Purpose
from dialer.public.codes import Bound, Codes, Meter
from dialer.public.desk import Caller, Desk, Wish
from dialer.public.words import language, word

log = logging.getLogger(__name__)

COOKIE, SPOKEN = "dialer", "lang"
WAITING_S, PROVED_S = 900, 900
# How often a code may be asked for: of one number, from one address, of all.
PER_NUMBER = (Bound(3, 3600.0), Bound(6, 86_400.0))
PER_ADDRESS = (Bound(10, 600.0), Bound(60, 86_400.0))
OF_ALL = (Bound(600, 60.0),)
# Tries of codes and changes of wishes from one address.
TRIES = (Bound(30, 600.0),)
CLOCK = tuple(f"{hour:02d}:00" for hour in range(25))
PURPOSES = {"": None, "marketing": Purpose.MARKETING, "collection": Purpose.COLLECTION}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_CODE = re.compile(r"[0-9]{6}")
# Of `192.0.2.7:5060` and `[2001:db8::7]:5060`; an address of IPv6 that stands bare has none.
_PORT = re.compile(r"(?:(?<=\])|(?<=\.[0-9])|(?<=\.[0-9]{2})|(?<=\.[0-9]{3})):[0-9]+$")
_HERE = Path(str(files("dialer.public")))

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Page:
    """Everything the page needs. `key_of`: the keyed hash of a number; `proxied`: the last hop tells who asks."""

    desk: Desk
    parse: Callable[[str], Line | None]
    key_of: Callable[[str], bytes]
    site: str
    zone: str
    proxied: bool = False
    now: Callable[[], float] = time.monotonic
    sending: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.codes = Codes(self.now)
        self.of_number = Meter(self.now, *PER_NUMBER)
        self.of_address = Meter(self.now, *PER_ADDRESS)
        self.of_all = Meter(self.now, *OF_ALL)
        self.tries = Meter(self.now, *TRIES)
        # A restart ends every session: nobody need keep this key.
        self.seal = Fernet(Fernet.generate_key())
        self.templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
        )


def make_page(page: Page) -> web.Application:
    """The web application."""
    app = web.Application(middlewares=[_guarded(page)], client_max_size=16 * 1024)
    app.router.add_get("/", partial(_start, page))
    app.router.add_get("/style.css", _style)
    app.router.add_post("/code", partial(_send_code, page))
    app.router.add_get("/verify", partial(_code_page, page))
    app.router.add_post("/verify", partial(_verify, page))
    app.router.add_get("/wishes", partial(_wishes, page))
    app.router.add_post("/opt-out", partial(_state, page, kind="opt_out"))
    app.router.add_post("/accept", partial(_state, page, kind="accept"))
    app.router.add_post("/hours", partial(_hours, page))
    app.router.add_post("/leave", _leave)
    return app


def _guarded(page: Page) -> Any:
    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        _refuse_foreign(request)
        try:
            answer = await handler(request)
        except web.HTTPException as error:
            error.headers.update(HEADERS)
            raise
        except Exception:
            # Whoever refused calls must learn that nobody has kept it.
            log.exception("a page could not be answered: %s", request.path)
            answer = await _show(page, request, "page", problem="not_kept", callers=())
        answer.headers.update(HEADERS)
        return answer

    return guarded


def _refuse_foreign(request: web.Request) -> None:
    # The cookie is never sent by another site; this also refuses a form of one that has no cookie yet.
    origin = request.headers.get("Origin")
    if request.method == "POST" and origin not in (None, "null", f"{request.scheme}://{request.host}"):
        scheme = request.headers.get("X-Forwarded-Proto", request.scheme)
        if origin != f"{scheme}://{request.host}":
            raise web.HTTPForbidden


async def _style(_request: web.Request) -> web.StreamResponse:
    return web.Response(text=(_HERE / "static" / "style.css").read_text("utf-8"), content_type="text/css")


async def _start(page: Page, request: web.Request) -> web.StreamResponse:
    return await _show(page, request, "start", problem=_one_of(request, "problem", _PROBLEMS))


async def _send_code(page: Page, request: web.Request) -> web.StreamResponse:
    form = await request.post()
    line = page.parse(str(form.get("number", "")))
    if line is None:
        return _to("/?problem=bad_number")
    key = page.key_of(line.e164)
    # Whoever asks too often is told so, from wherever and about whatever number: that tells nothing about it.
    allowed = page.of_address.allow(_address(page, request)) and page.of_all.allow(b"")
    if not (allowed and page.of_number.allow(key)):
        return _to("/?problem=too_often")
    # Of this visit alone: who asks for the same number elsewhere cannot spend it.
    visit = secrets.token_hex(8)
    code = page.codes.make(key + visit.encode())
    text = word("sms", _language(request), site=page.site, code=code)
    task = asyncio.create_task(_sent(page.desk, line, text))
    page.sending.add(task)
    task.add_done_callback(page.sending.discard)
    answer = _to("/verify")
    _remember(page, answer, line, "asked", visit)
    return answer


async def _sent(desk: Desk, line: Line, text: str) -> None:
    try:
        await desk.send_code(line, text)
    except Exception:
        log.exception("a code could not be sent to %s", masked(line.e164))


async def _code_page(page: Page, request: web.Request) -> web.StreamResponse:
    line = _known(page, request, "asked")
    if line is None:
        return _to("/?problem=expired")
    problem = _one_of(request, "problem", _PROBLEMS)
    return await _show(page, request, "code", number=masked(line.e164), problem=problem)


async def _verify(page: Page, request: web.Request) -> web.StreamResponse:
    asked = _remembered(page, request, "asked")
    line = page.parse(asked["number"]) if asked else None
    if asked is None or line is None:
        return _to("/?problem=expired")
    if not page.tries.allow(_address(page, request)):
        return _to("/verify?problem=too_often")
    code = str((await request.post()).get("code", "")).strip()
    sent_for = page.key_of(line.e164) + asked["visit"].encode()
    if not _CODE.fullmatch(code) or not page.codes.check(sent_for, code):
        return _to("/verify?problem=bad_code")
    answer = _to("/wishes")
    _remember(page, answer, line, "proved")
    return answer


async def _wishes(page: Page, request: web.Request) -> web.StreamResponse:
    line = _known(page, request, "proved")
    if line is None:
        return _to("/?problem=expired")
    lang, callers = _language(request), await page.desk.callers()
    found = await page.desk.wishes(line)
    names = {one.id: one.full_name for one in callers}
    return await _show(
        page,
        request,
        "wishes",
        callers=callers,
        number=masked(line.e164),
        days=WEEKDAYS,
        clock=CLOCK,
        said=[_told(page, one, names, lang) for one in found.said],
        hours=found.hours,
        problem=_one_of(request, "problem", _PROBLEMS),
        done=_one_of(request, "done", _DONE),
    )


def _told(page: Page, one: Wish, names: Mapping[str, str], lang: str) -> dict[str, str]:
    purpose = one.purpose.value if one.purpose else "every"
    at = one.stated_at.astimezone(ZoneInfo(page.zone))
    return {
        "kind": one.kind,
        "purpose": word(purpose, lang),
        "enterprise": names.get(one.enterprise or "", word("anybody", lang)),
        "stated_at": at.strftime("%Y-%m-%d %H:%M"),
    }


async def _state(page: Page, request: web.Request, kind: str) -> web.StreamResponse:
    line = _known(page, request, "proved")
    if line is None:
        return _to("/?problem=expired")
    if not page.tries.allow(_address(page, request)):
        return _to("/wishes?problem=too_often")
    form = await request.post()
    enterprise = str(form.get("enterprise", "")) or None
    known = {one.id for one in await page.desk.callers()}
    purpose = str(form.get("purpose", "marketing" if kind == "accept" else ""))
    if (enterprise is not None and enterprise not in known) or purpose not in PURPOSES:
        raise web.HTTPBadRequest
    if kind == "accept" and (enterprise is None or purpose != "marketing"):
        raise web.HTTPBadRequest
    await page.desk.state(line, kind, enterprise, PURPOSES[purpose])
    return _to(f"/wishes?done=done_{kind}")


async def _hours(page: Page, request: web.Request) -> web.StreamResponse:
    line = _known(page, request, "proved")
    if line is None:
        return _to("/?problem=expired")
    if not page.tries.allow(_address(page, request)):
        return _to("/wishes?problem=too_often")
    form = await request.post()
    windows: tuple[PersonalHours, ...] = ()
    if "start" in form:
        days = tuple(day for day in WEEKDAYS if day in form.getall("day", []))
        start, end = str(form.get("start", "")), str(form.get("end", ""))
        if not days or start not in CLOCK or end not in CLOCK or start >= end:
            return _to("/wishes?problem=bad_hours")
        windows = (PersonalHours("only", days, start, end),)
    await page.desk.set_hours(line, windows)
    return _to("/wishes?done=done_hours")


async def _leave(_request: web.Request) -> web.StreamResponse:
    answer = _to("/")
    answer.del_cookie(COOKIE)
    return answer


_PROBLEMS = frozenset({"bad_number", "bad_code", "too_often", "expired", "bad_hours"})
_STATUS = {"too_often": HTTPStatus.TOO_MANY_REQUESTS, "not_kept": HTTPStatus.SERVICE_UNAVAILABLE}
_DONE = frozenset({"done_opt_out", "done_accept", "done_hours"})


def _one_of(request: web.Request, name: str, known: frozenset[str]) -> str:
    found = request.query.get(name, "")
    return found if found in known else ""


async def _show(page: Page, request: web.Request, template: str, **values: Any) -> web.StreamResponse:
    lang = _language(request)
    known: dict[str, Any] = {"problem": "", "done": "", **values}
    callers: Any = known.pop("callers", None)
    shown: list[Caller] = list(callers if callers is not None else await page.desk.callers())
    text = page.templates.get_template(f"{template}.html.j2").render(
        lang=lang,
        site=page.site,
        callers=shown,
        t=lambda name, **more: word(name, lang, **more),
        **known,
    )
    status = _STATUS.get(known["problem"], HTTPStatus.OK)
    answer = web.Response(text=text, content_type="text/html", status=status)
    if request.query.get(SPOKEN) == lang:
        answer.set_cookie(SPOKEN, lang, samesite="Strict", httponly=True)
    return answer


def _language(request: web.Request) -> str:
    chosen = request.query.get(SPOKEN) or request.cookies.get(SPOKEN)
    return language(request.headers.get("Accept-Language", ""), chosen)


def _to(path: str) -> web.Response:
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": path})


def _address(page: Page, request: web.Request) -> bytes:
    """Who asks: the peer, or whom the one proxy before us names last. Of IPv6 the network counts, not the address."""
    found = request.remote or ""
    if page.proxied:
        # Some proxies add a line of their own to those that they were sent.
        found = ",".join(request.headers.getall("X-Forwarded-For", [found])).rpartition(",")[2].strip()
    bare = _PORT.sub("", found).strip("[]")
    try:
        address = ip_address(bare)
    except ValueError:
        # Whoever cannot be told apart shares one count.
        return b""
    if isinstance(address, IPv4Address):
        return address.packed
    return address.ipv4_mapped.packed if address.ipv4_mapped else address.packed[:8]


def _remember(page: Page, answer: web.Response, line: Line, stage: str, visit: str = "") -> None:
    content = json.dumps({"number": line.e164, "stage": stage, "visit": visit}).encode()
    token = page.seal.encrypt(content).decode()
    answer.set_cookie(COOKIE, token, max_age=PROVED_S, httponly=True, secure=True, samesite="Strict")


def _known(page: Page, request: web.Request, stage: str) -> Line | None:
    found = _remembered(page, request, stage)
    return page.parse(found["number"]) if found else None


def _remembered(page: Page, request: web.Request, stage: str) -> dict[str, str] | None:
    try:
        ttl = WAITING_S if stage == "asked" else PROVED_S
        content: dict[str, str] = json.loads(
            page.seal.decrypt(request.cookies.get(COOKIE, "").encode(), ttl=ttl)
        )
    except (InvalidToken, ValueError):
        return None
    return content if content["stage"] == stage else None
