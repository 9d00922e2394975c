"""Changes of the register over HTTP: one person takes away, two people give."""

from __future__ import annotations

from typing import Any

from api_kit import SAMPLE, Api, a_call

from dialer.register_files import load_register

LIN, WANG = ({"headers": {"Dialer-Lab-Person": name}} for name in ("lin", "wang"))
SUSPENSION = {"what": "suspend", "kind": "number", "id": "95000001", "reason": "complaints"}
PROPOSALS = "/v1/register/proposals"


async def _denials(api: Api) -> set[str]:
    _, told = await api.send("POST", "/v1/decisions", a_call())
    return {one["code"] for one in told["findings"] if one["effect"] == "deny" and one["mode"] == "enforce"}


async def test_one_person_suspends_and_two_lift(api: Api) -> None:
    """The next decision denies by name; who put the lifting forward cannot approve it, somebody else can."""
    before = await _denials(api)
    status, made = await api.send("POST", "/v1/register/restrictions", SUSPENSION, **LIN)
    assert status == 200
    assert await _denials(api) == before | {"sound.restricted", "caller_id.not_usable"}
    _, told = await api.send("GET", "/v1/register/restrictions")
    (one,) = told["restrictions"]
    assert (one["target"], one["by"], one["reason"]) == ("95000001", "lin", "complaints")
    path = f"/v1/register/restrictions/{made['restriction']}/lift"
    _, waits = await api.send("POST", path, {"reason": "settled"}, **LIN)
    both = {"proposals": [waits["proposal"]]}
    status, refused = await api.send("POST", f"{PROPOSALS}/approve", both, **LIN)
    assert (status, "second person" in str(refused)) == (422, True)
    status, _ = await api.send("POST", f"{PROPOSALS}/approve", both, **WANG)
    assert status == 200
    assert await _denials(api) == before


async def test_a_register_that_loosens_waits(api: Api) -> None:
    """What is told: not in force, what loosens, and what to approve; rejected, it is gone."""
    document: dict[str, Any] = load_register(SAMPLE / "register.yaml")
    document["numbers"][0]["to"] = "2099-01-01"
    status, told = await api.send("PUT", "/v1/register", {"document": document, "reason": "renewed"}, **LIN)
    assert (status, told["in_force"], told["tightens"]) == (200, False, 0)
    assert [one.endswith("changed to") for one in told["loosens"]] == [True]
    _, pending = await api.send("GET", PROPOSALS)
    assert [one["id"] for one in pending["proposals"]] == [told["proposal"]]
    body = {"proposals": [told["proposal"]], "reason": "not renewed"}
    assert (await api.send("POST", f"{PROPOSALS}/reject", body, **WANG))[0] == 200
    assert (await api.send("GET", PROPOSALS))[1] == {"proposals": []}
    every = (await api.send("GET", f"{PROPOSALS}?every=true"))[1]["proposals"]
    assert [one["state"] for one in every] == ["rejected"]


async def test_nobody_speaks_for_a_person_whom_the_lab_does_not_have(api: Api) -> None:
    """Refused before anything is looked at."""
    stranger = {"headers": {"Dialer-Lab-Person": "zhao"}}
    status, _ = await api.send("POST", "/v1/register/restrictions", SUSPENSION, **stranger)
    assert status == 401
    assert (await api.send("GET", "/v1/register/restrictions"))[1] == {"restrictions": []}


async def test_a_faulty_file_of_numbers_is_refused_whole(api: Api) -> None:
    """The bytes themselves are sent; the fault names the file, row and column."""
    header = "number,enterprise,carrier,purposes,path,status,from"
    text = f"{header}\nabc,jiangsu-example,unicom,collection,special_segment,allocated,2026-01-01\n"
    path = "http://dialer/v1/register/numbers?name=n.csv"
    async with api.client.put(path, data=text.encode()) as answer:
        assert answer.status == 422
        (fault,) = [one for one in (await answer.json())["faults"] if one["path"] == "号码"]
    assert (fault["file"], fault["line"]) == ("n.csv", 2)
