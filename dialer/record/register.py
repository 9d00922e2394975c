"""The register in force: who may call, for whom, with which numbers, over which trunks. Immutable, in memory.

Made from the canonical document that `register_files.load_register` gives and the record keeps; reads no file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from dialer.core.civil_time import date_start
from dialer.core.entry import canonical
from dialer.core.facts import (
    Carrier,
    Entrustment,
    Inspection,
    Licence,
    NumberEntry,
    Period,
    Review,
    Standing,
    Trunk,
    WeeklyHours,
    WeeklyWindow,
)
from dialer.core.phone import caller_id_class
from dialer.core.policy import Purpose
from dialer.core.rules.caller_id import USABLE, VOICE
from dialer.core.rules.weekly import is_open
from dialer.record.number_file import NumberFile

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
    """A licensed principal (金融企业). `seat` is ISO 3166-2; `contact` the number it gives to callees.

    `sites` are the hosts of its filed web sites.
    """

    id: str
    full_name: str
    short_names: tuple[str, ...]
    uscc: str
    seat: str
    contact: str
    regulator: str | None = None
    liaison: Liaison | None = None
    closing_script: str | None = None
    sites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PartyRow:
    """An agency (委托合作单位) or a platform (信息发布平台)."""

    id: str
    full_name: str
    uscc: str
    seat: str
    standing: Standing | None = None


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
    # Where there are too many numbers for the document, they stand in a file of their own.
    _file: NumberFile | None = field(repr=False)

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
            _agencies=_by_id(lambda row: _agency(row, zone), document["agencies"]),
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
            _file=None,
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
        if self._file is not None:
            return tuple(one for one, _ in self._listed(caller_id))
        return self._numbers.get(caller_id, ())

    def _listed(self, caller_id: str) -> Sequence[tuple[NumberEntry, str]]:
        """The entries of a number, each with how far its list is."""
        if self._file is None:
            return self._list_states.get(caller_id, ())
        zone = ZoneInfo(self.zone)
        rows = self._file.rows(caller_id)
        return [(_number(row, zone), row.get("list_state", "unknown")) for row in rows]

    def _of_unit(self, enterprise: str, agency: str | None) -> Iterator[NumberEntry]:
        if self._file is None:
            yield from self._units.get((enterprise, agency), ())
            return
        for number in self._file.of_unit(enterprise, agency):
            yield from (
                one for one, _ in self._listed(number) if (one.enterprise, one.agency) == (enterprise, agency)
            )

    def beside(self, file: NumberFile) -> Register:
        """This register with its numbers in a file of their own."""
        return replace(self, _file=file)

    def list_state(self, caller_id: str, enterprise: str, agency: str | None, at: datetime) -> str:
        """How far the list is on which this unit's entry of the number stands at `at`; `unknown` where none does."""
        for one, state in self._listed(caller_id):
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

        `seen` says what is left of an entry, None for nothing. One whose own windows are open comes before others.
        """
        shut = None
        for entry in self._of_unit(enterprise, agency):
            one = seen(entry) if seen else entry
            if one is None:
                continue
            if self.usable(one, purpose, at):
                if is_open(one.hours, at):
                    return one.number
                shut = shut or one.number
        return shut

    def usable(self, one: NumberEntry, purpose: Purpose, at: datetime) -> bool:
        """Whether an entry may be presented for this purpose at `at`, whatever its windows."""
        return (
            one.status in USABLE
            and one.may_dial_out
            and one.kind == VOICE
            and one.period.holds(at)
            and purpose in one.purposes
            and one.carrier in self._carrier_trunks
        )


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
        sites=tuple(row.get("sites", ())),
    )


def _party(row: Row) -> PartyRow:
    return PartyRow(row["id"], row["full_name"], row["uscc"], row["seat"])


def _agency(row: Row, zone: ZoneInfo) -> PartyRow:
    inspections, since = row.get("inspections"), row.get("standing_since")
    if "standing" not in row and inspections is None:
        return _party(row)
    standing = Standing(
        status=row.get("standing", "active"),
        since=None if since is None else _day(since, zone),
        inspections=None if inspections is None else tuple(_inspection(one, zone) for one in inspections),
    )
    return replace(_party(row), standing=standing)


def _inspection(row: Row, zone: ZoneInfo) -> Inspection:
    by, rectified = row.get("rectify_by"), row.get("rectified_on")
    return Inspection(
        at=_day(row["on"], zone),
        by=row["by"],
        # All of the last day is left to mend it.
        rectify_before=None if by is None else _day(by, zone, days=1),
        rectified_at=None if rectified is None else _day(rectified, zone),
    )


def _day(text: str, zone: ZoneInfo, days: int = 0) -> datetime:
    return date_start(date.fromisoformat(text) + timedelta(days=days), zone)


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
    return Entrustment(
        document=row["document"],
        party=row["party"],
        purposes=_purposes(row),
        products=frozenset(row["products"]),
        period=_period(row, zone),
        status=row["status"],
        sub_of=row.get("sub_of"),
        consent=row.get("consent"),
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
        kind=row.get("kind") or ("sms_port" if caller_id_class(row["number"]) == "cn_106" else "voice"),
        access_code=bool(row.get("access_code")),
        undertaking=row.get("undertaking"),
        document=row.get("document"),
        hours=_hours(row, zone),
    )


def _hours(row: Row, zone: ZoneInfo) -> WeeklyHours | None:
    windows = row.get("windows")
    if not windows:
        return None
    week = tuple(WeeklyWindow(tuple(one["days"]), one["start"], one["end"]) for one in windows)
    return WeeklyHours(zone.key, week)


def _purposes(row: Row) -> frozenset[Purpose]:
    return frozenset(Purpose(one) for one in row["purposes"])


def _period(row: Row, zone: ZoneInfo) -> Period:
    return Period(
        date_start(date.fromisoformat(row["from"]), zone) if "from" in row else None,
        date_start(date.fromisoformat(row["to"]), zone) if "to" in row else None,
    )
