"""Contacts on other channels over HTTP: told of, asked for, counted once, and refused by reply."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from api_kit import OFFICER, ROOT, SAMPLE, SECOND, WORKING_HOUR, Api, a_call
from jsonschema import Draft202012Validator

from dialer.contacts import ContactMade, MessageAsked
from dialer.register_files import load_register

PORT = "1069000012345"
TEXT = "【示例消金】您的账单已出，登录bank.example.cn查看，客服400-000-0001，拒收请回复R"


def _message(key: str = "m1", **changes: Any) -> dict[str, Any]:
    return {
        "idempotency_key": key,
        "enterprise": "jiangsu-example",
        "purpose": "collection",
        "product": "credit",
        "person_id": "P001",
        "number": "13800000001",
        "port": PORT,
        "text": TEXT,
        **changes,
    }


def _contact(key: str = "c1", **changes: Any) -> dict[str, Any]:
    return {
        "idempotency_key": key,
        "enterprise": "jiangsu-example",
        "purpose": "collection",
        "product": "credit",
        "person_id": "P001",
        "channel": "letter",
        "at": (WORKING_HOUR - timedelta(hours=1)).isoformat(),
        **changes,
    }


@pytest.fixture
async def site(api: Api) -> Api:
    """The sample register with an SMS port and a filed site."""
    document = load_register(SAMPLE / "register.yaml")
    voice = next(one for one in document["numbers"] if one["number"] == "95000001")
    port = {**voice, "number": PORT, "kind": "sms_port", "path": "reported_existing", "status": "reported"}
    document = {
        **document,
        "enterprises": [{**one, "sites": ["bank.example.cn"]} for one in document["enterprises"]],
        "numbers": [*document["numbers"], port],
    }
    put = await api.controller.house.registers.put_register(document, OFFICER, "a port")
    if put["proposal"]:
        await api.controller.house.changes.approve([put["proposal"]], SECOND)
    return api


async def _decided(api: Api, **changes: Any) -> Any:
    status, told = await api.send("POST", "/v1/contacts/decisions", _message(**changes))
    assert status == 200, told
    return told


def _codes(told: Any, mode: str = "enforce") -> set[str]:
    found = told["decision"]["findings"]
    return {one["code"] for one in found if (one["effect"], one["mode"]) == ("deny", mode)}


async def test_a_lawful_message_is_permitted_without_asterisk(site: Api) -> None:
    """No script, trunk or recording is asked for; what any contact needs is; nothing is written."""
    told = await _decided(site)
    assert (told["effect"], told["counted"], told["repeated"]) == ("permit", None, False), _codes(told)
    kinds = {one["kind"] for one in told["decision"]["findings"]}
    assert {"licence", "caller_id", "hours", "preference", "message"} <= kinds
    assert not kinds & {"script", "disclosure", "recording", "abandonment", "in_flight", "same_number"}
    assert not any(one.type == "message_decided" for one in await site.controller.store.entries())


WRONG = (
    ({"port": "95000001"}, "caller_id.voice_number", "enforce"),
    ({"port": "1069999999999"}, "caller_id.not_registered", "enforce"),
    ({"number": "12"}, "sound.number", "enforce"),
    ({"text": TEXT.replace("【示例消金】", "")}, "message.no_signature", "warn"),
    ({"text": TEXT.replace("示例消金", "别家银行")}, "message.other_signature", "warn"),
    ({"text": TEXT.replace("bank.example.cn", "t．cn/x")}, "message.strange_link", "warn"),
    ({"text": TEXT + "，再不还就打断你的腿"}, "message.forbidden_words", "enforce"),
)


async def test_what_is_wrong_with_a_message_is_named(site: Api) -> None:
    """Its port, its number, its signature, its links, its words: each has its own reason and a remedy."""
    for changes, code, mode in WRONG:
        told = await _decided(site, **changes)
        assert code in _codes(told, mode)
        finding = next(one for one in told["decision"]["findings"] if one["code"] == code)
        assert finding["remedy"]["text"]["zh"]
        assert (told["effect"] == "deny") is (mode == "enforce")


async def test_marketing_says_how_to_refuse(site: Api) -> None:
    """Without it a finding cites the law, article 43; the text itself stands in no entry."""
    told = await _decided(site, purpose="marketing", text="【示例消金】新品上市", count=True)
    cited = {
        one["rule"]: one["citation"]["article"]
        for one in told["decision"]["findings"]
        if one["code"] in ("message.no_contact", "message.no_opt_out")
    }
    assert cited["cn-national/advertising-message"] == "43"
    entries = await site.controller.store.entries()
    assert any(one.type == "message_decided" for one in entries)
    assert not any("新品上市".encode() in one.content for one in entries)


async def test_a_counted_message_is_counted_once(site: Api) -> None:
    """Six asked at once with `count` are counted with six ids; one asked again has its own; none is an attempt."""
    asked = [_decided(site, key=f"k{one}", count=True) for one in range(6)]
    told = await asyncio.gather(*asked)
    counted = [one for one in told if one["counted"]]
    assert {one["effect"] for one in counted} == {"permit"}
    assert len({one["counted"] for one in counted}) == 6
    again = await _decided(site, key="k0", count=True)
    assert again["repeated"] is True
    assert again["counted"] == told[0]["counted"]
    call = (await site.send("POST", "/v1/decisions", a_call()))[1]
    assert call["effect"] == "permit"


async def test_a_contact_told_twice_is_one(site: Api) -> None:
    """The same key counts once; for another contact it is refused; the future and the far past are refused."""
    assert (await site.send("POST", "/v1/contacts", _contact()))[1]["counted"] is True
    assert (await site.send("POST", "/v1/contacts", _contact()))[1]["counted"] is False
    assert (await site.send("POST", "/v1/contacts", _contact(channel="visit")))[0] == 422
    for at in ("2999-01-01T00:00:00Z", "1999-01-01T00:00:00Z"):
        status, told = await site.send("POST", "/v1/contacts", _contact("c2", at=at))
        assert (status, told["faults"][0]["path"]) == (422, "at")
    entries = await site.controller.store.entries()
    assert [one.type for one in entries].count("contact_made") == 1


async def test_a_refusal_by_reply_ends_every_channel(site: Api) -> None:
    """A reply of `T` is read as widely as it can be: the next call and the next message are denied at once."""
    said = {
        "enterprise": "jiangsu-example",
        "person_id": "P001",
        "purpose": "collection",
        "product": "credit",
        "channel": "sms",
        "source": "sms_reply",
    }
    assert (await site.send("POST", "/v1/preferences/opt-out", said))[0] == 200
    call = (await site.send("POST", "/v1/decisions", a_call()))[1]
    assert "preference.opted_out" in {one["code"] for one in call["findings"] if one["mode"] == "enforce"}
    assert "preference.opted_out" in _codes(await _decided(site))
    _, shown = await site.send("GET", "/v1/preferences?enterprise=jiangsu-example&person=P001")
    assert [(one["channel"], one["product"], one["source"]) for one in shown["preferences"]] == [
        (None, None, "sms_reply")
    ]


async def test_a_refusal_of_messages_alone_leaves_calls(site: Api) -> None:
    """A statement about the channel `sms` binds messages and nothing else."""
    said = {"enterprise": "jiangsu-example", "person_id": "P001", "channel": "sms", "source": "api"}
    assert (await site.send("POST", "/v1/preferences/opt-out", said))[0] == 200
    assert "preference.opted_out" in _codes(await _decided(site))
    assert (await site.send("POST", "/v1/decisions", a_call()))[1]["effect"] == "permit"


def test_the_schemas_are_what_the_models_say() -> None:
    """docs/schema/contact.json and message.json describe what is taken, and a contact and a message fit them."""
    for model, one in ((ContactMade, _contact()), (MessageAsked, _message())):
        name = "contact.json" if model is ContactMade else "message.json"
        schema = json.loads((ROOT / "docs/schema" / name).read_text())
        assert schema == model.model_json_schema()
        Draft202012Validator(schema).validate(one)


async def test_the_answer_fits_its_schema(site: Api) -> None:
    """docs/schema/contact-decision.json describes what is answered about a message."""
    schema = json.loads((ROOT / "docs/schema/contact-decision.json").read_text())
    Draft202012Validator(schema).validate(await _decided(site, count=True))
