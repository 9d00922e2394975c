"""The API against a real record: who asks, what is refused, what is answered."""

from __future__ import annotations

import asyncio
import getpass
import json
import os
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from api_kit import ROOT, SAMPLE, TOKEN, Api, a_call, api_in
from jsonschema import Draft202012Validator

from dialer.api.app import OPERATIONS
from dialer.core.errors import BadInput
from dialer.register_files import load_register
from dialer.requests import CallRequest


async def test_a_permitted_call_that_cannot_be_staged_is_taken_back(api: Api) -> None:
    """Asterisk is not there: permitted, counted, never dialled; the attempt can be looked at."""
    status, told = await api.send("POST", "/v1/calls?wait=end", a_call())
    assert (status, told["effect"], told["outcome"]) == (200, "permit", "never_dialled")
    status, attempt = await api.send("GET", f"/v1/calls/{told['attempt']}")
    assert (status, attempt["state"]) == (200, "reversed")
    assert "13800000001" not in json.dumps(attempt)


async def test_a_key_used_again_gets_the_first_ones_outcome(api: Api) -> None:
    """Nothing is dialled, whoever asks and however the number is spelled."""
    _, first = await api.send("POST", "/v1/calls?wait=end", a_call())
    _, again = await api.send("POST", "/v1/calls?wait=end", a_call(number="+86 138 0000 0001"))
    assert (again["effect"], again["attempt"], again["outcome"]) == (
        "repeated",
        first["attempt"],
        "never_dialled",
    )


async def test_a_key_of_another_call_is_never_answered_as_permitted(api: Api) -> None:
    """Also who does not wait for the end is told that his own call is denied, whatever the first one was."""
    _, first = await api.send("POST", "/v1/calls?wait=end", a_call())
    for wait in ("end", "admitted"):
        _, told = await api.send("POST", f"/v1/calls?wait={wait}", a_call(number="13800000002"))
        assert (first["effect"], told["effect"], told.get("attempt")) == ("permit", "deny", None)
        assert "sound.key_reused" in {one["code"] for one in told["decision"]["findings"]}


async def test_a_known_key_waits_for_no_agent(api: Api) -> None:
    """No agent is free here; a key that the record knows is answered all the same, and from the record."""
    await api.send("POST", "/v1/calls?wait=end", a_call())
    _, fresh = await api.send("POST", "/v1/calls?wait=end", a_call(idempotency_key="fresh", agent="any"))
    _, known = await api.send("POST", "/v1/calls?wait=end", a_call(agent="any"))
    assert (fresh["effect"], known["effect"]) == ("none", "deny")
    assert "sound.key_reused" in {one["code"] for one in known["decision"]["findings"]}


async def test_a_denial_is_an_answer(api: Api) -> None:
    """200, the effect says deny, and the decision why."""
    status, told = await api.send("POST", "/v1/calls?wait=end", a_call(caller_id="95000002"))
    assert (status, told["effect"], told["attempt"]) == (200, "deny", None)
    denying = {one["rule"] for one in told["decision"]["findings"] if one["effect"] == "deny"}
    assert "house/registered-caller-id" in denying


async def test_a_number_nobody_can_read_is_denied(api: Api) -> None:
    """As a decision with its own reason, not as an error."""
    _, told = await api.send("POST", "/v1/calls?wait=end", a_call(number="12"))
    codes = {one["code"] for one in told["decision"]["findings"]}
    assert told["effect"] == "deny"
    assert "sound.number" in codes


async def test_the_actor_is_the_user_at_the_other_end(api: Api) -> None:
    """As the kernel tells it; a header cannot change it."""
    await api.send("POST", "/v1/stop", {"reason": "drill"}, headers={"Authorization": "Bearer somebody"})
    entries = [json.loads(one.content) for one in await api.controller.store.entries()]
    actor = next(one["actor"] for one in entries if one["type"] == "stopped")
    assert actor["id"] == f"{getpass.getuser()}({os.getuid()})"
    assert actor["authenticated_by"] == "socket_peer"


async def test_a_stop_denies_the_next_call(api: Api) -> None:
    """And its lifting permits again."""
    await api.send("POST", "/v1/stop", {"scope": "enterprise", "of": "jiangsu-example", "reason": "drill"})
    _, told = await api.send("POST", "/v1/decisions", a_call())
    assert "stop.active" in {one["code"] for one in told["findings"]}
    await api.send("POST", "/v1/resume", {"scope": "enterprise", "of": "jiangsu-example"})
    _, told = await api.send("POST", "/v1/decisions", a_call())
    assert told["effect"] == "permit"


async def test_a_long_register_keeps_nobody_waiting(api: Api) -> None:
    """While it is read and checked the loop goes on: keys are heard, deadlines renewed, the link kept."""
    document = load_register(SAMPLE / "register.yaml")
    first = document["numbers"][0]
    document["numbers"] += [{**first, "number": f"{9510000000 + at}"} for at in range(20_000)]
    longest_s, done = 0.0, asyncio.Event()

    async def beat() -> None:
        nonlocal longest_s
        while not done.is_set():
            began_s = time.monotonic()
            await asyncio.sleep(0.01)
            longest_s = max(longest_s, time.monotonic() - began_s)

    # As long as its own client takes to write it down, which is no part of the controller.
    body = json.dumps({"document": document})
    beating = asyncio.create_task(beat())
    async with api.client.put("http://dialer/v1/register", data=body) as answer:
        assert answer.status == 200
    done.set()
    await beating
    # On the loop itself it takes four seconds, and a link that is not read for 4.5 s is given up.
    assert longest_s < 2.0


