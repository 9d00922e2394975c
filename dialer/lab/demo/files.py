"""The files that a site's people would bring: list, plan, preferences, single calls; made from the fates."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dialer.lab.demo.fates import ENTERPRISE, PRODUCT, PURPOSE, SCRIPT, Fate

SAMPLE = Path(__file__).parent.parent / "sample"
REGISTER, SCRIPTS = SAMPLE / "register.yaml", SAMPLE / "scripts.yaml"
CAMPAIGN = "demo"
LIST_COLUMNS = (
    "person_id",
    "number",
    "name",
    "debt",
    "caller_id",
    "trunk",
    "zone",
    "agency",
    "script",
    "agent",
)
PREFERENCE_COLUMNS = ("person_id", "number", "enterprise", "kind", "purpose", "source", "stated_at")
_PLAN = f"""\
id = "{{id}}"
title = "{{id}}"
enterprise = "{ENTERPRISE}"
purpose = "{PURPOSE}"
product = "{PRODUCT}"
script = "{SCRIPT}"
window_s = 3600
at_most = {{at_most}}
"""


@dataclass(frozen=True, slots=True)
class Brought:
    """Where the files lie. `by_hand`: name, plan and list of each agent who dials by hand.

    `prior`: one CALL.json for each attempt before the campaign, with the fate's id."""

    plan: Path
    people: Path
    by_hand: tuple[tuple[str, Path, Path], ...]
    preferences: tuple[Path, ...]
    prior: tuple[tuple[str, Path], ...]


def write_files(folder: Path, fates: Sequence[Fate]) -> Brought:
    """Write them all; rows of the list stand in the order of the fates, from line 2."""
    folder.mkdir(parents=True, exist_ok=True)
    plan, people = _campaign(folder, CAMPAIGN, [one for one in fates if not one.dialled_by])
    by_hand = tuple(
        (one.dialled_by, *_campaign(folder, f"by-hand-{one.dialled_by}", [one]))
        for one in fates
        if one.dialled_by
    )
    stated = [_opt_out(one) for one in fates if one.opted_out_at]
    preferences = (folder / "preferences.csv",) if stated else ()
    for path in preferences:
        _write_csv(path, PREFERENCE_COLUMNS, stated)
    prior = [
        (fate.id, _call(folder / f"prior-{fate.id}-{at}.json", fate, f"prior-{fate.id}-{at}"))
        for fate in fates
        for at in range(1, fate.prior + 1)
    ]
    return Brought(plan, people, by_hand, preferences, tuple(prior))


def _campaign(folder: Path, name: str, fates: Sequence[Fate]) -> tuple[Path, Path]:
    plan, people = folder / f"plan-{name}.toml", folder / f"list-{name}.csv"
    plan.write_text(_PLAN.format(id=name, at_most=len(fates)), encoding="utf-8")
    about = [{"person_id": one.person_id, "number": one.number, "name": one.name, **one.row} for one in fates]
    _write_csv(people, LIST_COLUMNS, about)
    return plan, people


def _opt_out(fate: Fate) -> dict[str, str]:
    return {
        "person_id": fate.person_id,
        "enterprise": ENTERPRISE,
        "kind": "opt_out",
        "purpose": PURPOSE,
        "source": "sms",
        "stated_at": fate.opted_out_at,
    }


def _call(path: Path, fate: Fate, key: str) -> Path:
    asked = {
        "idempotency_key": key,
        "enterprise": ENTERPRISE,
        "purpose": PURPOSE,
        "product": PRODUCT,
        "person": {"id": fate.person_id, "name": fate.name},
        "number": fate.number,
        "script": SCRIPT,
    }
    path.write_text(json.dumps(asked, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path


def _write_csv(path: Path, columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
