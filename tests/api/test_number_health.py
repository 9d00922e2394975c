"""The health of numbers over HTTP: filed, read, closed; a suspension denies the next call."""

from __future__ import annotations

from api_kit import Api, a_call

COMPLAINT = {"kind": "complaint", "what": "夜间来电", "source": "12345", "why": "转办单 1 号"}
SUSPENSION = {"kind": "notice", "what": "suspend", "source": "example-telecom", "why": "投诉集中"}


async def test_a_mark_is_filed_read_and_closed(api: Api) -> None:
    """However the number is spelled; open marks are listed, a closed one only with its number."""
    status, made = await api.send("POST", "/v1/numbers/025-8888%200100/marks", COMPLAINT)
    assert (status, made["number"]) == (201, "02588880100")
    _, listed = await api.send("GET", "/v1/numbers/health")
    assert [one["id"] for one in listed["marks"]] == [made["mark"]]
    path = f"/v1/numbers/marks/{made['mark']}/verdict"
    assert await api.send("POST", path, {"verdict": "unfounded", "why": "非本单位"}) == (
        200,
        {"mark": made["mark"], "state": "closed"},
    )
    assert (await api.send("GET", "/v1/numbers/health"))[1] == {"marks": []}
    _, own = await api.send("GET", "/v1/numbers/02588880100/health")
    assert [(one["verdict"], one["closed_why"]) for one in own["marks"]] == [("unfounded", "非本单位")]


async def test_a_suspended_number_calls_nobody(api: Api) -> None:
    """By the shipped rules: the decision before says nothing of it, the next one denies and names the suspension."""
    _, before = await api.send("POST", "/v1/decisions", a_call())
    await api.send("POST", "/v1/numbers/95000001/marks", SUSPENSION)
    _, after = await api.send("POST", "/v1/decisions", a_call())
    assert "number_health.suspended" not in {one["code"] for one in before["findings"]}
    denied = {
        one["code"] for one in after["findings"] if one["effect"] == "deny" and one["mode"] == "enforce"
    }
    assert "number_health.suspended" in denied


async def test_what_makes_no_sense_is_bad_input(api: Api) -> None:
    """No number, a notice that says neither warn nor suspend, an appeal about nothing, a complaint of tomorrow."""
    for path, body in (
        ("/v1/numbers/12/marks", COMPLAINT),
        ("/v1/numbers/95000001/marks", {**SUSPENSION, "what": "please"}),
        ("/v1/numbers/95000001/marks", {**COMPLAINT, "kind": "appeal"}),
        ("/v1/numbers/95000001/marks", {**COMPLAINT, "since": "2126-11-24T00:00:00Z"}),
        ("/v1/numbers/marks/nobody/verdict", {"verdict": "upheld", "why": "?"}),
    ):
        status, problem = await api.send("POST", path, body)
        assert status in (400, 422), path
        assert problem["faults"], path
    assert (await api.send("GET", "/v1/numbers/health"))[1] == {"marks": []}


async def test_a_stock_taking_leaves_an_entry(api: Api) -> None:
    """Files by their digest, findings by their count, and who did it."""
    taken = {
        "version": "v1",
        "files": [{"kind": "bill", "name": "bill.csv", "sha256": "0" * 64}],
        "findings": {"unregistered": 2},
        "first": "2026-10-01",
        "last": "2026-10-31",
    }
    status, told = await api.send("POST", "/v1/register/stocktakes", taken)
    assert status == 201
    entries = await api.controller.store.entries()
    (entry,) = [one for one in entries if one.type == "stock_taken"]
    assert entry.id == told["entry"]
    assert b'"findings":{"unregistered":2}' in entry.content


async def test_days_that_run_backwards_are_bad_input(api: Api) -> None:
    """The usage of numbers is asked for by first and last day."""
    assert (await api.send("GET", "/v1/register/usage?first=2026-10-31&last=2026-10-01"))[0] == 422
    _, told = await api.send("GET", "/v1/register/usage?first=2026-10-01&last=2026-10-31")
    assert told == {"zone": "Asia/Shanghai", "used": []}
