"""core.decision: all rules are judged, all findings told, deny overrides, and a rule that raises denies."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from dialer.core import decision as decision_module
from dialer.core.calendars import Calendar
from dialer.core.decision import decide
from dialer.core.facts import Facts, Live, Trunk, Unsound
from dialer.core.policy import Applies, Binding, Effect, Mode, Moment, Pack, PolicySet, Purpose, Rule, Text
from dialer.core.reasons import REASONS, explain
from dialer.core.rulebook import Rulebook
from dialer.core.rules import hours, preference
from dialer.core.shape import decision_json, instant_text
from dialer.policy_files import load_policy

ROOT = Path(__file__).parents[2]
SHIPPED = load_policy(ROOT / "policies")
MODEL = SHIPPED.packs[-1].rules[0]
HOUR = timedelta(hours=1)


def _rule(name: str, kind: str, params: object, **changes: Any) -> Rule:
    return replace(
        MODEL, id=f"test/{name}", kind=kind, params=params, applies=Applies(frozenset(Purpose)), **changes
    )


def _book(*rules: Rule, binding: Binding | None = None) -> Rulebook:
    pack = Pack("test", Text("测试", "test"), 1, "Asia/Shanghai", binding or Binding(), rules)
    return Rulebook(PolicySet((pack,)), revision=1, zones="test")


SHUT = _rule("shut", "hours", hours.Params((hours.Open(("all",), "18:00", "19:00"),)))
OPEN = _rule("open", "hours", hours.Params((hours.Open(("all",), "08:00", "20:00"),)))
CONSENT = _rule("consent", "preference", preference.Params("deny"))


def _series(book: Rulebook, facts: Facts) -> Facts:
    return replace(facts, touches={limit.key: () for limit in book.limits(facts.purpose)})


@pytest.mark.parametrize("purpose", list(Purpose))
def test_the_lawful_call_is_permitted_by_all_that_is_shipped(lawful: Facts, purpose: Purpose) -> None:
    """Liveness: the whole shipped policy permits a call that keeps it, for every purpose."""
    book = Rulebook(SHIPPED, 1, "test")
    overdue_days = lawful.overdue_days if purpose is Purpose.COLLECTION else 0
    decision = decide(book, _series(book, replace(lawful, purpose=purpose, overdue_days=overdue_days)))
    assert decision.permitted, [one.code for one in decision.denials]
    duties = {one.duty for one in decision.obligations}
    assert duties - {"record_bridge"} == {"announce", "refusal_key"}
    assert decision.next_instant == lawful.now


def test_every_denying_rule_is_named(lawful: Facts) -> None:
    """Two rules deny, one permits: all three and the guards are findings, each with its citation."""
    decision = decide(_book(SHUT, OPEN, CONSENT), lawful)
    assert not decision.permitted
    assert [one.rule for one in decision.denials] == ["test/shut", "test/consent"]
    assert len(decision.findings) == 3 + 3
    assert all(one.citation.source and one.text.zh and one.text.en for one in decision.findings)
    assert all(one.remedy is not None for one in decision.denials)
    assert decision.obligations == ()


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.WARN])
def test_only_enforced_rules_decide(lawful: Facts, mode: Mode) -> None:
    """A rule that observes or warns is told and decides nothing."""
    decision = decide(_book(replace(SHUT, mode=mode)), lawful)
    assert decision.permitted
    assert decision.findings[-1].effect is Effect.DENY
    assert decision.denials == ()


def test_a_rule_that_raises_denies(lawful: Facts) -> None:
    """A rule with the wrong parameters denies, names the fault's type and never stops the others."""
    decision = decide(_book(_rule("broken", "hours", None), OPEN), lawful)
    assert [one.code for one in decision.denials] == ["rule.raised"]
    assert decision.denials[0].values == {"fault": "AttributeError"}
    assert decision.next_instant is None


def test_an_unknown_kind_denies(lawful: Facts) -> None:
    """A kind that this engine does not know is a rule that raises."""
    assert not decide(_book(_rule("new", "telepathy", None)), lawful).permitted


