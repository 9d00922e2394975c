"""A lawyer reads a rule in words of his language: no code word is left over."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

from dialer.core.rules import VOCABULARY
from dialer.policy_files import load_policy
from dialer.policy_words import KINDS, PARAMETERS, asked

POLICY = load_policy(Path(__file__).parents[2] / "policies")
# Names of registries and zones are names in every language.
NAMES = {"registry", "zone"}


def test_every_kind_and_parameter_has_words() -> None:
    """In both languages, and no word is left over from a kind that is gone."""
    assert set(KINDS) == set(VOCABULARY)
    told = {
        one.name for kind in VOCABULARY.values() if kind.params for one in fields(kind.params) if one.init
    }
    assert told <= set(PARAMETERS)
    assert all(text.zh and text.en for text in (*KINDS.values(), *PARAMETERS.values()))


def test_no_code_word_stands_in_a_chinese_text() -> None:
    """Every value of every shipped rule is told in Chinese, names of registries and zones left out."""
    named = {PARAMETERS[one].zh for one in NAMES}
    left = {
        f"{rule.id}: {label}: {value}"
        for pack in POLICY.packs
        for rule in pack.rules
        for label, value in asked(rule, "zh")
        if label not in named and re.search(r"[a-z_]{3,}", value)
    }
    assert left == set()
