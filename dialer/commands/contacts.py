"""`dialer contact …`: contacts on other channels than our own calls."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from dialer.commands.client import Client
from dialer.commands.options import (
    CONFIG,
    DENIED,
    DONE,
    AsJson,
    Config,
    Lang,
    fail,
    group,
    language,
    say,
    say_json,
)
from dialer.core.errors import BadInput, DialerError, InputFault, Place
from dialer.core.phone import masked

contact = group("Contacts on other channels: made by another system, or a message before it is sent.")


@contact.command("add")
def contact_add(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="the enterprise's own id")],
    enterprise: Annotated[str, typer.Option("--enterprise")],
    channel: Annotated[str, typer.Option("--channel", help="sms, email, letter, visit or app")],
    at: Annotated[str, typer.Option("--at", help="when: RFC 3339 with an offset")],
    key: Annotated[str, typer.Option("--key", help="names the contact: told twice with one key it is one")],
    purpose: Annotated[str, typer.Option("--purpose")],
    product: Annotated[str, typer.Option("--product")],
    agency: Annotated[str | None, typer.Option("--agency")] = None,
    number: Annotated[str | None, typer.Option("--number", help="where it went to a number")] = None,
    debt: Annotated[str | None, typer.Option("--debt", help="the case it was about")] = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Tell of a contact that another system made: limits on contacts count it, and no other limit does."""
    body = {
        "idempotency_key": key,
        "enterprise": enterprise,
        "agency": agency,
        "purpose": purpose,
        "product": product,
        "person_id": person,
        "number": number,
        "debt": debt,
        "channel": channel,
        "at": at,
    }
    try:
        sent = {name: value for name, value in body.items() if value is not None}
        told = Client(config).post("/v1/contacts", sent).document
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(told)
    else:
        say("the contact is counted" if told["counted"] else "this key was told before: nothing is counted")


@contact.command("decide")
def contact_decide(
    file: Annotated[Path, typer.Argument(metavar="MESSAGE.json", exists=True, dir_okay=False, readable=True)],
    count: Annotated[bool, typer.Option("--count", help="count it as sent where it is permitted")] = False,
    config: Config = CONFIG,
    as_json: AsJson = False,
    lang: Lang = "",
) -> None:
    """One decision on a message, its text included, before it is sent. Exit 1 where it is denied."""
    try:
        asked = _read(file)
        answer = Client(config).post("/v1/contacts/decisions", {**asked, "count": True} if count else asked)
    except DialerError as error:
        fail(error)
    told = answer.document
    if as_json:
        say_json(told)
    else:
        _show(asked, told, answer.zones, language(lang))
    raise SystemExit(DONE if told["effect"] == "permit" else DENIED)


def _show(asked: Any, told: Any, zones: tuple[str, ...], lang: str) -> None:
    from dialer.commands.pages import console, show_decision

    title = (
        masked(str(asked.get("number", ""))),
        str(asked.get("purpose", "")),
        str(asked.get("enterprise", "")),
    )
    if told["decision"] is not None:
        show_decision(console(), " · ".join(title), told["decision"], zones, lang)
    for one in told["screening"]["findings"]:
        say(f"{one['severity']}  {' … '.join(one['words'])}  {one['why'][lang]}  {one['suggestion'][lang]}")
    if told["counted"]:
        say("counted" if lang == "en" else "已计数")


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        raise _bad(file, f"cannot be read: {error}") from None
    if not isinstance(found, dict):
        raise _bad(file, "is not a message")
    return found


def _bad(file: Path, reason: str) -> BadInput:
    hint = "an object as docs/schema/message.json describes it"
    return BadInput([InputFault(Place(str(file)), reason, hint=hint)])
