"""What holds for every set of rules and every call: Hypothesis looks for a counterexample."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialer.core.decision import decide
from dialer.core.facts import Facts, Live, Period, Preference, ZoneSource
from dialer.core.limits import Counted, Subject, WindowKind
from dialer.core.policy import Applies, Binding, Effect, Mode, Pack, PolicySet, Purpose, Rule, Text
from dialer.core.rulebook import Rulebook
from dialer.core.rules import caller_id, frequency, hours, licence, preference, script
from dialer.documents import load_yaml, validated
from dialer.policy_files import load_policy

ROOT = Path(__file__).parents[2]
LAWFUL = validated(load_yaml(ROOT / "tests" / "policies" / "facts.yaml"), Facts)
MODEL = load_policy(ROOT / "policies").packs[0].rules[0]
NOW = LAWFUL.now
MICROSECOND = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
# Those that walk over every boundary cost a hundred decisions an example.
WALK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
QUICK = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])

minutes = st.integers(-3 * 24 * 60, 3 * 24 * 60)
near = st.builds(lambda n: NOW + n * MINUTE, minutes)
zone_names = st.sampled_from(["Asia/Shanghai", "Europe/London", "America/New_York", "Australia/Adelaide"])
time_of_day = st.integers(0, 47).map(lambda half: f"{half // 2:02d}:{half % 2 * 30:02d}")


@st.composite
def windows(draw: st.DrawFn) -> hours.Params:
    """One or two windows of hours on some days."""
    found = []
    for _ in range(draw(st.integers(1, 2))):
        start = draw(st.integers(0, 46))
        end = draw(st.integers(start + 1, 48))
        days = tuple(
            draw(st.sampled_from([("all",), ("mon", "tue"), ("sat",), ("wed", "thu", "fri", "sun")]))
        )
        found.append(hours.Open(days, *(f"{one // 2:02d}:{one % 2 * 30:02d}" for one in (start, end))))
    return hours.Params(tuple(found))


limits = st.builds(
    frequency.Params,
    most=st.integers(1, 3),
    per=st.sampled_from(Subject),
    counts=st.sampled_from(Counted),
    window=st.sampled_from(WindowKind),
    window_n=st.integers(1, 3),
)
preferences = st.builds(
    preference.Params,
    silence=st.sampled_from(["permit", "deny"]),
    after_opt_out_days=st.none() | st.integers(1, 3),
)
checks = st.frozensets(st.sampled_from(["listed", *caller_id.CHECKS]), min_size=1)
kinds = st.one_of(
    st.tuples(st.just("hours"), windows()),
    st.tuples(st.just("frequency"), limits),
    st.tuples(st.just("preference"), preferences),
    st.tuples(st.just("caller_id"), st.builds(caller_id.Params, checks)),
    st.tuples(st.just("licence"), st.builds(licence.Params)),
    st.tuples(st.just("script"), st.builds(script.Params)),
    st.tuples(st.just("hours"), st.none()),  # a rule that raises
)
from_dates = st.sampled_from([date(2026, 1, 1), date(2026, 11, 26), date(2026, 12, 3)])
to_dates = st.sampled_from([None, None, date(2026, 11, 24), date(2026, 11, 27), date(2027, 2, 1)])


@st.composite
def rules(draw: st.DrawFn, modes: tuple[Mode, ...] = tuple(Mode)) -> Rule:
    """A rule of some kind for every purpose, in force for some time; its id is set by the book."""
    kind, params = draw(kinds)
    start, end = draw(from_dates), draw(to_dates)
    return replace(
        MODEL,
        kind=kind,
        params=params,
        applies=Applies(frozenset(Purpose)),
        mode=draw(st.sampled_from((Mode.ENFORCE, *modes))),
        in_force_from=start,
        in_force_to=end if end is None or end > start else None,
    )


def _book(found: list[Rule]) -> Rulebook:
    named = tuple(replace(rule, id=f"p/{number}") for number, rule in enumerate(found))
    return _book_of(named)


def _book_of(named: tuple[Rule, ...]) -> Rulebook:
    pack = Pack("p", Text("测", "p"), 1, "Asia/Shanghai", Binding(), named)
    return Rulebook(PolicySet((pack,)), revision=1, zones="test")


books = st.lists(rules(), min_size=1, max_size=4).map(_book)
periods = st.builds(Period, st.none() | near, st.none() | near).filter(
    lambda one: one.start is None or one.end is None or one.start < one.end
)
statements = st.builds(
    Preference,
    id=st.just("p"),
    kind=st.sampled_from(["accept", "opt_out"]),
    enterprise=st.sampled_from([None, "lender"]),
    purpose=st.none(),
    product=st.none(),
    channel=st.none(),
    source=st.just("key"),
    stated_at=near.filter(lambda at: at <= NOW),
    until=st.none() | near,
)
series = st.lists(near.filter(lambda at: at <= NOW), max_size=4).map(
    lambda all_: tuple(sorted(all_, reverse=True))
)
lives = st.builds(Live, st.sampled_from(["person", "line"]), st.just("a"), near)


@st.composite
def calls(draw: st.DrawFn, book: Rulebook) -> Facts:
    """A call that is lawful or nearly so, with every series that `book` asks for."""
    assert LAWFUL.script is not None
    zones = draw(st.lists(zone_names, min_size=1, max_size=2, unique=True))
    entry = LAWFUL.numbers[0]
    numbers = [
        replace(entry, period=draw(periods), carrier=draw(st.sampled_from(["unicom", "unicom", "telecom"])))
        for _ in range(draw(st.integers(1, 2)))
    ]
    licences = [replace(LAWFUL.licences[0], period=draw(periods)) for _ in range(draw(st.integers(1, 2)))]
    return replace(
        LAWFUL,
        now=NOW + draw(st.integers(0, 60 * 24)) * MINUTE,
        zones=tuple(ZoneSource("number", one) for one in zones),
        numbers=tuple(numbers),
        licences=tuple(licences),
        preferences=tuple(draw(st.lists(statements, max_size=2))),
        live=tuple(draw(st.lists(lives, max_size=1))),
        script=replace(LAWFUL.script, period=draw(periods)),
        touches={limit.key: draw(series)[: limit.most + 1] for limit in book.limits(LAWFUL.purpose)},
    )


situations = books.flatmap(lambda book: st.tuples(st.just(book), calls(book)))


@QUICK
@given(situations, rules(modes=(Mode.ENFORCE,)))
def test_adding_a_rule_never_permits(situation: tuple[Rulebook, Facts], added: Rule) -> None:
    """A denied call stays denied, and a permitted one gets no later end, whatever rule is added."""
    book, facts = situation
    more = _book([*book.policy.packs[0].rules, added])
    facts = replace(
        facts, touches={limit.key: () for limit in more.limits(facts.purpose)} | dict(facts.touches)
    )
    before, after = decide(book, facts), decide(more, facts)
    if not before.permitted:
        assert not after.permitted
    if after.permitted and before.valid_until is not None:
        assert after.valid_until is not None
        assert after.valid_until <= before.valid_until


@QUICK
@given(situations, st.randoms(use_true_random=False))
def test_the_order_of_rules_is_of_no_account(situation: tuple[Rulebook, Facts], random: object) -> None:
    """Effect, next instant, validity, obligations and the set of findings are the same in any order."""
    book, facts = situation
    shuffled = list(book.policy.packs[0].rules)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = decide(book, facts), decide(_book_of(tuple(shuffled)), facts)
    assert (one.effect, one.next_instant, one.valid_until) == (
        other.effect,
        other.next_instant,
        other.valid_until,
    )
    assert one.obligations == other.obligations
    assert sorted((f.rule, f.code) for f in one.findings) == sorted((f.rule, f.code) for f in other.findings)


@QUICK
@given(situations)
def test_a_raising_rule_denies(situation: tuple[Rulebook, Facts]) -> None:
    """With a rule that raises in force, no call is permitted and none is promised while it is."""
    book, facts = situation
    broken = replace(
        MODEL, kind="frequency", params=None, mode=Mode.ENFORCE, applies=Applies(frozenset(Purpose))
    )
    broken = replace(broken, in_force_from=date(2026, 1, 1), in_force_to=None)
    decision = decide(_book([*book.policy.packs[0].rules, broken]), facts)
    assert not decision.permitted
    assert decision.next_instant is None


@QUICK
@given(situations)
def test_the_same_facts_give_the_same_decision(situation: tuple[Rulebook, Facts]) -> None:
    """Deciding is a function: nothing of one decision leaks into the next."""
    book, facts = situation
    assert decide(book, facts) == decide(book, facts)


@WALK
@given(situations)
def test_the_next_instant_is_the_first(situation: tuple[Rulebook, Facts]) -> None:
    """Every boundary from now to the next permitted instant denies, so does a microsecond before it; it permits."""
    book, facts = situation
    decision = decide(book, facts)
    if decision.next_instant is None:
        assert not any(decide(book, facts.at(at)).permitted for at in _boundaries(book, facts))
        return
    assert decide(book, facts.at(decision.next_instant)).permitted
    if decision.permitted:
        assert decision.next_instant == facts.now
        return
    before = [at for at in _boundaries(book, facts) if facts.now < at < decision.next_instant]
    for at in (*before, decision.next_instant - MICROSECOND):
        assert not decide(book, facts.at(at)).permitted


@QUICK
@given(situations)
def test_a_finding_opens_when_it_says(situation: tuple[Rulebook, Facts]) -> None:
    """Alone, a denying rule denies a microsecond before its `opens_at` and permits at it."""
    book, facts = situation
    for finding in decide(book, facts).findings:
        if finding.effect is Effect.DENY and finding.opens_at is not None:
            opens_at = finding.opens_at
            assert opens_at > facts.now
            assert _says(book, finding.rule, facts.at(opens_at)) in (Effect.PERMIT, None)
            assert _says(book, finding.rule, facts.at(opens_at - MICROSECOND)) in (Effect.DENY, None)


@WALK
@given(situations)
def test_a_permit_holds_until_it_says(situation: tuple[Rulebook, Facts]) -> None:
    """Every boundary before `valid_until` permits, so does a microsecond before it, and it denies."""
    book, facts = situation
    decision = decide(book, facts)
    if not decision.permitted:
        assert decision.valid_until is None
        return
    end = decision.valid_until
    for at in _boundaries(book, facts):
        if at > facts.now and (end is None or at < end):
            assert decide(book, facts.at(at)).permitted
    if end is not None:
        assert decide(book, facts.at(end - MICROSECOND)).permitted
        assert not decide(book, facts.at(end)).permitted


ALONE = {
    "hours": windows(),
    "frequency": limits,
    "preference": preferences,
    "caller_id": st.builds(caller_id.Params, checks.map(lambda one: one | {"period"})),
    "licence": st.builds(licence.Params),
}


@pytest.mark.parametrize("kind", sorted(ALONE))
@settings(QUICK, max_examples=60)
@given(data=st.data())
def test_a_rule_alone_opens_and_closes_when_it_says(kind: str, data: st.DataObject) -> None:
    """With one rule there is nothing to hide behind: both instants of each kind are exact."""
    rule = replace(
        MODEL,
        kind=kind,
        params=data.draw(ALONE[kind]),
        applies=Applies(frozenset(Purpose)),
        in_force_from=date(2026, 1, 1),
    )
    book = _book([rule])
    facts = replace(data.draw(calls(book)), live=())
    decision = decide(book, facts)
    edge = decision.valid_until if decision.permitted else decision.next_instant
    if edge is not None:
        assert decide(book, facts.at(edge - MICROSECOND)).permitted is decision.permitted
        assert decide(book, facts.at(edge)).permitted is not decision.permitted


def _says(book: Rulebook, rule: str, facts: Facts) -> Effect | None:
    return next((one.effect for one in decide(book, facts).findings if one.rule == rule), None)


def _boundaries(book: Rulebook, facts: Facts) -> tuple[datetime, ...]:
    """Instants of the coming two days at which anything can change, found without asking the rules."""
    found = set(book.changes) | {one.live_until for one in facts.live}
    dated = (*facts.numbers, *facts.licences, *((facts.script,) if facts.script else ()))
    for one in dated:
        found |= {at for at in (one.period.start, one.period.end) if at is not None}
    for statement in facts.preferences:
        found |= {statement.stated_at + timedelta(days=n) for n in (1, 2, 3)}
        found |= {statement.until} if statement.until else set()
    for touches in facts.touches.values():
        found |= {touch + timedelta(hours=n) for touch in touches for n in (1, 2, 3)}
    found |= set(_half_hours(facts.now))
    last = facts.now + timedelta(days=2)
    return tuple(sorted(at for at in found if facts.now <= at <= last))


def _half_hours(now: datetime) -> Iterator[datetime]:
    start = now.replace(minute=0, second=0, microsecond=0)
    return (start + n * 30 * MINUTE for n in range(2 * 48))
