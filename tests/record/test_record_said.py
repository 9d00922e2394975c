"""Imported statements and lists of others bind like single ones, by the keyed hash of person and line."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from record_kit import NUMBER, OFFICER, Site, codes, rule

from dialer import staging
from dialer.core.admission import Denied, Permitted
from dialer.core.entry import to_us
from dialer.core.errors import BadInput
from dialer.core.policy import Purpose
from dialer.core.rules import consent, external_registry
from dialer.record import batches, stager
from dialer.secrets import Secrets, ensure
from dialer.staged import digest_of

MakeSite = Callable[..., Site]
HEADER = "客户编号,号码,金融企业,接听意愿,用途,来源,登记时间,截止时间\n"


@pytest.fixture
def keys(tmp_path: Path) -> Secrets:
    """Keys that a maker can read from a folder."""
    return ensure(tmp_path / "keys")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are made in this process: what is proved is not the child."""

    async def made(kind: str, spool: Path, out: Path, job: Any, _told: Any) -> dict[str, Any]:
        return {**staging.make(kind, spool, out, job), "digest": digest_of(out)}

    monkeypatch.setattr(stager, "_run", made)


async def take(site: Site, kind: str, text: str, **options: Any) -> batches.Batch:
    """Put a file in force."""
    spool = site.store.imports.stager.spool()
    spool.write_text(text)
    known = {"name": "people.csv", "zone": "Asia/Shanghai", "region": "CN", **options}
    made = await site.store.imports.stager.make(kind, spool, secrets_dir=site.folder / "keys", options=known)
    return await site.store.imports.put(made, OFFICER, alone=kind.startswith("registry:"))


async def test_an_imported_opt_out_denies(make_site: MakeSite, keys: Secrets) -> None:
    """By person, and by line whoever the person is; of another enterprise or purpose it says nothing."""
    site = await make_site(keys=keys).ready()
    await take(
        site,
        "preferences",
        HEADER
        + "C-1,,bank,拒绝,,file,2026-11-20,\n"
        + f"C-9,{NUMBER[3:]},bank,拒绝,营销,file,2026-11-20,\n"
        + "C-3,,lender,拒绝,,file,2026-11-20,\n",
    )
    assert "preference.opted_out" in codes(await site.admit("C-1", "+8613812345670"))
    assert isinstance(await site.admit("C-2"), Permitted)
    site.clock.move(hours=1)
    assert isinstance(await site.admit("C-3", "+8613812345671"), Permitted)
    denied = await site.admit("C-4", purpose=Purpose.MARKETING)
    assert "preference.opted_out" in codes(denied)


async def test_a_refusal_by_a_clock_that_is_ahead_binds_now(make_site: MakeSite, keys: Secrets) -> None:
    """The system that it comes from is minutes ahead: the refusal holds at once, a consent after it from then on."""
    site = await make_site(keys=keys).ready()
    soon, later = ((site.clock.now() + timedelta(minutes=one)).isoformat() for one in (5, 10))
    rows = f"C-1,,bank,拒绝,,file,{soon},\n" + f"C-1,,bank,愿意,,短信,{later},\n"
    await take(site, "preferences", HEADER + rows)
    assert "preference.opted_out" in codes(await site.admit("C-1"))
    site.clock.move(minutes=20)
    assert isinstance(await site.admit("C-1"), Permitted)


async def test_what_was_said_last_holds(make_site: MakeSite, keys: Secrets) -> None:
    """A newer consent in a later file lifts the opt-out of an earlier one, and a later key press beats both."""
    site = await make_site(keys=keys).ready()
    await take(site, "preferences", HEADER + "C-1,,bank,拒绝,,file,2026-11-01,\n")
    assert isinstance(await site.admit("C-1"), Denied)
    await take(site, "preferences", HEADER + "C-1,,bank,愿意,,短信,2026-11-10,2026-12-01\n")
    permitted = await site.permitted("C-1")
    await site.calls.opt_out(permitted.permit, "key")
    assert "preference.opted_out" in codes(await site.admit("C-1"))


