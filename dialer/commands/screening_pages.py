"""Findings of screening as a person reads them in a terminal: the words marked where they stand, and why."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dialer.commands.pages import console
from dialer.commands.words import word

Json = Mapping[str, Any]
_STYLE = {"stop": "bold red", "warn": "yellow"}
_MARKED = {"stop": "bold white on red", "warn": "black on yellow"}


def show_text(told: Json, lang: str) -> None:
    """One text: a line what came of it, the text with its words marked, and each finding."""
    out = console()
    state = "stopped" if told["stopped"] else "clean" if told["clean"] else "warned_of"
    colour = {"stopped": "bold red", "clean": "bold green", "warned_of": "bold yellow"}[state]
    out.print(Text.assemble((word(state, lang), colour), f"  {told['id']}" if told["id"] else ""))
    out.print(Padding(marked(told["text"], told["findings"]), (0, 0, 0, 2)))
    for one in told["findings"]:
        words = " … ".join(visible(each) for each in one["words"])
        sign = "✗ " if one["severity"] == "stop" else "! "
        line = Text.assemble((sign, _STYLE[one["severity"]]), one["why"][lang])
        if words:
            line.append(f"  {words}", style="bold")
        if one["disguised"]:
            line.append(f"  ({word('disguised', lang)})", style="dim")
        out.print(Padding(line, (0, 0, 0, 2)))
        about = Text(f"{one['rule']} · {one['source']} · {_places(one['marks'])}", style="dim")
        out.print(Padding(about, (0, 0, 0, 4)))
        out.print(Padding(Text(f"{word('suggestion', lang)}: {one['suggestion'][lang]}"), (0, 0, 0, 4)))


def show_script(told: Json, lang: str) -> None:
    """One version of a script, for the person who approves it."""
    head = f"{told['id']} {told['version']}  {told['status']}"
    screening = told["screening"]
    if screening is None:
        out = console()
        out.print(Text.assemble((word("not_screened", lang), "bold yellow"), f"  {head}"))
        out.print(Padding(Text(visible(told["text"])), (0, 0, 0, 2)))
        return
    show_text({**screening, "id": head, "text": told["text"]}, lang)


def show_scripts(scripts: Sequence[Json]) -> None:
    """One line for each version."""
    table = Table(
        "script", "version", "status", "enterprise", "mode", "screening", box=None, header_style="bold"
    )
    for one in scripts:
        screening = one["screening"]
        found = "not screened" if screening is None else _counted(screening["findings"])
        table.add_row(one["id"], str(one["version"]), one["status"], one["enterprise"], one["mode"], found)
    console().print(table)


def show_figures(told: Json) -> None:
    """Totals of a corpus, then each miss and each false stop."""
    out = console()
    table = Table(
        "file",
        "forbidden",
        "missed",
        "unseen",
        "lawful",
        "falsely stopped",
        "warned",
        box=None,
        header_style="bold",
    )
    rows = {**told["files"], f"all {told['lines']}": told}
    for name, one in rows.items():
        shown = (
            one[each] for each in ("forbidden", "missed", "unseen", "lawful", "falsely_stopped", "warned")
        )
        table.add_row(name, *(str(each) for each in shown))
    out.print(table)
    for heading in ("misses", "false_stops"):
        for one in told[heading]:
            where = f"{one['file']}:{one['line']}: {one['category']}"
            out.print(
                Text.assemble((heading.replace("_", " "), "bold red"), f"  {where}  ", visible(one["text"]))
            )
            for each in one["found"]:
                out.print(Padding(Text(each, style="dim"), (0, 0, 0, 4)))


def marked(text: str, findings: Sequence[Json]) -> Text:
    """The text with every finding's words in its colour; what cannot be seen stands as its code point."""
    colours = [""] * len(text)
    # Warnings first, so that a word which stops is shown as such.
    for one in sorted(findings, key=lambda one: one["severity"] == "stop"):
        for start, end in one["marks"]:
            colours[start:end] = [_MARKED[one["severity"]]] * (end - start)
    shown = Text()
    for sign, colour in zip(text, colours, strict=True):
        shown.append(sign if sign == "\n" else visible(sign), style=colour or None)
    return shown


def visible(text: str) -> str:
    """`text` with invisible and control characters as `<U+200B>`, so that nobody is led astray by the terminal."""
    return "".join(one if _seen(one) else f"<U+{ord(one):04X}>" for one in text)


def _seen(sign: str) -> bool:
    return unicodedata.category(sign) not in ("Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp")


def _places(marks: Sequence[Sequence[int]]) -> str:
    return ", ".join(f"{start}-{end}" for start, end in marks) or "-"


def _counted(findings: Sequence[Json]) -> str:
    return f"{len(findings)} to look at" if findings else "clean"
