"""The number list over HTTP: its whole life by portal, what it means for the next call, feed and signed list."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from api_kit import TOKEN, Api, a_call, api_in

from dialer.number_list.documents import signed_by

PDF = base64.b64encode(b"%PDF-1.7\nstamped\n").decode()
LIST = "/v1/register/number-list/jiangsu-example"


@pytest.fixture
async def ports() -> AsyncIterator[tuple[Api, Path, str]]:
    """An API with its folder, and its address over TCP."""
    import socket

    with socket.socket() as end:
        end.bind(("127.0.0.1", 0))
        port = end.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="api") as folder:
        async with api_in(Path(folder), f"127.0.0.1:{port}") as made:
            yield made, Path(folder), f"http://127.0.0.1:{port}"


def _signed(folder: Path, content: bytes) -> dict[str, str]:
    made = signed_by(folder / "officer.pem", content, "officer")
    return {name: getattr(made, name) for name in ("signature", "public_key", "signed_by")}


async def _raw(api: Api, path: str) -> bytes:
    async with api.client.get(f"http://dialer{path}") as answer:
        assert answer.status == 200
        return await answer.read()


async def _submitted(api: Api, folder: Path) -> str:
    _, made = await api.send("POST", "/v1/register/submissions", {})
    (ident,) = [one["submission"] for one in made["submissions"]]
    path = f"/v1/register/submissions/{ident}"
    content = await _raw(api, f"{path}/document")
    assert (await api.send("POST", f"{path}/signature", _signed(folder, content)))[0] == 200
    status, told = await api.send("POST", f"{path}/submit")
    assert (status, told["state"], told["channel"]) == (200, "sent", "file")
    return str(ident)


async def _state(api: Api) -> tuple[str, str, list[str]]:
    """Effect of a decision about the next call, the state of its number, and what denies."""
    _, told = await api.send("POST", "/v1/decisions", a_call())
    findings = [one for one in told["findings"] if one["kind"] == "number_list"]
    denying = [
        one["rule"] for one in told["findings"] if one["mode"] == "enforce" and one["effect"] == "deny"
    ]
    return told["effect"], findings[0]["values"]["state"], denying


async def test_the_state_of_a_number_is_what_the_next_call_is_decided_by(
    ports: tuple[Api, Path, str],
) -> None:
    """Unknown, submitted, acknowledged: permitted, with warnings; sent back: denied by the house, with the remedy."""
    api, folder, _ = ports
    assert (await _state(api))[:2] == ("permit", "unknown")
    ident = await _submitted(api, folder)
    assert (await _state(api))[:2] == ("permit", "submitted")
    receipt = {"name": "receipt.pdf", "content": PDF}
    path = f"/v1/register/submissions/{ident}/receipt"
    assert (await api.send("POST", path, receipt))[0] == 200
    assert (await _state(api))[:2] == ("permit", "acknowledged")
    back = {**receipt, "rejected": [{"number": "95000001", "reason": "用途与核配不符"}]}
    await api.send("POST", path, back)
    assert await _state(api) == ("deny", "rejected", ["house/list-sent-back"])
    _, placed = await api.send("POST", "/v1/calls?wait=end", a_call())
    assert placed["effect"] == "deny"


async def test_the_feed_has_an_etag_and_answers_304(api: Api) -> None:
    """Who has this answer is told only that nothing is new; after a change there is something."""
    async with api.client.get("http://dialer/v1/register/changes") as answer:
        tag, told = answer.headers["ETag"], await answer.json()
    path = "http://dialer/v1/register/changes"
    async with api.client.get(path, headers={"If-None-Match": tag}) as answer:
        assert (answer.status, await answer.read(), answer.headers["ETag"]) == (304, b"", tag)
    assert told["changes"]
    status, after = await api.send("GET", f"/v1/register/changes?since={told['cursor']}")
    assert (status, after["changes"]) == (200, [])
    assert (await api.send("GET", "/v1/register/changes?since=yesterday"))[0] == 422


async def test_the_signed_list_is_off_and_needs_somebody_known(ports: tuple[Api, Path, str]) -> None:
    """404 while it is not published; over TCP without the token nobody learns even that."""
    api, _, address = ports
    assert (await api.send("GET", LIST))[0] == 404
    async with ClientSession() as stranger:
        async with stranger.get(address + LIST) as answer:
            assert answer.status == 401
        async with stranger.get(address + LIST, headers={"Authorization": f"Bearer {TOKEN}"}) as answer:
            assert answer.status == 404


async def test_the_hours_and_states_of_all_numbers_are_told(ports: tuple[Api, Path, str]) -> None:
    """Before the first submission each waits; after it each has its hours."""
    api, folder, _ = ports
    _, before = await api.send("GET", "/v1/register/states")
    assert {one["waits"] for one in before["numbers"]} == {"added"}
    await _submitted(api, folder)
    _, after = await api.send("GET", "/v1/register/states?enterprise=jiangsu-example")
    assert {(one["state"], one["waits"]) for one in after["numbers"]} == {("submitted", None)}
    assert all(one["reported_after_hours"] is not None for one in after["numbers"])


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/register/submissions", {"enterprise": "nobody"}),
        ("/v1/register/submissions/nobody/submit", None),
        ("/v1/register/submissions/nobody/receipt", {"name": "r.pdf", "content": PDF}),
        ("/v1/register/reconcile", {"everything": True}),
    ],
)
async def test_what_nobody_has_is_bad_input(api: Api, path: str, body: Any) -> None:
    """Unknown names and unknown keys: nothing is changed."""
    status, problem = await api.send("POST", path, body)
    assert status == 422
    assert problem["faults"]
