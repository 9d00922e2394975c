"""Claims about a rule set, checked at every point at which it can change its mind.

A claim names a call (as a case file does), what of it varies, and what every decision then says. For each instant of
the grid the search asks the rules about ever more of the facts, and leaves a branch as soon as one rule settles it
whatever the rest may be; so what it does not try cannot matter. Where a claim is false it gives facts that show it.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from dialer.core.civil_time import minute_of_day
from dialer.core.decision import Decision, decide
from dialer.core.errors import BadInput, Defect, InputFault, Place
from dialer.core.facts import Facts
from dialer.core.policy import Moment, PolicySet
from dialer.core.rulebook import Bound, Rulebook
from dialer.core.verdict import Verdict
from dialer.document_faults import nearest
from dialer.documents import Document, load_yaml, validated
from dialer.policy_cases import put_fact, series_of
from dialer.policy_grid import Point, Watched, axes, facts_json, instants, placed, touches_axis
from dialer.policy_shapes import TextShape

CLAIMS_FILE = "claims.yaml"
MOST_STEPS = 3_000_000
# Which rules look at a call hangs on these.
_SCOPE = (
    "purpose",
    "moment",
    "product",
    "enterprise_seat",
    "agency_seat",
    "trunk",
    "callee_country",
    "callee_regions",
)
TimeOfDay = Annotated[str, Field(pattern=r"^\d\d:\d\d$")]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AtShape(_Shape):
    """The instants a claim is about: local hours in `zone` (over midnight where `from` is the later), and a span.

    All of it is [from, to) and [after, before).
    """

    zone: str = "UTC"
    begin: Annotated[TimeOfDay | None, Field(alias="from")] = None
    end: Annotated[TimeOfDay | None, Field(alias="to")] = None
    after: AwareDatetime | None = None
    before: AwareDatetime | None = None


class ClaimShape(_Shape):
    """One claim. `given` differs from the lawful call; `when` lists what may stand at a fact, all else varies too.

    `says`: `denied`; `permitted` (then nothing varies but what `when` lists); or `obliges DUTY`: whatever is
    permitted comes with that duty. `packs` empty: the whole set.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    title: TextShape
    packs: list[str] = []
    given: dict[str, Any] = {}
    when: dict[str, list[Any]] = {}
    at: AtShape = AtShape()
    says: Annotated[str, Field(pattern=r"^(denied|permitted|obliges [a-z_]+)$")]


