"""The engine beside a second evaluator, slow and plainly written, that shares with it only the shapes of its input."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from oracle_decision import KINDS, NEAR_DAYS, boundaries, first_permitted, is_permitted, judged
from oracle_worlds import KIND_NAMES, worlds

from dialer.core import rules
from dialer.core.decision import Decision, decide, permits
from dialer.core.facts import Facts
from dialer.core.policy import Effect, Mode
from dialer.core.rulebook import Rulebook

MICROSECOND, SECOND = timedelta(microseconds=1), timedelta(seconds=1)
# Of each world: now, and this many instants at boundaries or next to one.
INSTANTS = 20
# Of each world so many denials are compared by trying every boundary; that is the slow part.
SEARCHES = 3
MORE = 5


def test_the_oracle_knows_every_kind() -> None:
    """A kind that is added to the vocabulary is added to the oracle and to its worlds."""
    assert set(KINDS) == set(rules.KINDS)
    assert set(KIND_NAMES) == set(rules.VOCABULARY)


def test_the_engine_says_what_the_oracle_says(pytestconfig: pytest.Config) -> None:
    """Effect, the code of every finding and the next permitted instant agree on `--runs` random decisions."""
    runs: int = pytestconfig.getoption("--runs")
    each = max(1, -(-runs // (INSTANTS + 1) // len(KIND_NAMES)))
    seen: Counter[str] = Counter()
    for kind in KIND_NAMES:
        _agree(kind, each, seen)
    # Random worlds come in clusters: a kind that they have not yet shown from both sides gets more of them.
    for kind in [*rules.KINDS] * MORE:
        if not (seen[f"{kind} permits"] and seen[f"{kind} denies"]):
            _agree(kind if kind in KIND_NAMES else "hours", each, seen)
    assert seen["decisions"] >= runs
    assert seen["searched"] >= runs // 20
    assert [kind for kind in rules.KINDS if not (seen[f"{kind} permits"] and seen[f"{kind} denies"])] == []
    if runs >= 20_000:
        assert seen["permitted"] * 10 >= runs
        assert seen["denied"] * 10 >= runs
        assert seen["found"] * 10 >= seen["searched"]


def _agree(kind: str, examples: int, seen: Counter[str]) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(worlds(kind), st.integers(0, 2**32))
    def agree(world: tuple[Rulebook, Facts], seed: int) -> None:
        book, facts = world
        searched = 0
        for at in [facts.now, *_some(boundaries(book.policy, facts, days=3), Random(seed))]:
            then = facts.at(at)
            decision = decide(book, then)
            _same_findings(book, then, decision, seen)
            seen["decisions"] += 1
            if not decision.permitted and searched < SEARCHES:
                searched += 1
                _same_next(book, then, decision, seen)

    agree()


def _some(instants: list[datetime], random: Random) -> list[datetime]:
    steps = (-SECOND, -MICROSECOND, timedelta(0), timedelta(0), MICROSECOND, SECOND)
    first = instants[0]
    return [max(first, random.choice(instants) + random.choice(steps)) for _ in range(INSTANTS)]


def _same_findings(book: Rulebook, facts: Facts, decision: Decision, seen: Counter[str]) -> None:
    expected = judged(book.policy, facts, facts.now)
    ours = [
        (one.rule, one.code, one.effect is Effect.DENY, one.mode is Mode.ENFORCE) for one in decision.findings
    ]
    assert ours == [(one.rule, one.code, one.denied, one.enforced) for one in expected]
    permitted = not any(one.denied and one.enforced for one in expected)
    assert decision.permitted is permitted
    assert permits(book, facts) is permitted
    seen["permitted" if permitted else "denied"] += 1
    for finding in decision.findings:
        if finding.code != "rule.raised":
            seen[f"{finding.kind} {'denies' if finding.effect is Effect.DENY else 'permits'}"] += 1


def _same_next(book: Rulebook, facts: Facts, decision: Decision, seen: Counter[str]) -> None:
    seen["searched"] += 1
    first = first_permitted(book.policy, facts)
    near = decision.next_instant
    if near is not None and near > facts.now + timedelta(days=NEAR_DAYS):
        assert is_permitted(book.policy, facts, near)
        assert not is_permitted(book.policy, facts, near - MICROSECOND)
        near = None
    assert near == first
    if near is not None:
        seen["found"] += 1
        assert not is_permitted(book.policy, facts, near - MICROSECOND)
