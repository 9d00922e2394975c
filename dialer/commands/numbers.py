"""`dialer number …`: what people, handset makers and carriers say of a caller ID."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dialer.commands.client import Client, segment
from dialer.commands.options import CONFIG, AsJson, Config, Lang, fail, group, language, say, say_json
from dialer.core.errors import DialerError

number = group("The health of caller IDs: complaints, spam labels, carrier notices, appeals.")

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="the caller ID, as anybody spells it")]
Why = Annotated[str, typer.Option("--why", help="why; it is kept")]
Since = Annotated[str | None, typer.Option("--since", help="RFC 3339 with offset; default now")]
Reference = Annotated[str | None, typer.Option("--reference", help="number of the other side's document")]


@number.command("complain")
def complain(
    caller_id: Number,
    what: Annotated[str, typer.Option("--what", help="what it is about")],
    source: Annotated[str, typer.Option("--from", help="who forwarded it: 12321, 12345, the carrier …")],
    why: Why,
    since: Since = None,
    reference: Reference = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """File a complaint about calls with this number."""
    said = {"kind": "complaint", "what": what, "source": source, "why": why, "reference": reference}
    _mark(config, caller_id, {**said, "since": since}, as_json)


@number.command("label")
def label(
    caller_id: Number,
    what: Annotated[str, typer.Option("--what", help="the words that phones show")],
    source: Annotated[str, typer.Option("--by", help="who marks it: a handset maker, an app")],
    why: Why,
    since: Since = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Write down that phones mark this number as spam."""
    said = {"kind": "label", "what": what, "source": source, "why": why, "since": since}
    _mark(config, caller_id, said, as_json)


@number.command("notice")
def notice(
    caller_id: Number,
    what: Annotated[str, typer.Argument(metavar="warn|suspend")],
    carrier: Annotated[str, typer.Option("--carrier", help="who gave notice")],
    why: Why,
    since: Since = None,
    reference: Reference = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Write down a carrier's notice. A suspension ends live calls with this number before it returns."""
    said = {"kind": "notice", "what": what, "source": carrier, "why": why, "reference": reference}
    _mark(config, caller_id, {**said, "since": since}, as_json)


@number.command("appeal")
def appeal(
    caller_id: Number,
    about: Annotated[str, typer.Option("--about", help="the mark that it is against")],
    source: Annotated[str, typer.Option("--to", help="who decides it")],
    why: Why,
    reference: Reference = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Write down that an appeal was filed against a complaint, label or notice."""
    said = {"kind": "appeal", "what": "appeal", "source": source, "why": why, "about": about}
    _mark(config, caller_id, {**said, "reference": reference}, as_json)


@number.command("close")
def close(
    mark: Annotated[str, typer.Argument(metavar="MARK")],
    verdict: Annotated[
        str,
        typer.Argument(
            metavar="VERDICT",
            help="complaint: upheld, unfounded, withdrawn; label: cleared; notice: answered, lifted; "
            "appeal: upheld, rejected, withdrawn",
        ),
    ],
    why: Why,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Close a complaint, label, notice or appeal. A suspension is lifted by two people, one after the other."""
    path = f"/v1/numbers/marks/{segment(mark)}/verdict"
    try:
        told = Client(config).post(path, {"verdict": verdict, "why": why}).document
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(told)
    elif told["state"] == "proposed":
        say(f"`{mark}` still binds: a second person gives the same command")
    else:
        say(f"`{mark}` is closed: {verdict}")


@number.command("health")
def health(
    caller_id: Annotated[str | None, typer.Argument(metavar="[NUMBER]")] = None,
    lang: Lang = "",
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """What is said of every number now, or what was ever said of one."""
    path = "/v1/numbers/health" if caller_id is None else f"/v1/numbers/{segment(caller_id)}/health"
    try:
        answer = Client(config).get(path)
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(answer.document)
        return
    from dialer.commands.stock_pages import show_health

    show_health(answer.document["marks"], answer.zones[-1], language(lang))


def _mark(config: Any, caller_id: str, said: dict[str, Any], as_json: bool) -> None:
    body = {name: value for name, value in said.items() if value is not None}
    try:
        told = Client(config).post(f"/v1/numbers/{segment(caller_id)}/marks", body).document
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(told)
    else:
        say(f"`{told['number']}`: {said['kind']} `{told['mark']}` is kept")
