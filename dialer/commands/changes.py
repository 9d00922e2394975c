"""`dialer register suspend|remove|narrow|end` by one person, and what a second person approves."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from dialer.commands.client import LONG_S, Client, segment
from dialer.commands.options import CONFIG, AsJson, Config, fail, say, say_json
from dialer.core.errors import BadInput, DialerError, InputFault, Place

KINDS = "enterprise, licence, entrustment, agency, platform, carrier, trunk, number or script"
Kind = Annotated[str, typer.Argument(metavar="KIND", help=KINDS)]
Ident = Annotated[str, typer.Argument(metavar="ID", help="as the register names it")]
Ids = Annotated[list[str], typer.Argument(metavar="PROPOSAL …")]
Why = Annotated[str, typer.Option("--reason", help="stands in the entry, and in every denial")]


def suspend(kind: Kind, ident: Ident, reason: Why, config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Nothing of this begins or goes on, from now until it is lifted."""
    _restrict(config, as_json, {"what": "suspend", "kind": kind, "id": ident, "reason": reason})


def remove(kind: Kind, ident: Ident, reason: Why, config: Config = CONFIG, as_json: AsJson = False) -> None:
    """As if the register did not have it."""
    _restrict(config, as_json, {"what": "remove", "kind": kind, "id": ident, "reason": reason})


def narrow(
    kind: Kind,
    ident: Ident,
    reason: Why,
    purpose: Annotated[list[str] | None, typer.Option("--purpose", help="taken away")] = None,
    product: Annotated[list[str] | None, typer.Option("--product", help="taken away")] = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Take purposes or products away."""
    taken = {"purposes": purpose or [], "products": product or []}
    _restrict(config, as_json, {"what": "narrow", "kind": kind, "id": ident, "reason": reason, **taken})


def end(
    kind: Kind,
    ident: Ident,
    reason: Why,
    on: Annotated[datetime, typer.Option("--on", formats=["%Y-%m-%d"], help="the day after the last")],
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """End it earlier, at the beginning of a civil day in the register's zone."""
    day: date = on.date()
    body = {"what": "end", "kind": kind, "id": ident, "reason": reason, "end": day.isoformat()}
    _restrict(config, as_json, body)


def numbers(
    file: Annotated[Path, typer.Argument(metavar="NUMBERS.csv", help="CSV or XLSX")],
    reason: Annotated[str, typer.Option("--reason", help="stands in the entry")] = "import",
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Put a file of numbers, of a million rows as well, in the place of the register's numbers."""
    query = {"name": file.name, "reason": reason}
    told = _asked(lambda: Client(config).upload("/v1/register/numbers", file, query, LONG_S).document)
    if as_json:
        say_json(told)
    elif told["in_force"]:
        say(f"{told['rows']} numbers are in force, SHA-256 {told['digest']}")
    else:
        say(f"{told['loosens']} of {told['loosens'] + told['tightens']} changes may loosen; the file waits:")
        for change in told["shown"]:
            say(f"  {change}")
        say(f"a second person approves it: dialer register approve {told['proposal']}")


def restrictions(config: Config = CONFIG, as_json: AsJson = False) -> None:
    """What was taken away and is not lifted."""
    told = _asked(lambda: Client(config).get("/v1/register/restrictions").document)
    if as_json:
        say_json(told)
        return
    for one in told["restrictions"]:
        taken = ",".join((*one["purposes"], *one["products"]))
        more = f" {taken}" if taken else f" on {one['end']}" if one["end"] else ""
        target = f"{one['kind']} {one['target']}"
        say(
            f"{one['id']}  {one['what']}{more}  {target}  since {one['since']}  by {one['by']}: {one['reason']}"
        )


def lift(
    restriction: Annotated[str, typer.Argument(metavar="RESTRICTION")],
    reason: Why,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Put forward that a restriction is lifted; a second person approves."""
    path = f"/v1/register/restrictions/{segment(restriction)}/lift"
    told = _asked(lambda: Client(config).post(path, {"reason": reason}).document)
    _told(told, as_json, f"waits for a second person: dialer register approve {told['proposal']}")


def pending(
    every: Annotated[bool, typer.Option("--all", help="also what was decided or has expired")] = False,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """What waits for a second person."""
    query = "true" if every else None
    told = _asked(lambda: Client(config).get("/v1/register/proposals", every=query).document)
    if as_json:
        say_json(told)
        return
    for one in told["proposals"]:
        say(
            f"{one['id']}  {one['kind']} {one['state']}  by {one['proposed_by']} {one['proposed_at']}  "
            f"until {one['expires_at']}: {one['reason']}"
        )
        for change in one["loosens"]:
            say(f"  {change}")
        if one["changes"] > len(one["loosens"]):
            say(f"  … {one['changes']} in all")


def approve(proposals: Ids, config: Config = CONFIG, as_json: AsJson = False) -> None:
    """As a second person, put what waits in force: all of those named, or none."""
    path = "/v1/register/proposals/approve"
    told = _asked(lambda: Client(config).post(path, {"proposals": proposals}).document)
    _told(told, as_json, f"in force: {', '.join(proposals)}")


def reject(proposals: Ids, reason: Why, config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Refuse what waits, for good: all of those named, or none."""
    body = {"proposals": proposals, "reason": reason}
    told = _asked(lambda: Client(config).post("/v1/register/proposals/reject", body).document)
    _told(told, as_json, f"rejected: {', '.join(proposals)}")


COMMANDS = (numbers, suspend, remove, narrow, end, restrictions, lift, pending, approve, reject)


def _restrict(config: Any, as_json: bool, body: dict[str, Any]) -> None:
    if body["kind"] not in KINDS.replace(" or ", ", ").split(", "):
        fail(BadInput([InputFault(Place("command", path="KIND"), "no kind of target", body["kind"], KINDS)]))
    told = _asked(lambda: Client(config).post("/v1/register/restrictions", body).document)
    _told(told, as_json, f"in force: restriction {told['restriction']}")


def _asked(ask: Any) -> Any:
    try:
        return ask()
    except DialerError as error:
        fail(error)


def _told(told: Any, as_json: bool, text: str) -> None:
    if as_json:
        say_json(told)
    else:
        say(text)
