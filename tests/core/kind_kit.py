"""How tests of one kind of rule judge: parameters as a rule file writes them, instants checked to the microsecond."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter

from dialer.core.facts import Facts
from dialer.core.rules import VOCABULARY
from dialer.core.verdict import Verdict

MICROSECOND = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def params_of(kind: str, params: dict[str, Any]) -> Any:
    """The `Params` of `kind`. Raises ValidationError."""
    shape: Any = VOCABULARY[kind].params
    return TypeAdapter(shape).validate_python(params)


def judged(kind: str, params: dict[str, Any], facts: Facts) -> Verdict:
    """The verdict of one rule; the instant it names is where its answer turns, and not a microsecond earlier."""
    shape = params_of(kind, params)
    judge = VOCABULARY[kind].judge
    verdict = judge(shape, facts)
    if not verdict.denied:
        assert verdict.opens_at == facts.now
    turn = verdict.opens_at if verdict.denied else verdict.closes_at
    if turn is not None:
        assert judge(shape, facts.at(turn - MICROSECOND)).denied == verdict.denied
        assert judge(shape, facts.at(turn)).denied != verdict.denied
    return verdict


def said(kind: str, params: dict[str, Any], facts: Facts) -> str:
    """`permit CODE` or `deny CODE`."""
    verdict = judged(kind, params, facts)
    return f"{'deny' if verdict.denied else 'permit'} {verdict.code}"
