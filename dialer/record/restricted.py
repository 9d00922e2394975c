"""The register as restrictions leave it: the same questions, stricter answers. Pure.

What is restricted is shown to the rules as suspended, ended or narrowed, so that a denial names the broken link;
and told as unsound where it bites this call, so that a denial names who restricted it and why, whatever the packs ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import TypeVar

from dialer.core.facts import Entrustment, Licence, NumberEntry, Period, Script, Unsound
from dialer.core.policy import Purpose
from dialer.record.register import CarrierRow, Register, Seen

_Scoped = TypeVar("_Scoped", Licence, Entrustment)


@dataclass(frozen=True, slots=True)
class Restriction:
    """One thing taken away. `what`: `suspend|remove|narrow|end`; `end` is the instant from which it has ended."""

    id: str
    kind: str
    target: str
    what: str
    purposes: frozenset[Purpose]
    products: frozenset[str]
    end: datetime | None
    reason: str
    since: datetime
    by: str

    def bites(self, purpose: Purpose, product: str, at: datetime) -> bool:
        """Whether a call for this purpose and product is one that it forbids at `at`."""
        if self.what == "narrow":
            return purpose in self.purposes or product in self.products
        return self.end is None or at >= self.end

    def unsound(self) -> Unsound:
        """What a denial says of it."""
        shown = {"kind": self.kind, "target": self.target, "what": self.what, "by": self.by}
        return Unsound("sound.restricted", {**shown, "reason": self.reason, "since": self.since.isoformat()})


@dataclass(frozen=True)
class Overlay:
    """Every restriction in force, by what it is about."""

    _by_target: Mapping[tuple[str, str], tuple[Restriction, ...]]

    @staticmethod
    def of(found: Sequence[Restriction]) -> Overlay:
        """The overlay of these restrictions."""
        by_target: dict[tuple[str, str], tuple[Restriction, ...]] = {}
        for one in found:
            key = (one.kind, one.target)
            by_target[key] = (*by_target.get(key, ()), one)
        return Overlay(by_target)

    def __bool__(self) -> bool:
        return bool(self._by_target)

    def on(self, *links: tuple[str, str | None]) -> Iterator[Restriction]:
        """The restrictions of these targets, in their order."""
        for kind, target in links:
            if target is not None:
                yield from self._by_target.get((kind, target), ())

    def script(self, script: Script) -> Script:
        """The script as it is left: `withdrawn` where it is suspended or removed."""
        for one in self.on(("script", script.id)):
            if one.what in ("suspend", "remove"):
                script = replace(script, status="withdrawn")
            script = replace(
                script,
                purposes=script.purposes - one.purposes,
                products=script.products - one.products,
                period=_ended(script.period, one),
            )
        return script


NONE = Overlay({})


@dataclass(frozen=True)
class Restricted(Register):
    """A register under an overlay; what nothing here speaks of is as in the register itself."""

    _register: Register = field(repr=False)
    _overlay: Overlay = field(repr=False)

    @staticmethod
    def over(register: Register, overlay: Overlay) -> Restricted:
        """`register` as `overlay` leaves it."""
        same = {one.name: getattr(register, one.name) for one in fields(register)}
        return Restricted(**same, _register=register, _overlay=overlay)

    def licences(self, enterprise: str) -> tuple[Licence, ...]:
        """The licences of the enterprise that are left."""
        return tuple(
            left
            for one in self._register.licences(enterprise)
            if (left := self._left(one, ("licence", one.number), ("enterprise", enterprise))) is not None
        )

    def entrustments(self, enterprise: str) -> tuple[Entrustment, ...]:
        """The entrustments of the enterprise that are left."""
        return tuple(
            left
            for one in self._register.entrustments(enterprise)
            if (left := self._left(one, *_papers(one))) is not None
        )

    def carrier(self, carrier: str) -> CarrierRow | None:
        """The carrier as it is left: `suspended` or `revoked`."""
        row = self._register.carrier(carrier)
        for one in self._overlay.on(("carrier", carrier)):
            if row is not None:
                status = _STATUS.get(one.what, row.fact.status)
                row = replace(row, fact=replace(row.fact, status=status, period=_ended(row.fact.period, one)))
        return row

    def numbers(self, caller_id: str) -> tuple[NumberEntry, ...]:
        """What is left of every entry of this caller ID."""
        found = self._register.numbers(caller_id)
        return tuple(left for one in found if (left := self.number(one)) is not None)

    def number(self, entry: NumberEntry) -> NumberEntry | None:
        """What is left of one entry; None where nothing is."""
        left: NumberEntry | None = entry
        for one in self._overlay.on(("number", entry.number)):
            if left is None or one.what == "remove":
                return None
            status = "suspended" if one.what == "suspend" else left.status
            period = _ended(left.period, one)
            left = replace(left, status=status, purposes=left.purposes - one.purposes, period=period)
        return left

    def choose_caller_id(
        self, enterprise: str, agency: str | None, purpose: Purpose, at: datetime, seen: Seen | None = None
    ) -> str | None:
        """As `Register.choose_caller_id`; where nothing is left, the number that it would have been."""
        chosen = self._register.choose_caller_id(enterprise, agency, purpose, at, seen or self.number)
        return chosen or self._register.choose_caller_id(enterprise, agency, purpose, at, seen)

    def unsound(
        self, links: Sequence[tuple[str, str | None]], asked: tuple[str, Purpose, str], at: datetime
    ) -> list[Unsound]:
        """What forbids this call: a link that is restricted, or papers of which none covers it any more.

        `links` are the kind and id of what the call hangs on alone; `asked` is enterprise, purpose, product.
        """
        enterprise, purpose, product = asked
        parties = {target for kind, target in links if kind in ("agency", "platform")}
        found = [one for one in self._overlay.on(*links) if one.bites(purpose, product, at)]
        found += self._uncovered(
            self._register.licences(enterprise),
            self.licences(enterprise),
            lambda one: (("licence", one.number),),
            asked,
            at,
        )
        for party in parties - {None}:
            of_party = [one for one in self._register.entrustments(enterprise) if one.party == party]
            left = [one for one in self.entrustments(enterprise) if one.party == party]
            found += self._uncovered(of_party, left, _papers, asked, at)
        return [one.unsound() for one in {one.id: one for one in found}.values()]

    def _uncovered(
        self,
        before: Sequence[_Scoped],
        left: Sequence[_Scoped],
        links: Callable[[_Scoped], tuple[tuple[str, str], ...]],
        asked: tuple[str, Purpose, str],
        at: datetime,
    ) -> list[Restriction]:
        _, purpose, product = asked
        covering = [one for one in before if _covers(one, purpose, product, at)]
        if not covering or any(_covers(one, purpose, product, at) for one in left):
            return []
        over = [one for paper in covering for one in self._overlay.on(*links(paper))]
        return [one for one in over if one.bites(purpose, product, at)]

    def _left(self, paper: _Scoped, *links: tuple[str, str]) -> _Scoped | None:
        for one in self._overlay.on(*links):
            if one.what == "remove":
                return None
            paper = replace(
                paper,
                status="suspended" if one.what == "suspend" else paper.status,
                purposes=paper.purposes - one.purposes,
                products=paper.products - one.products,
                period=_ended(paper.period, one),
            )
        return paper


_STATUS = {"suspend": "suspended", "remove": "revoked"}


def _papers(one: Entrustment) -> tuple[tuple[str, str], ...]:
    """What an entrustment hangs on, beside its enterprise; of a sub-entrustment also what it was made under."""
    own = (("entrustment", one.document), ("agency", one.party), ("platform", one.party))
    return own if one.sub_of is None else (*own, ("entrustment", one.sub_of))


def _covers(one: Licence | Entrustment, purpose: Purpose, product: str, at: datetime) -> bool:
    return (
        one.status == "valid" and purpose in one.purposes and product in one.products and one.period.holds(at)
    )


def _ended(period: Period, one: Restriction) -> Period:
    if one.end is None or (period.end is not None and period.end <= one.end):
        return period
    return Period(period.start, one.end)
