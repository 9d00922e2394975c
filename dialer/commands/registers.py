"""`dialer register …`, `dialer script …`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from dialer.commands import changes, register_io
from dialer.commands.client import Client, segment
from dialer.commands.options import CONFIG, AsJson, Config, fail, group, say, say_json
from dialer.core.errors import DialerError

register = group("The register: enterprises, licences, entrustments, numbers.")
script = group("Scripts: what is said, submitted by one and approved by another.")


register.command("check")(register_io.check)
register.command("import")(register_io.import_)
register.command("export")(register_io.export)
register.command("template")(register_io.template)
for _command in changes.COMMANDS:
    register.command(_command.__name__)(_command)


@register.command("list")
def register_list(config: Config = CONFIG, as_json: AsJson = False) -> None:
    """The register in force."""
    try:
        told = Client(config).get("/v1/register").document
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(told)
        return
    say(f"version {told['version']}")
    if told["numbers_file"]:
        say(f"its numbers stand in a file of their own, SHA-256 {told['numbers_file']['digest']}")
    for number in told["document"].get("numbers", ()):
        purposes = ",".join(number.get("purposes", ()))
        until = number.get("to", "…")
        say(
            f"{number['number']:<14} {number['enterprise']:<16} {number.get('agency') or '-':<16} "
            f"{number['carrier']:<12} {purposes:<24} {number['status']:<10} to {until}"
        )


@script.command("import")
def script_import(
    file: Annotated[Path, typer.Argument(metavar="SCRIPTS.yaml")],
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Submit scripts; their recordings are checked and copied under their SHA-256."""
    from dialer.script_files import load_scripts, script_json
    from dialer.settings import load_settings

    try:
        rows = [script_json(row) for row in load_scripts(file, load_settings(config).ari.sounds_dir)]
        told = Client(config).put("/v1/scripts", {"scripts": rows}).document
    except DialerError as error:
        fail(error)
    _told(told, as_json, f"{len(rows)} scripts submitted; each needs: dialer script approve ID VERSION")


@script.command("approve")
def script_approve(
    script_id: Annotated[str, typer.Argument(metavar="SCRIPT")],
    version: Annotated[int, typer.Argument(metavar="VERSION", min=1)],
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Approve one version; the one before is withdrawn."""
    try:
        told = Client(config).post(f"/v1/scripts/{segment(script_id)}/approve", {"version": version}).document
    except DialerError as error:
        fail(error)
    _told(told, as_json, f"script `{script_id}` version {version} is approved")


def _told(told: Any, as_json: bool, text: str) -> None:
    if as_json:
        say_json(told)
    else:
        say(text)
