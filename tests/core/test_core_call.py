"""core.call: the tables are the whole life of an attempt."""

from __future__ import annotations

from itertools import product

import pytest

from dialer.core.call import LIVE_STATES, MAY_HAVE_RUNG, TRANSITIONS, Event, State, after
from dialer.core.errors import Defect

ILLEGAL = [pair for pair in product(State, Event) if pair not in TRANSITIONS]


@pytest.mark.parametrize(("state", "event"), ILLEGAL)
def test_what_is_not_in_the_table_is_illegal(state: State, event: Event) -> None:
    """Every other pair raises a defect that names both, and the tables stay as they are."""
    before = dict(TRANSITIONS)
    with pytest.raises(Defect, match=f"`{event.value}`.*`{state.value}`"):
        after(state, event)
    assert before == TRANSITIONS


@pytest.mark.parametrize(("state", "event"), TRANSITIONS)
def test_what_is_in_the_table_happens(state: State, event: Event) -> None:
    """A legal event leads to the state that the table names."""
    assert after(state, event) is TRANSITIONS[state, event]


def test_every_state_is_reached_and_every_live_one_can_end() -> None:
    """From `permitted` every state can be reached, and from every live state the end."""
    reached, new = {State.PERMITTED}, {State.PERMITTED}
    while new:
        new = {to for (state, _), to in TRANSITIONS.items() if state in new} - reached
        reached |= new
    assert reached == set(State)
    assert all(TRANSITIONS[state, Event.SETTLED] is State.ENDED for state in LIVE_STATES)


def test_nothing_returns_from_the_end() -> None:
    """An ended attempt stays ended, a reversed one takes no event at all."""
    assert {to for (state, _), to in TRANSITIONS.items() if state is State.ENDED} == {State.ENDED}
    assert not [event for state, event in TRANSITIONS if state is State.REVERSED]


def test_what_was_heard_is_never_reversed() -> None:
    """Once the INVITE is known to have left, no event takes the count back."""
    heard = MAY_HAVE_RUNG - {State.DIALLING}
    assert not [state for state in (*heard, State.ENDED) if (state, Event.REVERSED) in TRANSITIONS]


def test_an_opt_out_is_legal_from_the_dial_to_after_the_end() -> None:
    """Whatever state a call that may have rung is in, the person's key is taken."""
    for state in (*MAY_HAVE_RUNG, State.ENDED):
        assert after(state, Event.OPT_OUT_HEARD) is state
