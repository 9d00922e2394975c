"""Kinds entrustment and platform: what one party passes on to another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kind_kit import DAY, HOUR, judged

from dialer.core.facts import Entrustment, Facts, Period
from dialer.core.policy import Purpose
from dialer.core.reasons import explain

KINDS = {"entrustment": {"party": "agency"}, "platform": {"checks": ["entrusted"]}}


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    """Both kinds judge documents alike."""
    name: str = request.param
    return name


def _sub(facts: Facts, above: dict[str, Any] | None = None, **more: Any) -> Facts:
    """A sub-entrustment to the party of this call, under a document of `first`."""
    model = facts.entrustments[0]
    first = replace(model, document="WT-1", party="first", **(above or {}))
    subs = [
        replace(model, document=f"SUB-{party}", party=party, **{"sub_of": "WT-1", "consent": "TY-1", **more})
        for party in ("agency", "platform")
    ]
    return replace(facts, entrustments=(first, *subs))


def _judged(kind: str, facts: Facts) -> Any:
    return judged(kind, KINDS[kind], facts)


def test_with_consent_under_a_document_that_holds(lawful: Facts, kind: str) -> None:
    """Permitted until the first document of the chain ends."""
    end = lawful.now + DAY
    verdict = _judged(kind, _sub(lawful, {"period": Period(None, end)}))
    assert (verdict.code, verdict.closes_at) == (f"{kind}.holds", end)
    assert verdict.values["document"].startswith("SUB-")


def test_without_consent(lawful: Facts, kind: str) -> None:
    """Never, however well the document above it holds."""
    verdict = _judged(kind, _sub(lawful, consent=None))
    assert (verdict.code, verdict.opens_at) == (f"{kind}.sub_without_consent", None)
    assert (verdict.values["parent"], verdict.values["document"][:4]) == ("WT-1", "SUB-")
    assert "WT-1" in explain(verdict.code, verdict.values)[0].en


@pytest.mark.parametrize(
    ("above", "code"),
    [
        ({"status": "suspended"}, "not_valid"),
        ({"purposes": frozenset({Purpose.SERVICE})}, "out_of_scope"),
        ({"products": frozenset({"tax"})}, "out_of_scope"),
    ],
)
def test_nobody_passes_on_more_than_he_was_given(
    lawful: Facts, kind: str, above: dict[str, Any], code: str
) -> None:
    """A document above it that is not valid, or for other calls, denies."""
    verdict = _judged(kind, _sub(lawful, above))
    assert (verdict.code, verdict.opens_at) == (f"{kind}.{code}", None)


def test_the_document_above_is_named_with_its_date(lawful: Facts, kind: str) -> None:
    """Ended: for good; not begun: until it does."""
    ended = _judged(kind, _sub(lawful, {"period": Period(None, lawful.now)}))
    assert (ended.code, ended.values["document"], ended.opens_at) == (f"{kind}.ended", "WT-1", None)
    assert ended.values["date"] == lawful.told(lawful.now)
    start = lawful.now + HOUR
    coming = _judged(kind, _sub(lawful, {"period": Period(start, None)}))
    assert (coming.code, coming.values["document"], coming.opens_at) == (f"{kind}.not_begun", "WT-1", start)


def test_a_document_above_that_is_none(lawful: Facts, kind: str) -> None:
    """One that nobody registered, that derives from itself, or that ends before the other begins."""
    own = {"document": "SUB-x", "sub_of": "SUB-x"}
    model = lawful.entrustments[0]
    circle = tuple(replace(model, party=party, consent="TY-1", **own) for party in ("agency", "platform"))
    apart = {"period": Period(None, lawful.now)}
    for facts in (
        _sub(lawful, sub_of="WT-9"),
        replace(lawful, entrustments=circle),
        _sub(lawful, apart, period=Period(lawful.now + DAY, None)),
    ):
        verdict = _judged(kind, facts)
        assert (verdict.code, verdict.opens_at) == (f"{kind}.sub_of_nothing", None)


def test_passed_on_twice(lawful: Facts, kind: str) -> None:
    """Each step needs its own consent, and the first document ends it all."""
    facts = _sub(lawful, {"period": Period(None, lawful.now + DAY)})
    first, *subs = facts.entrustments
    middle = Entrustment("SUB-m", "middle", first.purposes, first.products, Period(), "valid", "WT-1", "TY-2")

    def under(between: Entrustment) -> Facts:
        lower = (replace(one, sub_of="SUB-m") for one in subs)
        return replace(facts, entrustments=(first, between, *lower))

    assert _judged(kind, under(middle)).closes_at == lawful.now + DAY
    without = _judged(kind, under(replace(middle, consent=None)))
    assert (without.code, without.values["document"]) == (f"{kind}.sub_without_consent", "SUB-m")


def test_a_document_of_its_own_beside_it(lawful: Facts, kind: str) -> None:
    """Whoever is also entrusted directly needs no consent to anything."""
    facts = _sub(lawful, consent=None)
    both = replace(facts, entrustments=(*facts.entrustments, *lawful.entrustments))
    assert _judged(kind, both).code == f"{kind}.holds"
