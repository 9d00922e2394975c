"""Kind third_party: after loss of contact, until he asks to be left alone, and of no debt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kind_kit import DAY, HOUR, judged, params_of, said
from pydantic import ValidationError

from dialer.core.facts import Facts, Happened, LostContact
from dialer.one_call import DUTIES

AFTER_3 = {"after_failures": 3}


@pytest.fixture
def friend(lawful: Facts) -> Facts:
    """A call to an unrelated third person after three failures to reach the debtor."""
    return replace(lawful, callee_party="third_party", lost_contact=LostContact(3, lawful.now - DAY))


@pytest.mark.parametrize(
    "params",
    [
        {"like_debtor": []},
        {"like_debtor": ["guarantor"]},
        {"like_debtor": ["debtor", "friend"]},
        {"after_failures": 0},
        {"unknown": "maybe"},
    ],
)
def test_params_that_mean_nothing(params: dict[str, Any]) -> None:
    """The debtor may always be called; nobody is lost after no failure."""
    with pytest.raises(ValidationError):
        params_of("third_party", params)


def test_who_is_called_like_the_debtor(lawful: Facts) -> None:
    """Those that the rule names need no loss of contact, and nothing is obliged."""
    for party in ("debtor", "guarantor", "third_party_liable"):
        verdict = judged("third_party", {}, replace(lawful, callee_party=party))
        assert (verdict.code, verdict.obligations) == ("third_party.like_debtor", ())
    strict = {"like_debtor": ["debtor"]}
    guarantor = replace(lawful, callee_party="guarantor")
    assert said("third_party", strict, guarantor) == "deny third_party.never"


def test_a_third_person_after_lost_contact(friend: Facts) -> None:
    """Three failures, not two; or an invalid number. No debt may be told, and this program can keep to that."""
    verdict = judged("third_party", AFTER_3, friend)
    assert verdict.code == "third_party.after_lost_contact"
    assert [one.duty for one in verdict.obligations] == ["no_debt_detail"]
    assert {one.duty for one in verdict.obligations} <= DUTIES
    two = LostContact(2, friend.now - DAY)
    for lost in (two, None):
        reachable = replace(friend, lost_contact=lost)
        assert said("third_party", AFTER_3, reachable) == "deny third_party.debtor_reachable"
    invalid = replace(friend, lost_contact=replace(two, failures=0, number_invalid=True))
    assert said("third_party", AFTER_3, invalid) == "permit third_party.after_lost_contact"


def test_where_no_third_person_may_be_called(friend: Facts) -> None:
    """Without a number of failures no loss of contact suffices."""
    assert said("third_party", {}, friend) == "deny third_party.never"


@pytest.mark.parametrize("kind", ["stop_request", "opt_out"])
def test_he_asked_to_be_left_alone(friend: Facts, kind: str) -> None:
    """From then on and for good; another event asks for nothing."""
    asked = replace(friend, events=(Happened(kind, friend.now),))
    verdict = judged("third_party", AFTER_3, asked)
    assert (verdict.code, verdict.opens_at) == ("third_party.asked_to_stop", None)
    assert said("third_party", {**AFTER_3, "stop_on_request": False}, asked).startswith("permit")
    coming = replace(friend, events=(Happened(kind, friend.now + HOUR),))
    assert judged("third_party", AFTER_3, coming).closes_at == friend.now + HOUR
    talked = replace(friend, events=(Happened("conversation", friend.now),))
    assert said("third_party", AFTER_3, talked) == "permit third_party.after_lost_contact"


def test_an_opt_out_in_the_register_is_a_request(friend: Facts) -> None:
    """It need not be repeated as a third person; one about another purpose is none."""
    opt_out = replace(friend.preferences[0], kind="opt_out", purpose=None)
    registered = replace(friend, preferences=(opt_out,))
    assert said("third_party", AFTER_3, registered) == "deny third_party.asked_to_stop"
    assert said("third_party", AFTER_3, friend) == "permit third_party.after_lost_contact"


def test_a_script_that_tells_of_the_debt(friend: Facts) -> None:
    """Its recording would be played to somebody whom the debt does not concern."""
    script = friend.script
    assert script is not None
    telling = replace(friend, script=replace(script, parts=script.parts | {"debt_detail"}))
    assert said("third_party", AFTER_3, telling) == "deny third_party.script_tells_debt"
    assert said("third_party", AFTER_3, replace(friend, script=None)) == "deny third_party.script_tells_debt"


def test_nobody_said_who_is_called(friend: Facts) -> None:
    """Unknown denies, and so does a word that nobody knows, unless the rule lets them."""
    for party in ("unknown", "friend"):
        facts = replace(friend, callee_party=party)
        assert said("third_party", AFTER_3, facts) == "deny third_party.unknown"
        assert said("third_party", {"unknown": "permit"}, facts) == "permit third_party.unknown"
