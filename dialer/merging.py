"""Several enterprises' number lists as one, for a group's head office or an authority, with every conflict shown.

Pure. A claim is one row of one list; an enterprise is known by its 统一社会信用代码. Days are civil days of whoever
wrote the list, `to` being the day after the last. Conflicts take nothing away: a merged list holds every claim once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from dialer.core.policy import Purpose
from dialer.stocktaking import name_key


@dataclass(frozen=True, slots=True)
class Claim:
    """That an enterprise uses a number. `agency` None: by itself; `to` None: without end. `row` from 1."""

    file: str
    row: int
    number: str
    kind: str
    uscc: str
    enterprise: str
    agency: str | None
    carrier: str
    purposes: frozenset[Purpose]
    start: date
    to: date | None
    path: str
    liaison: str = ""

    @property
    def use(self) -> tuple[object, ...]:
        """What makes two claims the same one, whoever sent it."""
        return (
            self.number,
            self.kind,
            self.uscc,
            name_key(self.agency or ""),
            name_key(self.carrier),
            tuple(sorted(self.purposes)),
            self.start,
            self.to,
            self.path,
        )

    def overlaps(self, other: Claim) -> bool:
        """Whether both hold on some day."""
        return (other.to is None or self.start < other.to) and (self.to is None or other.start < self.to)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two claims that cannot both be right. `kind` is a key of `KINDS`; the values are what each of them says."""

    kind: str
    one: Claim
    other: Claim
    says: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Merged:
    """Every claim once, by number; conflicts in that order; `same` rows stood in more than one list."""

    claims: tuple[Claim, ...]
    conflicts: tuple[Conflict, ...]
    same: int


# kind -> (zh, en): what is wrong, and what is to be done.
KINDS: Mapping[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "two_enterprises": (
        (
            "同一号码由两家金融企业在重叠期间申报",
            "one number claimed by two enterprises in overlapping periods",
        ),
        ("核实归属，一家更正或缩短期间", "ask whose it is; one of them mends its list or its period"),
    ),
    "two_carriers": (
        ("同一号码属两家电信企业", "one number of two carriers"),
        ("向电信企业核实", "ask the carriers"),
    ),
    "purposes": (
        ("同一使用单位承诺用途不一致", "differing purposes of one unit"),
        ("以报备材料为准，更正一方", "mend one after the papers that were filed"),
    ),
    "period": (
        ("合作起止不一致", "differing cooperation periods"),
        ("以合作协议为准，更正一方", "mend one after the contract"),
    ),
    "source": (
        ("来源不一致（专用号段/存量报备）", "special segment in one list, reported existing in another"),
        ("以核配或报备文件为准", "mend one after the allocation or the report"),
    ),
    "names_of_one_code": (
        ("同一统一社会信用代码名称不一致", "differing names for one 统一社会信用代码"),
        ("以营业执照全称为准", "write the full name of the business licence"),
    ),
    "codes_of_one_name": (
        ("同一名称对应两个统一社会信用代码", "one name with two 统一社会信用代码"),
        ("核实统一社会信用代码", "look up the code"),
    ),
    "liaison": (
        ("同一金融企业联络员不一致", "differing liaison officers of one enterprise"),
        ("由金融企业确认现任联络员", "ask the enterprise who it is now"),
    ),
}


# These are about an enterprise, not about a number.
OF_ENTERPRISES = frozenset({"names_of_one_code", "codes_of_one_name", "liaison"})


def merge(claims: Iterable[Claim]) -> Merged:
    """One list of all claims. A conflict between two enterprises hides smaller ones of the same pair."""
    first: dict[tuple[object, ...], Claim] = {}
    every = list(claims)
    for claim in every:
        first.setdefault(claim.use, claim)
    kept = sorted(first.values(), key=lambda one: (one.number, one.start, one.file, one.row))
    conflicts = [*_of_numbers(kept), *_of_enterprises(every)]
    return Merged(tuple(kept), tuple(conflicts), len(every) - len(kept))


def _of_numbers(kept: Sequence[Claim]) -> Iterator[Conflict]:
    by_number: dict[tuple[str, str], list[Claim]] = {}
    for claim in kept:
        by_number.setdefault((claim.number, claim.kind), []).append(claim)
    for group in by_number.values():
        for one, other in combinations(group, 2):
            if not one.overlaps(other):
                continue
            for kind, says in _BETWEEN:
                told = says(one, other)
                if told is not None:
                    yield Conflict(kind, one, other, told)
                    if kind == "two_enterprises":
                        break


def _of_enterprises(every: Sequence[Claim]) -> Iterator[Conflict]:
    """The same code under two names, the same name under two codes, two liaison officers: each pair once."""
    looked_at: tuple[tuple[str, Callable[[Claim], str], Callable[[Claim], str]], ...] = (
        ("names_of_one_code", lambda one: one.uscc, lambda one: one.enterprise),
        ("codes_of_one_name", lambda one: name_key(one.enterprise), lambda one: one.uscc),
        ("liaison", lambda one: one.uscc, lambda one: one.liaison),
    )
    for kind, key, value in looked_at:
        seen: dict[str, dict[str, Claim]] = {}
        for claim in every:
            if value(claim):
                seen.setdefault(key(claim), {}).setdefault(name_key(value(claim)), claim)
        for said in seen.values():
            one, *others = said.values()
            for other in others:
                yield Conflict(kind, one, other, (value(one), value(other)))


Says = Callable[[Claim, Claim], tuple[str, str] | None]


def _enterprises(one: Claim, other: Claim) -> tuple[str, str] | None:
    return None if one.uscc == other.uscc else (one.enterprise, other.enterprise)


def _carriers(one: Claim, other: Claim) -> tuple[str, str] | None:
    return None if name_key(one.carrier) == name_key(other.carrier) else (one.carrier, other.carrier)


def _same_unit(one: Claim, other: Claim) -> bool:
    """Of one list a unit may have a row for each purpose; of two lists each says it all."""
    return one.file != other.file and name_key(one.agency or "") == name_key(other.agency or "")


def _purposes(one: Claim, other: Claim) -> tuple[str, str] | None:
    if not _same_unit(one, other) or one.purposes == other.purposes:
        return None
    return ",".join(sorted(one.purposes)), ",".join(sorted(other.purposes))


def _periods(one: Claim, other: Claim) -> tuple[str, str] | None:
    if not _same_unit(one, other) or not one.purposes & other.purposes:
        return None
    days = [f"{claim.start} – {claim.to or '…'}" for claim in (one, other)]
    return None if days[0] == days[1] else (days[0], days[1])


def _sources(one: Claim, other: Claim) -> tuple[str, str] | None:
    # A list that does not say where a number comes from contradicts nobody.
    return (one.path, other.path) if one.path and other.path and one.path != other.path else None


_BETWEEN: tuple[tuple[str, Says], ...] = (
    ("two_enterprises", _enterprises),
    ("two_carriers", _carriers),
    ("purposes", _purposes),
    ("period", _periods),
    ("source", _sources),
)
