"""Cases over HTTP: what they do to the next call, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from api_kit import Api, a_call

from dialer.api import cases

DEBT = "CASE-2026-000042"
BATCH = "/v1/cases/batch?name=cases.csv"


def row(change: str, **more: Any) -> dict[str, Any]:
    """A change of the sample enterprise's case."""
    return {"enterprise": "jiangsu-example", "debt": DEBT, "change": change, **more}


async def _change(api: Api, *rows: dict[str, Any]) -> tuple[int, Any]:
    return await api.send("POST", "/v1/cases/changes", {"changes": list(rows)})


async def _codes(api: Api, debt: str = DEBT) -> set[str]:
    _, told = await api.send("POST", "/v1/decisions", a_call(debt=debt))
    enforced = [one for one in told["findings"] if (one["effect"], one["mode"]) == ("deny", "enforce")]
    return {one["code"] for one in enforced if one["code"].startswith("case.")}


async def _take(api: Api, content: str | bytes) -> tuple[int, Any]:
    raw = content.encode() if isinstance(content, str) else content
    async with api.client.put(f"http://dialer{BATCH}", data=raw) as answer:
        return answer.status, json.loads(await answer.read())


async def test_a_hold_denies_until_it_is_lifted(api: Api) -> None:
    """The next decision names the hold; lifted, it is permitted again; the case tells both."""
    status, told = await _change(api, row("assigned"), row("held", reason="住院"))
    assert (status, told["changes"], told["debts"], told["never_called"]) == (200, 2, 1, 1)
    assert await _codes(api) == {"case.on_hold"}
    status, told = await _change(api, row("lifted"))
    assert (status, told["never_called"], await _codes(api)) == (200, 0, set())
    _, case = await api.send("GET", f"/v1/cases?enterprise=jiangsu-example&debt={DEBT}")
    assert [one["change"] for one in case["changes"]] == ["assigned", "held", "lifted"]
    assert (case["status"], case["holds"]) == ("assigned", [])


async def test_a_file_decides_the_next_call(api: Api) -> None:
    """In GB18030 with Chinese words; a hold in it denies the call about its debt and no other."""
    rows = f"金融企业,案件编号,变更,原因\njiangsu-example,{DEBT},停催,丧亲\njiangsu-example,D-2,委案,\n"
    status, told = await _take(api, rows.encode("gb18030"))
    assert (status, told["rows"]) == (200, 2)
    assert (await _codes(api), await _codes(api, "D-2")) == ({"case.on_hold"}, set())


async def test_overdue_days_of_the_case_make_a_reminder_a_collection(api: Api) -> None:
    """Where the request does not tell them, and where it tells fewer."""
    await _change(api, row("overdue", overdue_days=3))
    for more in ({}, {"overdue_days": 0}):
        _, told = await api.send("POST", "/v1/decisions", a_call(purpose="reminder", debt=DEBT, **more))
        found = {one["code"]: one["values"] for one in told["findings"]}
        assert found["purpose.is_collection"]["overdue_days"] == 3


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"enterprise": "jiangsu-exmaple"}, "1.enterprise"),
        ({"change": "assigned", "agency": "nobody"}, "1.agency"),
        ({"change": "paid", "reason": "x"}, "1.change"),
        ({"change": "held", "reason": "电话13800000001"}, "1.reason"),
        ({"change": "held", "until": "2020-01-01T00:00:00Z"}, "1.change"),
    ],
)
async def test_changes_are_taken_together_or_not_at_all(api: Api, wrong: dict[str, Any], path: str) -> None:
    """A fault names its row and field, and the row before it changes nothing."""
    status, told = await _change(api, row("deceased"), row("held") | wrong)
    assert (status, [one["path"] for one in told["faults"]]) == (422, [path])
    assert "13800000001" not in json.dumps(told)
    status, _ = await api.send("GET", f"/v1/cases?enterprise=jiangsu-example&debt={DEBT}")
    assert status == 404


async def test_a_faulty_file_is_refused_whole(api: Api) -> None:
    """Row, column, value, reason and hint of each fault, no id of a debt; nothing of it is in force, nothing left."""
    rows = (
        f"金融企业,案件编号,变更,生效时间\njiangsu-example,{DEBT},身故,\njiangsu-example,{DEBT},去世了,\n"
        f"jiangsu-example,{DEBT},停催,昨天\n"
    )
    status, told = await _take(api, rows)
    assert status == 422
    assert [(one["file"], one["line"], one["path"]) for one in told["faults"]] == [
        ("cases.csv", 3, "change"),
        ("cases.csv", 4, "at"),
    ]
    assert all(one["reason"] and one["hint"] for one in told["faults"])
    assert DEBT not in json.dumps(told)
    assert await _codes(api) == set()
    left = list((api.controller.settings.site.data_dir / "batches").iterdir())
    assert [one.name.split(".", 1)[1] for one in left] == ["faults.csv"]


@pytest.mark.parametrize("content", [b"", b"\x00\x01", "金融企业,案件编号,变更\n".encode(), b"a,b\n1,2\n"])
async def test_what_is_no_case_file_is_refused(api: Api, content: bytes) -> None:
    """Empty, binary, without rows, or with other columns: 422, by the name it was sent under."""
    status, told = await _take(api, content)
    assert (status, {one["file"] for one in told["faults"]}) == (422, {"cases.csv"})


async def test_an_upload_that_is_too_large_is_cut_off(api: Api) -> None:
    """413, and its bytes are gone from the disk."""
    (operation,) = (one for one in cases.OPERATIONS if one.id == "take_cases")
    object.__setattr__(operation, "body_most", 10)
    try:
        status, _ = await _take(api, "x" * 100_000)
    finally:
        object.__setattr__(operation, "body_most", cases.BULK)
    assert status == 413
    assert list((api.controller.settings.site.data_dir / "batches").iterdir()) == []


async def test_no_entry_names_a_debt(api: Api) -> None:
    """Neither a single change nor an import leaves the id in the record's files."""
    await _change(api, row("held", reason="住院"))
    await _take(api, f"金融企业,案件编号,变更\njiangsu-example,{DEBT},委案\n")
    folder: Path = api.controller.settings.site.data_dir
    held = [one for one in folder.rglob("*") if one.is_file() and DEBT.encode() in one.read_bytes()]
    assert held == []
