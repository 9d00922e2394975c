"""What ends when: licences, entrustments, numbers, carriers' licences, rectifications, scripts, reviews of rules.

Pure: a register document, scripts and rules come in. Days are civil days in the register's zone. `last_day` is the
last day on which it still holds, or on which a review or rectification is due.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

Row = Mapping[str, Any]
ENDED = 0
# Days before the end at which it is told, widest first.
BRACKETS = (60, 30, 7)

# kind -> (zh, en)
KINDS: Mapping[str, tuple[str, str]] = {
    "licence": ("金融业务许可到期", "licence ends"),
    "entrustment": ("书面委托到期", "entrustment ends"),
    "number": ("号码合作期到期", "cooperation period of a number ends"),
    "carrier_licence": ("电信业务经营许可到期", "carrier's licence ends"),
    "rectification": ("整改期限届满", "rectification is due"),
    "script": ("话术到期", "script ends"),
    "rule_review": ("规则复核到期", "review of a rule is due"),
}


@dataclass(frozen=True, slots=True)
class Deadline:
    """One end. `id` stays the same when its day is moved; `subject` names it, `of` whose it is, `owner` who acts.

    Rules of one pack and owner whose review is due on one day are one end: `includes` names them.
    """

    id: str
    kind: str
    subject: str
    of: str
    owner: str
    last_day: date
    includes: tuple[str, ...] = ()

    def days_left(self, today: date) -> int:
        """0 on its last day, negative once it has ended."""
        return (self.last_day - today).days

    def bracket(self, today: date) -> int | None:
        """The narrowest bracket that it is in: 60, 30, 7, `ENDED`; None where it is further away."""
        left = self.days_left(today)
        if left < 0:
            return ENDED
        return min((days for days in BRACKETS if left <= days), default=None)


@dataclass(frozen=True, slots=True)
class DatedScript:
    """A script that ends; `last_day` in the register's zone."""

    id: str
    version: int
    enterprise: str
    owner: str
    last_day: date


@dataclass(frozen=True, slots=True)
class DatedRule:
    """A rule whose review is due on `review_on`."""

    id: str
    pack: str
    owner: str
    review_on: date


def all_deadlines(
    register: Row | None, scripts: Iterable[DatedScript] = (), rules: Iterable[DatedRule] = ()
) -> list[Deadline]:
    """Every end that is known, soonest first. What was renewed, revoked or given up has none."""
    found = list(_of_rules(rules))
    names = _Names(register) if register else None
    for one in scripts:
        of = names.enterprise(one.enterprise) if names else one.enterprise
        subject = f"{one.id} v{one.version}"
        found.append(
            Deadline(f"script/{one.id}/{one.version}", "script", subject, of, one.owner, one.last_day)
        )
    if register is not None and names is not None:
        found += _of_register(register, names)
    return sorted(found, key=lambda one: (one.last_day, one.kind, one.id))


def near(deadlines: Iterable[Deadline], today: date, within_days: int) -> list[Deadline]:
    """Those that end within so many days, or ended no longer ago than that."""
    return [one for one in deadlines if abs(one.days_left(today)) <= within_days]


def _of_rules(rules: Iterable[DatedRule]) -> Iterator[Deadline]:
    together: dict[tuple[str, date, str], list[str]] = {}
    for one in rules:
        together.setdefault((one.pack, one.review_on, one.owner), []).append(one.id)
    for (pack, day, owner), ids in together.items():
        subject = ids[0] if len(ids) == 1 else f"{pack} × {len(ids)}"
        yield Deadline(f"rules/{pack}/{day}/{owner}", "rule_review", subject, pack, owner, day, tuple(ids))


class _Names:
    """Who is meant by an id, and who acts for an enterprise."""

    def __init__(self, register: Row) -> None:
        self._rows = {
            row["id"]: row
            for section in ("enterprises", "agencies", "platforms", "carriers")
            for row in register[section]
        }

    def enterprise(self, ident: str) -> str:
        row = self._rows.get(ident, {})
        return str(row.get("full_name") or row.get("name") or ident)

    def liaison(self, enterprise: str) -> str:
        """The liaison officer with his contact; without one, the enterprise itself."""
        person = self._rows.get(enterprise, {}).get("liaison")
        return f"{person['name']} {person['contact']}" if person else self.enterprise(enterprise)


# Section, kind; what makes two rows the same thing (a later one renews an earlier one); its subject.
_Same = Callable[[Row], tuple[Any, ...]]
_DATED: tuple[tuple[str, str, _Same, str], ...] = (
    ("licences", "licence", lambda row: (row["enterprise"],), "number"),
    ("entrustments", "entrustment", lambda row: (row["enterprise"], row["party"]), "document"),
    ("numbers", "number", lambda row: (row["number"], row["enterprise"], row.get("agency")), "number"),
    ("carriers", "carrier_licence", lambda row: (row["id"],), "licence"),
)
_OVER = frozenset({"revoked", "disabled"})


def _of_register(register: Row, names: _Names) -> Iterator[Deadline]:
    for section, kind, same, subject in _DATED:
        rows = [row for row in register[section] if row.get("status") not in _OVER]
        for row in rows:
            if "to" not in row or _renewed(row, rows, same):
                continue
            whose = row.get("party") or row.get("agency") or row.get("enterprise") or row["id"]
            owner = names.liaison(row["enterprise"]) if "enterprise" in row else names.enterprise(whose)
            key = "/".join(str(one or "") for one in (*same(row), row[subject], row.get("from")))
            last_day = date.fromisoformat(row["to"]) - timedelta(days=1)
            yield Deadline(f"{kind}/{key}", kind, row[subject], names.enterprise(whose), owner, last_day)
    for agency in register["agencies"]:
        for one in agency.get("inspections") or ():
            if "rectify_by" in one and "rectified_on" not in one:
                ident = f"rectification/{agency['id']}/{one['on']}"
                subject = one.get("findings") or one["on"]
                name = agency["full_name"]
                yield Deadline(
                    ident, "rectification", subject, name, one["by"], date.fromisoformat(one["rectify_by"])
                )


def _renewed(row: Row, rows: Sequence[Row], same: _Same) -> bool:
    """Whether another row of the same thing goes on without a gap, for all that this one is for."""
    return any(
        same(other) == same(row)
        and other.get("from", "") <= row["to"] < other.get("to", "9999")
        and set(row.get("purposes", ())) <= set(other.get("purposes", ()))
        and set(row.get("products", ())) <= set(other.get("products", ()))
        for other in rows
        if other is not row
    )


def deadline_json(one: Deadline, today: date) -> dict[str, Any]:
    """A deadline as data. `bracket` is the narrowest of 60, 30, 7 that it is in, 0 once ended, null further away."""
    zh, en = KINDS[one.kind]
    return {
        "id": one.id,
        "kind": one.kind,
        "subject": one.subject,
        "of": one.of,
        "owner": one.owner,
        "includes": list(one.includes),
        "last_day": one.last_day.isoformat(),
        "days_left": one.days_left(today),
        "bracket": one.bracket(today),
        "text": {"zh": zh, "en": en},
    }
