"""The register in and out: `dialer register check|import|export|template`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from dialer.commands.client import LONG_S, Client
from dialer.commands.options import (
    BAD,
    CONFIG,
    AsJson,
    Config,
    fail,
    say,
    say_json,
    warn,
)
from dialer.core.errors import BadInput, DialerError, InputFault, Place

T = TypeVar("T")
FAULT_COLUMNS = ("file", "row", "column", "reason", "value", "hint")

File = Annotated[Path, typer.Argument(metavar="REGISTER", help="YAML, XLSX, or a folder of CSV files")]
Faults = Annotated[
    Path | None,
    typer.Option("--faults", dir_okay=False, help="every fault in this CSV file, not only the first 100"),
]
AcceptEnded = Annotated[
    bool,
    typer.Option(
        "--accept-ended", help="numbers in use whose document has ended too: their calls are denied"
    ),
]
Form = Annotated[str, typer.Option("--format", help="yaml, csv or xlsx")]
Tongue = Annotated[str, typer.Option("--lang", help="of headers and words: zh or en; either is understood")]


def check(
    file: File, faults: Faults = None, accept_ended: AcceptEnded = False, as_json: AsJson = False
) -> None:
    """Read a register; nothing is put in force."""
    document = _register(file, faults, accept_ended=accept_ended)
    counts = {name: len(rows) for name, rows in document.items() if isinstance(rows, list)}
    if as_json:
        say_json(counts)
    else:
        say(f"{file}: in order; " + ", ".join(f"{count} {name}" for name, count in counts.items()))


def import_(
    file: File,
    faults: Faults = None,
    accept_ended: AcceptEnded = False,
    reason: Annotated[str, typer.Option("--reason", help="stands in the entry")] = "import",
    config: Config = CONFIG,
    as_json: AsJson = False,
) -> None:
    """Put a register in force as far as it tightens; what may loosen waits for a second person."""
    document = _register(file, faults, accept_ended=accept_ended)
    try:
        body = {"document": document, "reason": reason}
        told = Client(config).send("PUT", "/v1/register", body, {}, LONG_S).document
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(told)
    elif told["in_force"]:
        say(f"register version `{told['version']}` is in force")
    else:
        say(f"{told['tightens']} of {told['changes']} changes are in force; the others may loosen and wait:")
        for change in told["loosens"]:
            say(f"  {change}")
        say(f"a second person approves them: dialer register approve {told['proposal']}")


def export(
    form: Form = "yaml",
    out: Annotated[
        Path | None, typer.Option("--out", help="file; for csv a folder; default: yaml is shown")
    ] = None,
    lang: Tongue = "zh",
    config: Config = CONFIG,
) -> None:
    """Write the register in force; importing what is written gives the same register."""
    from dialer.register_tables import write_register, yaml_text

    asked = _asked(form, lang)
    try:
        document = Client(config).get("/v1/register/whole").document["document"]
        if asked == "yaml" and out is None:
            say(yaml_text(document).rstrip("\n"))
            return
        path = out or _default(asked, "register")
        write_register(document, path, asked, lang)
    except DialerError as error:
        fail(error)
    say(str(path))


def template(
    form: Form = "xlsx",
    out: Annotated[Path | None, typer.Option("--out", help="file; for csv a folder")] = None,
    lang: Tongue = "zh",
    filled: Annotated[bool, typer.Option("--filled", help="with the sample register in it")] = False,
) -> None:
    """Write an empty register to fill in, with what each column wants."""
    from dialer.register_files import load_register
    from dialer.register_tables import write_register, write_template

    asked = _asked(form, lang)
    path = out or _default(asked, "register-sample" if filled else "register-template")
    try:
        if filled:
            write_register(load_register(_samples() / "register.yaml"), path, asked, lang)
        else:
            write_template(path, asked, lang)
    except DialerError as error:
        fail(error)
    say(str(path))
    if not filled:
        warn(f"  hint: filled examples lie in {_samples()}; or --filled writes one")


def _register(file: Path, faults: Path | None, *, accept_ended: bool) -> dict[str, Any]:
    """The register in a file; what of it has ended is told."""
    from zoneinfo import ZoneInfo

    from dialer.deadlines import ENDED, all_deadlines
    from dialer.register_tables import read_register

    now = datetime.now(UTC)
    document = _read(lambda: read_register(file, None if accept_ended else now), faults)
    today = now.astimezone(ZoneInfo(document["register"]["zone"])).date()
    for one in all_deadlines(document):
        if one.bracket(today) == ENDED:
            warn(f"{file}: ended on {one.last_day}: {one.kind} `{one.subject}` of {one.of}")
    return document


def _read(work: Callable[[], T], faults: Path | None) -> T:
    """What `work` reads; where it is refused, the first faults are shown, all of them kept, and the command ends."""
    from dialer.tabular import write_csv

    try:
        return work()
    except BadInput as error:
        if faults is not None:
            try:
                write_csv(faults, FAULT_COLUMNS, (_fault_row(one) for one in error.faults))
            except BadInput as trouble:
                fail(trouble)
            warn(f"{len(error.faults)} faults, all in {faults}")
        fail(error)
    except DialerError as error:
        fail(error)


def _fault_row(one: InputFault) -> tuple[str | int | None, ...]:
    return one.place.file, one.place.line or None, one.place.path, one.reason, one.value, one.hint


def _asked(form: str, lang: str) -> Any:
    from dialer.register_tables import FORMATS

    known = {"--format": (form, FORMATS), "--lang": (lang, ("zh", "en"))}
    for name, (given, words) in known.items():
        if given not in words:
            warn(str(InputFault(Place(name), "unknown word", given, f"one of {', '.join(words)}")))
            raise SystemExit(BAD)
    return form


def _default(form: str, name: str) -> Path:
    return Path(name if form == "csv" else f"{name}.{form}")


def _samples() -> Path:
    import dialer.lab

    return Path(dialer.lab.__file__).parent / "sample"
