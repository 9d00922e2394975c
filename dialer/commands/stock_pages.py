"""Stock-taking, deadlines and number health as a person reads them in a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dialer.commands.pages import console
from dialer.commands.words import word

Json = Mapping[str, Any]

# What values and kinds are called, (zh, en).
NAMES: Mapping[str, tuple[str, str]] = {
    "used_by": ("使用方", "used by"),
    "paid_by": ("付费方", "paid by"),
    "used_for": ("实际用途", "used for"),
    "used_for_enterprise": ("为谁使用", "used on behalf of"),
    "registered": ("登记为", "registered"),
    "promised": ("承诺用途", "promised"),
    "carrier": ("电信企业", "carrier"),
    "since": ("停用自", "suspended since"),
    "status": ("登记状态", "status"),
    "bill": ("话费账单", "bill"),
    "cdr": ("话单", "call records"),
    "declaration": ("声明", "declaration"),
    "record": ("本系统记录", "own record"),
    "register": ("登记簿", "register"),
    "complaint": ("投诉", "complaint"),
    "label": ("标记", "label"),
    "notice": ("电信企业通知", "carrier notice"),
    "appeal": ("申诉", "appeal"),
    "warn": ("警示", "warning"),
    "suspend": ("停用", "suspension"),
    "disabled": ("已停用", "disabled"),
    "suspended": ("被电信企业停用", "suspended"),
    "applied": ("申请中", "applied for"),
    "upheld": ("成立", "upheld"),
    "unfounded": ("不成立", "unfounded"),
    "withdrawn": ("已撤回", "withdrawn"),
    "cleared": ("已消除", "cleared"),
    "answered": ("已回复", "answered"),
    "lifted": ("已恢复", "lifted"),
    "rejected": ("驳回", "rejected"),
    "open": ("未结", "open"),
    "proposed": ("待第二人确认", "waits for a second person"),
    "compared": ("比对", "compared"),
    "findings": ("发现", "findings"),
    "clean": ("与登记一致", "all as registered"),
    "do": ("处理", "to do"),
    "rows": ("行", "rows"),
    "row": ("行", "row"),
    "merged": ("合并行数", "rows in one list"),
    "same": ("多份清单均有", "stood in more than one"),
    "conflicts": ("冲突", "conflicts"),
    "special_segment": ("专用号段", "special segment"),
    "reported_existing": ("存量报备", "reported existing"),
    "nothing_ends": ("近期无到期事项", "nothing ends soon"),
    "last_day": ("最后一天", "last day"),
    "days_left": ("剩余天数", "days left"),
    "deadline": ("到期事项", "deadline"),
    "subject": ("对象", "subject"),
    "of": ("所属", "of"),
    "owner": ("负责人", "owner"),
    "over": ("已到期", "over"),
    "nothing_said": ("无投诉、标记、通知", "nothing is said of any number"),
}


def named(name: str, lang: str) -> str:
    """A word of these pages, or of every page."""
    found = NAMES.get(name)
    return word(name, lang) if found is None else found[0 if lang == "zh" else 1]


def show_stock(told: Json, lang: str) -> None:
    """What was compared, then each finding with where it was seen, what to do and who does it."""
    out = console()
    rows = ", ".join(
        f"{named(name, lang)} {count} {named('rows', lang)}" for name, count in told["rows"].items()
    )
    out.print(
        f"{named('compared', lang)}: {rows}; {told['first']} – {told['last']}; "
        f"{named('findings', lang)}: {len(told['findings'])}",
        style="bold",
    )
    if not told["findings"]:
        out.print(f"✓ {named('clean', lang)}", style="green")
    for one in told["findings"]:
        out.print(Text.assemble(("✗ ", "bold red"), (one["number"], "bold"), f"  {one['means'][lang]}"))
        out.print(Padding(Text(_seen(one, lang)), (0, 0, 0, 4)))
        if one["values"]:
            out.print(Padding(Text(_values(one["values"], lang)), (0, 0, 0, 4)))
        remedy = f"{one['remedy'][lang]} ({one['who'][lang]})"
        out.print(Padding(Text.assemble((named("do", lang), "bold"), f": {remedy}"), (0, 0, 0, 4)))


def _seen(one: Json, lang: str) -> str:
    where = named(one["source"], lang)
    if one["row"]:
        where += f" {one['file']}:{one['row']}"
    if one["rows"] > 1:
        where += f" ({one['rows']} {named('rows', lang)})"
    days = one["first"] if one["first"] == one["last"] else f"{one['first']} – {one['last']}"
    return f"{where}, {days}"


def _values(values: Json, lang: str) -> str:
    told = {name: ", ".join(named(part, lang) for part in text.split(",")) for name, text in values.items()}
    return "; ".join(f"{named(name, lang)}: {text}" for name, text in told.items())


def show_merge(told: Json, lang: str) -> None:
    """How many rows, then each conflict with what either list says, and what to do."""
    out = console()
    counts = ("merged", len(told["claims"])), ("same", told["same"]), ("conflicts", len(told["conflicts"]))
    out.print("; ".join(f"{named(name, lang)}: {count}" for name, count in counts), style="bold")
    for one in told["conflicts"]:
        out.print(Text.assemble(("✗ ", "bold red"), (one["about"], "bold"), f"  {one['text'][lang]}"))
        for side in one["between"]:
            says = ", ".join(named(part, lang) for part in side["says"].split(","))
            out.print(Padding(Text(f"{side['file']}:{side['row']}  {says}"), (0, 0, 0, 4)))
        out.print(
            Padding(Text.assemble((named("do", lang), "bold"), f": {one['remedy'][lang]}"), (0, 0, 0, 4))
        )


def show_deadlines(deadlines: Sequence[Json], lang: str) -> None:
    """One line each: last day, days left, what ends, whose it is, who acts."""
    out = console()
    if not deadlines:
        out.print(named("nothing_ends", lang))
        return
    heads = ("last_day", "days_left", "deadline", "subject", "of", "owner")
    table = Table(box=None, header_style="bold", pad_edge=False)
    for head in heads:
        table.add_column(named(head, lang), overflow="fold")
    for one in deadlines:
        left = one["days_left"]
        style = "red" if left < 7 or one["bracket"] == 7 else "yellow" if one["bracket"] == 30 else ""
        shown = str(left) if left >= 0 else named("over", lang)
        owner = word(one["owner"], lang)
        told = (one["last_day"], shown, one["text"][lang], one["subject"], one["of"], owner)
        table.add_row(*(Text(text, style=style) for text in told))
    out.print(table)


def show_health(marks: Sequence[Json], zone: str, lang: str) -> None:
    """One line a mark: number, what it is, who says so, since when, how it stands, its id."""
    out = console()
    if not marks:
        out.print(named("nothing_said", lang))
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    for one in marks:
        what = named(one["what"], lang) if one["kind"] == "notice" else one["what"]
        kind = named(one["kind"], lang) + ("" if one["kind"] == "appeal" else f": {what}")
        state = one["verdict"] or ("proposed" if one["proposed"] else "open")
        since = datetime.fromisoformat(one["since"]).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
        style = "dim" if one["verdict"] else "red" if one["what"] == "suspend" else ""
        told = (one["number"], kind, one["source"], since, named(state, lang), one["id"])
        table.add_row(*(Text(text, style=style) for text in told))
    out.print(table)
