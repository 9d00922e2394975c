"""A broken link of the chain, on a real Asterisk with the real record: the person's phone sees no INVITE."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from placing import PATIENCE_S
from test_held_case import DEBT, PHONE, Site, site_of

from dialer.core.admission import Denied
from dialer.core.cause import Outcome
from dialer.lab.asterisk import LabAsterisk
from dialer.lab.behaviour import RINGS, Behaviour
from dialer.lab.bench.records import BENCH, ENTERPRISE, SAMPLE, line_of, request_for
from dialer.place_call import CallResult
from dialer.record.given import Enrolment
from dialer.register_files import load_register

Factory = Callable[..., LabAsterisk]
Document = dict[str, Any]
AGENCY, NUMBER = "suzhou-example", "95000005"
ENDED = {"to": "2026-01-01"}


def _of(section: str, **more: str) -> Callable[[Document], Document]:
    key, value = next(iter(more.items()))
    return lambda document: next(one for one in document[section] if one.get(key) == value)


def _put(find: Callable[[Document], Document], **more: Any) -> Callable[[Document], None]:
    return lambda document: find(document).update(more)


def _taken(section: str, **more: str) -> Callable[[Document], None]:
    def take(document: Document) -> None:
        document[section].remove(_of(section, **more)(document))

    return take


# One of each link: how the register breaks, what differs in the request, the reason.
BROKEN: dict[str, tuple[Callable[[Document], None], dict[str, Any], str]] = {
    "licence": (_put(_of("licences", enterprise=ENTERPRISE), **ENDED), {}, "licence.ended"),
    "agency": (_put(_of("agencies", id=AGENCY), standing="exited"), {}, "agency.exited"),
    "entrustment": (_taken("entrustments", party=AGENCY), {}, "entrustment.none"),
    "platform": (lambda document: None, {"platform": "nobody"}, "platform.not_registered"),
    "carrier": (_put(_of("carriers", id="example-telecom"), status="revoked"), {}, "carrier.not_licensed"),
    "number": (_put(_of("numbers", number=NUMBER), status="suspended"), {}, "caller_id.not_usable"),
    "other-carriers-trunk": (lambda document: None, {"trunk": "unicom"}, "caller_id.other_carrier"),
    "takes-calls-only": (
        _put(_of("numbers", number=NUMBER), may_dial_out=False),
        {},
        "caller_id.takes_calls_only",
    ),
    "sms-port": (_put(_of("numbers", number=NUMBER), kind="sms_port"), {}, "caller_id.sms_port"),
    "script": (lambda document: None, {"script": "nothing"}, "script.unknown"),
}


async def _register(site: Site, how: Callable[[Document], None] | None = None) -> None:
    document = copy.deepcopy(load_register(SAMPLE / "register.yaml"))
    if how is not None:
        how(document)
    await site.store.put_in_force("register", document, BENCH)


async def _call(site: Site, **more: Any) -> asyncio.Task[CallResult]:
    """A call by the agency, from its own number, about a case that it has and the debtor knows of."""
    asked = [Enrolment("P-1", None, line_of(0), DEBT)]
    known = (await site.store.enrol(ENTERPRISE, asked, BENCH))[0]
    given = {"agency": AGENCY, "caller_id": NUMBER, "callee_party": "debtor", **more}
    return site.supervisor.start(
        replace(request_for(known, line_of(0)), id=uuid4(), debt=known.debt, **given)
    )


async def _result(call: asyncio.Task[CallResult]) -> CallResult:
    async with asyncio.timeout(PATIENCE_S):
        return await call


async def _told(site: Site) -> None:
    await site.say("assigned", agency=AGENCY)
    await site.say("told", agency=AGENCY, how="letter")


async def test_no_phone_rings_over_a_broken_link(lab_asterisk: Factory, tmp_path: Path) -> None:
    """One of each: denied by its own reason, and the phone saw nothing; the whole chain rings it."""
    async with site_of(lab_asterisk, tmp_path, {PHONE: RINGS}) as site:
        await _told(site)
        for name, (how, more, code) in BROKEN.items():
            await _register(site, how)
            admission = (await _result(await _call(site, **more))).admission
            assert isinstance(admission, Denied), name
            assert code in {one.code for one in admission.decision.denials}, name
        assert site.people.evidence(PHONE) == []
        await _register(site)
        ringing = await _call(site)
        await site.rings()
        assert len(site.people.evidence(PHONE)) == 1
        await site.say("settled")
        assert (await _result(ringing)).end is not None


@pytest.mark.parametrize("rechecked", [False, True])
async def test_a_link_that_breaks_while_the_phone_rings(
    lab_asterisk: Factory, tmp_path: Path, rechecked: bool
) -> None:
    """The ring is cancelled; and where nobody looks before the answer, the answer is denied: nobody is ever joined."""
    slow = Behaviour(tone_hz=500, delay_s=2.0)
    async with site_of(lab_asterisk, tmp_path, {PHONE: RINGS if rechecked else slow}) as site:
        await _told(site)
        ringing = await _call(site)
        await site.rings()
        await _register(site, BROKEN["entrustment"][0])
        if rechecked:
            await site.store.recheck("register")
        result = await _result(ringing)
        assert result.end is not None
        assert result.end.outcome is (Outcome.REVOKED if rechecked else Outcome.DENIED_ON_ANSWER)
        seen = await site.seen(lambda one: one.ended_at)
        assert (seen.cancelled, seen.answered_at is None) == (rechecked, rechecked)
        joined = "SELECT count(*) FROM attempts WHERE bridged_us IS NOT NULL"
        assert await site.store.read(lambda one: one.exec_driver_sql(joined).scalar()) == 0
