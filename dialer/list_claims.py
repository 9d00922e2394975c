"""Number lists as claims: registers (YAML, workbook, folder of CSV), number lists as spreadsheets or signed documents.

A spreadsheet is known by its headers, those of the template of the number list among them; each file is taken whole or
refused whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.policy import Purpose
from dialer.documents import load_yaml
from dialer.merging import Claim
from dialer.register_tables.reading import read_register
from dialer.tabular.csv_rows import refused
from dialer.uscc import uscc_fault
from dialer.use_cells import Wrong, caller_id_meant, day_meant, folded, grid, purposes_meant
from dialer.use_days import days_of

LOOK_FOR_HEADER = 20
MOST_FAULTS = 100
# A number that was only applied for is nobody's yet; one that was given up may be another's.
LISTED = frozenset({"allocated", "reported", "suspended"})
HEADERS: Mapping[str, tuple[str, ...]] = {
    "number": ("号码", "number"),
    "kind": ("类型", "kind", "type"),
    "purposes": ("用途", "purposes", "purpose"),
    "enterprise": ("金融企业全称", "金融企业", "enterprise"),
    "agency": ("委托合作单位全称", "委托合作单位", "agency"),
    "uscc": ("统一社会信用代码", "uscc"),
    "carrier": ("电信企业", "carrier"),
    "period": ("合作起止", "合作期", "period"),
    "from": ("起", "合作开始", "开始日期", "from"),
    "to": ("止", "合作结束", "结束日期", "to", "last_day"),
    "path": ("来源", "path", "source"),
    "liaison": ("姓名", "联络员", "联络员及电话", "liaison"),
    "liaison_contact": ("电话", "联络员电话", "liaison_contact"),
    "change": ("变更类型", "change"),
}
NEEDED = ("number", "purposes", "enterprise", "uscc", "carrier")
_NAMES = {folded(header): name for name, headers in HEADERS.items() for header in headers}
_KINDS = {
    "": "voice",
    "话音": "voice",
    "语音": "voice",
    "voice": "voice",
    "短信端口": "sms_port",
    "sms_port": "sms_port",
}
_PATHS = {
    "": "",
    "专用号段": "special_segment",
    "special_segment": "special_segment",
    "存量报备": "reported_existing",
    "reported_existing": "reported_existing",
}
_OWN = ("", "本单位自用", "own")
_OPEN_END = ("", "长期", "open")
_GONE = ("注销", "removed")


def load_claims(path: Path) -> list[Claim]:
    """Every claim of a list. Raises BadInput with every fault."""
    suffix = path.suffix.lower()
    if suffix == ".json":
        return list(_of_document(path))
    if suffix in (".xlsx", ".xlsm", ".csv"):
        header = _header(path)
        if header is not None:
            return _of_table(path, *header)
        if suffix == ".csv":
            hint = "name at least 号码, 用途, 金融企业全称, 统一社会信用代码, 电信企业, 合作起止 in its first rows"
            raise refused(path, 0, "is no number list", hint)
    return list(_of_register(path))


def _of_register(path: Path) -> Iterator[Claim]:
    register = read_register(path)
    lines = load_yaml(path) if path.suffix.lower() in (".yaml", ".yml") else None
    enterprises = {row["id"]: row for row in register["enterprises"]}
    agencies = {row["id"]: row["full_name"] for row in register["agencies"]}
    carriers = {row["id"]: row["name"] for row in register["carriers"]}
    for index, row in enumerate(register["numbers"]):
        if row["status"] not in LISTED:
            continue
        enterprise = enterprises[row["enterprise"]]
        liaison = enterprise.get("liaison")
        yield Claim(
            file=path.name,
            # Without lines to name: as a sheet counts, its header being the first row.
            row=lines.line_of(("numbers", index, "number")) if lines else index + 2,
            number=row["number"],
            kind=row.get("kind") or "voice",
            uscc=enterprise["uscc"],
            enterprise=enterprise["full_name"],
            agency=agencies.get(row.get("agency", "")),
            carrier=carriers[row["carrier"]],
            purposes=frozenset(Purpose(one) for one in row["purposes"]),
            start=date.fromisoformat(row["from"]),
            to=date.fromisoformat(row["to"]) if "to" in row else None,
            path=row["path"],
            liaison=f"{liaison['name']} {liaison['contact']}" if liaison else "",
        )


def _of_document(path: Path) -> Iterator[Claim]:
    """A number list as it is signed for readers, or a submission."""
    try:
        told = json.loads(path.read_bytes())
        if told["type"] not in ("number-list", "number-list-submission"):
            raise KeyError("type")
        for no, one in enumerate(told["lines"], start=1):
            content = one if told["type"] == "number-list" else one["line"]
            if one.get("change") != "removed":
                yield from _of_content(path, no, content)
    except OSError as trouble:
        raise refused(path, 0, f"cannot be read: {(trouble.strerror or 'unknown').lower()}") from None
    except (ValueError, KeyError, TypeError) as error:
        hint = "take number-list.json as it was published or submitted"
        raise refused(path, 0, f"is no number list: {type(error).__name__} {error}"[:120], hint) from None


def _of_content(path: Path, no: int, content: Mapping[str, Any]) -> Iterator[Claim]:
    liaison = content.get("liaison")
    for use in content["uses"]:
        yield Claim(
            file=path.name,
            row=no,
            number=content["number"],
            kind=content["kind"],
            uscc=content["enterprise"]["uscc"],
            enterprise=content["enterprise"]["full_name"],
            agency=content["agency"]["full_name"] if content["agency"] else None,
            carrier=use["carrier"],
            purposes=frozenset(Purpose(one) for one in use["purposes"]),
            start=date.fromisoformat(use["from"]),
            to=date.fromisoformat(use["to"]) if use["to"] else None,
            path=use["path"],
            liaison=f"{liaison['name']} {liaison['contact']}" if liaison else "",
        )


Header = tuple[int, dict[str, int]]


def _header(path: Path) -> Header | None:
    """Row and columns of a number list's header, which may be two rows where one header stands over two columns."""
    found: Header | None = None
    for place, (no, cells) in enumerate(grid(path)):
        named = {_NAMES[folded(cell)]: at for at, cell in enumerate(cells) if folded(cell) in _NAMES}
        if found is not None:
            if "number" not in named and {"from", "to"} & set(named):
                # The upper header stands over the first of the columns that the lower ones name.
                upper = {name: at for name, at in found[1].items() if at not in named.values()}
                return no, {**upper, **named}
            return found
        if {"number", "uscc"} <= set(named):
            found = no, named
        elif place >= LOOK_FOR_HEADER:
            return None
    return found