@pytest.mark.parametrize(
    ("binding", "bound"),
    [
        (Binding(), True),
        (Binding(enterprise_seat=frozenset({"CN-32"})), True),
        (Binding(enterprise_seat=frozenset({"CN"})), True),
        (Binding(enterprise_seat=frozenset({"CN-31"})), False),
        (Binding(agency_seat=frozenset({"CN-32"})), True),
        (Binding(access_place=frozenset({"CN-32"})), True),
        (Binding(callee_country=frozenset({"CN"})), True),
        (Binding(callee_country=frozenset({"GB"})), False),
        (Binding(enterprise_seat=frozenset({"CN-31"}), access_place=frozenset({"CN-32"})), True),
    ],
)
def test_whom_a_pack_binds(lawful: Facts, binding: Binding, bound: bool) -> None:
    """Any one seat or place that matches binds, a country matches its regions, nothing named binds all."""
    assert decide(_book(SHUT, binding=binding), lawful).permitted is not bound


def test_an_empty_seat_is_bound_by_nothing(lawful: Facts) -> None:
    """A call without agency or trunk does not match by an empty text."""
    facts = replace(lawful, agency_seat="", trunk=None, enterprise_seat="")
    binding = Binding(agency_seat=frozenset({"CN-32"}), access_place=frozenset({""}))
    assert decide(_book(SHUT, binding=binding), facts).permitted


def test_a_rule_looks_only_at_what_it_applies_to(lawful: Facts) -> None:
    """Another purpose, product or moment: no finding."""
    for applies in (
        Applies(frozenset({Purpose.MARKETING})),
        Applies(frozenset(Purpose), products=frozenset({"insurance"})),
        Applies(frozenset(Purpose), moments=frozenset({Moment.BRIDGE})),
    ):
        assert decide(_book(replace(SHUT, applies=applies)), lawful).permitted


def test_the_guards_hold_whatever_the_packs_say(lawful: Facts) -> None:
    """Without a single pack an unsound call is denied, and one in flight at admission only."""
    empty = Rulebook(PolicySet(()), 1, "test")
    unsound = replace(lawful, unsound=(Unsound("sound.record", {"fault": "full"}),))
    assert [one.code for one in decide(empty, unsound).denials] == ["sound.record"]
    live = replace(lawful, live=(Live("person", "a", lawful.now + HOUR),))
    assert not decide(empty, live).permitted
    assert decide(empty, live).next_instant == lawful.now + HOUR
    assert decide(empty, replace(live, moment=Moment.ANSWERED)).permitted


def test_the_next_instant_is_of_all_rules_together(lawful: Facts) -> None:
    """Open from 18:00 and from 18:30: the call is lawful at 18:30."""
    later = _rule("later", "hours", hours.Params((hours.Open(("all",), "18:30", "20:00"),)))
    decision = decide(_book(SHUT, later), lawful)
    assert decision.next_instant == datetime(2026, 11, 24, 10, 30, tzinfo=UTC)


def test_rules_that_never_agree_have_no_next_instant(lawful: Facts) -> None:
    """Two windows that never meet: never, under present facts, and the search ends."""
    other = _rule("other", "hours", hours.Params((hours.Open(("all",), "06:00", "07:00"),)))
    assert decide(_book(SHUT, other), lawful).next_instant is None


def test_a_rule_that_ends_opens(lawful: Facts) -> None:
    """A denial for good lasts until its rule ends: the first instant of that date where the pack is."""
    ending = replace(CONSENT, in_force_to=date(2026, 12, 1))
    decision = decide(_book(ending), replace(lawful, preferences=()))
    assert decision.next_instant == datetime(2026, 11, 30, 16, tzinfo=UTC)


def test_a_rule_that_begins_ends_validity_only_if_it_denies(lawful: Facts) -> None:
    """A permit lasts until a rule begins that turns it, not until one that permits."""
    start = date(2026, 12, 1)
    facts = replace(lawful, preferences=())
    assert decide(_book(replace(CONSENT, in_force_from=start)), facts).valid_until == datetime(
        2026, 11, 30, 16, tzinfo=UTC
    )
    harmless = _rule("harmless", "preference", preference.Params("permit"), in_force_from=start)
    assert decide(_book(harmless), facts).valid_until is None


