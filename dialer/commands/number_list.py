"""`dialer register diff|sign|submit|receipt|reconcile|…`: the number list (号码清单) and its regulators."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from dialer.commands import number_list_pages as pages
from dialer.commands.client import LONG_S, Client, segment
from dialer.commands.options import CONFIG, DENIED, DONE, AsJson, Config, fail, say, say_json
from dialer.commands.stock import register as register
from dialer.core.errors import BadInput, DialerError, InputFault, Place

Enterprise = Annotated[str | None, typer.Option("--enterprise", help="none: all")]
Key = Annotated[Path, typer.Option("--key", help="the officer's private key (PEM)", dir_okay=False)]
By = Annotated[str, typer.Option("--by", help="who signs")]
Submission = Annotated[str, typer.Argument(metavar="SUBMISSION")]


@register.command("diff")
def diff(enterprise: Enterprise = None, config: Config = CONFIG, as_json: AsJson = False) -> None:
    """What each regulator must still be told of numbers, and how long that waits."""
    try:
        told = Client(config).get("/v1/register/diff", enterprise=enterprise).document
    except DialerError as error:
        fail(error)
    _show(told, as_json, pages.diff)


@register.command("sign")
def sign(
    key: Key,
    by: By,
    enterprise: Enterprise = None,
    again: Annotated[bool, typer.Option("--again", help="rejected numbers too, as they are")] = False,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Prepare a submission of each difference and sign it here; the key never leaves this machine."""
    from dialer.number_list.documents import signed_by

    try:
        client = Client(config)
        wanted = {"again": again, **({"enterprise": enterprise} if enterprise else {})}
        told = client.post("/v1/register/submissions", wanted, timeout_s=LONG_S).document
        for one in told["submissions"]:
            path = f"/v1/register/submissions/{segment(one['submission'])}"
            signed = signed_by(key, client.get(f"{path}/document").raw, by)
            sent = {name: getattr(signed, name) for name in ("signature", "public_key", "signed_by")}
            client.post(f"{path}/signature", sent)
    except DialerError as error:
        fail(error)
    _show(told, as_json, pages.signed)


