"""Contacts on other channels: one that was made, and a message decided and counted in one transaction.

Both are touches, so that limits on contacts count them beside our own attempts. No message is an attempt, and none is
a conversation; a visit may have been one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from dialer.core.admission import Actor
from dialer.core.decision import Decision, decide
from dialer.core.entry import to_us
from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.facts import Facts, Unsound, ZoneSource
from dialer.core.message import Message
from dialer.core.phone import E164, Line
from dialer.core.policy import Moment, Purpose
from dialer.core.rulebook import Rulebook
from dialer.record import log
from dialer.record.admission import Gate, said
from dialer.record.hashing import key_hash, subject_hash
from dialer.record.reading import Asked, Gathered
from dialer.record.tables import NO, UNKNOWN, entries, requests, touches
from dialer.record.thaw import thaw

MADE, DECIDED = "contact_made", "message_decided"
# Where no rule says how long records are kept: a contact before that counts for nothing.
OLDEST_DAYS = 184
# How the link to Asterisk stands says nothing about a message.
_OF_CALLS_ONLY = frozenset({"sound.link_down"})


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact or message of a person already enrolled; `line` stands for no number where none was told.

    `digest` is the SHA-256 (hex) of what was told: a key used again for something else is refused.
    """

    id: UUID
    key: str
    digest: str
    actor: Actor
    enterprise: str
    agency: str | None
    purpose: Purpose
    product: str
    channel: str
    person: UUID
    line: UUID
    debt: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message before it is sent; what it holds is told by `message_of`, and its words by nobody."""

    contact: Contact
    callee: Line
    port: str
    message_of: Callable[[Sequence[str], str, Sequence[str]], Message] = field(repr=False)
    platform: str | None = None
    carrier: str | None = None
    zones: tuple[str, ...] = ()
    overdue_days: int | None = None
    callee_party: str = "unknown"


@dataclass(frozen=True, slots=True)
class Decided:
    """What came of a message. `touch`: what counts it, None where it is not counted. `decision` None: unreadable."""

    decision: Decision | None
    touch: UUID | None = None
    repeated: bool = False


def made(gate: Gate, connection: Connection, contact: Contact) -> bool:
    """Write a contact that was made; False where its key was told before. Raises BadInput."""
    now = gate.clock.now()
    first = _by_key(gate, connection, contact.key)
    if first is not None:
        if first.digest != contact.digest:
            raise _bad(
                "idempotency_key", "was used for another contact", "a new contact has a key of its own"
            )
        return False
    binding = gate.reader.catalog.read(connection)
    _check_instant(contact.at, now, _oldest(binding.rulebook))
    shown = {"product": contact.product, "channel": contact.channel, "made_at": contact.at}
    entry = log.append(
        connection, MADE, now, contact.actor, {**_row(contact), **shown}, about=str(contact.person)
    )
    _count(connection, contact, contact.at)
    _keep(gate, connection, contact, now, "contact", entry, binding.digest)
    return True


def decided(gate: Gate, connection: Connection, message: Outgoing) -> Decision:
    """One decision now; writes nothing."""
    now, newest = gate.clock.now(), log.head(connection).newest_us
    gathered = _gathered(gate, connection, message, now, _unsound(gate, message, now, newest))
    return decide(gathered.rulebook, gathered.facts)


def admitted(gate: Gate, connection: Connection, message: Outgoing) -> Decided:
    """Decide, and count it in the same transaction where it is permitted; a key asked again gets its first answer."""
    now, end, contact = gate.clock.now(), log.head(connection), message.contact
    first = _by_key(gate, connection, contact.key)
    if first is not None and first.digest == contact.digest:
        return _again(gate, connection, first)
    unsound = _unsound(gate, message, now, end.newest_us)
    if first is not None:
        unsound.insert(0, Unsound("sound.key_reused", {}))
    gathered = _gathered(gate, connection, message, now, unsound)
    decision = decide(gathered.rulebook, gathered.facts)
    told = {"counted": decision.permitted, "facts": gathered.facts, "decision": said(decision)}
    entry = log.append(
        connection,
        DECIDED,
        decision.at,
        contact.actor,
        {"request_digest": contact.digest, **_row(contact), **told},
        about=str(contact.id),
        end=end,
    )
    if decision.permitted:
        _count(connection, contact, decision.at, gathered.facts.caller_id)
    if first is None:
        effect = f"message_{decision.effect.value}"
        _keep(gate, connection, contact, now, effect, entry, decision.rulebook)
    return Decided(decision, contact.id if decision.permitted else None)


def _again(gate: Gate, connection: Connection, row: Any) -> Decided:
    content = connection.execute(select(entries.c.bytes).where(entries.c.id == row.entry)).scalar_one()
    rulebook = gate.reader.catalog.rulebook(row.rulebook)
    decision = None if rulebook is None else decide(rulebook, thaw(Facts, json.loads(content)["facts"]))
    return Decided(decision, UUID(row.id) if row.effect == "message_permit" else None, repeated=True)


def _gathered(
    gate: Gate, connection: Connection, message: Outgoing, now: datetime, unsound: list[Unsound]
) -> Gathered:
    return gate.reader.read(connection, _asked(gate, message), now, Moment.ADMIT, unsound)


def _unsound(gate: Gate, message: Outgoing, now: datetime, newest_us: int) -> list[Unsound]:
    found = [one for one in gate.unsound(now, newest_us) if one.code not in _OF_CALLS_ONLY]
    if not E164.match(message.callee.e164):
        found.append(Unsound("sound.number", {}))
    return found


def _asked(gate: Gate, message: Outgoing) -> Asked:
    contact, callee = message.contact, message.callee
    by_number = [ZoneSource("number", zone) for zone in callee.zones]
    declared = [ZoneSource("declared", zone) for zone in message.zones]
    return Asked(
        enterprise=contact.enterprise,
        purpose=contact.purpose,
        product=contact.product,
        person=str(contact.person),
        line=str(contact.line),
        debt=str(contact.debt) if contact.debt else None,
        agency=contact.agency,
        platform=message.platform,
        campaign=None,
        script="",
        script_version=None,
        caller_id=message.port,
        trunk=None,
        line_class=callee.line_class,
        country=callee.country,
        zones=(*by_number, *declared),
        line_hash=subject_hash(gate.secrets.subject_key, "line", "", callee.e164),
        overdue_days=message.overdue_days,
        callee_party=message.callee_party,
        channel=contact.channel,
        message_of=message.message_of,
        carrier=message.carrier,
    )


def _by_key(gate: Gate, connection: Connection, key: str) -> Any:
    wanted = key_hash(gate.secrets.subject_key, key)
    return connection.execute(select(requests).where(requests.c.key == wanted)).first()


def _row(contact: Contact) -> dict[str, Any]:
    return {
        "contact": contact.id,
        "person": contact.person,
        "line": contact.line,
        "debt": contact.debt,
        "enterprise": contact.enterprise,
        "agency": contact.agency,
        "purpose": contact.purpose,
    }


def _count(connection: Connection, contact: Contact, at: datetime, number: str | None = None) -> None:
    row = {
        name: None if one is None else str(one) for name, one in _row(contact).items() if name != "contact"
    }
    silent = {"rang": NO, "answered": NO, "reversed": 0}
    # On a visit people may have talked; strictest reading first.
    talked = UNKNOWN if contact.channel == "visit" else NO
    connection.execute(
        touches.insert().values(
            id=str(contact.id),
            kind=contact.channel,
            at_us=to_us(at),
            conversed=talked,
            caller_id=number,
            **row,
            **silent,
        )
    )


def _keep(
    gate: Gate,
    connection: Connection,
    contact: Contact,
    now: datetime,
    effect: str,
    entry: str,
    rulebook: str,
) -> None:
    connection.execute(
        requests.insert().values(
            id=str(contact.id),
            key=key_hash(gate.secrets.subject_key, contact.key),
            digest=contact.digest,
            at_us=to_us(now),
            effect=effect,
            attempt=None,
            entry=entry,
            rulebook=rulebook,
        )
    )


def _oldest(rulebook: Rulebook | None) -> timedelta:
    """As far back as some rule asks that records are kept."""
    rules = (rule for pack in rulebook.policy.packs for rule in pack.rules) if rulebook else ()
    days = [getattr(one.params, "least_days", 0) for one in rules if one.kind == "retention"]
    return timedelta(days=max(days, default=OLDEST_DAYS))


def _check_instant(at: datetime, now: datetime, oldest: timedelta) -> None:
    if at > now:
        raise _bad("at", "is not here yet", "the instant at which the person was contacted", at)
    if at < now - oldest:
        raise _bad(
            "at", "is longer ago than any record must be kept", f"the last {oldest.days} days count", at
        )


def _bad(path: str, reason: str, hint: str, value: datetime | None = None) -> BadInput:
    place = Place("contact", path=path)
    return BadInput([InputFault(place, reason, value.isoformat() if value else "", hint)])
