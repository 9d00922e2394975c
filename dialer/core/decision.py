"""decide(rulebook, facts) -> Decision: all rules are evaluated, all findings returned, deny overrides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dialer.core.facts import Facts
from dialer.core.guards import GUARDS
from dialer.core.policy import Citation, Effect, Force, Mode, Moment, Pack, Party, Rule, Text
from dialer.core.reasons import Remedy, explain
from dialer.core.rulebook import Rulebook
from dialer.core.rules import KINDS
from dialer.core.verdict import Obligation, Value, Verdict

# Beyond this a next permitted instant is of no use to anybody, and the search ends.
HORIZON = timedelta(days=400)
SEARCH_STEPS = 2000


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says. `opens_at` is the earliest instant this rule alone would permit; None is never."""

    rule: str
    pack: str
    title: Text
    kind: str
    code: str
    effect: Effect
    mode: Mode
    force: Force
    binds: frozenset[Party]
    values: Mapping[str, Value]
    citation: Citation
    opens_at: datetime | None

    @property
    def text(self) -> Text:
        """What was found, as a sentence. Made when somebody reads it: most findings of a permit nobody does."""
        return explain(self.code, self.values)[0]

    @property
    def remedy(self) -> Remedy | None:
        """What would mend a denial, and who can; None for a permit."""
        return explain(self.code, self.values)[1] if self.effect is Effect.DENY else None


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision. `next_instant`: when all rules together would permit; None is never, under these facts.

    `valid_until` is the first instant after `at` at which time alone would end a permit; None is not foreseen.
    """

    effect: Effect
    at: datetime
    moment: Moment
    findings: tuple[Finding, ...]
    obligations: tuple[Obligation, ...]
    next_instant: datetime | None
    valid_until: datetime | None
    rulebook: str
    revision: int
    engine: str

    @property
    def permitted(self) -> bool:
        """Whether the call may go on."""
        return self.effect is Effect.PERMIT

    @property
    def denials(self) -> tuple[Finding, ...]:
        """The findings that decided against the call."""
        return tuple(one for one in self.findings if one.mode is Mode.ENFORCE and one.effect is Effect.DENY)


def decide(rulebook: Rulebook, facts: Facts) -> Decision:
    """Judge `facts` by every rule in force. Never raises: a rule that raises denies."""
    judged = [(pack, rule, _judge(rule, facts)) for pack, rule in _in_force(rulebook, facts)]
    findings = tuple(_finding(pack, rule, verdict) for pack, rule, verdict in judged)
    enforced = [verdict for _, rule, verdict in judged if rule.mode is Mode.ENFORCE]
    denied = any(verdict.denied for verdict in enforced)
    return Decision(
        effect=Effect.DENY if denied else Effect.PERMIT,
        at=facts.now,
        moment=facts.moment,
        findings=findings,
        obligations=() if denied else _obligations(enforced),
        next_instant=_next_instant(rulebook, facts, enforced) if denied else facts.now,
        valid_until=None if denied else _valid_until(rulebook, facts, enforced),
        rulebook=rulebook.digest,
        revision=rulebook.revision,
        engine=rulebook.engine,
    )


def _in_force(rulebook: Rulebook, facts: Facts) -> Iterator[tuple[Pack | None, Rule]]:
    for guard in GUARDS:
        if facts.moment in guard.applies.moments:
            yield None, guard
    for pack in rulebook.policy.packs:
        if pack.binding and not _bound(pack, facts):
            continue
        today = facts.now.astimezone(ZoneInfo(pack.zone)).date()
        for rule in pack.rules:
            begun = rule.in_force_from <= today
            ended = rule.in_force_to is not None and rule.in_force_to <= today
            if begun and not ended and _looks_at(rule, facts):
                yield pack, rule


def _looks_at(rule: Rule, facts: Facts) -> bool:
    applies = rule.applies
    return (
        facts.purpose in applies.purposes
        and facts.moment in applies.moments
        and (not applies.products or facts.product in applies.products)
    )


def _bound(pack: Pack, facts: Facts) -> bool:
    binding = pack.binding
    pairs = (
        (binding.enterprise_seat, facts.enterprise_seat),
        (binding.agency_seat, facts.agency_seat),
        (binding.access_place, facts.trunk.place if facts.trunk else ""),
        (binding.callee_country, facts.callee_country),
        *((binding.callee_region, region) for region in facts.callee_regions),
    )
    return any(place and (place in named or place.split("-")[0] in named) for named, place in pairs)


def _judge(rule: Rule, facts: Facts) -> Verdict:
    try:
        return KINDS[rule.kind].judge(rule.params, facts)
    except Exception as fault:  # whatever it is: a rule that raises denies
        return Verdict(code="rule.raised", denied=True, values={"fault": type(fault).__name__}, opens_at=None)


def _finding(pack: Pack | None, rule: Rule, verdict: Verdict) -> Finding:
    return Finding(
        rule=rule.id,
        pack=pack.id if pack else "engine",
        title=rule.title,
        kind=rule.kind,
        code=verdict.code,
        effect=Effect.DENY if verdict.denied else Effect.PERMIT,
        mode=rule.mode,
        force=rule.force,
        binds=rule.binds,
        values=verdict.values,
        citation=rule.citation,
        opens_at=verdict.opens_at,
    )


def _obligations(verdicts: Sequence[Verdict]) -> tuple[Obligation, ...]:
    found = {obligation.key: obligation for verdict in verdicts for obligation in verdict.obligations}
    return tuple(found[key] for key in sorted(found))


def _next_instant(rulebook: Rulebook, facts: Facts, verdicts: Sequence[Verdict]) -> datetime | None:
    """The earliest instant at which every enforced rule permits.

    Each denying rule stays shut until its `opens_at` or until some rule begins or ends, so no joint instant lies
    before the latest of those; going there and asking again ends at the earliest joint instant, or never.
    """
    at = facts.now
    for _ in range(SEARCH_STEPS):
        denying = [verdict for verdict in verdicts if verdict.denied]
        if not denying:
            return at
        change = _next_rule_change(rulebook, at)
        latest = at
        for verdict in denying:
            ends = [one for one in (verdict.opens_at, change) if one is not None and one > at]
            if not ends or min(ends) > facts.now + HORIZON:
                return None
            latest = max(latest, min(ends))
        at = latest
        verdicts = _enforced(rulebook, facts.at(at))
    return None


def _enforced(rulebook: Rulebook, facts: Facts) -> list[Verdict]:
    return [_judge(rule, facts) for _, rule in _in_force(rulebook, facts) if rule.mode is Mode.ENFORCE]


def _next_rule_change(rulebook: Rulebook, after: datetime) -> datetime | None:
    return min((one for one in rulebook.changes if one > after), default=None)


def _valid_until(rulebook: Rulebook, facts: Facts, verdicts: Sequence[Verdict]) -> datetime | None:
    """The earliest instant at which a rule closes, or at which a rule that begins or ends turns the answer."""
    at = facts.now
    while True:
        closes_at = min((one.closes_at for one in verdicts if one.closes_at is not None), default=None)
        change = _next_rule_change(rulebook, at)
        if change is None or (closes_at is not None and closes_at <= change):
            return closes_at
        at = change
        moved = facts.at(at)
        verdicts = _enforced(rulebook, moved)
        if any(verdict.denied for verdict in verdicts):
            return at
