"""The register in force: who may call, for whom, with which numbers, over which trunks. Immutable, in memory.

Made from the canonical document that `register_files.load_register` gives and the record keeps; reads no file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from dialer.core.civil_time import date_start
from dialer.core.entry import canonical
from dialer.core.facts import Carrier, Entrustment, Licence, NumberEntry, Period, Review, Trunk
from dialer.core.policy import Purpose
from dialer.core.rules.caller_id import USABLE

Row = Mapping[str, Any]
Seen = Callable[[NumberEntry], NumberEntry | None]
_One = TypeVar("_One")
_NAMED = {"licences": "number", "entrustments": "document"}


@dataclass(frozen=True, slots=True)
class Liaison:
    """The person who reports for an enterprise (联络员)."""

    name: str
    contact: str


@dataclass(frozen=True, slots=True)
class EnterpriseRow:
    """A licensed principal (金融企业). `seat` is ISO 3166-2; `contact` the number it gives to callees."""

    id: str
    full_name: str
    short_names: tuple[str, ...]
    uscc: str
    seat: str
    contact: str
    regulator: str | None = None
    liaison: Liaison | None = None
    closing_script: str | None = None


@dataclass(frozen=True, slots=True)
class PartyRow:
    """An agency (委托合作单位) or a platform (信息发布平台)."""

    id: str
    full_name: str
    uscc: str
    seat: str


@dataclass(frozen=True, slots=True)
class CarrierRow:
    """A telecom enterprise: its name, and what rules read of it."""

    name: str
    fact: Carrier


@dataclass(frozen=True)
class Register:
    """One version of the register. `digest` is the SHA-256 (hex) of the canonical bytes of its document."""

    name: str
    zone: str
    digest: str
    _enterprises: Mapping[str, EnterpriseRow] = field(repr=False)
    _licences: Mapping[str, tuple[Licence, ...]] = field(repr=False)
    _agencies: Mapping[str, PartyRow] = field(repr=False)
    _platforms: Mapping[str, PartyRow] = field(repr=False)
    _entrustments: Mapping[str, tuple[Entrustment, ...]] = field(repr=False)
    _carriers: Mapping[str, CarrierRow] = field(repr=False)
    _trunks: Mapping[str, Trunk] = field(repr=False)
    _number_formats: Mapping[str, str] = field(repr=False)
    _carrier_trunks: Mapping[str, Trunk] = field(repr=False)
    _numbers: Mapping[str, tuple[NumberEntry, ...]] = field(repr=False)
    _units: Mapping[tuple[str, str | None], tuple[NumberEntry, ...]] = field(repr=False)
    _list_states: Mapping[str, tuple[tuple[NumberEntry, str], ...]] = field(repr=False)

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> Register:
        """The register of a canonical document. Raises KeyError for one that never went through the import."""
        head = document["register"]
        zone = ZoneInfo(head["zone"])
        numbers = [_number(row, zone) for row in document["numbers"]]
        trunks = [Trunk(row["name"], row["carrier"], row["place"]) for row in document["trunks"]]
        return Register(
            name=head["name"],
            zone=head["zone"],
            digest=hashlib.sha256(canonical(document)).hexdigest(),
            _enterprises=_by_id(_enterprise, document["enterprises"]),
            _licences=_grouped(document["licences"], lambda row: (row["enterprise"], _licence(row, zone))),
            _agencies=_by_id(_party, document["agencies"]),
            _platforms=_by_id(_party, document["platforms"]),
            _entrustments=_grouped(
                document["entrustments"], lambda row: (row["enterprise"], _entrustment(row, zone))
            ),
            _carriers=_by_id(lambda row: _carrier(row, zone), document["carriers"]),
            _trunks=MappingProxyType({one.name: one for one in trunks}),
            _number_formats=MappingProxyType(
                {row["name"]: row["number_format"] for row in document["trunks"]}
            ),
            # The first trunk of a carrier is the one that is used where nobody names one.
            _carrier_trunks=MappingProxyType({one.carrier: one for one in reversed(trunks)}),
            _numbers=_grouped(numbers, lambda one: (one.number, one)),
            _units=_grouped(numbers, lambda one: ((one.enterprise, one.agency), one)),
            _list_states=_grouped(
                list(zip(numbers, document["numbers"], strict=True)),
                lambda pair: (pair[0].number, (pair[0], pair[1].get("list_state", "unknown"))),
            ),
        )

    def enterprise(self, enterprise: str) -> EnterpriseRow | None:
        """The enterprise of this id."""
        return self._enterprises.get(enterprise)

    def licences(self, enterprise: str) -> tuple[Licence, ...]:
        """Every licence of the enterprise, whatever its period and status."""
        return self._licences.get(enterprise, ())

    def agency(self, agency: str) -> PartyRow | None:
        """The agency of this id."""
        return self._agencies.get(agency)

    def platform(self, platform: str) -> PartyRow | None:
        """The platform of this id."""
        return self._platforms.get(platform)

    def entrustments(self, enterprise: str) -> tuple[Entrustment, ...]:
        """Every entrustment the enterprise has given, to agencies and platforms."""
        return self._entrustments.get(enterprise, ())

    def carrier(self, carrier: str) -> CarrierRow | None:
        """The carrier of this id."""
        return self._carriers.get(carrier)

    def numbers(self, caller_id: str) -> tuple[NumberEntry, ...]:
        """Every entry of this caller ID, in its canonical spelling (`core.phone.canonical_caller_id`)."""
        return self._numbers.get(caller_id, ())

    def list_state(self, caller_id: str, enterprise: str, agency: str | None, at: datetime) -> str:
        """How far the list is on which this unit's entry of the number stands at `at`; `unknown` where none does."""
        for one, state in self._list_states.get(caller_id, ()):
            if (one.enterprise, one.agency) == (enterprise, agency) and one.period.holds(at):
                return state
        return "unknown"

    def trunk(self, name: str) -> Trunk | None:
        """The trunk of this name."""
        return self._trunks.get(name)

    def trunk_of(self, carrier: str) -> Trunk | None:
        """The first trunk of this carrier."""
        return self._carrier_trunks.get(carrier)

    def number_format(self, trunk: str) -> str:
        """How this trunk is told whom to call, `national` or `e164`. Raises KeyError for an unknown trunk."""
        return self._number_formats[trunk]

    def ids(self, section: str) -> set[str]:
        """What the rows of a section are called: ids, names of trunks, numbers of licences, documents."""
        if section in ("licences", "entrustments"):
            rows = self._licences if section == "licences" else self._entrustments
            return {getattr(one, _NAMED[section]) for group in rows.values() for one in group}
        return set(getattr(self, f"_{section}"))

    def choose_caller_id(
        self, enterprise: str, agency: str | None, purpose: Purpose, at: datetime, seen: Seen | None = None
    ) -> str | None:
        """The first number, in the order of the file, that this unit may present for this purpose at `at`.

        `seen` says what is left of an entry, None for nothing.
        """
        for entry in self._units.get((enterprise, agency), ()):
            one = seen(entry) if seen else entry
            if one is None:
                continue
            usable = one.status in USABLE and one.may_dial_out and one.period.holds(at)
            if usable and purpose in one.purposes and one.carrier in self._carrier_trunks:
                return one.number
        return None