class ClaimFile(_Shape):
    """`claims.yaml`. `points` names values of facts, for `when`; `days` are days worth trying beside a whole week."""

    points: dict[str, dict[str, Any]] = {}
    days: list[date] = []
    claims: Annotated[list[ClaimShape], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Proof:
    """How a claim fared: whether it holds, how often rules were asked, and else facts that show that it does not."""

    claim: ClaimShape
    instants: int
    asked: int
    counterexample: Facts | None
    decision: Decision | None

    @property
    def holds(self) -> bool:
        """Whether nothing speaks against the claim."""
        return self.counterexample is None


@dataclass(frozen=True, slots=True)
class _Goal:
    """What speaks against a claim: `settled` tells that a rule's answer makes that impossible here."""

    settled: Callable[[Verdict], bool]
    alone: bool = False


def load_claims(path: Path) -> tuple[Document, ClaimFile]:
    """A file of claims. Raises BadInput, also for two claims with one id."""
    document = load_yaml(path)
    shape = validated(document, ClaimFile)
    ids = [one.id for one in shape.claims]
    for number, one in enumerate(ids):
        if one in ids[:number]:
            raise _refused(
                document, ("claims", number, "id"), "two claims with one id", one, "name it otherwise"
            )
    return document, shape


def prove(
    rulebook: Rulebook, document: Document, shape: ClaimFile, base: Document, only: Sequence[str] = ()
) -> Iterator[Proof]:
    """Check every claim of a file, or `only` these, from the lawful call `base`. Raises BadInput."""
    for number, one in enumerate(shape.claims):
        if only and one.id not in only:
            continue
        yield _Search(rulebook, document, shape, number, base).run()


class _Search:
    """The search for what speaks against one claim."""

    def __init__(
        self, rulebook: Rulebook, document: Document, shape: ClaimFile, number: int, base: Document
    ) -> None:
        self.claim = shape.claims[number]
        self._document, self._at = document, ("claims", number)
        packs = self._packs(rulebook)
        self._rulebook = Rulebook(PolicySet(packs), rulebook.revision, rulebook.zones, rulebook.calendars)
        self._rules = [rule for pack in packs for rule in pack.rules]
        facts = self._given(base)
        self._base = replace(facts, calendars=self._rulebook.calendar_of)
        named = self._named(shape)
        varied = {} if self.claim.says == "permitted" else axes(self._base, self._rules)
        varied.setdefault("moment", tuple(Point(one.value, one) for one in Moment))
        self._axes, self._listed = {**varied, **named}, frozenset(named)
        self._days = shape.days
        self._asked = 0
        self._memory: dict[str, dict[tuple[str, ...], dict[tuple[int, ...], Verdict]]] = {}

    def run(self) -> Proof:
        """Try every instant of the claim."""
        goal = self._goal()
        whens = list(self._instants())
        for at in whens:
            # Every rule may hang on the instant: what was remembered of another one is of no use.
            self._memory.clear()
            now = Point("now", at)
            for scope in self._scopes():
                found = self._against({"now": now, **scope}, goal)
                if found is not None:
                    return self._shown(len(whens), self._placed(found))
        return Proof(self.claim, len(whens), self._asked, None, None)

    def _against(self, scope: dict[str, Point], goal: _Goal) -> dict[str, Point] | None:
        start = {name: self._axes[name][0] for name in self._listed} | scope
        bound = [one for one in self._rulebook.looking_at(self._placed(start)) if one.enforced]
        fixed = dict(scope)
        if not goal.alone:
            return self._tried(bound, fixed, goal)
        return next((found for one in bound if (found := self._tried([one], fixed, goal)) is not None), None)

    def _tried(self, rules: Sequence[Bound], fixed: dict[str, Point], goal: _Goal) -> dict[str, Point] | None:
        """Values, `fixed` among them, that no rule settles; None where every branch is settled."""
        pending: list[tuple[bool, int, str, Bound]] = []
        for one in rules:
            verdict, read = self._ask(one, fixed)
            open_axes = [name for name in read if name in self._axes and name not in fixed]
            if not open_axes:
                if goal.settled(verdict):
                    return None
                continue
            axis = min(open_axes, key=lambda name: len(self._axes[name]))
            pending.append((not goal.settled(verdict), len(open_axes), axis, one))
        if not pending:
            return fixed
        _, _, axis, _ = min(pending, key=lambda one: one[:3])
        left = [one for *_, one in pending]
        for point in self._axes[axis]:
            found = self._tried(left, {**fixed, axis: point}, goal)
            if found is not None:
                return found
        return None

    def _ask(self, one: Bound, fixed: dict[str, Point]) -> tuple[Verdict, tuple[str, ...]]:
        """The verdict of a rule and what it read, remembered by the values of that."""
        memory = self._memory.setdefault(one.rule.id, {})
        for read, by_values in memory.items():
            known = by_values.get(self._values(read, fixed))
            if known is not None:
                return known, read
        self._asked += 1
        if self._asked > MOST_STEPS:
            hint = "narrow the claim: name fewer packs, or list in `when` what may stand"
            raise _refused(self._document, self._at, "too much to check", self.claim.id, hint)
        facts, seen = self._placed(fixed), set[str]()
        try:
            watched: Any = Watched(facts, seen)
            verdict = one.judge(one.rule.params, watched)
        except Exception as fault:  # as in a decision: a rule that raises denies
            verdict = Verdict("rule.raised", True, None, None, {"fault": type(fault).__name__})
        read = tuple(sorted(seen | {"now"}))
        memory.setdefault(read, {})[self._values(read, fixed)] = verdict
        return verdict, read

    def _values(self, read: tuple[str, ...], fixed: dict[str, Point]) -> tuple[int, ...]:
        # Points live as long as the search, so that their identity tells them apart.
        return tuple(id(self._point(name, fixed)) for name in read)

    def _point(self, name: str, fixed: dict[str, Point]) -> Point | None:
        if name in fixed:
            return fixed[name]
        return self._axes[name][0] if name in self._listed else None

    def _placed(self, fixed: dict[str, Point]) -> Facts:
        start = {name: self._axes[name][0] for name in self._listed}
        return placed(self._base, {name: one.value for name, one in (start | fixed).items()})

    def _goal(self) -> _Goal:
        if self.claim.says == "denied":
            return _Goal(lambda verdict: verdict.denied)
        if self.claim.says == "permitted":
            return _Goal(lambda verdict: not verdict.denied, alone=True)
        duty = self.claim.says.removeprefix("obliges ")
        return _Goal(lambda verdict: verdict.denied or any(one.duty == duty for one in verdict.obligations))

    def _scopes(self) -> Iterator[dict[str, Point]]:
        names = [name for name in _SCOPE if name in self._axes]
        for points in itertools.product(*(self._axes[name] for name in names)):
            yield dict(zip(names, points, strict=True))

    def _instants(self) -> Iterator[datetime]:
        values = [self._base, *(point.value for several in self._axes.values() for point in several)]
        sources = [self._base.zones, *(one.value for one in self._axes.get("zones", ()))]
        zones = sorted({one.zone for several in sources for one in several} | {self.claim.at.zone})
        policy = self._rulebook.policy
        edges = [one for one in (self.claim.at.begin, self.claim.at.end) if one]
        spans = [one for one in (self.claim.at.after, self.claim.at.before) if one]
        for at in instants(policy, self._base, [*values, edges, spans], zones, self._days):
            if _within(self.claim.at, at):
                yield at

    def _shown(self, count: int, facts: Facts) -> Proof:
        decision = decide(self._rulebook, facts)
        duty = self.claim.says.removeprefix("obliges ")
        against = {
            "denied": decision.permitted,
            "permitted": not decision.permitted,
        }.get(self.claim.says, decision.permitted and all(one.duty != duty for one in decision.obligations))
        if not against:
            raise Defect(f"the search and the decision disagree about claim `{self.claim.id}`")
        return Proof(self.claim, count, self._asked, facts, decision)

    def _packs(self, rulebook: Rulebook) -> tuple[Any, ...]:
        known = {pack.id: pack for pack in rulebook.policy.packs}
        for number, one in enumerate(self.claim.packs):
            if one not in known:
                path = (*self._at, "packs", number)
                raise _refused(self._document, path, "no such pack", one, nearest(one, known))
        return tuple(known[one] for one in sorted(self.claim.packs or known))

    def _given(self, base: Document) -> Facts:
        data = copy.deepcopy(base.data)
        for path, value in self.claim.given.items():
            if not put_fact(data, path, value):
                where = (*self._at, "given", path)
                raise _refused(self._document, where, "no such fact", path, f"see {base.file}")
        return validated(Document(self._document.file, data), Facts)

    def _named(self, shape: ClaimFile) -> dict[str, tuple[Point, ...]]:
        known = {one.name for one in fields(Facts)}
        found: dict[str, tuple[Point, ...]] = {}
        for name, values in self.claim.when.items():
            if name.startswith("touches "):
                found |= self._counts(name, values)
                continue
            if name not in known:
                raise _refused(
                    self._document, (*self._at, "when", name), "no such fact", name, nearest(name, known)
                )
            found[name] = tuple(self._named_point(shape, name, one) for one in values)
        return found

    def _counts(self, name: str, values: Sequence[Any]) -> dict[str, tuple[Point, ...]]:
        """`touches SERIES` lists how many touches there were within the last minute, for each limit of that series."""
        known = {one: rule for rule in self._rules if (one := f"touches {series_of(rule)}")}
        if name not in known or not all(isinstance(one, int) for one in values):
            reason = "no rule counts such touches, or the values are no counts"
            raise _refused(self._document, (*self._at, "when", name), reason, name, nearest(name, known))
        minute = timedelta(minutes=1)
        points = tuple(Point(str(one), (minute,) * one) for one in values)
        limits: list[Any] = [rule.params for rule in self._rules if f"touches {series_of(rule)}" == name]
        return {touches_axis(one.as_limit().key): points for one in limits}

    def _named_point(self, shape: ClaimFile, name: str, value: Any) -> Point:
        points: Mapping[str, Any] = shape.points.get(name, {})
        named = isinstance(value, str) and value in points
        given = points[value] if named else value
        data = facts_json(self._base) | {name: given}
        return Point(str(value), getattr(validated(Document(self._document.file, data), Facts), name))


def _within(at: AtShape, instant: datetime) -> bool:
    if at.after is not None and instant < at.after:
        return False
    if at.before is not None and instant >= at.before:
        return False
    if at.begin is None or at.end is None:
        return True
    local = instant.astimezone(ZoneInfo(at.zone))
    minute = local.hour * 60 + local.minute
    begin, end = minute_of_day(at.begin), minute_of_day(at.end)
    return begin <= minute < end if begin < end else minute >= begin or minute < end


def _refused(document: Document, path: tuple[str | int, ...], reason: str, value: str, hint: str) -> BadInput:
    place = Place(document.file, document.line_of(path), ".".join(str(one) for one in path))
    return BadInput([InputFault(place, reason, value, hint)])