@register.command("submit")
def submit(
    submission: Annotated[str | None, typer.Argument(metavar="[SUBMISSION]", help="none: all signed")] = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Hand signed submissions over: to the regulator's address, else as files for portal or mail."""
    try:
        client = Client(config)
        names = [submission] if submission else _waiting(client)
        told = {
            "submissions": [
                client.post(f"/v1/register/submissions/{segment(one)}/submit", timeout_s=LONG_S).document
                for one in names
            ]
        }
    except DialerError as error:
        fail(error)
    _show(told, as_json, pages.submitted)
    raise SystemExit(DENIED if any(one["state"] == "sending" for one in told["submissions"]) else DONE)


def _waiting(client: Client) -> list[str]:
    every = client.get("/v1/register/submissions").document["submissions"]
    return [one["id"] for one in reversed(every) if one["state"] in ("signed", "sending")]


@register.command("receipt")
def receipt(
    submission: Submission,
    file: Annotated[Path, typer.Argument(metavar="RECEIPT", help="the scan: pdf, png or jpg")],
    reject: Annotated[
        list[str], typer.Option("--reject", metavar="NUMBER=REASON", help="a number that was sent back")
    ] = [],  # noqa: B006
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """File a scanned receipt (回执): its submission is acknowledged, but for the numbers it sends back."""
    try:
        content = base64.b64encode(_read(file)).decode()
        given = {"name": file.name, "content": content, "rejected": [_sent_back(one) for one in reject]}
        path = f"/v1/register/submissions/{segment(submission)}/receipt"
        told = Client(config).post(path, given).document
    except DialerError as error:
        fail(error)
    _show(told, as_json, pages.receipt)


@register.command("reconcile")
def reconcile(enterprise: Enterprise = None, config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Ask regulators with an address what they hold and send again what was lost; exit 1 unless both are equal."""
    try:
        wanted = {"enterprise": enterprise} if enterprise else {}
        told = Client(config).post("/v1/register/reconcile", wanted, timeout_s=LONG_S).document
    except DialerError as error:
        fail(error)
    _show(told, as_json, pages.reconciled)
    raise SystemExit(DONE if told["equal"] else DENIED)


@register.command("submissions")
def submissions(enterprise: Enterprise = None, config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Every submission with its answers and receipts, newest first."""
    try:
        told = Client(config).get("/v1/register/submissions", enterprise=enterprise).document
    except DialerError as error:
        fail(error)
    _show(told, as_json, pages.submissions)


@register.command("status")
def status(enterprise: Enterprise = None, config: Config = CONFIG, as_json: AsJson = False) -> None:
    """How far each number is, and the hours from its change to its report."""
    try:
        told = Client(config).get("/v1/register/states", enterprise=enterprise).document
    except DialerError as error:
        fail(error)
    _show(told, as_json, pages.states)


@register.command("publish")
def publish(
    enterprise: Annotated[str, typer.Argument(metavar="ENTERPRISE")],
    key: Key,
    by: By,
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Sign the whole list of an enterprise here, and keep it for authenticated readers."""
    from dialer.number_list.documents import signed_by

    try:
        client, path = Client(config), f"/v1/register/number-list/{segment(enterprise)}"
        content = client.get(f"{path}/draft").raw
        signed = signed_by(key, content, by)
        sent = {name: getattr(signed, name) for name in ("signature", "public_key", "signed_by")}
        told = client.put(path, {**sent, "list": content.decode()}).document
    except DialerError as error:
        fail(error)
    _show(told, as_json, lambda one: [f"published, sha256 {one['sha256']}"])


@register.command("published")
def published(
    enterprise: Annotated[str, typer.Argument(metavar="ENTERPRISE")],
    out: Annotated[Path, typer.Option("--out", help="the folder for list, signature and key")],
    config: Config = CONFIG,
) -> None:
    """Write the signed list, its signature and the key to files; docs/number-list.md says how to verify them."""
    from dialer.number_list.documents import DOCUMENT, PUBLIC_KEY, SIGNATURE

    try:
        client, path = Client(config), f"/v1/register/number-list/{quote(enterprise, safe='')}"
        files = {
            DOCUMENT: client.get(path).raw,
            SIGNATURE: client.get(f"{path}/signature").raw,
            PUBLIC_KEY: client.get(f"{path}/key").raw,
        }
        out.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (out / name).write_bytes(content)
    except DialerError as error:
        fail(error)
    say(f"{out}: {', '.join(files)}")


@register.command("verify")
def verify(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="with list, signature and key")],
    public_key: Annotated[
        Path | None, typer.Option("--public-key", help="the officer's key as you know it", dir_okay=False)
    ] = None,
) -> None:
    """Check a signed list or a submission's folder; needs no controller. Exit 1 where it is not what was signed."""
    from dialer.number_list.documents import DOCUMENT, PUBLIC_KEY, SIGNATURE
    from dialer.policy_signature import is_signed, key_id

    try:
        key = _read(public_key or folder / PUBLIC_KEY)
        signature = _read(folder / SIGNATURE).decode("ascii", "replace").strip()
        good = is_signed(key, _read(folder / DOCUMENT), signature)
        own = key_id(key)
    except DialerError as error:
        fail(error)
    say(f"{'signed' if good else 'NOT SIGNED'} by key {own}")
    raise SystemExit(DONE if good else DENIED)


def _sent_back(text: str) -> dict[str, str]:
    number, equals, reason = text.partition("=")
    if not (number and equals and reason):
        hint = "write it as NUMBER=REASON"
        raise BadInput([InputFault(Place("--reject"), "not a number and its reason:", text, hint)])
    return {"number": number, "reason": reason}


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        reason = f"cannot be read: {(error.strerror or 'unknown').lower()}"
        raise BadInput([InputFault(Place(str(file)), reason)]) from None


def _show(told: Any, as_json: bool, page: Any) -> None:
    if as_json:
        say_json(told)
        return
    for line in page(told):
        say(line)
