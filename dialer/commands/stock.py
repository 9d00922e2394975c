"""`dialer register stocktake`: bills, call records and declarations against the register."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from dialer.commands.client import LONG_S, Client
from dialer.commands.options import CONFIG, DENIED, DONE, AsJson, Config, Lang, fail, language, say_json
from dialer.commands.registers import register as register
from dialer.core.errors import BadInput, DialerError, InputFault, Place

Given = list[str]
_OF_PARTY = re.compile(r"^([^=/]{1,100})=(.+)$")


@register.command("stocktake")
def stocktake(
    bills: Annotated[Given, typer.Option("--bill", metavar="[CARRIER=]FILE", help="carriers' bills")] = [],  # noqa: B006
    cdrs: Annotated[Given, typer.Option("--cdr", metavar="[UNIT=]FILE", help="agencies' call records")] = [],  # noqa: B006
    declarations: Annotated[
        Given, typer.Option("--declaration", metavar="[UNIT=]FILE", help="signed declarations of use")
    ] = [],  # noqa: B006
    against: Annotated[
        Path | None,
        typer.Option("--register", metavar="REGISTER.yaml", help="a register file; needs no controller"),
    ] = None,
    lang: Lang = "",
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Stock-taking (号码盘点) against the register in force and the record's own attempts; exit 1 with findings."""
    given = {"bill": bills, "cdr": cdrs, "declaration": declarations}
    try:
        book = _book(config, against)
        told = _taken(book, given)
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(told)
    else:
        from dialer.commands.stock_pages import show_stock

        show_stock(told, language(lang))
    raise SystemExit(DENIED if told["findings"] else DONE)


@register.command("deadlines")
def deadlines(
    within: Annotated[int, typer.Option("--within", min=0, max=3660, metavar="DAYS")] = 60,
    ics: Annotated[
        Path | None, typer.Option("--ics", metavar="FILE", help="write a calendar of the next 400 days")
    ] = None,
    lang: Lang = "",
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """What ends soon: licences, entrustments, numbers, scripts, reviews of rules; with who acts."""
    client = Client(config)
    try:
        told = client.get("/v1/register/deadlines", within=str(within)).document
        if ics is not None:
            written(ics, client.get("/v1/register/deadlines.ics").raw)
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(told)
        return
    from dialer.commands.stock_pages import show_deadlines

    show_deadlines(told["deadlines"], language(lang))


def written(path: Path, content: bytes) -> None:
    """Write an output file. Raises BadInput where it cannot be."""
    try:
        path.write_bytes(content)
    except OSError as trouble:
        reason = f"cannot be written: {(trouble.strerror or 'unknown').lower()}"
        raise BadInput(
            [InputFault(Place(str(path)), reason, hint="name a file in a folder that is there")]
        ) from None


@dataclass(frozen=True)
class _Book:
    """The register that is compared, and the controller that has it in force; None where it is a file."""

    document: Mapping[str, Any]
    version: str
    client: Client | None

    @property
    def zone(self) -> str:
        return str(self.document["register"]["zone"])


def _book(config: Path, against: Path | None) -> _Book:
    if against is not None:
        from dialer.register_files import load_register

        return _Book(load_register(against), str(against), None)
    client = Client(config)
    told = client.send("GET", "/v1/register/whole", None, {}, LONG_S).document
    return _Book(told["document"], told["version"], client)


def _taken(book: _Book, given: Mapping[str, Given]) -> dict[str, Any]:
    from dialer.stocktaking import Use, take_stock
    from dialer.stocktaking_words import finding_json
    from dialer.use_files import load_uses

    uses: list[Use] = []
    files = []
    faults: list[InputFault] = []
    for kind, names in given.items():
        for name in names:
            path, party = _path(name)
            try:
                uses += load_uses(kind, path, book.zone, party)
            except BadInput as error:
                faults += error.faults
                continue
            files.append({"kind": kind, "name": path.name, "sha256": _digest(path)})
    if not (files or faults):
        hint = "give at least one of --bill, --cdr, --declaration"
        faults = [InputFault(Place("stocktake"), "nothing to compare with the register", hint=hint)]
    if faults:
        raise BadInput(faults)
    # A declaration is signed afterwards: where anything else is there, its day says nothing about the calls.
    dated = [use for use in uses if use.source != "declaration"] or uses
    first, last = min(use.first for use in dated), max(use.last for use in dated)
    suspended: dict[str, date] = {}
    if book.client is not None:
        uses += _own(book.client, first, last)
        suspended = _suspended(book.client, ZoneInfo(book.zone))
    stock = take_stock(book.document, uses, suspended)
    told = {
        "version": book.version,
        "files": files,
        "first": first.isoformat(),
        "last": last.isoformat(),
        "rows": dict(stock.rows),
        "findings": [finding_json(one, book.document) for one in stock.findings],
    }
    if book.client is not None:
        counted = dict(Counter(one.kind for one in stock.findings))
        kept = {name: told[name] for name in ("version", "files", "first", "last")}
        told["entry"] = book.client.post("/v1/register/stocktakes", {**kept, "findings": counted}).document[
            "entry"
        ]
    return told


def _path(name: str) -> tuple[Path, str | None]:
    """`PARTY=FILE` or `FILE`; a file that is there by the whole name is that file."""
    match = None if Path(name).exists() else _OF_PARTY.match(name)
    return (Path(match[2]), match[1]) if match else (Path(name), None)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _own(client: Client, first: date, last: date) -> list[Any]:
    """What the record's own attempts used, as one more source."""
    from dialer.core.policy import Purpose
    from dialer.stocktaking import Use

    rows = client.get("/v1/register/usage", first=first.isoformat(), last=last.isoformat()).document["used"]
    return [
        Use(
            source="record",
            file="record",
            row=0,
            number=one["number"],
            first=date.fromisoformat(one["day"]),
            last=date.fromisoformat(one["day"]),
            calls=one["calls"],
            user=one["agency"] or one["enterprise"],
            enterprise=one["enterprise"],
            purposes=frozenset({Purpose(one["purpose"])}),
        )
        for one in rows
    ]


def _suspended(client: Client, zone: ZoneInfo) -> dict[str, date]:
    """Civil days from which carriers have suspended numbers, or somebody here has taken them away."""
    days: dict[str, date] = {}
    for one in client.get("/v1/register/restrictions").document["restrictions"]:
        if one["kind"] == "number" and one["what"] in ("suspend", "remove", "end"):
            since = datetime.fromisoformat(one["end"] or one["since"])
            days[one["target"]] = since.astimezone(zone).date()
    for one in client.get("/v1/numbers/health").document["marks"]:
        if (one["kind"], one["what"]) == ("notice", "suspend"):
            day = datetime.fromisoformat(one["since"]).astimezone(zone).date()
            days[one["number"]] = min(days.get(one["number"], day), day)
    return days
