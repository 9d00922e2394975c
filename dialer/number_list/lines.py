"""The lines of the number list, from the register in force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dialer.core.phone import caller_id_class
from dialer.ports.number_list import Json, Key, Line

# A number that was only applied for is nobody's yet; one that was given up is no longer used.
LISTED = frozenset({"allocated", "reported", "suspended"})


def lines_of(document: Json, at: datetime) -> dict[Key, Line]:
    """Every number of the register that is used at `at` or will be, own and entrusted, by key and in its order.

    A use whose last day is over in the register's zone is none any more.
    """
    today = at.astimezone(ZoneInfo(document["register"]["zone"])).date().isoformat()
    enterprises = _by_id(document["enterprises"])
    agencies = _by_id(document["agencies"])
    carriers = _by_id(document["carriers"])
    uses: dict[Key, list[dict[str, Any]]] = {}
    for row in document["numbers"]:
        if row["status"] in LISTED and today < row.get("to", "9999"):
            uses.setdefault(key_of(row), []).append(_use(row, carriers))
    whose = {ident: _of_enterprise(row) for ident, row in enterprises.items()}
    return {
        key: Line(key, _content(key, group, whose[key.enterprise], agencies.get(key.agency)))
        for key, group in sorted(uses.items())
    }


def key_of(row: Json) -> Key:
    """Whose number a row of the register is about."""
    by_class = "sms_port" if caller_id_class(row["number"]) == "cn_106" else "voice"
    return Key(row["enterprise"], row["number"], row.get("kind") or by_class, row.get("agency") or "")


def _by_id(rows: Any) -> Mapping[str, Json]:
    return {row["id"]: row for row in rows}


def _use(row: Json, carriers: Mapping[str, Json]) -> dict[str, Any]:
    return {
        "carrier": carriers[row["carrier"]]["name"],
        "from": row["from"],
        "to": row.get("to"),
        "path": row["path"],
        "purposes": sorted(row["purposes"]),
    }


def _of_enterprise(row: Json) -> dict[str, Any]:
    """What all lines of an enterprise say of it."""
    liaison = row.get("liaison")
    return {
        "enterprise": {name: row[name] for name in ("id", "full_name", "uscc")},
        "liaison": None if liaison is None else {name: liaison[name] for name in ("name", "contact")},
    }


def _content(key: Key, uses: list[dict[str, Any]], whose: Json, agency: Json | None) -> dict[str, Any]:
    return {
        **whose,
        "number": key.number,
        "kind": key.kind,
        "agency": None if agency is None else {"id": agency["id"], "full_name": agency["full_name"]},
        "uses": sorted(uses, key=lambda one: (one["from"], one["carrier"], one["purposes"])),
    }