async def test_a_stop_of_nobody_is_not_answered_as_done(api: Api) -> None:
    """A mistyped enterprise is refused, with the names there are and the order that needs none."""
    order = {"scope": "enterprise", "of": "jiangsu-exmaple", "reason": "drill"}
    status, told = await api.send("POST", "/v1/stop", order)
    assert status == 422
    assert "jiangsu-example" in told["faults"][0]["hint"]
    assert (await api.controller.store.counts())["stops"] == []


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"{", 400, "bad-json"),
        (b'{"a": 1, "a": 2}', 400, "bad-json"),
        (b'{"a": 1.5}', 400, "bad-json"),
        (b"\xff", 400, "bad-json"),
        (b"{}", 422, "bad-input"),
        (b" " * 70_000, 413, "too-large"),
        (b"[" * 60_000, 400, "bad-json"),
        (b'{"a": ' * 10_000, 400, "bad-json"),
    ],
)
async def test_what_is_malformed_is_a_problem(api: Api, body: bytes, status: int, kind: str) -> None:
    """RFC 9457, with a kind and one line."""
    async with api.client.post("http://dialer/v1/calls", data=body) as answer:
        told = await answer.json(content_type="application/problem+json")
    assert (answer.status, told["status"], told["type"]) == (status, status, f"urn:dialer:problem:{kind}")
    assert "\n" not in told["detail"]


async def test_a_problem_never_repeats_what_was_sent(api: Api) -> None:
    """What does not fit may be a number or a name."""
    _, told = await api.send("POST", "/v1/calls", a_call(number={"number": "13800000001"}, name="张三"))
    assert "13800000001" not in json.dumps(told)
    assert "张三" not in json.dumps(told, ensure_ascii=False)


async def test_a_call_without_a_key_is_refused(api: Api) -> None:
    """The idempotency key is never made up."""
    asked = a_call()
    del asked["idempotency_key"]
    status, told = await api.send("POST", "/v1/calls", asked)
    assert status == 422
    assert told["faults"][0]["path"] == "idempotency_key"


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/calls/0199e7a0-0000-7000-8000-000000000000"])
async def test_what_is_not_there_is_a_problem(api: Api, path: str) -> None:
    """404, as a problem."""
    status, told = await api.send("GET", path)
    assert (status, told["type"]) == (404, "urn:dialer:problem:not-found")


async def test_it_is_alive_and_not_ready(api: Api) -> None:
    """Without Asterisk no call could begin, and it says so."""
    assert await api.send("GET", "/healthz") == (200, "ok\n")
    status, told = await api.send("GET", "/readyz")
    assert (status, told["title"]) == (503, "not ready")
    assert (await api.send("GET", "/metrics"))[1].startswith("# TYPE dialer_ready gauge\ndialer_ready 0\n")


async def test_an_opt_out_needs_somebody(api: Api) -> None:
    """A person with the enterprise, or a number, or both."""
    for body in ({}, {"person_id": "P1"}, {"enterprise": "jiangsu-example"}):
        assert (await api.send("POST", "/v1/preferences/opt-out", body))[0] == 422
    assert await api.send("POST", "/v1/preferences/opt-out", {"number": "13800000001"}) == (
        200,
        {"stated": 1},
    )
    _, told = await api.send("POST", "/v1/decisions", a_call())
    assert any(one["code"].startswith("preference.opt") for one in told["findings"])


async def test_the_openapi_document_describes_every_operation(api: Api) -> None:
    """OpenAPI 3.1: each path and method, every reference leads somewhere."""
    _, told = await api.send("GET", "/v1/openapi.json")
    assert told["openapi"] == "3.1.0"
    described = {(path, method.upper()) for path, one in told["paths"].items() for method in one}
    assert described == {(one.path, one.method) for one in OPERATIONS}
    for name in _references(told):
        assert name.removeprefix("#/components/schemas/") in told["components"]["schemas"]


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [one for part in value.values() for one in _references(part)]
    return [one for part in value for one in _references(part)] if isinstance(value, list) else []


async def test_over_tcp_the_token_is_asked_for(tmp_path: Path) -> None:
    """Without it, or with another, 401; health is told to anybody."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with api_in(tmp_path, f"127.0.0.1:{port}"), ClientSession() as client:
        url = f"http://127.0.0.1:{port}"
        for headers, status in (
            ({}, 401),
            ({"Authorization": "Bearer x"}, 401),
            ({"Authorization": f"Bearer {TOKEN}"}, 200),
        ):
            async with client.get(f"{url}/v1/status", headers=headers) as answer:
                assert answer.status == status
        async with client.get(f"{url}/healthz") as answer:
            assert answer.status == 200


def test_the_schema_of_a_request_is_the_models() -> None:
    """docs/schema/request.json is what the model says, and a call fits it."""
    schema = json.loads((ROOT / "docs/schema/request.json").read_text())
    assert schema == CallRequest.model_json_schema()
    Draft202012Validator(schema).validate(a_call())


async def test_a_path_too_long_for_a_socket_is_bad_input(tmp_path: Path) -> None:
    """Said with what to do, before anything listens."""
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    with pytest.raises(BadInput, match="shorter site"):
        async with api_in(deep):
            pass
