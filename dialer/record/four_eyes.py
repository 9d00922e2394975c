"""Four eyes: what loosens is put forward by one person and approved by another, who is known and may."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from dialer.core.admission import Actor
from dialer.core.errors import BadInput, InputFault, Place

# How a person is known: the kernel says whose process asks, or a lab's settings name its people.
KNOWN_BY = frozenset({"socket_peer", "lab_person"})
# What an actor is called who only holds the token: whoever approves may be the same person.
UNNAMED = frozenset({"token"})


@dataclass(frozen=True, slots=True)
class Deputy:
    """`name` stands in for `of` in [start, end), civil days of the site."""

    name: str
    of: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Approvers:
    """Who may approve: `people`, and their deputies; no people: whoever is known. A proposal lives `expire_days`."""

    people: tuple[str, ...] = ()
    deputies: tuple[Deputy, ...] = ()
    zone: str = "UTC"
    expire_days: int = 14


ANYBODY = Approvers()


def refuse_unless_second(
    approvers: Approvers, actor: Actor, proposers: Collection[str], now: datetime, what: str
) -> None:
    """Raise BadInput unless `actor` is a second person who may approve at `now`. `what` names it in the fault."""
    if actor.authenticated_by not in KNOWN_BY:
        hint = "approve it on the machine of the controller, as a user of it"
        raise _bad(what, "only a person who is known may approve", actor.id, hint)
    if UNNAMED & set(proposers):
        hint = "put it forward once more as a user of the controller's machine"
        raise _bad(what, "nobody knows who put it forward", actor.id, hint)
    first = {name for one in proposers if one for name in names_of(one)}
    own = names_of(actor.id)
    if own & first:
        hint = "somebody who neither signed nor proposed it"
        raise _bad(what, "a loosening needs a second person; this one put it forward", actor.id, hint)
    if not approvers.people or own & {_name(one) for one in approvers.people}:
        return
    today = now.astimezone(ZoneInfo(approvers.zone)).date()
    standing_in = [one for one in approvers.deputies if _name(one.name) in own]
    if not any(one.start <= today < one.end and _name(one.of) not in first for one in standing_in):
        hint = f"those who may: {', '.join(approvers.people)}; deputies within their days, for another than the first"
        raise _bad(what, "this person may not approve today", actor.id, hint)


def names_of(actor: str) -> set[str]:
    """Every way in which an actor's id names him: as it stands, and without the number of the user."""
    return {_name(actor), _name(actor.partition("(")[0])}


def _name(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _bad(what: str, reason: str, value: str, hint: str) -> BadInput:
    return BadInput([InputFault(Place(what, path="actor"), reason, value, hint)])