def _by_id(make: Callable[[Row], _One], rows: Sequence[Row]) -> Mapping[str, _One]:
    return MappingProxyType({row["id"]: make(row) for row in rows})


_Key = TypeVar("_Key")
_Item = TypeVar("_Item")


def _grouped(
    rows: Sequence[_Item], pair: Callable[[_Item], tuple[_Key, _One]]
) -> Mapping[_Key, tuple[_One, ...]]:
    groups: dict[_Key, list[_One]] = {}
    for row in rows:
        key, one = pair(row)
        groups.setdefault(key, []).append(one)
    return MappingProxyType({key: tuple(group) for key, group in groups.items()})


def _enterprise(row: Row) -> EnterpriseRow:
    liaison = row.get("liaison")
    return EnterpriseRow(
        id=row["id"],
        full_name=row["full_name"],
        short_names=tuple(row["short_names"]),
        uscc=row["uscc"],
        seat=row["seat"],
        contact=row["contact"],
        regulator=row.get("regulator"),
        liaison=Liaison(**liaison) if liaison else None,
        closing_script=row.get("closing_script"),
    )


def _party(row: Row) -> PartyRow:
    return PartyRow(row["id"], row["full_name"], row["uscc"], row["seat"])


def _carrier(row: Row, zone: ZoneInfo) -> CarrierRow:
    reviews = row.get("reviews")
    fact = Carrier(
        id=row["id"],
        licence=row["licence"],
        period=_period(row, zone),
        status=row.get("status", "valid"),
        reviews=None if reviews is None else tuple(_review(one, zone) for one in reviews),
    )
    return CarrierRow(row["name"], fact)


def _review(row: Row, zone: ZoneInfo) -> Review:
    day = date_start(date.fromisoformat(row["reviewed_on"]), zone)
    return Review(row["what"], row["document"], day, row["by"])


def _licence(row: Row, zone: ZoneInfo) -> Licence:
    return Licence(
        row["number"], _purposes(row), frozenset(row["products"]), _period(row, zone), row["status"]
    )


def _entrustment(row: Row, zone: ZoneInfo) -> Entrustment:
    products = frozenset(row["products"])
    return Entrustment(
        row["document"], row["party"], _purposes(row), products, _period(row, zone), row["status"]
    )


def _number(row: Row, zone: ZoneInfo) -> NumberEntry:
    return NumberEntry(
        number=row["number"],
        enterprise=row["enterprise"],
        agency=row.get("agency"),
        carrier=row["carrier"],
        purposes=_purposes(row),
        period=_period(row, zone),
        path=row["path"],
        status=row["status"],
        may_dial_out=row["may_dial_out"],
    )


def _purposes(row: Row) -> frozenset[Purpose]:
    return frozenset(Purpose(one) for one in row["purposes"])


def _period(row: Row, zone: ZoneInfo) -> Period:
    return Period(
        date_start(date.fromisoformat(row["from"]), zone) if "from" in row else None,
        date_start(date.fromisoformat(row["to"]), zone) if "to" in row else None,
    )
