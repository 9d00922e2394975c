"""`dialer demo`: the lab and a sample campaign, end to end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dialer.commands.options import Lang, language


def demo(
    serve: Annotated[bool, typer.Option("--serve", help="keep it up for playing with, until Ctrl-C")] = False,
    json: Annotated[Path | None, typer.Option("--json", help="write one object a fate to this file")] = None,
    page: Annotated[Path | None, typer.Option("--page", help="write the page here, not in .lab/")] = None,
    svg: Annotated[
        Path | None, typer.Option("--svg", help="write the table as a picture to this file")
    ] = None,
    lang: Lang = "",
) -> None:
    """Run one campaign on a lab Asterisk in which each item meets one fate; 0 only where all witnesses agree."""
    from rich.console import Console

    from dialer.lab.demo.run import Options, run

    options = Options(lang=language(lang), serve=serve, json=json, page=page, svg=svg)
    raise SystemExit(run(options, Console(highlight=False)))
