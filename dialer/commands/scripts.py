"""`dialer script screen`, `list`, `show`: what is wrong with the words, before anybody says them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dialer.commands.client import Client, segment
from dialer.commands.options import CONFIG, DENIED, AsJson, Config, Lang, fail, language, say_json
from dialer.commands.registers import script
from dialer.commands.screening_pages import show_figures, show_script, show_scripts, show_text
from dialer.core.errors import BadInput, DialerError, InputFault, Place
from dialer.core.policy import Purpose

if TYPE_CHECKING:
    from dialer.screening.shapes import Role, Subject

__all__ = ["script"]

# Lawful lines of a corpus that may be stopped, in a hundred.
_MOST_STOPPED_PERCENT = 2.0
_LONGEST_TEXT = 100_000


@script.command("screen")
def screen_file(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="a text, `-` for standard input, or a SCRIPTS.yaml"),
    ] = None,
    corpus: Annotated[
        Path | None, typer.Option("--corpus", help="figures over a folder of TSV files instead")
    ] = None,
    purpose: Annotated[Purpose, typer.Option("--purpose", help="of a text")] = Purpose.MARKETING,
    product: Annotated[str | None, typer.Option("--product", help="of a text")] = None,
    spoken: Annotated[
        str | None, typer.Option("--language", help="zh or en: what the text is meant to be in")
    ] = None,
    role: Annotated[
        str, typer.Option("--role", help="opening (with its parts), closing, or line (content only)")
    ] = "opening",
    name: Annotated[
        list[str] | None, typer.Option("--name", help="a registered name of the enterprise; repeat it")
    ] = None,
    contact: Annotated[str, typer.Option("--contact", help="the registered number of the enterprise")] = "",
    register: Annotated[
        Path | None, typer.Option("--register", help="take names and numbers from a register file")
    ] = None,
    as_json: AsJson = False,
    lang: Lang = "",
) -> None:
    """Screen a script's words; exit 0 only for a clean text, 1 with findings."""
    try:
        if corpus is not None:
            _figures(corpus, as_json)
        if file is None:
            raise _bad("FILE", "nothing to screen", "", "name a file, or --corpus FOLDER")
        subject = _subject(purpose, product, spoken, role, tuple(name or ()), contact)
        texts = _scripts(file, register) if file.suffix in (".yaml", ".yml") else [("", _text(file), subject)]
        told = [_screened(*one) for one in texts]
    except DialerError as error:
        fail(error)
    if as_json:
        say_json({"clean": all(one["clean"] for one in told), "texts": told})
    else:
        for one in told:
            show_text(one, language(lang))
    raise SystemExit(0 if all(one["clean"] for one in told) else DENIED)


@script.command("list")
def script_list(config: Config = CONFIG, as_json: AsJson = False) -> None:
    """Every version of every script, with how much screening found."""
    try:
        told = Client(config).get("/v1/scripts").document
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(told)
    else:
        show_scripts(told["scripts"])


@script.command("show")
def script_show(
    script_id: Annotated[str, typer.Argument(metavar="SCRIPT")],
    version: Annotated[int | None, typer.Argument(metavar="[VERSION]", min=1)] = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
    lang: Lang = "",
) -> None:
    """The words of a script and what screening said of them at its submission."""
    try:
        found = Client(config).get(f"/v1/scripts/{segment(script_id)}").document["versions"]
        told = [one for one in found if version in (None, one["version"])]
        if not told:
            raise _bad("VERSION", "no such version", str(version), f"the newest is {found[-1]['version']}")
    except DialerError as error:
        fail(error)
    if as_json:
        say_json({"versions": told})
        return
    for one in told:
        show_script(one, language(lang))


def _figures(folder: Path, as_json: bool) -> None:
    from dialer.screening.corpus import figures, read_corpus

    told = figures(read_corpus(folder))
    if as_json:
        say_json(told)
    else:
        show_figures(told)
    bad = told["missed"] or told["falsely_stopped_percent"] > _MOST_STOPPED_PERCENT
    raise SystemExit(DENIED if bad else 0)


def _screened(ident: str, text: str, subject: Subject) -> dict[str, Any]:
    from dialer.screening.screen import screen
    from dialer.screening.telling import screened_json

    return {"id": ident, "text": text, **screened_json(screen(text, subject))}


def _subject(
    purpose: Purpose, product: str | None, spoken: str | None, role: str, names: tuple[str, ...], contact: str
) -> Subject:
    from dialer.screening.shapes import Subject

    return Subject(
        purposes=frozenset({purpose.value}),
        products=frozenset({product} if product else ()),
        role=_role(role),
        names=names,
        contact=contact,
        language=_one_of("--language", spoken, ("zh", "en")) if spoken is not None else None,
    )


def _role(role: str) -> Role:
    roles: dict[str, Role] = {"opening": "opening", "closing": "closing", "line": "line"}
    return roles[_one_of("--role", role, tuple(roles))]


def _one_of(option: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise _bad(option, "no such value", value, f"one of {', '.join(known)}")
    return value


def _text(file: Path) -> str:
    """The words of a text file. Raises BadInput for one that is empty, too long or not UTF-8."""
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        text = content.decode("utf-8-sig").strip()
    except OSError as trouble:
        raise _bad(str(file), f"cannot be read ({(trouble.strerror or 'unknown').lower()})", "", "") from None
    except UnicodeDecodeError:
        raise _bad(str(file), "is not UTF-8 text", "", "save it as UTF-8") from None
    if not text or len(text) > _LONGEST_TEXT:
        raise _bad(
            str(file),
            "is empty" if not text else "is too long for a script",
            "",
            "give the words of a script",
        )
    return text


def _scripts(file: Path, register: Path | None) -> list[tuple[str, str, Subject]]:
    """The scripts of a YAML file; their recordings are not looked at."""
    from dialer.documents import load_yaml, validated
    from dialer.register_files import load_register
    from dialer.script_files import ScriptEntry
    from dialer.wiring.screening import subject_of

    known: dict[str, Mapping[str, Any]] = {}
    if register is not None:
        known = {one["id"]: one for one in load_register(register)["enterprises"]}
    entries = validated(load_yaml(file), list[ScriptEntry])
    return [(f"{one.id} {one.version}", one.text, subject_of(one, known)) for one in entries]


def _bad(what: str, reason: str, value: str, hint: str) -> BadInput:
    return BadInput([InputFault(Place(what), reason, value, hint)])
