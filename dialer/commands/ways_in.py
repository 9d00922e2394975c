"""`dialer preference right-person`: what somebody else wrote down of a line is put right."""

from __future__ import annotations

from typing import Annotated

import typer

from dialer.commands.client import Client
from dialer.commands.options import CONFIG, AsJson, Config, fail, say, say_json
from dialer.core.errors import DialerError


def right_person(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="the enterprise's own id")],
    enterprise: Annotated[str, typer.Option("--enterprise")],
    number: Annotated[str, typer.Option("--number", help="the line that is this person's after all")],
    reason: Annotated[str, typer.Option("--reason", help="how that was found out; it is kept")],
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Correct that somebody else answers on a line; not by whoever wrote it down."""
    body = {"enterprise": enterprise, "person_id": person, "number": number, "reason": reason}
    try:
        told = Client(config).post("/v1/preferences/right-person", body).document
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(told)
    else:
        say("the line is this person's again")
