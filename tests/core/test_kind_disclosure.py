"""Kind disclosure: more parts, and a mode that is the only one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from kind_kit import judged, params_of, said
from pydantic import ValidationError

from dialer.core.facts import Facts
from dialer.core.rules.disclosure import PARTS
from dialer.core.wording import in_chinese, in_english


def test_a_part_that_nobody_knows_is_refused() -> None:
    """A slip of the pen would deny every call; it is found when the rule is loaded."""
    with pytest.raises(ValidationError, match="refusal_methd"):
        params_of("disclosure", {"parts": ["refusal_methd"]})


@pytest.mark.parametrize("part", sorted(PARTS))
def test_every_part_can_be_asked_for_and_is_worded(lawful: Facts, part: str) -> None:
    """An opening without it is denied, naming it; with it, permitted; and people can read its name."""
    script = lawful.script
    assert script is not None
    without = replace(lawful, script=replace(script, parts=script.parts - {part}))
    with_it = replace(lawful, script=replace(script, parts=script.parts | {part}))
    params = {"parts": [part]}
    assert judged("disclosure", params, without).values["missing"] == part
    assert said("disclosure", params, with_it) == "permit disclosure.complete"
    assert in_chinese(part) != part
    assert "_" not in in_english(part)


def test_only_an_agent_may_speak(lawful: Facts) -> None:
    """Where a recorded opening would itself need consent, it is denied and a spoken one is not."""
    script = lawful.script
    assert script is not None
    params = {"parts": ["enterprise_name"], "modes": ["agent_spoken"]}
    assert said("disclosure", params, lawful) == "deny disclosure.mode_not_allowed"
    spoken = replace(lawful, script=replace(script, mode="agent_spoken"))
    assert said("disclosure", params, spoken) == "permit disclosure.complete"
