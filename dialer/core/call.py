"""The life of an attempt as two tables. Everything that moves an attempt is an event; the record applies them.

`docs/call.md` draws its diagram from these tables.
"""

from __future__ import annotations

from enum import StrEnum

from dialer.core.errors import Defect


class State(StrEnum):
    """Where an attempt stands. Live: not ended."""

    PERMITTED = "permitted"
    DIALLING = "dialling"
    SENT = "sent"
    RINGING = "ringing"
    ANSWERED = "answered"
    ANNOUNCED = "announced"
    BRIDGED = "bridged"
    ENDED = "ended"
    REVERSED = "reversed"


class Event(StrEnum):
    """What happened to an attempt, in the past tense. Each is an entry of the record."""

    DIAL_BEGUN = "dial_begun"
    INVITE_SENT = "invite_sent"
    RANG = "rang"
    WAS_ANSWERED = "was_answered"
    ANNOUNCEMENT_PLAYED = "announcement_played"
    RIGHT_PARTY_CONFIRMED = "right_party_confirmed"
    AGENT_JOINED = "agent_joined"
    AGENT_TICKED = "agent_ticked"
    RECORDING_KEPT = "recording_kept"
    OPT_OUT_HEARD = "opt_out_heard"
    WRONG_PERSON_SAID = "wrong_person_said"
    ADOPTED = "adopted"
    SETTLED = "settled"
    REVERSED = "reversed"


_S, _E = State, Event
_SENT_ON = (_S.SENT, _S.RINGING, _S.ANSWERED, _S.ANNOUNCED, _S.BRIDGED)
_LIVE = (_S.PERMITTED, _S.DIALLING, *_SENT_ON)

# (state, event) -> next state. What is not here is illegal.
TRANSITIONS: dict[tuple[State, Event], State] = {
    (_S.PERMITTED, _E.DIAL_BEGUN): _S.DIALLING,
    (_S.DIALLING, _E.INVITE_SENT): _S.SENT,
    (_S.DIALLING, _E.RANG): _S.RINGING,
    (_S.SENT, _E.RANG): _S.RINGING,
    (_S.DIALLING, _E.WAS_ANSWERED): _S.ANSWERED,
    (_S.SENT, _E.WAS_ANSWERED): _S.ANSWERED,
    (_S.RINGING, _E.WAS_ANSWERED): _S.ANSWERED,
    (_S.ANSWERED, _E.ANNOUNCEMENT_PLAYED): _S.ANNOUNCED,
    (_S.ANNOUNCED, _E.RIGHT_PARTY_CONFIRMED): _S.ANNOUNCED,
    (_S.ANNOUNCED, _E.AGENT_JOINED): _S.BRIDGED,
    (_S.BRIDGED, _E.AGENT_TICKED): _S.BRIDGED,
    (_S.BRIDGED, _E.RECORDING_KEPT): _S.BRIDGED,
    (_S.ENDED, _E.RECORDING_KEPT): _S.ENDED,
    # A phone may press a key at any moment after the call was sent; Asterisk may tell us after its end.
    **{(state, _E.OPT_OUT_HEARD): state for state in (*_SENT_ON, _S.DIALLING, _S.ENDED)},
    **{(state, _E.WRONG_PERSON_SAID): state for state in (*_SENT_ON, _S.DIALLING, _S.ENDED)},
    # A controller that comes back takes over a call that somebody could hear.
    **{(state, _E.ADOPTED): state for state in (_S.DIALLING, *_SENT_ON)},
    **{(state, _E.SETTLED): _S.ENDED for state in _LIVE},
    # Only where no dial was ever written, or where Asterisk said that it never took it.
    (_S.PERMITTED, _E.REVERSED): _S.REVERSED,
    (_S.DIALLING, _E.REVERSED): _S.REVERSED,
}

LIVE_STATES = frozenset(_LIVE)
# From here on a dial may have been written: never redialled, never reversed without Asterisk's own word.
MAY_HAVE_RUNG = frozenset({_S.DIALLING, *_SENT_ON})

# Somebody has picked up.
HEARD = frozenset({_S.ANSWERED, _S.ANNOUNCED, _S.BRIDGED})


def after(state: State, event: Event) -> State:
    """The next state. Raises Defect for an illegal move and changes nothing."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise Defect(f"`{event}` cannot happen to an attempt that is `{state}`") from None
