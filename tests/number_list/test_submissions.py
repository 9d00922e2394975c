"""The life of a submission by portal or mail: what differs, signature, files, receipt; each move with its entry."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from number_list_kit import ENTERPRISE, OFFICER, PDF, REGULATOR, Site, receipt, register

from dialer.core.errors import BadInput
from dialer.policy_signature import make_key

LISTED = {
    "02588880100",
    "10100001",
    "4000000001",
    "95000001",
    "95000002",
    "95000004",
    "95000005/suzhou-example",
    "95000006/nanjing-example",
}


def told(diff: Any) -> dict[str, str]:
    """Change by number of a diff."""
    return {one["line"]["number"]: one["change"] for group in diff["groups"] for one in group["changes"]}


async def test_the_first_difference_is_every_number_that_is_used(site: Site) -> None:
    """Own and entrusted, grouped by the competent regulator; one whose cooperation is over is not on it."""
    diff = await site.desk.diff(None)
    (group,) = diff["groups"]
    assert (group["regulator"], group["enterprise"]) == (REGULATOR, ENTERPRISE)
    assert set(told(diff)) == {one.partition("/")[0] for one in LISTED}
    assert set(told(diff).values()) == {"added"}
    assert set(await site.states()) == LISTED


async def test_what_changes_after_a_submission_is_told_and_nothing_else(site: Site) -> None:
    """Added, changed and removed (given up); a row that stays as it was is not told again."""
    await site.submitted()
    assert (await site.desk.diff(None))["groups"] == []
    new = register(n95000001={"purposes": ["collection"]}, n95000002={"status": "disabled"})
    new["numbers"].append({**new["numbers"][0], "number": "95000099"})
    await site.put(new)
    assert told(await site.desk.diff(None)) == {
        "95000001": "changed",
        "95000002": "removed",
        "95000099": "added",
    }


async def test_a_cooperation_that_ends_is_a_removal_though_nobody_wrote(site: Site) -> None:
    """The day after its last, in the register's zone; it has waited since that midnight."""
    await site.put(register(n95000001={"to": "2026-11-26"}))
    await site.submitted()
    site.clock.move(days=1, hours=11, minutes=59)
    assert (await site.desk.diff(None))["groups"] == []
    site.clock.move(hours=1)
    diff = await site.desk.diff(None)
    assert told(diff) == {"95000001": "removed"}
    assert diff["groups"][0]["worst_hours"] == pytest.approx(0.98, abs=0.01)


async def test_hours_run_from_the_first_register_that_said_otherwise(site: Site) -> None:
    """Changed twice before anybody reports: the strictest reading counts, and stays with the number for good."""
    await site.submitted()
    site.clock.move(hours=1)
    await site.put(register(n95000001={"purposes": ["collection"]}))
    site.clock.move(hours=2)
    await site.put(register(n95000001={"purposes": ["service"]}))
    site.clock.move(hours=3)
    assert (await site.desk.diff(None))["groups"][0]["worst_hours"] == 5
    states = await site.desk.states(None)
    assert [one["waits_hours"] for one in states["numbers"] if one["waits"]] == [5]
    await site.submitted()
    states = await site.desk.states(ENTERPRISE)
    (own,) = [one for one in states["numbers"] if one["number"] == "95000001"]
    assert (own["reported_after_hours"], own["waits"], states["worst_hours"]) == (5, None, 5)


async def test_only_an_officers_signature_counts(site: Site, tmp_path: Path) -> None:
    """Another key, or a signature under other bytes: refused, and what is unsigned is not handed over."""
    made = await site.desk.prepare(None, False, OFFICER)
    ident = made["submissions"][0]["submission"]
    content = await site.desk.document(ident)
    make_key(tmp_path / "other.pem", tmp_path / "other.pub.pem")
    for bad in (site.signature(content, tmp_path / "other.pem"), site.signature(content + b" ")):
        with pytest.raises(BadInput, match=r"not trusted|signature is wrong"):
            await site.desk.sign(ident, bad, OFFICER)
    with pytest.raises(BadInput, match="dialer register sign"):
        await site.desk.submit(ident, OFFICER)
    assert set((await site.states()).values()) == {"unsubmitted"}


async def test_what_the_register_does_not_say_any_more_is_not_handed_over(site: Site) -> None:
    """Signed, then the register changed: sign a new one, which drops the old."""
    (old,) = await site.signed()
    await site.put(register(n95000002={"status": "disabled"}))
    with pytest.raises(BadInput, match="the register has changed since"):
        await site.desk.submit(old, OFFICER)
    await site.submitted()
    states = {one["id"]: one["state"] for one in await site.desk.submissions(None)}
    assert states[old] == "dropped"
    assert len(await site.entries("number_list_dropped")) == 1


