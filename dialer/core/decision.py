"""decide(rulebook, facts) -> Decision: all rules are evaluated, all findings returned, deny overrides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from dialer.core.facts import Facts
from dialer.core.policy import Citation, Effect, Force, Mode, Moment, Party, Rule, Text
from dialer.core.reasons import Remedy, explain
from dialer.core.rulebook import Rulebook
from dialer.core.verdict import Obligation, Value, Verdict

# Beyond this a next permitted instant is of no use to anybody, and the search ends.
HORIZON = timedelta(days=400)
SEARCH_STEPS = 2000


class Finding(NamedTuple):
    """What one rule says: its own words by reference, and its verdict. `pack` is the pack's id, or `engine`.

    A named tuple, since one is made for every rule of every decision.
    """

    pack: str
    source: Rule
    verdict: Verdict

    @property
    def rule(self) -> str:
        """The id of the rule."""
        return self.source.id

    @property
    def title(self) -> Text:
        """What the rule asks for, in a line."""
        return self.source.title

    @property
    def kind(self) -> str:
        """The kind of the rule."""
        return self.source.kind

    @property
    def code(self) -> str:
        """The stable reason code."""
        return self.verdict.code

    @property
    def effect(self) -> Effect:
        """Whether this rule permits or denies; whether that decides is told by `mode`."""
        return Effect.DENY if self.verdict.denied else Effect.PERMIT

    @property
    def mode(self) -> Mode:
        """Whether the rule decides."""
        return self.source.mode

    @property
    def force(self) -> Force:
        """What kind of authority stands behind the rule."""
        return self.source.force

    @property
    def binds(self) -> frozenset[Party]:
        """Whom the rule binds."""
        return self.source.binds

    @property
    def values(self) -> Mapping[str, Value]:
        """What the rule saw."""
        return self.verdict.values

    @property
    def citation(self) -> Citation:
        """Where the rule stands written."""
        return self.source.citation

    @property
    def opens_at(self) -> datetime | None:
        """The earliest instant this rule alone would permit; None is never."""
        return self.verdict.opens_at

    @property
    def text(self) -> Text:
        """What was found, as a sentence. Made when somebody reads it: most findings of a permit nobody does."""
        return explain(self.code, self.values)[0]

    @property
    def remedy(self) -> Remedy | None:
        """What would mend a denial, and who can; None for a permit."""
        return explain(self.code, self.values)[1] if self.verdict.denied else None


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
    facts = _with_calendars(rulebook, facts)
    findings: list[Finding] = []
    enforced: list[Verdict] = []
    denied, new = False, tuple.__new__
    for pack, rule, decides, judge, twin in rulebook.plan(facts).bound:
        if twin is None:
            try:
                verdict = judge(rule.params, facts)
            except Exception as fault:  # whatever it is: a rule that raises denies
                verdict = _raised(fault)
        else:
            verdict = findings[twin].verdict
        # The tuple that Finding(...) makes, without the call in between: there are dozens in each decision.
        findings.append(new(Finding, (pack, rule, verdict)))
        if decides:
            enforced.append(verdict)
            denied = denied or verdict.denied
    return Decision(
        effect=Effect.DENY if denied else Effect.PERMIT,
        at=facts.now,
        moment=facts.moment,
        findings=tuple(findings),
        obligations=() if denied else _obligations(enforced),
        next_instant=_next_instant(rulebook, facts, enforced) if denied else facts.now,
        valid_until=None if denied else _valid_until(rulebook, facts, enforced),
        rulebook=rulebook.digest,
        revision=rulebook.revision,
        engine=rulebook.engine,
    )


def permits(rulebook: Rulebook, facts: Facts) -> bool:
    """The effect alone, by the first rule that denies: the same as `decide(...).permitted`. Never raises."""
    facts = _with_calendars(rulebook, facts)
    for judge, params in rulebook.plan(facts).deciding:
        try:
            if judge(params, facts).denied:
                return False
        except Exception:
            return False
    return True


def _with_calendars(rulebook: Rulebook, facts: Facts) -> Facts:
    """Facts are judged by the calendars of the rulebook, whatever they brought; who made them may have put these in."""
    calendars = rulebook.calendar_of
    if facts.calendars is calendars or not (facts.calendars or calendars):
        return facts
    return replace(facts, calendars=calendars)


def _raised(fault: Exception) -> Verdict:
    return Verdict("rule.raised", True, None, None, {"fault": type(fault).__name__})


def _judged(rulebook: Rulebook, facts: Facts) -> list[Verdict]:
    """The verdicts of what decides."""
    verdicts = []
    for judge, params in rulebook.plan(facts).deciding:
        try:
            verdicts.append(judge(params, facts))
        except Exception as fault:
            verdicts.append(_raised(fault))
    return verdicts


def _obligations(verdicts: Sequence[Verdict]) -> tuple[Obligation, ...]:
    found = {one.key: one for verdict in verdicts if verdict.obligations for one in verdict.obligations}
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
        change = rulebook.next_change(at)
        latest = at
        for verdict in denying:
            ends = [one for one in (verdict.opens_at, change) if one is not None and one > at]
            if not ends or min(ends) > facts.now + HORIZON:
                return None
            latest = max(latest, min(ends))
        at = latest
        verdicts = _judged(rulebook, facts.at(at))
    return None


def _valid_until(rulebook: Rulebook, facts: Facts, verdicts: Sequence[Verdict]) -> datetime | None:
    """The earliest instant at which a rule closes, or at which a rule that begins or ends turns the answer."""
    at = facts.now
    while True:
        closes_at = min([one.closes_at for one in verdicts if one.closes_at is not None], default=None)
        change = rulebook.next_change(at)
        if change is None or (closes_at is not None and closes_at <= change):
            return closes_at
        at = change
        verdicts = _judged(rulebook, facts.at(at))
        if any(verdict.denied for verdict in verdicts):
            return at
