"""People in the record: surrogates, keys before first use, nobody's number in clear, and erasing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from record_kit import NUMBER, OFFICER, OPERATOR, Site, codes, line, secrets

from dialer.core.admission import End, Left
from dialer.core.cause import Outcome
from dialer.core.errors import BadInput, Defect, Fault
from dialer.core.phone import masked
from dialer.core.policy import Purpose
from dialer.ports.people import ReadFor
from dialer.record import store as store_module
from dialer.record.given import Enrolment

MakeSite = Callable[..., Site]
MARKETING = {"purpose": Purpose.MARKETING}


async def test_one_person_one_line_one_surrogate(make_site: MakeSite) -> None:
    """The same customer id and number give the same surrogates; ids are trimmed and folded, enterprises kept apart."""
    site = make_site()
    first, again, wide, other = [
        (await site.store.enrol(enterprise, [Enrolment(person, None, line())]))[0]
        for enterprise, person in (("bank", "C-1"), ("bank", " C-1 "), ("bank", "Ｃ－１"), ("lender", "C-1"))
    ]
    assert first == again == wide
    assert other.person != first.person
    assert other.line == first.line


async def test_keys_are_durable_before_their_subjects(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """When a subject's row is written its key already lies in the key store's file."""
    site = make_site()
    seen: list[int] = []
    insert = store_module.people.insert_subjects

    def watched(*known: Any) -> Any:
        with sqlite3.connect(f"file:{tmp_path}/keys.db?mode=ro", uri=True) as other:
            seen.append(other.execute("SELECT count(*) FROM keys").fetchone()[0])
        return insert(*known)

    monkeypatch.setattr(store_module.people, "insert_subjects", watched)
    await site.store.enrol("bank", [Enrolment("C-1", "张三", line(), "D-1")])
    assert seen == [2]


async def test_admission_opens_no_key(make_site: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call is admitted without making or unwrapping anybody's key."""
    site = await make_site().ready()
    request = await site.request()

    def never(*_known: Any) -> Any:
        raise AssertionError("a key was touched")

    monkeypatch.setattr(site.store._keys, "key", never)
    monkeypatch.setattr(site.store._keys, "make", never)
    assert codes(await site.calls.admit(request)) == []


async def test_no_number_or_name_lies_in_clear(make_site: MakeSite, tmp_path: Path) -> None:
    """After a whole call no file of the record holds the digits, the name, the customer id or the key in clear."""
    site = await make_site().ready()
    request = await site.request("CUSTOMER-4711", NUMBER, debt_id="DEBT-0815")
    permit = (await site.calls.admit(replace(request, idempotency_key=f"list-{NUMBER}"))).permit
    await site.calls.opt_out(permit, "key")
    await site.calls.settle(permit, End(Outcome.OPTED_OUT, 16, Left.YES))
    found = b"".join(path.read_bytes() for path in sorted(tmp_path.iterdir()) if path.is_file())
    site.close()
    found += b"".join(path.read_bytes() for path in sorted(tmp_path.iterdir()) if path.is_file())
    assert b"opted_out" in found
    for secret in ("13812345678", "张三", "CUSTOMER-4711", "DEBT-0815"):
        assert secret.encode() not in found


async def test_a_sealed_number_is_read_by_its_key(make_site: MakeSite) -> None:
    """Number and name come back for who may read them, also when the name has changed."""
    site = make_site()
    known = (await site.store.enrol("bank", [Enrolment("C-1", "张三", line())]))[0]
    await site.store.enrol("bank", [Enrolment("C-1", "张三丰", line())])
    read = site.store.personal.unsealed
    assert await read(known.person, "name", ReadFor.COMPLAINT, OFFICER) == "张三丰"
    assert await read(known.line, "number", ReadFor.COMPLAINT, OFFICER) == NUMBER


async def test_what_is_read_in_clear_is_recorded_first(make_site: MakeSite) -> None:
    """An entry says who, why, whose surrogate and which field, and never the value."""
    site = make_site()
    known = (await site.store.enrol("bank", [Enrolment("C-1", "张三", line())]))[0]
    await site.store.personal.unsealed(known.line, "number", ReadFor.REGULATOR_REQUEST, OFFICER)
    entry = (await site.store.entries())[-1]
    said = json.loads(entry.content)
    assert (said["type"], said["purpose"], said["field"]) == ("unsealed", "regulator_request", "number")
    assert (said["subject"], said["actor"]["id"]) == (str(known.line), OFFICER.id)
    assert NUMBER.encode() not in entry.content


