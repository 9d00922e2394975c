"""`dialer status`, `stop`, `resume`, `agents`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dialer.commands.client import Client, segment
from dialer.commands.options import CONFIG, DENIED, AsJson, Config, fail, group, say, say_json
from dialer.core.errors import DialerError

agents = group("Agents' phones.")
Of = Annotated[str | None, typer.Option("--of", help="id of the enterprise, agency or campaign")]
Scope = Annotated[str, typer.Option("--scope", help="all, enterprise, agency or campaign")]
AgentName = Annotated[str, typer.Argument(metavar="AGENT")]


def status(config: Config = CONFIG, as_json: AsJson = False) -> None:
    """How the controller is: link, record, clock, live calls, agents, stops."""
    try:
        told = Client(config).get("/v1/status").document
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(told)
    else:
        flat = {**{name: one for name, one in told.items() if name != "record"}, **told["record"]}
        for name, value in flat.items():
            say(f"{name:<12} {_short(value)}")
    raise SystemExit(0 if told["ready"] else DENIED)


def stop(
    reason: Annotated[str, typer.Option("--reason", help="why; it is kept")],
    scope: Scope = "all",
    of: Of = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Emergency stop: nothing is begun in this scope, and what is live there ends."""
    _order(config, "/v1/stop", {"scope": scope, "of": of, "reason": reason}, as_json, "stopped")


def resume(scope: Scope = "all", of: Of = None, config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Lift a stop."""
    _order(config, "/v1/resume", {"scope": scope, "of": of}, as_json, "resumed")


@agents.command("list")
def agents_list(config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Every agent and what he does."""
    try:
        told = Client(config).get("/v1/agents").document
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(told)
        return
    for one in told["agents"]:
        say(f"{one['name']:<20} {one['presence']}")


@agents.command("sign-in")
def sign_in(agent: AgentName, config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Call an agent's phone; he is available while that call stays up."""
    _order(config, f"/v1/agents/{segment(agent)}/sign-in", {}, as_json, f"`{agent}` signed in")


@agents.command("sign-out")
def sign_out(agent: AgentName, config: Config = CONFIG, as_json: AsJson = False) -> None:
    """End an agent's call."""
    _order(config, f"/v1/agents/{segment(agent)}/sign-out", {}, as_json, f"`{agent}` signed out")


def _order(config: Config, path: str, body: dict[str, Any], as_json: bool, done: str) -> None:
    try:
        answer = Client(config).post(path, {name: value for name, value in body.items() if value is not None})
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(answer.document)
    else:
        say(done)


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_short(one)}" for name, one in value.items() if one is not None) or "none"
    if isinstance(value, list):
        return ", ".join(_short(one) for one in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    # A digest is told apart by its first signs; --json has all of it.
    return "-" if value is None else str(value)[:12] if len(str(value)) == 64 else str(value)
