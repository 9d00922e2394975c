"""A decision and a call as a person reads them in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from dialer.commands.words import word

Json = Mapping[str, Any]


def console() -> Console:
    """Where answers go; colours only where a person looks."""
    return Console(highlight=False, soft_wrap=False)


def show_call(out: Console, asked: str, answer: Json, zones: Sequence[str], lang: str) -> None:
    """One call: its effect and outcome, and why not where not."""
    effect, decision = answer["effect"], answer.get("decision")
    if effect == "deny" and decision is not None:
        show_decision(out, asked, decision, zones, lang)
        return
    line = Text.assemble(
        (f"{word(effect, lang)} ", "bold green" if effect == "permit" else "bold yellow"), asked
    )
    told = answer.get("outcome")
    line.append(f"  {word(told, lang) if told else word('live', lang)}" if effect != "none" else "")
    out.print(line)
    if effect == "repeated":
        out.print(f"  {word('same_caller', lang)}", style="dim")
    if answer.get("why"):
        out.print(f"  {answer['why']}")
    if answer.get("attempt"):
        out.print(f"  {answer['attempt']}", style="dim")


def show_decision(out: Console, asked: str, decision: Json, zones: Sequence[str], lang: str) -> None:
    """One line what; each failing rule and where it stands written; the next permitted instant; the remedies."""
    denied = decision["effect"] == "deny"
    head = Text.assemble(
        (word(decision["effect"], lang), "bold red" if denied else "bold green"), f"  {asked}"
    )
    out.print(head)
    enforced = [one for one in decision["findings"] if one["effect"] == "deny" and one["mode"] == "enforce"]
    warned = [one for one in decision["findings"] if one["effect"] == "deny" and one["mode"] == "warn"]
    _findings(out, enforced, "✗", "red", lang)
    _findings(out, warned, "!", "yellow", lang)
    if not denied:
        duties = ", ".join(one["duty"] for one in decision["obligations"])
        if duties:
            out.print(f"  {word('obligations', lang)}: {duties}")
        return
    out.print(
        Text.assemble(
            "  ", (word("next", lang), "bold"), f": {instants(decision['next_instant'], zones, lang)}"
        )
    )
    for text in _remedies(enforced, lang):
        _indented(out, Text.assemble((word("remedy", lang), "bold"), f": {text}"), 2)


def _findings(out: Console, findings: Sequence[Json], sign: str, colour: str, lang: str) -> None:
    """Each reason once, and below it every rule that it offends."""
    by_text: dict[str, list[Json]] = {}
    for one in findings:
        by_text.setdefault(one["text"][lang], []).append(one)
    for text, several in by_text.items():
        _indented(out, Text.assemble((f"{sign} ", f"bold {colour}"), text), 2)
        for one in several:
            _indented(out, Text(f"{one['rule']} · {citation(one['citation'], lang)}", style="dim"), 4)


def _indented(out: Console, text: Text, columns: int) -> None:
    out.print(Padding(text, (0, 0, 0, columns), expand=False))


def citation(cited: Json, lang: str) -> str:
    """Title and article, or the topic where no article number is known."""
    where = cited["article"] or f"{word('topic', lang)}: {cited['topic'][lang]}"
    return f"{cited['title'][lang]}, {where}" if lang == "en" else f"{cited['title'][lang]} {where}"


def instants(at: str | None, zones: Sequence[str], lang: str) -> str:
    """An instant where the callee is and where the site is; the last zone is the site's."""
    if at is None:
        return word("never", lang)
    when = datetime.fromisoformat(at)
    if not zones:
        return at
    *callee, site = zones
    told = [f"{_local(when, zone)} ({word('callee', lang)})" for zone in callee]
    if [site] != callee:
        told.append(f"{_local(when, site)} ({word('site', lang)})")
    else:
        told = [f"{_local(when, site)} ({word('callee', lang)}, {word('site', lang)})"]
    return " · ".join(told)


def _local(when: datetime, zone: str) -> str:
    local = when.astimezone(ZoneInfo(zone))
    # Rounded down to the second a half second would promise too much.
    shown = local.strftime("%Y-%m-%d %H:%M:%S" + (".%f" if local.microsecond else ""))
    return f"{shown} {zone}"


def _remedies(findings: Sequence[Json], lang: str) -> list[str]:
    told: list[str] = []
    for one in findings:
        remedy = one["remedy"]
        if remedy is None or not remedy["text"][lang]:
            continue
        text = f"{remedy['text'][lang]}" + (f" ({word(remedy['who'], lang)})" if remedy["who"] else "")
        if text not in told:
            told.append(text)
    return told