def test_a_permit_is_valid_until_the_first_window_closes(lawful: Facts) -> None:
    """Of two closing times the earlier counts."""
    assert decide(_book(OPEN), lawful).valid_until == datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert decide(_book(SHUT), lawful).valid_until is None


def test_the_shape_follows_its_schema(lawful: Facts) -> None:
    """Permits and denials in JSON validate, instants are RFC 3339, and the same decision gives the same bytes."""
    schema = json.loads((ROOT / "docs" / "schema" / "decision.json").read_text(encoding="utf-8"))
    book = Rulebook(SHIPPED, 1, "test")
    for facts in (
        _series(book, lawful),
        lawful,
        replace(lawful, licences=(), trunk=Trunk("t", "telecom", "CN-32")),
    ):
        shape = decision_json(decide(book, facts))
        jsonschema.validate(shape, schema)
        again = decision_json(decide(Rulebook(SHIPPED, 1, "test"), facts))
        assert json.dumps(shape, sort_keys=True) == json.dumps(again, sort_keys=True)
    assert instant_text(lawful.now) == "2026-11-24T02:00:00.000000Z"


def test_the_schema_is_the_decision() -> None:
    """The schema names the fields of a decision and of a finding, and no others."""
    schema = json.loads((ROOT / "docs" / "schema" / "decision.json").read_text(encoding="utf-8"))
    assert set(schema["properties"]) == {one.name for one in fields(decision_module.Decision)}
    assert set(schema["$defs"]["finding"]["properties"]) == {
        name for name, value in vars(decision_module.Finding).items() if isinstance(value, property)
    } | {"pack"}


def test_a_naive_instant_has_no_text() -> None:
    """An instant without a zone is refused."""
    with pytest.raises(ValueError, match="needs a zone"):
        instant_text(datetime(2026, 1, 1))  # noqa: DTZ001  that is what is tested


def test_the_digest_is_of_everything() -> None:
    """Any change of a parameter, mode, date, revision or zone data is another rulebook; the order read is not."""
    book = _book(OPEN, CONSENT)
    others = [
        _book(OPEN, replace(CONSENT, mode=Mode.WARN)),
        _book(OPEN, replace(CONSENT, params=preference.Params("permit"))),
        _book(OPEN, replace(CONSENT, in_force_to=date(2030, 1, 1))),
        replace(book, revision=2),
        replace(book, zones="other"),
        replace(book, calendars=(Calendar("CN", "official", frozenset({5, 6}), (2027,), ()),)),
        replace(book, engine="another"),
    ]
    assert len({book.digest, *(one.digest for one in others)}) == 8
    assert _book(OPEN, CONSENT).digest == book.digest


def test_two_rules_of_one_id_are_refused() -> None:
    """A finding must name one rule."""
    with pytest.raises(ValueError, match="two rules with one id"):
        _book(OPEN, OPEN)


def test_a_book_knows_what_to_look_up() -> None:
    """Every series that a rule may ask for about a purpose is named once."""
    book = Rulebook(SHIPPED, 1, "test")
    collection = {one.key for one in book.limits(Purpose.COLLECTION)}
    marketing = {one.key for one in book.limits(Purpose.MARKETING)}
    assert {key for key in collection - marketing if key.startswith("line:unanswered:collection:enterprise:")}
    assert not [key for key in marketing if ":collection:" in key]


@pytest.mark.parametrize("code", sorted(REASONS))
def test_every_reason_reads_in_both_languages(code: str) -> None:
    """A reason without its values still reads; a remedy is told whole, with who can give it, or not at all."""
    text, remedy = explain(code, {})
    assert text.zh
    assert text.en
    assert bool(remedy.who) == bool(remedy.text.zh) == bool(remedy.text.en)


def test_an_unknown_reason_explains_itself() -> None:
    """A code without a sentence shows its name."""
    assert explain("new.code", {})[0] == Text("new.code", "new.code")
