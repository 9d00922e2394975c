"""Each link of the chain, ended, removed or mismatched, denies the next call and is named: through the real record."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from chain_kit import approved, broken, case_is, chain, shipped, store_of
from record_kit import CALLER_ID, NOON, OFFICER, OPERATOR, ScriptRow, line
from sqlalchemy import Connection

from dialer.core.admission import Actor, Admission, Denied, Permitted, Request
from dialer.core.cases import Change
from dialer.core.decision import Finding
from dialer.core.facts import Period
from dialer.core.policy import Purpose
from dialer.record import health
from dialer.record.given import Enrolment
from dialer.record.health import Mark
from dialer.record.store import RecordStore

DAY = timedelta(days=1)
ENDED, DATE = {"to": "2026-11-01"}, "2026-11-01"
TOLD = (
    Change("assigned", NOON - DAY, party="suzhou"),
    Change("told", NOON - DAY, party="suzhou", how="letter"),
)
_PEOPLE = count()


class Bank:
    """One record for all links, and the calls of one person after another."""

    def __init__(self, runner: asyncio.Runner, store: RecordStore) -> None:
        self.run, self.store = runner.run, store

    def admit(self, *changes: Change, **more: Any) -> Admission:
        """A call about a case of its own, to a person of its own."""
        return self.run(self._admit(changes or TOLD, more))

    async def _admit(self, changes: tuple[Change, ...], more: dict[str, Any]) -> Admission:
        turn = next(_PEOPLE)
        called = line(f"+8613812{turn:06d}")
        await case_is(self.store, f"D-{turn}", *changes)
        [known] = await self.store.enrol("bank", [Enrolment(f"C-{turn}", "张三", called, f"D-{turn}")])
        ident = uuid4()
        given = {
            "agency": "suzhou",
            "platform": "cloud",
            "script": "opening",
            "callee_party": "debtor",
            **more,
        }
        request = Request(
            id=ident,
            idempotency_key=str(ident),
            digest=hashlib.sha256(ident.bytes).hexdigest(),
            actor=OPERATOR,
            enterprise="bank",
            purpose=Purpose.COLLECTION,
            product="credit",
            person=known.person,
            line=known.line,
            callee=called,
            debt=known.debt,
            **given,
        )
        return await self.store.calls.admit(request)

    def registered(self, document: dict[str, Any]) -> None:
        """Put a register in force."""
        self.run(self.store.put_in_force("register", document, OFFICER))


@pytest.fixture(scope="module")
def bank() -> Iterator[Bank]:
    """A record with the whole chain."""
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        store = runner.run(store_of(Path(folder), shipped()))
        yield Bank(runner, store)
        store.close()


def _denial(admission: Admission, code: str) -> Finding:
    assert isinstance(admission, Denied)
    codes = [one.code for one in admission.decision.denials]
    assert code in codes
    return next(one for one in admission.decision.denials if one.code == code)


def _changed(section: str, index: int, **more: Any) -> Any:
    return lambda document: document[section][index].update(more)


def _without(section: str, index: int, *keys: str) -> Any:
    def remove(document: dict[str, Any]) -> None:
        if not keys:
            del document[section][index]
        for key in keys:
            del document[section][index][key]

    return remove


# name, how the register is broken, what differs in the request, the reason, what its sentence names, who can mend it
LINKS: list[tuple[str, Any, dict[str, Any], str, tuple[str, ...]]] = [
    ("enterprise-removed", _without("enterprises", 0), {}, "licence.enterprise_unknown", ("bank",)),
    ("licence-ended", _changed("licences", 0, **ENDED), {}, "licence.ended", ("JR-1", "bank", DATE)),
    ("licence-removed", _without("licences", 0), {}, "licence.none", ("bank",)),
    (
        "licence-suspended",
        _changed("licences", 0, status="suspended"),
        {},
        "licence.not_valid",
        ("JR-1", "2028-01-01"),
    ),
    (
        "licence-scope",
        _changed("licences", 0, purposes=["service"]),
        {},
        "licence.out_of_scope",
        ("JR-1", "2028-01-01"),
    ),
    ("licence-product", _changed("licences", 0, products=["tax"]), {}, "licence.out_of_scope", ("JR-1",)),
    ("agency-removed", _without("agencies", 0), {}, "entrustment.party_unknown", ("suzhou",)),
    (
        "agency-exited",
        _changed("agencies", 0, standing="exited", standing_since=DATE),
        {},
        "agency.exited",
        (DATE,),
    ),
    ("entrustment-ended", _changed("entrustments", 0, **ENDED), {}, "entrustment.ended", ("WT-1", DATE)),
    ("entrustment-removed", _without("entrustments", 0), {}, "entrustment.none", ("bank",)),
    (
        "entrustment-revoked",
        _changed("entrustments", 0, status="revoked"),
        {},
        "entrustment.not_valid",
        ("WT-1",),
    ),
    (
        "entrustment-scope",
        _changed("entrustments", 0, purposes=["service"]),
        {},
        "entrustment.out_of_scope",
        ("WT-1", "2028-01-01"),
    ),
    (
        "sub-without-consent",
        _without("entrustments", 2, "consent"),
        {"agency": "wuxi"},
        "entrustment.sub_without_consent",
        ("WT-3", "WT-1", "2028-01-01"),
    ),
    (
        "sub-parent-ended",
        _changed("entrustments", 0, **ENDED),
        {"agency": "wuxi"},
        "entrustment.ended",
        ("WT-1", DATE),
    ),
    (
        "sub-parent-removed",
        _without("entrustments", 0),
        {"agency": "wuxi"},
        "entrustment.sub_of_nothing",
        ("WT-3", "WT-1"),
    ),
    ("platform-removed", _without("platforms", 0), {}, "platform.not_registered", ("cloud",)),
    ("platform-ended", _changed("entrustments", 1, **ENDED), {}, "entrustment.ended", ("WT-2", DATE)),
    ("platform-not-entrusted", _without("entrustments", 1), {}, "entrustment.none", ("cloud", "bank")),
    ("carrier-ended", _changed("carriers", 0, **ENDED), {}, "carrier.licence_ended", ("DX-unicom", DATE)),
    (
        "carrier-suspended",
        _changed("carriers", 0, status="suspended"),
        {},
        "carrier.not_licensed",
        ("DX-unicom",),
    ),
    ("carrier-removed", _without("carriers", 0), {}, "carrier.unknown", ()),
    (
        "carrier-reviewed-nothing",
        _changed("carriers", 0, reviews=[]),
        {},
        "carrier.not_reviewed",
        ("unicom",),
    ),
    (
        "number-removed",
        _without("numbers", 0),
        {"caller_id": CALLER_ID},
        "caller_id.not_registered",
        (CALLER_ID,),
    ),
    (
        "number-ended",
        _changed("numbers", 0, **ENDED),
        {"caller_id": CALLER_ID},
        "caller_id.ended",
        ("HP-1", DATE),
    ),
    (
        "number-suspended",
        _changed("numbers", 0, status="suspended"),
        {"caller_id": CALLER_ID},
        "caller_id.not_usable",
        ("HP-1", "2028-01-01", "unicom"),
    ),
    (
        "number-of-another-unit",
        None,
        {"caller_id": "95199"},
        "caller_id.other_agency",
        ("95199", "HP-2", "wuxi"),
    ),
    (
        "number-promised-for-another-purpose",
        _changed("numbers", 0, purposes=["marketing"]),
        {"caller_id": CALLER_ID},
        "caller_id.other_purpose",
        ("HP-1",),
    ),
    (
        "number-takes-calls-only",
        _changed("numbers", 0, may_dial_out=False),
        {"caller_id": CALLER_ID},
        "caller_id.takes_calls_only",
        ("HP-1", "2028-01-01"),
    ),
    (
        "number-is-an-sms-port",
        _changed("numbers", 0, kind="sms_port"),
        {"caller_id": CALLER_ID},
        "caller_id.sms_port",
        (CALLER_ID,),
    ),
    (
        "number-outside-its-windows",
        _changed("numbers", 0, windows=[{"days": ["mon"], "start": "13:00", "end": "15:00"}]),
        {"caller_id": CALLER_ID},
        "caller_id.outside_windows",
        ("HP-1", "13:00-15:00"),
    ),
    (
        "another-carriers-trunk",
        None,
        {"trunk": "west"},
        "caller_id.other_carrier",
        ("HP-1", "unicom", "telecom"),
    ),
    (
        "list-rejected",
        _changed("numbers", 0, list_state="rejected"),
        {"caller_id": CALLER_ID},
        "number_list.rejected",
        (CALLER_ID,),
    ),
    ("script-unknown", None, {"script": "nothing"}, "script.unknown", ("nothing",)),
    ("script-of-another-purpose", None, {"script": "selling"}, "script.other_purpose", ("selling",)),
    ("script-ended", None, {"script": "old"}, "script.ended", ("old", "2026-11-22")),
    ("script-withdrawn", None, {"script": "taken-back"}, "script.not_approved", ("taken-back",)),
]


@pytest.fixture(scope="module")
def scripts(bank: Bank) -> None:
    """Scripts that no call may use."""

    async def put() -> None:
        purposes = frozenset({Purpose.COLLECTION})
        old = Period(None, NOON.replace(hour=16) - 2 * DAY)
        await approved(bank.store, ScriptRow(id="selling", purposes=frozenset({Purpose.MARKETING})))
        await approved(bank.store, ScriptRow(id="old", purposes=purposes, period=old))
        await approved(bank.store, ScriptRow(id="taken-back", purposes=purposes))
        await bank.store.withdraw_script("taken-back", 1, OFFICER)

    bank.run(put())


@pytest.mark.parametrize("agency", ["suzhou", "wuxi"])
def test_the_whole_chain_permits(bank: Bank, agency: str) -> None:
    """An agency, and one that it passed its authority on to with consent, call from their own numbers."""
    told = tuple(Change(one.kind, one.at, party=agency, how=one.how) for one in TOLD)
    admission = bank.admit(*told, agency=agency)
    assert isinstance(admission, Permitted), [one.code for one in admission.decision.denials]  # type: ignore[union-attr]
    assert admission.permit.caller_id == {"suzhou": CALLER_ID, "wuxi": "95199"}[agency]


@pytest.mark.parametrize(
    ("how", "asked", "code", "named"), [one[1:] for one in LINKS], ids=[one[0] for one in LINKS]
)
@pytest.mark.usefixtures("scripts")
def test_a_broken_link_denies_the_next_call(
    bank: Bank, how: Any, asked: dict[str, Any], code: str, named: tuple[str, ...]
) -> None:
    """It is named in both languages, with its date, what mends it and who can; mended, the next call is permitted."""
    if how is not None:
        bank.registered(broken(how))
    told = tuple(Change(one.kind, one.at, party=asked.get("agency", "suzhou"), how=one.how) for one in TOLD)
    found = _denial(bank.admit(*told, **asked), code)
    assert found.remedy is not None
    assert found.remedy.who
    mend = found.remedy.text
    for text in (f"{found.text.zh} {mend.zh}", f"{found.text.en} {mend.en}"):
        assert [one for one in named if one not in text] == []
        assert "?" not in text
    if how is not None:
        bank.registered(chain())
        assert isinstance(bank.admit(), Permitted)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ((Change("withdrawn", NOON),), "case.not_open"),
        *(((Change(one, NOON),), "case.not_open") for one in ("settled", "paid", "instalment", "disputed")),
        *(((Change(one, NOON),), "case.not_open") for one in ("ill", "deceased", "litigated", "insolvent")),
        ((Change("assigned", NOON, party="wuxi"),), "case.assigned_elsewhere"),
        ((Change("held", NOON, reason="bereavement"),), "case.on_hold"),
    ],
)
def test_a_case_that_is_no_longer_to_be_collected(bank: Bank, changes: tuple[Change, ...], code: str) -> None:
    """Whatever ended it, the next call is denied, and the reason says what to do."""
    found = _denial(bank.admit(*TOLD, *changes), code)
    assert found.remedy is not None
    assert found.remedy.who


def test_a_debtor_who_was_not_told(bank: Bank) -> None:
    """An agency does not collect from him."""
    _denial(bank.admit(TOLD[0]), "case.debtor_not_told")


def _lifted(mark: str, actor: Actor, connection: Connection) -> str:
    return health.close_mark(connection, mark, "lifted", "ok", actor, NOON)


def test_a_number_that_its_carrier_suspends(bank: Bank) -> None:
    """Where it is asked for by name the call is denied at once, and permitted again once that is closed."""
    mark = Mark(CALLER_ID, "notice", "suspend", "unicom", NOON, "函 1 号")
    ident = bank.run(bank.store.mark_number(mark, OFFICER))
    found = _denial(bank.admit(caller_id=CALLER_ID), "number_health.suspended")
    assert "2026-11-23" in found.text.en
    assert CALLER_ID in found.text.zh
    for actor in (OFFICER, OPERATOR):
        bank.run(bank.store.write(partial(_lifted, ident, actor)))
    assert isinstance(bank.admit(caller_id=CALLER_ID), Permitted)


def test_a_suspended_number_is_passed_over(bank: Bank) -> None:
    """Where nobody names a number the next that fits is presented; where none is left the denial names the first."""
    document = chain()
    document["numbers"].append({**document["numbers"][0], "number": "95177", "document": "HP-3"})
    bank.registered(document)
    idents = []
    for number in (CALLER_ID, "95177"):
        mark = Mark(number, "notice", "suspend", "unicom", NOON, "函 2 号")
        idents.append(bank.run(bank.store.mark_number(mark, OFFICER)))
        admission = bank.admit()
        if number == CALLER_ID:
            assert isinstance(admission, Permitted)
            assert admission.permit.caller_id == "95177"
        else:
            assert CALLER_ID in _denial(admission, "number_health.suspended").text.en
    for ident in idents:
        for actor in (OFFICER, OPERATOR):
            bank.run(bank.store.write(partial(_lifted, ident, actor)))
    bank.registered(chain())
