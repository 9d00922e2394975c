"""What people said and lists that others keep, as files over HTTP."""

from __future__ import annotations

import json
from typing import Any

from api_kit import Api, a_call

HEADER = "客户编号,号码,金融企业,接听意愿,用途,来源,登记时间\n"
PREFERENCES = "/v1/preferences/batch?name=people.csv"
LIST = "/v1/registries/us-national-dnc?name=dnc.csv&as_of="


async def _put(api: Api, path: str, content: str) -> tuple[int, Any]:
    async with api.client.put(f"http://dialer{path}", data=content.encode()) as answer:
        return answer.status, json.loads(await answer.read())


async def test_a_file_of_statements_decides_the_next_call(api: Api) -> None:
    """The opt-out in it denies; the person's page shows it; nothing is left of the bytes that came."""
    assert (await api.send("POST", "/v1/decisions", a_call()))[1]["effect"] == "permit"
    status, told = await _put(api, PREFERENCES, HEADER + "P001,,jiangsu-example,拒绝,催收,客服,2026-11-22\n")
    assert (status, told["rows"], told["left_out"]) == (200, 1, 0)
    _, decision = await api.send("POST", "/v1/decisions", a_call())
    assert (decision["effect"], _denied(decision)) == ("deny", {"preference.opted_out"})
    _, shown = await api.send("GET", "/v1/preferences?enterprise=jiangsu-example&person=P001")
    assert [(one["kind"], one["source"]) for one in shown["preferences"]] == [("opt_out", "客服")]
    assert await api.send("GET", "/v1/imports") == (200, {"imports": []})
    assert not list(api.socket.parent.rglob("*.spool"))


async def test_a_faulty_row_refuses_the_file_or_is_left_out(api: Api) -> None:
    """Each fault with file, row, column and masked value; with the faulty rows left out the others are taken."""
    rows = (
        HEADER
        + "P001,13812,jiangsu-example,拒绝,催收,客服,2026-11-22\nP002,,jiangsu-example,拒绝,,客服,2026-11-22\n"
    )
    status, refused = await _put(api, PREFERENCES, rows)
    (fault,) = refused["faults"]
    assert (status, fault["file"], fault["line"], fault["path"]) == (422, "people.csv", 2, "number")
    assert "13812" not in json.dumps(refused)
    status, told = await _put(api, f"{PREFERENCES}&leave_out=true", rows)
    assert (status, told["rows"], told["left_out"]) == (200, 1, 1)


async def test_a_list_takes_the_place_of_an_older_one_only(api: Api) -> None:
    """A list from tomorrow, one older than the one in force, and a name that is none are refused."""
    numbers = "号码\n13800000009\n"
    status, told = await _put(api, f"{LIST}2026-01-02T00:00:00Z", numbers)
    assert (status, told["rows"], told["as_of"]) == (200, 2, "2026-01-02T00:00:00+00:00")
    for path in (
        f"{LIST}2026-01-01T00:00:00Z",
        f"{LIST}2999-01-01T00:00:00Z",
        "/v1/registries/No%20Name?as_of=2026-01-02T00:00:00Z",
    ):
        assert (await _put(api, path, numbers))[0] == 422
    assert (await _put(api, f"{LIST}2026-01-03T00:00:00Z", numbers.replace("9\n", "8\n")))[0] == 200


def _denied(decision: Any) -> set[str]:
    enforced = [one for one in decision["findings"] if (one["effect"], one["mode"]) == ("deny", "enforce")]
    return {one["code"] for one in enforced}
