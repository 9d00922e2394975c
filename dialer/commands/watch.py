"""`dialer watch`: the watchdog, a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dialer.commands.options import CONFIG, Config, fail, say
from dialer.core.errors import DialerError


def watch(
    config: Config = CONFIG,
    user: Annotated[str, typer.Option("--user", help="an ARI user of its own")] = "",
    password_file: Annotated[
        Path | None, typer.Option("--password-file", help="the password of that user (0600)")
    ] = None,
    application: Annotated[str, typer.Option("--app", help="an ARI application of its own")] = "dialer-watch",
) -> None:
    """End every outbound trunk leg that has no valid permit; trusts neither controller nor record."""
    import asyncio

    from dialer.settings import load_settings
    from dialer.wiring.watchdog import watch_over

    try:
        settings = load_settings(config)
        asyncio.run(watch_over(settings, user, password_file, application, say))
    except DialerError as error:
        fail(error)
    except KeyboardInterrupt:
        raise SystemExit(0) from None