async def test_a_number_that_cannot_be_recorded_as_read_is_not_read(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No entry, no value."""
    site = make_site()
    known = (await site.store.enrol("bank", [Enrolment("C-1", "张三", line())]))[0]

    async def full(_work: Any) -> Any:
        raise Fault("sound.record", "disk full")

    monkeypatch.setattr(site.store.personal, "_write", full)
    with pytest.raises(Fault):
        await site.store.personal.unsealed(known.line, "number", ReadFor.CALL, OFFICER)
    with pytest.raises(Fault):
        await site.store.personal.number_to_call(known.line, "november", OFFICER)


async def test_the_calls_of_a_batch_are_one_entry(make_site: MakeSite) -> None:
    """Numbers that are only dialled are recorded once a batch, at the first of them."""
    site = make_site()
    known = (await site.store.enrol("bank", [Enrolment("C-1", "张三", line())]))[0]
    for batch in ("a", "a", "b"):
        assert await site.store.personal.number_to_call(known.line, batch, OFFICER) == NUMBER
    said = [json.loads(one.content) for one in await site.store.entries()]
    assert [one["batch"] for one in said if one["type"] == "unsealed"] == ["a", "b"]


async def test_a_person_is_shown_masked_unless_for_a_purpose(make_site: MakeSite) -> None:
    """Name and called numbers; masked leaves no entry, in clear one for each; a stranger is nobody."""
    site = await make_site().ready()
    request = await site.request("C-9", NUMBER)
    permit = (await site.calls.admit(request)).permit
    await site.calls.settle(permit, End(Outcome.NO_ANSWER, 19, Left.YES))
    show = site.store.personal.shown
    before = len(await site.store.entries())
    hidden = await show(request.enterprise, "C-9", None, OFFICER)
    assert hidden is not None
    assert (hidden.clear, hidden.numbers) == (False, (masked(NUMBER),))
    assert len(await site.store.entries()) == before
    clear = await show(request.enterprise, "C-9", ReadFor.OWN_REQUEST, OFFICER)
    assert clear is not None
    assert (clear.clear, clear.numbers) == (True, (NUMBER,))
    assert len(await site.store.entries()) == before + 2
    assert await show(request.enterprise, "stranger", ReadFor.OWN_REQUEST, OFFICER) is None
    assert NUMBER not in repr(clear)


async def test_erasing_keeps_the_opt_out(make_site: MakeSite) -> None:
    """An erased person and line cannot be called or read; enrolled anew they are still opted out."""
    site = await make_site().ready()
    permit = (await site.permitted(**MARKETING)).permit
    old = await site.request(**MARKETING)
    await site.calls.opt_out(permit, "key")
    with pytest.raises(Defect):
        await site.store.erase(permit.person, OFFICER)
    await site.calls.settle(permit, End(Outcome.OPTED_OUT, 16, Left.YES))
    await site.store.erase(permit.person, OFFICER)
    await site.store.erase(permit.line, OFFICER)
    assert "sound.not_enrolled" in codes(await site.calls.admit(old))
    assert await site.store.personal.unsealed(permit.person, "name", ReadFor.OWN_REQUEST, OFFICER) is None
    anew = await site.request(**MARKETING)
    assert anew.person != permit.person
    assert anew.line != permit.line
    assert codes(await site.calls.admit(anew)) == ["preference.opted_out"]


async def test_an_erased_opt_out_survives_a_second_erasure(make_site: MakeSite) -> None:
    """Erased twice, a person is still not called."""
    site = await make_site().ready()
    permit = (await site.permitted(**MARKETING)).permit
    await site.calls.opt_out(permit, "key")
    await site.calls.settle(permit, End(Outcome.OPTED_OUT, 16, Left.YES))
    for _ in range(2):
        known = await site.request(**MARKETING)
        await site.store.erase(known.person, OFFICER)
        await site.store.erase(known.line, OFFICER)
    assert codes(await site.admit(**MARKETING)) == ["preference.opted_out"]


async def test_another_subject_key_is_refused(make_site: MakeSite) -> None:
    """A record opened with another key would take everybody for a stranger: it is not opened."""
    make_site().close()
    with pytest.raises(BadInput):
        make_site(keys=replace(secrets(), subject_key=b"x" * 32))
    make_site()


async def test_an_older_policy_is_refused(make_site: MakeSite) -> None:
    """A lower revision than the one in force changes nothing; the same content again is the same version."""
    site = await make_site().ready()
    newer = {"digest": site.book.digest, "revision": 5}
    version = await site.store.put_in_force("policy", newer, OFFICER)
    with pytest.raises(BadInput):
        await site.store.put_in_force("policy", {"digest": "0" * 64, "revision": 4}, OFFICER)
    assert await site.store.put_in_force("policy", newer, OFFICER) == version
    assert (await site.store.in_force("policy")) == (version, newer)


async def test_a_script_has_one_approved_version(make_site: MakeSite) -> None:
    """Approving a version withdraws the one before; the same version with other words is refused."""
    from record_kit import ScriptRow

    site = await make_site().ready()
    changed = ScriptRow(version=2, text="新的开场", audio_sha256="2" * 64)
    await site.store.put_script(changed, OPERATOR)
    with pytest.raises(BadInput):
        await site.store.put_script(replace(changed, text="又一个"), OPERATOR)
    running = (await site.permitted()).permit
    await site.store.approve_script("opening", 2, OFFICER)
    await site.calls.settle(running, End(Outcome.BUSY, 17, Left.YES))
    assert (await site.permitted()).permit.announcement.sha256 == "2" * 64
    with pytest.raises(BadInput):
        await site.store.approve_script("opening", 1, OFFICER)


async def test_thousands_are_enrolled_in_short_writes(make_site: MakeSite) -> None:
    """A long list is enrolled in order, and a call asked for meanwhile does not wait for its end."""
    import asyncio

    site = await make_site().ready()
    request = await site.request("C-1", NUMBER)
    people = [Enrolment(f"L-{one}", f"某{one}", line(f"+86137{one:08d}")) for one in range(3000)]
    importing = asyncio.create_task(site.store.enrol("bank", people))
    await asyncio.sleep(0.05)
    assert codes(await site.calls.admit(request)) == []
    assert not importing.done()
    found = await importing
    assert len({one.person for one in found}) == 3000
    assert await site.store.enrol("bank", people[:5]) == found[:5]


@pytest.mark.parametrize(
    "spelled",
    ["C-\u200b1", "\ufeffC-1", "C-1\u3164", "C-1\u0000", "C\u00ad-1", "C-\ufe0f1", "\u202eC-1", "C-1\u2007"],
)
async def test_what_nobody_sees_makes_no_second_person(make_site: MakeSite, spelled: str) -> None:
    """Zero-width and other invisible signs in a customer id give the same person, and so the same count."""
    site = make_site()
    plain, odd = await site.store.enrol(
        "bank", [Enrolment("C-1", None, line()), Enrolment(spelled, None, line())]
    )
    assert odd == plain
