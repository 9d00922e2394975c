"""`dialer serve`."""

from __future__ import annotations

import logging
import os
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from dialer.commands.options import CONFIG, Config, fail, warn
from dialer.core.errors import DialerError

if TYPE_CHECKING:
    from dialer.settings import Settings


def serve(
    config: Config = CONFIG,
    ready_fd: Annotated[
        int | None, typer.Option("--ready-fd", help="a line is written to this descriptor once it answers")
    ] = None,
    drain_s: Annotated[
        float, typer.Option("--drain-s", help="how long live calls may go on after SIGTERM", min=0)
    ] = 30.0,
) -> None:
    """Run the controller: owner of the record, API, schedule. SIGTERM lets live calls end, then stops."""
    import asyncio

    from dialer.settings import load_settings
    from dialer.wiring import controller

    def told(line: str) -> None:
        warn(f"{_prefix(settings)}{line}")
        if ready_fd is not None:
            with os.fdopen(ready_fd, "w") as end:
                end.write(line + "\n")

    try:
        settings = load_settings(config)
        _log(settings)
        asyncio.run(controller.serve(settings, told, drain_s))
    except DialerError as error:
        fail(error)


def _prefix(settings: Settings) -> str:
    offset_s = settings.lab.clock_offset_s
    return f"[lab clock {offset_s:+.0f} s] " if offset_s else ""


class _Lines(logging.Formatter):
    """Every line shows the instant of the clock that decisions are made by, and whether that is a lab's."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        from zoneinfo import ZoneInfo

        from dialer.wiring.site import clock_of

        self._prefix = _prefix(settings)
        self._clock = clock_of(settings)
        self._zone = ZoneInfo(settings.site.zone)

    def format(self, record: logging.LogRecord) -> str:
        """One line; runs of digits as long as a number are masked, whoever wrote them."""
        from dialer.core.phone import masked_in

        at: datetime = self._clock.now().astimezone(self._zone)
        line = f"{self._prefix}{at.isoformat(timespec='milliseconds')} {record.levelname.lower()} "
        line += masked_in(record.getMessage())
        if record.exc_info:
            line += "\n" + masked_in(self.formatException(record.exc_info))
        return line


def _log(settings: Settings) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines(settings))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for noisy in ("apscheduler", "alembic", "aiohttp.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
