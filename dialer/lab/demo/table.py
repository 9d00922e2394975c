"""The table that the demo prints."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from dialer.core.phone import masked
from dialer.lab.demo.witnesses import Verdict
from dialer.lab.demo.words import article, civil, decisive, saw, say, word

WIDE = 120
FONTS = "DejaVu Sans Mono, Noto Sans Mono CJK SC"


def table(verdicts: Sequence[Verdict], lang: str, width: int) -> Table:
    """One row a fate; below 120 columns decision, rule and time share one column."""
    shown = Table(box=box.HORIZONTALS, pad_edge=False, expand=True, show_lines=True, border_style="dim")
    wide = width >= WIDE
    for name, fixed, ratio in _WIDE if wide else _NARROW:
        shown.add_column(
            word(name, lang), width=fixed, ratio=ratio, overflow="fold", no_wrap=fixed is not None
        )
    shown.add_column(word("agree", lang), justify="center", no_wrap=True, width=5)
    for one in verdicts:
        shown.add_row(*(_wide(one, lang) if wide else _narrow(one, lang)), _agree(one))
    return shown


# (word, fixed width, else share of what is left)
_WIDE: tuple[tuple[str, int | None, int | None], ...] = (
    ("person", 11, None), ("asked", None, 19), ("decision", 9, None), ("rule", None, 34), ("next", 11, None),
    ("outcome", 12, None), ("saw", None, 30),
)  # fmt: skip
_NARROW: tuple[tuple[str, int | None, int | None], ...] = (
    ("asked", None, 24), ("decision", None, 38), ("saw", None, 30),
)  # fmt: skip


def _wide(one: Verdict, lang: str) -> list[RenderableType]:
    return [
        _person(one), say(one.fate.title, lang), _decision(one, lang), _rule(one, lang), _next(one, lang),
        word(one.told.outcome, lang) if one.told.outcome else Text("—", "dim"), saw(one.fate, one.saw, lang),
    ]  # fmt: skip


def _narrow(one: Verdict, lang: str) -> list[RenderableType]:
    decided: list[RenderableType] = [_decision(one, lang)]
    if one.told.outcome:
        decided[0] = Text.assemble(_decision(one, lang), " → ", word(one.told.outcome, lang))
    if one.told.denials:
        decided += [_rule(one, lang), Text.assemble(f"{word('next', lang)}: ", _next(one, lang))]
    return [
        Group(_person(one), say(one.fate.title, lang)), Group(*decided), saw(one.fate, one.saw, lang)
    ]  # fmt: skip


def _person(one: Verdict) -> Text:
    return Text(masked(one.fate.number), "cyan")


def _decision(one: Verdict, lang: str) -> Text:
    styles = {"permit": "bold green", "deny": "bold yellow"}
    return Text(word(one.told.effect, lang), styles.get(one.told.effect, "bold red"))


def _rule(one: Verdict, lang: str) -> RenderableType:
    finding = decisive(one)
    if finding is None:
        return Text("—", "dim")
    more = len(one.told.denials) - 1
    beside = f" (+{more})" if more else ""
    return Group(
        Text(finding["text"][lang]),
        Text(f"{finding['rule']}{beside}", "dim"),
        Text(article(finding, lang), "dim"),
    )


def _next(one: Verdict, lang: str) -> Text:
    if one.told.effect != "deny":
        return Text("—", "dim")
    at = one.told.next_instant
    return Text(civil(at)) if at else Text(word("never_short", lang), "dim")


def _agree(one: Verdict) -> Text:
    return Text("✓", "bold green") if one.agree else Text("✗", "bold red")


def show(out: Console, verdicts: Sequence[Verdict], lang: str, clock: str) -> None:
    """The table, then each difference, then the sum."""
    out.print(Text(clock, "bold"))
    out.print(table(verdicts, lang, out.width))
    for one in verdicts:
        for difference in one.differences:
            out.print(Text(f"✗ {one.fate.id}: {difference}", "red"))
    agreed = sum(1 for one in verdicts if one.agree)
    style = "bold green" if agreed == len(verdicts) else "bold red"
    out.print(
        Text(
            f"{agreed}/{len(verdicts)}  {word('all_agree' if agreed == len(verdicts) else 'differs', lang)}",
            style,
        )
    )


def picture(verdicts: Sequence[Verdict], lang: str, clock: str) -> str:
    """What `show` prints at 140 columns, as SVG that fetches nothing."""
    with io.StringIO() as nowhere:
        out = Console(width=140, record=True, file=nowhere, force_terminal=True, color_system="truecolor")
        show(out, verdicts, lang, clock)
        svg = out.export_svg(title="dialer demo")
    # Rich takes a Chinese sign for one column wide here, and its font from the net.
    return re.sub(r' textLength="[^"]*"|@font-face {.*?}', "", svg, flags=re.DOTALL).replace(
        "Fira Code", FONTS
    )
