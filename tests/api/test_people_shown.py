"""A person over HTTP: masked, or in clear for a purpose of the closed list, which is recorded."""

from __future__ import annotations

import json

import pytest
from api_kit import Api, a_call

ASKED = {"enterprise": "jiangsu-example", "person": "P001"}


async def test_a_person_is_masked_unless_for_a_purpose(api: Api) -> None:
    """Without one no entry is written; with one an entry says who, why and which field, and holds no value."""
    await api.send("POST", "/v1/decisions", a_call(person={"id": "P001", "name": "张三丰"}))
    store = api.controller.store
    before = len(await store.entries())
    status, hidden = await api.send("POST", "/v1/people/show", ASKED)
    assert (status, hidden["clear"], hidden["name"]) == (200, False, "张***")
    assert len(await store.entries()) == before
    status, clear = await api.send("POST", "/v1/people/show", {**ASKED, "purpose": "complaint"})
    assert (status, clear["clear"], clear["name"]) == (200, True, "张三丰")
    entry = (await store.entries())[before]
    said = json.loads(entry.content)
    assert (said["type"], said["purpose"], said["field"]) == ("unsealed", "complaint", "name")
    assert said["actor"]["authenticated_by"] == "socket_peer"
    assert "张三丰".encode() not in entry.content


@pytest.mark.parametrize(
    ("asked", "status"),
    [({**ASKED, "purpose": "curiosity"}, 422), ({**ASKED, "person": "stranger"}, 404)],
)
async def test_a_stranger_or_another_purpose_shows_nothing(
    api: Api, asked: dict[str, str], status: int
) -> None:
    """A purpose outside the list is bad input; whom nobody enrolled is not found, and his id is not repeated."""
    found, told = await api.send("POST", "/v1/people/show", asked)
    assert (found, "stranger" in json.dumps(told)) == (status, False)