async def test_an_imported_statement_is_part_of_the_facts(make_site: MakeSite, keys: Secrets) -> None:
    """The entry of a decision holds the statement with its source, and never the number or the person's id."""
    site = await make_site(keys=keys).ready()
    await take(site, "preferences", HEADER + f"C-1,{NUMBER[3:]},bank,愿意,,短信,2026-11-10,\n")
    await site.permitted("C-1")
    content = (await site.store.entries())[-1].content.decode()
    said = json.loads(content)["facts"]["preferences"]
    assert [(one["kind"], one["source"]) for one in said] == [("accept", "短信")] * 2
    assert NUMBER[3:] not in content
    file = next((site.folder / "batches").glob("*.db")).read_bytes()
    assert NUMBER[3:].encode() not in file
    assert b"C-1" not in file


async def test_a_file_that_is_gone_denies(make_site: MakeSite, keys: Secrets) -> None:
    """A batch that cannot be read may hold an opt-out: nobody is called."""
    site = await make_site(keys=keys).ready()
    batch = await take(site, "preferences", HEADER + "C-1,,bank,愿意,,file,2026-11-01,\n")
    site.store.imports.files.path(batch.id).unlink()
    assert codes(await site.admit("C-2")) == ["sound.batch"]


async def test_faulty_rows_refuse_the_file_until_somebody_leaves_them_out(
    make_site: MakeSite, keys: Secrets
) -> None:
    """Any of them may be an opt-out: the file is refused with each of them, or taken without them, counted."""
    site = await make_site(keys=keys).ready()
    rows = HEADER + "C-1,,bank,拒绝,,file,2026-11-01,\n" + "C-2,12,bank,拒绝,,file,2026-11-01,\n"
    with pytest.raises(BadInput) as refused:
        await take(site, "preferences", rows)
    (fault,) = refused.value.faults
    assert (fault.place.line, fault.place.path) == (3, "number")
    assert await site.store.read(batches.in_force) == []
    batch = await take(site, "preferences", rows, leave_out=True)
    assert batch.rows == 1
    assert json.loads((await site.store.entries())[-1].content)["left_out"] == 1


async def test_a_list_that_others_keep_denies_by_age_and_by_line(make_site: MakeSite, keys: Secrets) -> None:
    """On the list: denied. Not on it: permitted while the list is young enough. A newer list takes its place."""
    asks = rule("dnc", "external_registry", external_registry.Params("dnc", max_age_days=31))
    site = await make_site(keys=keys, rules=[asks]).ready()
    assert "external_registry.unknown" in codes(await site.admit("C-1"))
    as_of = to_us(datetime(2026, 11, 20, tzinfo=UTC))
    await take(site, "registry:dnc", f"号码\n{NUMBER[3:]}\n", as_of_us=as_of)
    assert "external_registry.listed" in codes(await site.admit("C-1"))
    assert isinstance(await site.admit("C-2", "+8613812345670"), Permitted)
    await take(site, "registry:dnc", "号码\n13812345679\n", as_of_us=as_of)
    assert isinstance(await site.admit("C-3"), Permitted)
    site.clock.move(days=40)
    assert "external_registry.stale" in codes(await site.admit("C-4", "+8613812345672"))


@pytest.mark.parametrize("rows", ["号码\n", "号码\n12\n"])
async def test_a_list_of_nobody_is_refused(make_site: MakeSite, keys: Secrets, rows: str) -> None:
    """A file without a number, or with none but faulty ones left out, would take everybody off the list."""
    asks = rule("dnc", "external_registry", external_registry.Params("dnc"))
    site = await make_site(keys=keys, rules=[asks]).ready()
    as_of = to_us(datetime(2026, 11, 20, tzinfo=UTC))
    await take(site, "registry:dnc", f"号码\n{NUMBER[3:]}\n", as_of_us=as_of)
    with pytest.raises(BadInput, match="holds no row"):
        await take(site, "registry:dnc", rows, as_of_us=as_of, leave_out=True)
    assert "external_registry.listed" in codes(await site.admit("C-1"))


async def test_two_kinds_of_evidence_may_come_from_two_files(make_site: MakeSite, keys: Secrets) -> None:
    """Where the policy asks for two kinds of evidence, one file gives one and the next the other."""
    asks = rule("consent", "consent", consent.Params(kinds=2))
    site = await make_site(keys=keys, rules=[asks]).ready()
    await take(site, "preferences", HEADER + "C-1,,bank,愿意,,短信,2026-11-10,\n")
    assert "consent.too_few" in codes(await site.admit("C-1"))
    await take(site, "preferences", HEADER + "C-1,,bank,愿意,,电话,2026-11-11,\n")
    assert isinstance(await site.admit("C-1"), Permitted)
