"""`dialer preference …`: what people said about being called."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from threading import Event, Thread
from typing import Annotated, Any

import typer

from dialer.commands.client import LONG_S, Client, segment
from dialer.commands.options import CONFIG, AsJson, Config, fail, group, say, say_json, warn
from dialer.core.errors import DialerError

preference = group("What people registered about being called.")


@preference.command("add")
def preference_add(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="the enterprise's own id")],
    enterprise: Annotated[str, typer.Option("--enterprise")],
    number: Annotated[str | None, typer.Option("--number", help="the line it is about as well")] = None,
    purpose: Annotated[str | None, typer.Option("--purpose", help="none: all")] = None,
    product: Annotated[str | None, typer.Option("--product", help="none: all")] = None,
    source: Annotated[str, typer.Option("--source", help="where the person said so")] = "command",
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Register an opt-out: durable, and that person's live calls ended, when this returns."""
    body = {
        "enterprise": enterprise,
        "person_id": person,
        "number": number,
        "purpose": purpose,
        "product": product,
        "source": source,
    }
    try:
        sent = {name: value for name, value in body.items() if value is not None}
        told = Client(config).post("/v1/preferences/opt-out", sent).document
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(told)
    else:
        say("the opt-out is registered")


@preference.command("import")
def preference_import(
    file: Annotated[Path, typer.Argument(metavar="PREFERENCES", exists=True, dir_okay=False, readable=True)],
    accept_rejected: Annotated[
        bool, typer.Option("--accept-rejected", help="leave faulty rows out; any of them may be an opt-out")
    ] = False,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Put a preference file (CSV, XLSX) in force; calls go on meanwhile."""
    query = {"name": file.name, "leave_out": "true" if accept_rejected else "false"}
    told = _uploaded(Client(config), "/v1/preferences/batch", file, query)
    if as_json:
        say_json(told)
        return
    aside = f", {told['left_out']} faulty rows left out" if told["left_out"] else ""
    say(f"{told['rows']} statements are in force{aside}: batch `{told['batch']}`, SHA-256 {told['digest']}")


@preference.command("import-list")
def preference_import_list(
    registry: Annotated[str, typer.Argument(metavar="REGISTRY", help="the name that rules ask for: dnc, …")],
    file: Annotated[Path, typer.Argument(metavar="NUMBERS", exists=True, dir_okay=False, readable=True)],
    as_of: Annotated[str, typer.Option("--as-of", help="when its keeper made it: RFC 3339 with an offset")],
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Put a list that somebody else keeps in the place of the one before; its age counts from --as-of."""
    query = {"name": file.name, "as_of": as_of}
    told = _uploaded(Client(config), f"/v1/registries/{segment(registry)}", file, query)
    if as_json:
        say_json(told)
    else:
        say(f"{told['rows'] - 1} numbers are on `{registry}` as of {told['as_of']}: batch `{told['batch']}`")


def _uploaded(client: Client, path: str, file: Path, query: Mapping[str, str]) -> Any:
    """What came of a file. While it is read, a person at a terminal sees how far."""
    done = Event()
    watch = Thread(target=_watch, args=(client, file.name, done), daemon=True)
    if sys.stderr.isatty():
        watch.start()
    try:
        return client.upload(path, file, query, LONG_S).document
    except DialerError as error:
        fail(error)
    finally:
        done.set()


def _watch(client: Client, name: str, done: Event) -> None:
    while not done.wait(1.0):
        try:
            reading = client.get("/v1/imports").document["imports"]
        except DialerError:
            return
        for one in reading:
            if one["name"] == name:
                warn(f"{one['rows']:>12,} rows read")


@preference.command("show")
def preference_show(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="the enterprise's own id")],
    enterprise: Annotated[str, typer.Option("--enterprise")],
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """What a person registered with an enterprise."""
    try:
        told = Client(config).get("/v1/preferences", enterprise=enterprise, person=person).document
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(told)
        return
    for one in told["preferences"]:
        scope = " ".join(str(one[name] or "any") for name in ("purpose", "product", "channel"))
        say(f"{one['kind']:<8} {one['stated_at']}  {scope}  by {one['source']}  until {one['until'] or '…'}")
