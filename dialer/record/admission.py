"""The one transaction: look up the key, read facts, decide, count, and write the evidence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, insert, select

from dialer.core.admission import Admission, Announcement, Denied, Permit, Permitted, Repeated, Request
from dialer.core.call import State
from dialer.core.cause import Outcome
from dialer.core.decision import Decision, decide
from dialer.core.entry import canonical, to_us
from dialer.core.facts import Facts, Unsound, ZoneSource
from dialer.core.permit import Wire, sign
from dialer.core.phone import E164
from dialer.core.policy import Effect, Moment, Purpose
from dialer.numbers import wire_number
from dialer.ports.calls import Clock
from dialer.record import log
from dialer.record.batches import BatchFiles
from dialer.record.catalog import NO_RULEBOOK
from dialer.record.given import Soundness, Spans
from dialer.record.hashing import key_hash, subject_hash
from dialer.record.prepared import Prepared
from dialer.record.reading import Asked, Gathered, Reader
from dialer.record.soundness import ClockWatch
from dialer.record.tables import UNKNOWN, attempts, entries, requests, touches
from dialer.record.thaw import thaw
from dialer.secrets import Secrets

_BY_KEY = Prepared(
    select(requests, attempts.c.outcome)
    .outerjoin(attempts, attempts.c.id == requests.c.attempt)
    .where(requests.c.key == bindparam("wanted"))
)
# What an attempt begins without: it is set by what happens later.
_LATER = dict.fromkeys(("rang_us", "answered_us", "bridged_us", "ended_us", "outcome", "cause", "left"))
_ATTEMPT = Prepared(insert(attempts))
_TOUCH, _REQUEST = Prepared(insert(touches)), Prepared(insert(requests))


@dataclass(frozen=True, slots=True)
class Gate:
    """Everything an admission is made with. `run` owns the attempts it permits."""

    reader: Reader
    clock: Clock
    watch: ClockWatch
    soundness: Soundness
    secrets: Secrets
    spans: Spans
    run: str
    files: BatchFiles

    def unsound(self, now: datetime, newest_us: int) -> list[Unsound]:
        """What forbids any permit now, whatever is asked."""
        return [*self.watch.unsound(now, newest_us), *self.soundness()]


def admit(gate: Gate, connection: Connection, request: Request) -> Admission:
    """One admission, inside the savepoint of its job."""
    now = gate.clock.now()
    end = log.head(connection)
    key = key_hash(gate.secrets.subject_key, request.idempotency_key)
    first = _BY_KEY.first(connection, {"wanted": key})
    if first is not None and first.digest == request.digest:
        return repeated(gate, connection, first)
    unsound = gate.unsound(now, end.newest_us)
    if first is not None:
        unsound.insert(0, Unsound("sound.key_reused", {}))
    if not E164.match(request.callee.e164):
        unsound.append(Unsound("sound.number", {}))
    gathered = gate.reader.read(connection, asked_of(gate, request), now, Moment.ADMIT, unsound)
    decision = decide(gathered.rulebook, gathered.facts)
    if decision.permitted and (missing := _cannot_be_said(gathered)):
        gathered = replace(gathered, facts=replace(gathered.facts, unsound=missing))
        decision = decide(gathered.rulebook, gathered.facts)
    permit = _permit(gate, request, gathered, decision) if decision.permitted else None
    entry = _write_entry(connection, request, gathered, decision, permit, end)
    if permit is not None:
        _count(gate, connection, request, gathered, permit)
    if first is None:
        row = {
            "id": str(request.id),
            "key": key,
            "digest": request.digest,
            "at_us": to_us(now),
            "effect": decision.effect.value,
            "attempt": str(permit.id) if permit else None,
            "entry": entry,
            "rulebook": decision.rulebook,
        }
        _REQUEST.rows(connection, row)
    return Permitted(permit, decision) if permit else Denied(decision, decision.next_instant)


def repeated(gate: Gate, connection: Connection, row: Any) -> Repeated:
    """What the first request with this key came to; its facts, decided again, give the same decision."""
    content = connection.execute(select(entries.c.bytes).where(entries.c.id == row.entry)).scalar_one()
    rulebook = gate.reader.catalog.rulebook(row.rulebook)
    decision = None if rulebook is None else decide(rulebook, thaw(Facts, json.loads(content)["facts"]))
    return Repeated(
        attempt=UUID(row.attempt) if row.attempt else None,
        outcome=Outcome(row.outcome) if row.outcome else None,
        decision=decision,
    )


def committed(connection: Connection, request: Request, admission: Admission) -> bool:
    """Whether this very admission stands in the record."""
    row = connection.execute(select(requests).where(requests.c.id == str(request.id))).first()
    if row is None:
        return False
    if isinstance(admission, Permitted):
        return bool(row.attempt == str(admission.permit.id))
    return isinstance(admission, Denied) and row.attempt is None


def denied_unread(request: Request, now: datetime, unsound: Sequence[Unsound]) -> Decision:
    """A denial where the record cannot be read or written: only what was asked is known."""
    asked = (request.purpose, request.product, request.enterprise, request.script)
    return _denied_blindly(now, Moment.ADMIT, asked, unsound)


def denied_again(permit: Permit, now: datetime, unsound: Sequence[Unsound], moment: Moment) -> Decision:
    """The same for a call that is under way."""
    return _denied_blindly(now, moment, (permit.purpose, "", permit.enterprise, ""), unsound)


def _denied_blindly(
    now: datetime, moment: Moment, asked: tuple[Purpose, str, str, str], unsound: Sequence[Unsound]
) -> Decision:
    purpose, product, enterprise, script = asked
    facts = Facts(
        now=now,
        moment=moment,
        purpose=purpose,
        product=product,
        enterprise=enterprise,
        enterprise_known=False,
        enterprise_seat="",
        licences=(),
        agency=None,
        agency_known=False,
        agency_seat="",
        platform=None,
        entrustments=(),
        caller_id="",
        caller_id_class="",
        numbers=(),
        trunk=None,
        line_class="",
        callee_country="",
        zones=(),
        preferences=(),
        touches={},
        live=(),
        stops=(),
        script_id=script,
        script=None,
        unsound=tuple(unsound),
    )
    return decide(NO_RULEBOOK, facts)


def asked_of(gate: Gate, request: Request) -> Asked:
    """What facts are read for."""
    by_number = [ZoneSource("number", zone) for zone in request.callee.zones]
    declared = [ZoneSource("declared", zone) for zone in request.zones]
    return Asked(
        enterprise=request.enterprise,
        purpose=request.purpose,
        product=request.product,
        person=str(request.person),
        line=str(request.line),
        debt=str(request.debt) if request.debt else None,
        agency=request.agency,
        platform=request.platform,
        campaign=request.campaign,
        script=request.script,
        script_version=None,
        caller_id=request.caller_id,
        trunk=request.trunk,
        line_class=request.callee.line_class,
        country=request.callee.country,
        zones=(*by_number, *declared),
        line_hash=subject_hash(gate.secrets.subject_key, "line", "", request.callee.e164),
        overdue_days=request.overdue_days,
        callee_party=request.callee_party,
    )


def _cannot_be_said(gathered: Gathered) -> tuple[Unsound, ...]:
    """No policy asks for a script, and yet nobody may be called without approved words."""
    if gathered.announcement is None:
        sha256 = gathered.facts.script.audio_sha256 if gathered.facts.script else "none"
        return (Unsound("sound.audio", {"sha256": sha256}),)
    return ()


def _permit(gate: Gate, request: Request, gathered: Gathered, decision: Decision) -> Permit:
    now, boot_ns, spans = decision.at, gate.clock.boottime_ns(), gate.spans
    facts, announcement = gathered.facts, gathered.announcement
    if facts.trunk is None or announcement is None:
        raise AssertionError("a decision permitted a call without trunk or words")
    shut = decision.valid_until
    dial_before = _earlier(now + timedelta(seconds=spans.permit_s), shut)
    ring_until = _earlier(now + timedelta(seconds=spans.permit_s + spans.ring_timeout_s), shut)
    permit = UUID(log.new_id(now))
    dialled = wire_number(request.callee, gathered.number_format)
    wire = Wire(dialled, facts.caller_id, facts.trunk.name)
    secrets = gate.secrets
    key_id = secrets.permit_key_id
    return Permit(
        id=permit,
        call_id=request.id,
        request_id=request.id,
        person=request.person,
        line=request.line,
        enterprise=request.enterprise,
        purpose=request.purpose,
        dialled=dialled,
        caller_id=facts.caller_id,
        caller_name=gathered.caller_name,
        trunk=facts.trunk.name,
        agent=request.agent,
        decided_at=now,
        dial_before=dial_before,
        ring_until=ring_until,
        live_until=ring_until + timedelta(seconds=spans.ring_grace_s),
        dial_before_boottime_ns=boot_ns + _ns(dial_before - now),
        ring_until_boottime_ns=boot_ns + _ns(ring_until - now),
        announcement=announcement,
        token=sign(key_id, secrets.permit_keys[key_id], permit, dial_before, wire),
    )


def _earlier(one: datetime, other: datetime | None) -> datetime:
    return one if other is None else min(one, other)


def _ns(span: timedelta) -> int:
    return span // timedelta(microseconds=1) * 1000


def _write_entry(
    connection: Connection,
    request: Request,
    gathered: Gathered,
    decision: Decision,
    permit: Permit | None,
    end: log.Head,
) -> str:
    body: dict[str, Any] = {
        "request": request.id,
        "request_digest": request.digest,
        "person": request.person,
        "line": request.line,
        "debt": request.debt,
        "campaign": request.campaign,
        "agent": request.agent,
        "facts": gathered.facts,
        "decision": said(decision),
    }
    about = str(request.id)
    if permit is not None:
        about = str(permit.id)
        body["permit"] = {
            "id": permit.id,
            "caller_id": permit.caller_id,
            "trunk": permit.trunk,
            "script_version": gathered.script_version,
            "announcement": permit.announcement,
            "dial_before": permit.dial_before,
            "ring_until": permit.ring_until,
            "live_until": permit.live_until,
        }
    kind = "admitted" if permit else "denied"
    return log.append(connection, kind, decision.at, request.actor, body, about=about, end=end)


def said(decision: Decision) -> dict[str, Any]:
    """What an entry keeps of a decision: modes, texts and citations follow from the rulebook by its digest."""
    return {
        "effect": decision.effect,
        "moment": decision.moment,
        "rulebook": decision.rulebook,
        "revision": decision.revision,
        "engine": decision.engine,
        "next_instant": decision.next_instant,
        "valid_until": decision.valid_until,
        "obligations": [one.key for one in decision.obligations],
        "findings": {one.rule: one.code for one in decision.findings},
        # Whatever its mode: of the rules that only observe or warn this says what would have happened.
        "denied": [one.rule for one in decision.findings if one.effect is Effect.DENY],
    }


def _count(gate: Gate, connection: Connection, request: Request, gathered: Gathered, permit: Permit) -> None:
    shared = {
        "id": str(permit.id),
        "person": str(permit.person),
        "line": str(permit.line),
        "debt": str(request.debt) if request.debt else None,
        "enterprise": permit.enterprise,
        "agency": request.agency,
        "purpose": permit.purpose.value,
    }
    attempt = {
        **_LATER,
        **shared,
        "call": str(permit.call_id),
        "request": str(permit.request_id),
        "platform": request.platform,
        "product": request.product,
        "campaign": request.campaign,
        "agent": request.agent,
        "script": gathered.facts.script_id,
        "script_version": gathered.script_version,
        "announcement": canonical(permit.announcement).decode(),
        "caller_id": permit.caller_id,
        "caller_name": permit.caller_name,
        "trunk": permit.trunk,
        "line_class": request.callee.line_class,
        "country": request.callee.country,
        "zones": canonical(gathered.facts.zones).decode(),
        "rulebook": gathered.rulebook.digest,
        "decided_us": to_us(permit.decided_at),
        "dial_before_us": to_us(permit.dial_before),
        "ring_until_us": to_us(permit.ring_until),
        "live_until_us": to_us(permit.live_until),
        "state": State.PERMITTED.value,
        "live": 1,
        "owner": gate.run,
    }
    touch = {
        **shared,
        "kind": "attempt",
        "at_us": attempt["decided_us"],
        "rang": UNKNOWN,
        "answered": UNKNOWN,
        "conversed": UNKNOWN,
        "reversed": 0,
        "caller_id": permit.caller_id,
    }
    _ATTEMPT.rows(connection, attempt)
    _TOUCH.rows(connection, touch)


def announcement_of(text: str) -> Announcement:
    """The announcement as an attempt's row keeps it."""
    return thaw(Announcement, json.loads(text))
