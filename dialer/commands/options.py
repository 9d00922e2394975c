"""Options that many commands share, and how a command ends."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from dialer.core.errors import BadInput, DialerError, Fault

DONE, DENIED, BAD = 0, 1, 2
# So many faults of one input are told on a terminal.
MOST_SHOWN = 100

Config = Annotated[
    Path,
    typer.Option("--config", "-c", envvar="DIALER_CONFIG", help="the settings of this site", dir_okay=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="data instead of text")]
Lang = Annotated[str, typer.Option("--lang", envvar="DIALER_LANG", help="zh or en; default from LANG")]
CONFIG = Path("dialer.toml")


def group(about: str) -> typer.Typer:
    """A group of commands."""
    return typer.Typer(help=about, no_args_is_help=True, pretty_exceptions_enable=False)


def language(asked: str) -> str:
    """`zh` or `en`: what was asked for, else what the environment says."""
    wanted = (
        asked or os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    )
    return "zh" if wanted.lower().startswith("zh") else "en"


def say(text: str) -> None:
    """A line of an answer."""
    sys.stdout.write(text + "\n")


def say_json(document: Any) -> None:
    """An answer as JSON; bytes are JSON already and stay as they are."""
    import json

    if isinstance(document, bytes):
        sys.stdout.buffer.write(document.rstrip(b"\n") + b"\n")
        sys.stdout.buffer.flush()
    else:
        say(json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True))


def warn(text: str) -> None:
    """A line that is not part of the answer."""
    sys.stderr.write(text + "\n")


def fail(error: DialerError) -> NoReturn:
    """Say what went wrong and end: 2 where the input is at fault, else 1."""
    from dialer.commands.client import Refused

    if isinstance(error, Refused):
        warn(f"refused: {error.problem.get('detail', '')}")
        for fault in error.problem.get("faults", ())[:MOST_SHOWN]:
            place = ":".join(str(fault[name]) for name in ("file", "line", "path") if fault.get(name))
            warn(f"  {place}: {fault['reason']}" + (f" `{fault['value']}`" if fault.get("value") else ""))
            if fault.get("hint"):
                warn(f"    hint: {fault['hint']}")
        if error.problem.get("hint") and not error.problem.get("faults"):
            warn(f"  hint: {error.problem['hint']}")
        raise SystemExit(error.exit_code)
    if isinstance(error, BadInput) and len(error.faults) > MOST_SHOWN:
        for one in error.faults[:MOST_SHOWN]:
            warn(str(one))
        warn(f"and {len(error.faults) - MOST_SHOWN} more faults")
    else:
        warn(str(error))
    if isinstance(error, Fault) and "owned by pid" in error.detail:
        warn("  hint: one process owns a record; stop that one first, or speak to it with the other commands")
    raise SystemExit(BAD if isinstance(error, BadInput) else DENIED)
