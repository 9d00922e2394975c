"""core.cause: every hangup cause has an outcome."""

from __future__ import annotations

import pytest

from dialer.core.cause import Outcome, outcome_of


@pytest.mark.parametrize("cause", range(-1, 1000))
def test_every_cause_has_an_outcome(cause: int) -> None:
    """Total: no number that Asterisk can give is left without an outcome, whatever was reached."""
    for reached in ((False, False, False), (True, False, False), (True, True, False), (True, True, True)):
        answered, announced, bridged = reached
        assert outcome_of(cause, answered=answered, announced=announced, bridged=bridged) in Outcome


@pytest.mark.parametrize(
    ("cause", "outcome"),
    [
        (1, Outcome.UNREACHABLE),
        (16, Outcome.CANCELLED),
        (17, Outcome.BUSY),
        (18, Outcome.NO_ANSWER),
        (19, Outcome.NO_ANSWER),
        (21, Outcome.REJECTED),
        (34, Outcome.CONGESTED),
        (0, Outcome.FAILED),
        (999, Outcome.FAILED),
    ],
)
def test_an_unanswered_call_ends_by_its_cause(cause: int, outcome: Outcome) -> None:
    """What the network said is what happened; an unknown cause is a failure, never a success."""
    assert outcome_of(cause, answered=False, announced=False, bridged=False) is outcome


def test_what_was_reached_outweighs_the_cause() -> None:
    """A person who was bridged conversed, whatever the cause of the end."""
    assert outcome_of(17, answered=True, announced=True, bridged=True) is Outcome.CONVERSED
    assert outcome_of(16, answered=True, announced=True, bridged=False) is Outcome.ANNOUNCED
    assert outcome_of(16, answered=True, announced=False, bridged=False) is Outcome.LEFT_EARLY
