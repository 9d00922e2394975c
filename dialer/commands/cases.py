"""`dialer case …`: what the enterprise's own systems and people say of a debt."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from dialer.commands.client import LONG_S, Client
from dialer.commands.options import BAD, CONFIG, AsJson, Config, fail, group, say, say_json, warn
from dialer.core.errors import DialerError

case = group("Cases: who has them, what stops their calls, what the debtor was told.")

Debt = Annotated[
    str | None, typer.Argument(metavar="[DEBT]", help="the enterprise's own id; none: it is asked for")
]
DebtFile = Annotated[
    Path | None, typer.Option("--debt-file", help="a file whose one line is the id; - is standard input")
]
Enterprise = Annotated[str, typer.Option("--enterprise")]
At = Annotated[str | None, typer.Option("--at", help="RFC 3339 with an offset; none: now")]


@case.command("add")
def case_add(
    change: Annotated[str, typer.Argument(metavar="CHANGE", help="assigned, withdrawn, settled, told, …")],
    enterprise: Enterprise,
    debt: Debt = None,
    debt_file: DebtFile = None,
    agency: Annotated[str | None, typer.Option("--agency", help="of assigned and told")] = None,
    how: Annotated[str | None, typer.Option("--how", help="of told: sms, call, letter, app, …")] = None,
    overdue_days: Annotated[int | None, typer.Option("--overdue-days", min=0)] = None,
    at: At = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Write what happened to a case; live calls that it forbids have ended when this returns."""
    row = {"change": change, "agency": agency, "how": how, "overdue_days": overdue_days, "at": at}
    _changed(config, enterprise, _debt(debt, debt_file), row, as_json)


@case.command("hold")
def case_hold(
    enterprise: Enterprise,
    reason: Annotated[str, typer.Option("--reason", help="without numbers or names")],
    debt: Debt = None,
    debt_file: DebtFile = None,
    until: Annotated[str | None, typer.Option("--until", help="none: until it is lifted")] = None,
    at: At = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Hold a case: nobody calls about it, and a phone that rings for it stops, before this returns."""
    row = {"change": "held", "reason": reason, "until": until, "at": at}
    _changed(config, enterprise, _debt(debt, debt_file), row, as_json)


@case.command("lift")
def case_lift(
    enterprise: Enterprise,
    debt: Debt = None,
    debt_file: DebtFile = None,
    what: Annotated[str, typer.Option("--what", help="held, disputed, ill, deceased, …")] = "held",
    at: At = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Lift the holds of a case, or another thing that stands."""
    row = {"change": "lifted", "lifts": what, "at": at}
    _changed(config, enterprise, _debt(debt, debt_file), row, as_json)


@case.command("show")
def case_show(
    enterprise: Enterprise,
    debt: Debt = None,
    debt_file: DebtFile = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """A case as it stands, and every change of it."""
    wanted = _debt(debt, debt_file)
    try:
        told = Client(config).get("/v1/cases", enterprise=enterprise, debt=wanted).document
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(told)
        return
    overdue = "" if told["overdue_days"] is None else f", {told['overdue_days']} days past due"
    say(f"{told['status']}, with {told['assigned_to'] or enterprise}{overdue}")
    for hold in told["holds"]:
        say(f"held from {hold['from']} to {hold['until'] or '…'}: {hold['reason'] or '-'}")
    if told["debtor_told_at"]:
        say(f"the debtor was told {told['debtor_told_at']} by {told['told_how'] or '-'}")
    for one in told["changes"]:
        rest = " ".join(f"{name}={value}" for name, value in one.items() if name not in ("at", "change"))
        say(f"  {one['at']}  {one['change']:<10} {rest}")


@case.command("import")
def case_import(
    file: Annotated[Path, typer.Argument(metavar="CASES", exists=True, dir_okay=False, readable=True)],
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Put a case file (CSV, XLSX) in force, whole or not at all; calls go on meanwhile."""
    try:
        told = Client(config).upload("/v1/cases/batch", file, {"name": file.name}, LONG_S).document
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(told)
    else:
        say(f"{told['rows']} changes are in force: batch `{told['batch']}`, SHA-256 {told['digest']}")


def _changed(config: Path, enterprise: str, debt: str, row: dict[str, Any], as_json: bool) -> None:
    known = {name: value for name, value in row.items() if value is not None}
    sent = {"changes": [{"enterprise": enterprise, "debt": debt, **known}]}
    try:
        told = Client(config).post("/v1/cases/changes", sent).document
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(told)
        return
    say("the change is in force")
    if told["never_called"]:
        warn(
            "no call has named this debt yet\n  hint: look at its id again; a hold of another debt holds nothing"
        )


def _debt(debt: str | None, file: Path | None) -> str:
    """The id from where it was given. Asked for without being shown, so that it stands in no history of a shell."""
    if debt is not None and file is not None:
        _bad("the id of the debt is given twice", "as an argument or in a file")
    if debt is not None:
        return debt
    try:
        if file is None and sys.stdin.isatty():
            found = str(typer.prompt("debt", hide_input=True, err=True))
        else:
            found = sys.stdin.readline() if file is None or str(file) == "-" else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as trouble:
        _bad(f"the file with the id of the debt cannot be read: {trouble}", "one line of UTF-8")
    found = found.strip()
    if not found or "\n" in found:
        _bad("the id of the debt is not one line", "name it as an argument, in a file or on standard input")
    return found


def _bad(what: str, hint: str) -> NoReturn:
    warn(f"{what}\n  hint: {hint}")
    raise SystemExit(BAD)
