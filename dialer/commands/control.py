"""`dialer status`, `stop`, `resume`, `agents`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dialer.commands.client import Client, segment
from dialer.commands.options import (
    CONFIG,
    DENIED,
    AsJson,
    Config,
    Lang,
    fail,
    group,
    language,
    say,
    say_json,
)
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
def agents_list(config: Config = CONFIG, as_json: AsJson = False, lang: Lang = "") -> None:
    """Every agent, what he does and works on, and what came of what he dialled last."""
    try:
        told = Client(config).get("/v1/agents").document
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(told)
        return
    for one in told["agents"]:
        dial = one["last_dial"] or {}
        last = f"last dialled: {dial['effect']} {_reason(dial, language(lang))}" if dial else ""
        say(f"{one['name']:<20} {one['presence']:<12} {one['campaign'] or '-':<20} {last}".rstrip())


@agents.command("sign-in")
def sign_in(agent: AgentName, config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Call an agent's phone; he is available while that call stays up."""
    _order(config, f"/v1/agents/{segment(agent)}/sign-in", {}, as_json, f"`{agent}` signed in")


@agents.command("sign-out")
def sign_out(agent: AgentName, config: Config = CONFIG, as_json: AsJson = False) -> None:
    """End an agent's call."""
    _order(config, f"/v1/agents/{segment(agent)}/sign-out", {}, as_json, f"`{agent}` signed out")


@agents.command("assign")
def assign(
    agent: AgentName,
    campaign: Annotated[str | None, typer.Option("--campaign", help="none: he dials nobody by hand")] = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Let an agent dial by hand from a campaign's list, or nobody."""
    body = {"campaign": campaign}
    done = f"`{agent}` works on {f'`{campaign}`' if campaign else 'nothing'}"
    _order(config, f"/v1/agents/{segment(agent)}/assignment", body, as_json, done)


@agents.command("wrap-up")
def wrap_up(
    attempt: Annotated[str, typer.Argument(metavar="ATTEMPT")],
    said: Annotated[
        str,
        typer.Argument(
            metavar="SAID", help="reached, opted_out, wrong_person, third_person_stop or deceased"
        ),
    ],
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Say what came of a call; what it forbids is in force when this returns."""
    _order(config, f"/v1/calls/{segment(attempt)}/wrap-up", {"said": said}, as_json, f"kept: {said}")


def _reason(dial: dict[str, Any], lang: str) -> str:
    if dial["why"] is None:
        return dial["outcome"] or ""
    until = f" ({dial['next_instant']})" if dial["next_instant"] else ""
    return f"{dial['why'][lang]}{until}"


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
