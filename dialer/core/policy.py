"""What a rule is: who is bound, when it applies, what it asks, on which authority.

A rule is data. What its `params` mean is told by the module of its kind in `core.rules`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Purpose(StrEnum):
    """Why a person is called. A request has exactly one purpose."""

    MARKETING = "marketing"
    COLLECTION = "collection"
    REMINDER = "reminder"
    SERVICE = "service"


class Moment(StrEnum):
    """When a decision is taken: before the dial, on answer, before the bridge."""

    ADMIT = "admit"
    ANSWERED = "answered"
    BRIDGE = "bridge"


class Effect(StrEnum):
    """What a finding or a decision says."""

    PERMIT = "permit"
    DENY = "deny"


class Mode(StrEnum):
    """What a rule's finding does: is only recorded, is shown, or decides."""

    OBSERVE = "observe"
    WARN = "warn"
    ENFORCE = "enforce"


class Force(StrEnum):
    """What kind of authority stands behind a rule."""

    LAW = "law"
    STANDARD = "standard"
    PRESUMPTION = "presumption"
    HOUSE = "house"


class Grade(StrEnum):
    """How the source was read: A its own text, B a secondary source. Nothing weaker may be a rule."""

    A = "A"
    B = "B"


class Party(StrEnum):
    """Whom a rule binds."""

    ENTERPRISE = "enterprise"
    AGENCY = "agency"
    PLATFORM = "platform"
    CARRIER = "carrier"


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in the two languages that people read here."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule stands written. `article` is None where no article number is known: then `topic` is cited."""

    source: str
    title: Text
    article: str | None
    topic: Text
    address: str
    grade: Grade
    read_on: date


@dataclass(frozen=True, slots=True)
class Applies:
    """The calls a rule looks at; an empty `products` means every product."""

    purposes: frozenset[Purpose]
    products: frozenset[str] = frozenset()
    moments: frozenset[Moment] = frozenset(Moment)


@dataclass(frozen=True, slots=True)
class Binding:
    """Which calls a pack binds: any one match suffices; an empty binding binds every call.

    Seats and places are ISO 3166-2 codes (`CN-32`) or countries (`CN`), and a country matches its regions.
    """

    enterprise_seat: frozenset[str] = frozenset()
    agency_seat: frozenset[str] = frozenset()
    access_place: frozenset[str] = frozenset()
    callee_country: frozenset[str] = frozenset()
    callee_region: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(
            self.enterprise_seat
            or self.agency_seat
            or self.access_place
            or self.callee_country
            or self.callee_region
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of one pack. `params` is the frozen dataclass `Params` of its kind.

    `in_force_from` and `in_force_to` are civil dates of the pack's zone, [from, to).
    """

    id: str
    title: Text
    binds: frozenset[Party]
    applies: Applies
    kind: str
    params: object
    force: Force
    mode: Mode
    in_force_from: date
    in_force_to: date | None
    citation: Citation
    owner: str
    review_on: date


@dataclass(frozen=True, slots=True)
class Pack:
    """A folder of rules: whom it binds and in which zone its dates are read (IANA name)."""

    id: str
    title: Text
    version: int
    zone: str
    binding: Binding
    rules: tuple[Rule, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class PolicySet:
    """All packs in force, in order of their ids. Packs add up; none can loosen another."""

    packs: tuple[Pack, ...]

    def __post_init__(self) -> None:
        ids = [rule.id for pack in self.packs for rule in pack.rules]
        doubles = sorted({one for one in ids if ids.count(one) > 1})
        if doubles:
            raise ValueError(f"two rules with one id: {', '.join(doubles)}")

    def regions_of(self, country: str) -> tuple[str, ...]:
        """The regions of `country` (ISO 3166-1) that some pack binds by, in order."""
        named = {region for pack in self.packs for region in pack.binding.callee_region}
        return tuple(sorted(one for one in named if one.split("-")[0] == country))