async def test_a_submission_by_portal_is_a_folder_that_proves_itself(site: Site, tmp_path: Path) -> None:
    """Spreadsheet, document, signature, key, manifest: every hash fits, and the document covers the spreadsheet."""
    ident = await site.submitted()
    folder = tmp_path / "submissions" / ident
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert set(manifest["sha256"]) == {one.name for one in folder.iterdir()} - {"manifest.json"}
    for name, digest in manifest["sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    document = json.loads((folder / "number-list.json").read_bytes())
    assert document["spreadsheet_sha256"] == manifest["sha256"]["number-list.xlsx"]
    assert set((await site.states()).values()) == {"submitted"}
    again = await site.desk.submit(ident, OFFICER)
    assert again["state"] == "sent"
    assert len(await site.entries("number_list_submitted")) == 1


async def test_a_receipt_acknowledges_all_but_what_it_sends_back(site: Site, tmp_path: Path) -> None:
    """Kept under its SHA-256; the reason stays with the number; filed twice is filed once."""
    ident = await site.submitted()
    filed = await site.desk.receipt(ident, receipt(n95000002="用途与核配不符"), OFFICER)
    assert filed["sha256"] == hashlib.sha256(PDF).hexdigest()
    assert (tmp_path / "receipts" / f"{filed['sha256']}.pdf").read_bytes() == PDF
    states = await site.states()
    assert states.pop("95000002") == "rejected"
    assert set(states.values()) == {"acknowledged"}
    await site.desk.receipt(ident, receipt(n95000002="用途与核配不符"), OFFICER)
    (shown,) = await site.desk.submissions(None)
    assert (shown["state"], len(shown["receipts"])) == ("answered", 1)
    assert shown["rejected"] == [{"number": "95000002", "reason": "用途与核配不符"}]
    moves = json.loads((await site.entries("number_list_answered"))[0].content)
    assert {one["to"] for one in moves["numbers"]} == {"acknowledged", "rejected"}
    assert moves["receipt"]["sha256"] == filed["sha256"]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (receipt(b"MZ an executable", "receipt.pdf"), "neither pdf, png nor jpg"),
        (receipt(n95999999="?"), "has no such number"),
        ({"name": "r.pdf", "content": "not base64!", "rejected": []}, "not base64"),
    ],
)
async def test_a_receipt_that_makes_no_sense_changes_nothing(site: Site, given: Any, why: str) -> None:
    """No scan, a number that was not submitted, broken bytes."""
    ident = await site.submitted()
    with pytest.raises(BadInput, match=why):
        await site.desk.receipt(ident, given, OFFICER)
    assert set((await site.states()).values()) == {"submitted"}
    assert not list((site.folder / "receipts").glob("*"))


async def test_a_receipt_of_what_was_never_handed_over_is_refused(site: Site) -> None:
    """Signed is not submitted; and nobody's submission is nobody's."""
    (ident,) = await site.signed()
    with pytest.raises(BadInput, match="never handed over"):
        await site.desk.receipt(ident, receipt(), OFFICER)
    with pytest.raises(BadInput, match="is no submission"):
        await site.desk.receipt("nobody", receipt(), OFFICER)


async def test_a_rejected_line_is_told_again_once_it_changed_or_on_purpose(site: Site) -> None:
    """Unchanged it is listed as sent back; `again` takes it as it is; changed it is told as added: none was held."""
    ident = await site.submitted()
    await site.desk.receipt(ident, receipt(n95000002="why"), OFFICER)
    (group,) = (await site.desk.diff(None))["groups"]
    assert (group["changes"], [one["number"] for one in group["sent_back"]]) == ([], ["95000002"])
    assert await site.signed() == []
    again = await site.submitted(again=True)
    await site.desk.receipt(again, receipt(n95000002="still"), OFFICER)
    await site.put(register(n95000002={"purposes": ["service"]}))
    assert told(await site.desk.diff(None)) == {"95000002": "added"}


async def test_a_number_taken_off_the_list_is_withdrawn_whatever_is_answered(site: Site) -> None:
    """From the moment the removal is handed over; it comes back as an addition."""
    first = await site.submitted()
    await site.desk.receipt(first, receipt(), OFFICER)
    await site.put(register(n95000002={"status": "disabled"}))
    removal = await site.submitted()
    assert (await site.states())["95000002"] == "withdrawn"
    await site.desk.receipt(removal, receipt(n95000002="not so fast"), OFFICER)
    assert (await site.states())["95000002"] == "withdrawn"
    await site.put(register())
    assert told(await site.desk.diff(None)) == {"95000002": "added"}


async def test_an_answer_to_an_older_submission_never_undoes_a_newer_one(site: Site) -> None:
    """Reordered: the old receipt comes after the new submission, and the number stays submitted."""
    old = await site.submitted()
    await site.put(register(n95000001={"purposes": ["service"]}))
    await site.submitted()
    await site.desk.receipt(old, receipt(), OFFICER)
    states = await site.states()
    assert states.pop("95000001") == "submitted"
    assert set(states.values()) == {"acknowledged"}


async def test_an_enterprise_without_a_regulator_is_told_so(site: Site) -> None:
    """Nothing is prepared for nobody."""
    document = register()
    del document["enterprises"][0]["regulator"]
    await site.put(document)
    with pytest.raises(BadInput, match="no competent regulator"):
        await site.signed()
    assert await site.desk.submissions(None) == []


async def test_a_name_that_nobody_has_is_bad_input(site: Site) -> None:
    """A mistyped enterprise would look as if nothing differed."""
    with pytest.raises(BadInput, match="no enterprise of this id"):
        await site.desk.diff("jiangsu-exmaple")


async def test_an_enterprise_that_left_the_register_takes_its_numbers_off_the_list(site: Site) -> None:
    """Its regulator is told that each is gone, though nobody stands in the register for it any more."""
    await site.submitted()
    document = register()
    other = {**document["enterprises"][0], "id": "another", "uscc": "91320000MA00000024"}
    await site.put({**document, "enterprises": [other], "licences": [], "entrustments": [], "numbers": []})
    (group,) = (await site.desk.diff(None))["groups"]
    assert (group["enterprise"], group["regulator"]) == (ENTERPRISE, REGULATOR)
    assert {one["change"] for one in group["changes"]} == {"removed"}
    await site.submitted()
    assert set((await site.states()).values()) == {"withdrawn"}
    assert (await site.desk.diff(None))["groups"] == []
