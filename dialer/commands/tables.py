"""Campaigns as tables in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from dialer.commands.pages import citation, console, instants
from dialer.commands.words import word

Json = Mapping[str, Any]


def show_campaigns(campaigns: Sequence[Json]) -> None:
    """One line each."""
    table = Table("campaign", "state", "items", "set aside", "schedule", box=None, header_style="bold")
    for one in campaigns:
        schedule = one["plan"].get("schedule")
        when = f"{schedule['cron']} {schedule['zone']}" if schedule else "-"
        table.add_row(one["campaign"], one["state"], str(one["size"]), str(one["rejected_rows"]), when)
    console().print(table)


def show_campaign(told: Json, zones: Sequence[str], lang: str) -> None:
    """The items of its newest run, then its missed runs and the rows set aside."""
    out = console()
    out.print(Text.assemble((told["campaign"], "bold"), f"  {told['state']}"))
    out.print(_items(told["items"], zones, lang))
    for run in told["runs"]:
        if run["state"] == "missed":
            out.print(f"missed: {instants(run['scheduled_at'], zones, lang)}", style="yellow")
    _rejected(told["rejected"], lang)


def show_preview(told: Json, zones: Sequence[str], lang: str) -> None:
    """Every item as it would be decided, and how many for which reason."""
    out = console()
    out.print(_items(told["items"], zones, lang))
    out.print(f"{word('permit', lang)} {told['permitted']}, {word('deny', lang)} {told['denied']}")
    for code, count in told["denied_by"].items():
        out.print(f"  {code:<32} {count}")
    _rejected(told["rejected"], lang)


# What one looks for in a row is never cut, however narrow the terminal.
_WHOLE = frozenset({"item", "person", "number", "decision", "outcome"})


def _items(items: Sequence[Json], zones: Sequence[str], lang: str) -> Table:
    heads = ("item", "person", "number", "decision", "reason", "next", "outcome")
    table = Table(box=None, header_style="bold", pad_edge=False)
    for head in heads:
        table.add_column(word(head, lang), no_wrap=head in _WHOLE, overflow="fold")
    for one in items:
        effect = one["effect"]
        colour = {"permit": "green", "deny": "red"}.get(effect or "", "dim")
        shown = word(effect, lang) if effect else word(one.get("state", ""), lang)
        again = instants(one["next_instant"], zones, lang) if effect == "deny" else ""
        outcome = one.get("outcome")
        table.add_row(
            str(one["item"]),
            one["person"],
            one["number"],
            Text(shown, style=colour),
            _reasons(one, lang),
            again,
            word(outcome, lang) if outcome else (one.get("why") or ""),
        )
    return table


def _reasons(one: Json, lang: str) -> Text:
    told = Text()
    for denial in one["denials"]:
        if told:
            told.append("\n")
        told.append(denial["text"][lang])
        told.append(f"\n{denial['rule']} · {citation(denial['citation'], lang)}", style="dim")
    return told


def _rejected(rows: Sequence[Json], lang: str) -> None:
    if not rows:
        return
    out = console()
    out.print(f"{word('rows_set_aside', lang)}: {len(rows)}", style="bold")
    for one in rows:
        value = f" `{one['value']}`" if one["value"] else ""
        hint = f"  ({one['hint']})" if one["hint"] else ""
        out.print(f"  {one['row']}: {one['column']}: {one['reason']}{value}{hint}")
