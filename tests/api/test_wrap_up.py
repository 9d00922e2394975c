"""What an agent says of a call binds at once; a wrong person is corrected by somebody else only."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from api_kit import OFFICER, SECOND, Api, a_call

from dialer.core.admission import End, Left, Permitted
from dialer.core.call import Event
from dialer.core.cause import Outcome
from dialer.requests import CallRequest
from dialer.wiring.gate import request_of
from dialer.wiring.people import People


async def _attempt(api: Api, **changes: Any) -> UUID:
    """An attempt that was admitted, rang and ended."""
    store, call = api.controller.store, CallRequest.model_validate(a_call(f"first-{len(changes)}", **changes))
    api.controller.supervisor.open()
    request = await request_of(People(store), call, OFFICER, UUID(int=len(changes) + 1))
    admission = await store.calls.admit(request)
    assert isinstance(admission, Permitted), admission
    await store.calls.note(admission.permit, Event.DIAL_BEGUN)
    await store.calls.settle(admission.permit, End(Outcome.BUSY, 17, Left.YES))
    return admission.permit.id


async def _denied(api: Api, key: str, **changes: Any) -> set[str]:
    _, told = await api.send("POST", "/v1/decisions", a_call(key, **changes))
    return {one["code"] for one in told["findings"] if one["effect"] == "deny"}


@pytest.mark.parametrize(
    ("said", "code", "other_code"),
    [
        ("opted_out", "preference.opted_out", "preference.opted_out"),
        ("third_person_stop", "preference.opted_out", "preference.opted_out"),
        ("wrong_person", "sound.wrong_person", ""),
        ("deceased", "sound.wrong_person", ""),
        ("reached", "", ""),
    ],
)
async def test_what_is_said_binds_at_once(api: Api, said: str, code: str, other_code: str) -> None:
    """After the answer this person, and where the line is meant anybody on it, is denied for that reason."""
    attempt = await _attempt(api)
    status, told = await api.send("POST", f"/v1/calls/{attempt}/wrap-up", {"said": said})
    assert (status, told["said"]) == (200, said)
    about = {"preference.opted_out", "sound.wrong_person"}
    assert await _denied(api, "again") & about == {code} - {""}
    assert await _denied(api, "other", person={"id": "P999"}) & about == {other_code} - {""}
    entries = await api.controller.store.entries(0, 1000)
    assert [one.type for one in entries].count("wrapped_up") == 1


async def test_a_death_stops_the_case_elsewhere_too(api: Api) -> None:
    """The case of who died stands still on every line."""
    attempt = await _attempt(api, debt="D001")
    await api.send("POST", f"/v1/calls/{attempt}/wrap-up", {"said": "deceased"})
    denied = await _denied(api, "elsewhere", debt="D001", number="13800000077")
    assert any(one.startswith("case.") for one in denied)


async def test_nobody_wraps_up_what_was_not(api: Api) -> None:
    """An attempt that nobody knows is not found, words that mean nothing are refused."""
    assert (await api.send("POST", f"/v1/calls/{UUID(int=9)}/wrap-up", {"said": "reached"}))[0] == 404
    assert (await api.send("POST", "/v1/calls/nonsense/wrap-up", {"said": "reached"}))[0] == 422
    attempt = await _attempt(api)
    assert (await api.send("POST", f"/v1/calls/{attempt}/wrap-up", {"said": "perhaps"}))[0] == 422


async def test_who_said_it_does_not_correct_it(api: Api) -> None:
    """The line is his again once another person says so, and only then."""
    attempt = await _attempt(api)
    await api.send("POST", f"/v1/calls/{attempt}/wrap-up", {"said": "wrong_person"})
    order = {
        "enterprise": "jiangsu-example",
        "person_id": "P001",
        "number": "13800000001",
        "reason": "checked",
    }
    status, problem = await api.send("POST", "/v1/preferences/right-person", order)
    assert (status, "written down by you" in str(problem)) == (422, True)
    wrap_ups = api.controller.house.wrap_ups
    await wrap_ups.correct("jiangsu-example", "P001", "13800000001", "checked", SECOND)
    assert "sound.wrong_person" not in await _denied(api, "corrected")
    status, _ = await api.send("POST", "/v1/preferences/right-person", order)
    assert status == 422


async def test_an_agent_works_on_a_list_that_exists(api: Api) -> None:
    """A campaign or an agent that nobody knows is refused; without a campaign he works on nothing."""
    path = "/v1/agents/1001/assignment"
    assert (await api.send("POST", path, {"campaign": "none-such"}))[0] == 422
    assert (await api.send("POST", "/v1/agents/nobody/assignment", {}))[0] == 422
    assert await api.send("POST", path, {}) == (200, {"name": "1001", "campaign": None})
    _, told = await api.send("GET", "/v1/agents")
    assert told["agents"] == [{"name": "1001", "presence": "signed_out", "campaign": None, "last_dial": None}]
