"""`dialer person …`: what is kept about one person."""

from __future__ import annotations

from typing import Annotated

import typer

from dialer.commands.client import Client
from dialer.commands.options import CONFIG, AsJson, Config, fail, group, say, say_json
from dialer.core.errors import DialerError

person = group("Persons: shown masked, or in clear for a purpose that is recorded.")
PURPOSES = "call, complaint, regulator_request, own_request or correction"


# Not one command, but a group with one: typer would leave the word `show` out.
@person.callback()
def _person() -> None:
    """Persons: shown masked, or in clear for a purpose that is recorded."""


@person.command("show")
def person_show(
    person_id: Annotated[str, typer.Argument(metavar="PERSON", help="the enterprise's own id")],
    enterprise: Annotated[str, typer.Option("--enterprise")],
    purpose: Annotated[
        str | None, typer.Option("--purpose", help=f"why you read it in clear: {PURPOSES}; none: masked")
    ] = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Name and numbers of a person; in clear only with a purpose, and then it is recorded that you read them."""
    body = {"enterprise": enterprise, "person": person_id, **({"purpose": purpose} if purpose else {})}
    try:
        told = Client(config).post("/v1/people/show", body).document
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(told)
        return
    say(told["name"] or "-")
    for number in told["numbers"]:
        say(number)
