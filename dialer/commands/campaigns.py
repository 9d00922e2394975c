"""`dialer campaign …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from dialer.commands.client import LONG_S, Client, segment
from dialer.commands.options import CONFIG, AsJson, Config, Lang, fail, group, language, say, say_json
from dialer.core.errors import DialerError

campaign = group("Campaigns: a list, a plan, a schedule.")
Id = Annotated[str, typer.Argument(metavar="CAMPAIGN")]


@campaign.command("import")
def bring(
    plan: Annotated[Path, typer.Argument(metavar="PLAN.toml", help="see docs/cli.md")],
    people: Annotated[Path, typer.Argument(metavar="LIST.csv")],
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Bring a campaign in: faulty rows of its list are set aside, nothing is called yet."""
    from dialer.commands import files

    try:
        body = files.campaign(plan, people)
        told = Client(config).send("POST", "/v1/campaigns", body, {}, LONG_S).document
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(told)
        return
    say(f"campaign `{told['campaign']}`: {told['size']} items, {told['rejected_rows']} rows set aside")
    if told["rejected_rows"]:
        say(f"  look at them: dialer campaign status {told['campaign']}")


@campaign.command()
def preview(
    campaign_id: Id,
    at: Annotated[
        str | None, typer.Option("--at", help="instant to decide for, RFC 3339 with an offset")
    ] = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
    lang: Lang = "",
) -> None:
    """What would be decided for each item now, or at an instant; places nothing."""
    try:
        answer = Client(config).send(
            "GET", f"/v1/campaigns/{segment(campaign_id)}/preview", None, {"at": at}, LONG_S
        )
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(answer.document)
        return
    from dialer.commands.tables import show_preview

    show_preview(answer.document, answer.zones, language(lang))


@campaign.command()
def start(
    campaign_id: Id,
    accept_rejected: Annotated[
        bool, typer.Option("--accept-rejected", help="start without the rows that were set aside")
    ] = False,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Start it: at once, or by its schedule."""
    _move(config, campaign_id, "start", as_json, {"accept_rejected": accept_rejected})


@campaign.command()
def pause(campaign_id: Id, config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Begin no other item; live calls end by themselves."""
    _move(config, campaign_id, "pause", as_json)


@campaign.command()
def resume(campaign_id: Id, config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Go on where it was paused."""
    _move(config, campaign_id, "resume", as_json)


@campaign.command()
def cancel(campaign_id: Id, config: Config = CONFIG, as_json: AsJson = False) -> None:
    """End it for good."""
    _move(config, campaign_id, "cancel", as_json)


@campaign.command()
def status(
    campaign_id: Annotated[str | None, typer.Argument(metavar="CAMPAIGN", help="none: all of them")] = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
    lang: Lang = "",
) -> None:
    """Every item of its newest run: decision, rule, next instant, outcome."""
    path = "/v1/campaigns" + (f"/{segment(campaign_id)}" if campaign_id else "")
    try:
        answer = Client(config).get(path)
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(answer.document)
        return
    from dialer.commands.tables import show_campaign, show_campaigns

    if campaign_id:
        show_campaign(answer.document, answer.zones, language(lang))
    else:
        show_campaigns(answer.document["campaigns"])


def _move(config: Path, campaign_id: str, command: str, as_json: bool, body: Any = None) -> None:
    try:
        told = Client(config).post(f"/v1/campaigns/{segment(campaign_id)}/{command}", body).document
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(told)
    else:
        say(f"campaign `{told['campaign']}` is {told['state']}")
