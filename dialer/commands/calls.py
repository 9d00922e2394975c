"""`dialer call` and `dialer decide`."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from dialer.commands.client import LONG_S, Answered, Client, NoController
from dialer.commands.options import (
    BAD,
    CONFIG,
    DENIED,
    DONE,
    AsJson,
    Config,
    Lang,
    fail,
    language,
    say_json,
)
from dialer.core.errors import BadInput, DialerError, InputFault, Place
from dialer.core.phone import masked

Files = Annotated[
    list[Path], typer.Argument(help="CALL.json, or .jsonl with one call a line", metavar="CALL.json …")
]


def call(
    files: Files,
    config: Config = CONFIG,
    as_json: AsJson = False,
    lang: Lang = "",
    no_wait: Annotated[bool, typer.Option("--no-wait", help="answer once admitted or denied")] = False,
) -> None:
    """Take calls through the gate, all at once, and wait for their ends."""
    try:
        client = Client(config)
        calls = _read(files)
        wait = "admitted" if no_wait else "end"
        with ThreadPoolExecutor(max_workers=min(64, len(calls))) as pool:
            answers = list(pool.map(lambda one: _placed(client, one, wait), calls))
    except DialerError as error:
        fail(error)
    if as_json:
        told = [answer.document if isinstance(answer, Answered) else _refusal(answer) for answer in answers]
        say_json(told[0] if len(calls) == 1 else told)
    else:
        _show(calls, answers, language(lang))
    raise SystemExit(_exit_code(answers))


def decide(
    file: Annotated[Path, typer.Argument(metavar="CALL.json")],
    at: Annotated[
        str | None, typer.Option("--at", help="instant to decide for, RFC 3339 with an offset")
    ] = None,
    facts: Annotated[
        bool, typer.Option("--facts", help="the file holds facts, not a call: the record is not asked")
    ] = False,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="with --facts: the packs; default: those of the settings")
    ] = None,
    config: Config = CONFIG,
    as_json: AsJson = False,
    lang: Lang = "",
) -> None:
    """One decision, explained; places nothing. The same facts give the same bytes."""
    if facts:
        _decide_facts(file, at, folder, config, as_json, language(lang))
    try:
        asked = _read([file])
        if len(asked) != 1:
            raise _bad(file, 0, "holds more than one call", "dialer decide takes one")
        answer = _decided(config, asked[0], at)
    except DialerError as error:
        fail(error)
    decision = answer.document
    if as_json:
        say_json(answer.raw)
    else:
        from dialer.commands.pages import console, show_decision

        show_decision(console(), _title(asked[0]), decision, answer.zones, language(lang))
    raise SystemExit(DONE if decision["effect"] == "permit" else DENIED)


def _decide_facts(
    file: Path, at: str | None, folder: Path | None, config: Path, as_json: bool, lang: str
) -> NoReturn:
    from dialer.wiring.alone import decide_facts

    try:
        raw, zones, asked = decide_facts(file, at, folder, config)
    except DialerError as error:
        fail(error)
    decision = Answered(raw).document
    if as_json:
        say_json(raw)
    else:
        from dialer.commands.pages import console, show_decision

        show_decision(console(), asked, decision, zones, lang)
    raise SystemExit(DONE if decision["effect"] == "permit" else DENIED)


def _decided(config: Path, asked: Any, at: str | None) -> Answered:
    client = Client(config)
    try:
        return client.post("/v1/decisions", asked, at=at)
    except NoController:
        if client.socket.exists() and _owner_lives(client):
            raise
    # Nobody owns the record, so this process does for a moment.
    from dialer.wiring.alone import decide_alone

    raw, zones = decide_alone(config, asked, at)
    return Answered(raw, zones)


def _owner_lives(client: Client) -> bool:
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as end:
        try:
            end.connect(str(client.socket))
        except OSError:
            return False
    return True


def _placed(client: Client, asked: Any, wait: str) -> Answered | DialerError:
    try:
        return client.post("/v1/calls", asked, timeout_s=LONG_S, wait=wait)
    except DialerError as error:
        return error


def _read(files: list[Path]) -> list[Any]:
    calls: list[Any] = []
    for file in files:
        try:
            text = file.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise _bad(file, 0, f"cannot be read: {error}", "name a file in UTF-8") from None
        if file.suffix == ".jsonl":
            calls += [_parsed(file, no, line) for no, line in enumerate(text.splitlines(), 1) if line.strip()]
        else:
            calls.append(_parsed(file, 0, text))
    if not calls:
        raise _bad(files[0], 0, "holds no call", "")
    return calls


def _parsed(file: Path, line: int, text: str) -> Any:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise _bad(file, line, f"is not JSON: {error}", "see docs/schema/request.json") from None
    if not isinstance(found, dict):
        raise _bad(file, line, "is not a call", "a call is an object, see docs/schema/request.json")
    return found


def _show(calls: list[Any], answers: list[Answered | DialerError], lang: str) -> None:
    from dialer.commands.pages import console, show_call

    out = console()
    for asked, answer in zip(calls, answers, strict=True):
        if isinstance(answer, Answered):
            show_call(out, _title(asked), answer.document, answer.zones, lang)
            continue
        try:
            fail(answer)
        except SystemExit:
            continue


def _title(asked: Any) -> str:
    number = str(asked.get("number", ""))
    return " · ".join((masked(number), str(asked.get("purpose", "")), str(asked.get("enterprise", ""))))


def _refusal(error: DialerError) -> dict[str, Any]:
    problem = getattr(error, "problem", None)
    return {"effect": "none", "problem": dict(problem) if problem else {"detail": str(error)}}


def _exit_code(answers: list[Answered | DialerError]) -> int:
    codes = [_code(one) for one in answers]
    return max(codes)


def _code(answer: Answered | DialerError) -> int:
    if isinstance(answer, Answered):
        document = answer.document
        done = document["effect"] == "permit" or (
            document["effect"] == "repeated" and document.get("attempt")
        )
        # A permit that was never dialled rang nobody: what was asked for is not done.
        return DONE if done and document.get("outcome") != "never_dialled" else DENIED
    return getattr(answer, "exit_code", BAD if isinstance(answer, BadInput) else DENIED)


def _bad(file: Path, line: int, reason: str, hint: str) -> BadInput:
    return BadInput([InputFault(Place(str(file), line), reason, hint=hint)])
