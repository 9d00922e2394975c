"""Hangup cause -> outcome, total: every number that Asterisk can give has an outcome.

Causes are those of Q.850 as Asterisk reports them in `ChannelDestroyed.cause`.
"""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """How an attempt ended. What a person lived through, not whose fault it was."""

    CONVERSED = "conversed"
    ANNOUNCED = "announced"
    OPTED_OUT = "opted_out"
    WRONG_PERSON = "wrong_person"
    PARTY_UNCONFIRMED = "party_unconfirmed"
    LEFT_EARLY = "left_early"
    DENIED_ON_ANSWER = "denied_on_answer"
    ANNOUNCEMENT_FAILED = "announcement_failed"
    DUTY_FAILED = "duty_failed"
    AGENT_LOST = "agent_lost"
    REVOKED = "revoked"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    CONGESTED = "congested"
    CANCELLED = "cancelled"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    NEVER_DIALLED = "never_dialled"


# Causes of a call that nobody answered.
_UNANSWERED: dict[int, Outcome] = {
    1: Outcome.UNREACHABLE,  # unallocated number
    2: Outcome.UNREACHABLE,  # no route to transit network
    3: Outcome.UNREACHABLE,  # no route to destination
    16: Outcome.CANCELLED,  # normal clearing before an answer: we, or Asterisk at its deadline, ended it
    17: Outcome.BUSY,
    18: Outcome.NO_ANSWER,  # no user responding
    19: Outcome.NO_ANSWER,  # user alerted, no answer
    20: Outcome.UNREACHABLE,  # subscriber absent
    21: Outcome.REJECTED,
    22: Outcome.UNREACHABLE,  # number changed
    23: Outcome.REJECTED,  # redirected, and we follow no redirection
    26: Outcome.CANCELLED,  # answered elsewhere
    27: Outcome.UNREACHABLE,  # destination out of order
    28: Outcome.UNREACHABLE,  # invalid number format
    29: Outcome.REJECTED,  # facility rejected
    31: Outcome.FAILED,  # normal, unspecified
    34: Outcome.CONGESTED,  # no circuit
    38: Outcome.CONGESTED,  # network out of order
    41: Outcome.CONGESTED,  # temporary failure
    42: Outcome.CONGESTED,  # switching equipment congestion
    44: Outcome.CONGESTED,  # requested circuit not available
    102: Outcome.NO_ANSWER,  # recovery on timer expiry
    127: Outcome.FAILED,  # interworking
}


def outcome_of(cause: int, *, answered: bool, announced: bool, bridged: bool) -> Outcome:
    """The outcome of an attempt that ended with `cause`; what was reached before outweighs the cause."""
    if bridged:
        return Outcome.CONVERSED
    if announced:
        return Outcome.ANNOUNCED
    if answered:
        return Outcome.LEFT_EARLY
    return _UNANSWERED.get(cause, Outcome.FAILED)