def _of_table(path: Path, header_row: int, columns: Mapping[str, int]) -> list[Claim]:
    missing = [name for name in NEEDED if name not in columns]
    if missing or not {"from", "period"} & set(columns):
        name = missing[0] if missing else "period"
        hint = f"add a column `{HEADERS[name][0]}`"
        raise refused(path, header_row, f"a number list without {', '.join(missing) or 'a period'}", hint)
    found: list[Claim] = []
    faults: list[InputFault] = []
    for no, cells in grid(path):
        known = {name: cells[at] for name, at in columns.items() if at < len(cells) and cells[at]}
        if no <= header_row or known.get("change") in _GONE or not _is_row(known):
            continue
        claim = _claim(path, no, known)
        if isinstance(claim, Claim):
            found.append(claim)
        else:
            faults.append(claim)
    if faults:
        more = len(faults) - MOST_FAULTS
        told = faults[:MOST_FAULTS]
        raise BadInput(
            [*told, *([InputFault(Place(str(path)), f"and {more} more rows")] if more > 0 else [])]
        )
    return found


def _is_row(known: Mapping[str, str]) -> bool:
    """A row of the list, not a line to stamp and sign below it."""
    return sum(name in known for name in NEEDED) > 1


def _claim(path: Path, no: int, known: Mapping[str, str]) -> Claim | InputFault:
    column = "number"
    try:
        number = caller_id_meant(known.get("number", ""))
        column = "uscc"
        uscc = known.get("uscc", "").upper()
        if fault := uscc_fault(uscc):
            raise Wrong(f"a 统一社会信用代码 that {fault}", "copy it from the business licence")
        column = "purposes"
        purposes = purposes_meant(known.get("purposes", ""))
        if not purposes:
            raise Wrong("is empty", "name what the number is promised for")
        column = "period"
        start, to = _period(known)
        column = "kind"
        kind = _chosen(_KINDS, known.get("kind", ""))
        column = "path"
        source = _chosen(_PATHS, known.get("path", ""))
        for column in ("enterprise", "carrier"):
            if not known.get(column):
                raise Wrong("is empty", "fill it in")
    except Wrong as wrong:
        return InputFault(Place(str(path), no, column), wrong.reason, known.get(column, ""), wrong.hint)
    agency = known.get("agency", "")
    return Claim(
        file=path.name,
        row=no,
        number=number,
        kind=kind,
        uscc=uscc,
        enterprise=known["enterprise"],
        agency=None if agency in _OWN else agency,
        carrier=known["carrier"],
        purposes=purposes,
        start=start,
        to=to,
        path=source,
        liaison=" ".join(known[name] for name in ("liaison", "liaison_contact") if name in known),
    )


def _period(known: Mapping[str, str]) -> tuple[date, date | None]:
    """First day, and the day after the last, which is what people write."""
    if "from" not in known and "period" in known:
        days = days_of(known["period"], "UTC")
        if days is None:
            raise Wrong("is not a period", "write it like 2026-01-01 至 2026-12-31")
        return days[0], days[1] + timedelta(days=1)
    start = day_meant(known.get("from", ""), "UTC")
    if known.get("to", "") in _OPEN_END:
        return start, None
    to = day_meant(known["to"], "UTC") + timedelta(days=1)
    if to <= start:
        raise Wrong("ends before it starts", "its last day comes after its first")
    return start, to


def _chosen(words: Mapping[str, str], text: str) -> str:
    if text not in words:
        raise Wrong("is none of the words for it", f"one of {', '.join(filter(None, words))}")
    return words[text]
