"""Whether expectation, record and phone agree on a fate. Every difference is named; nothing here repairs one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from dialer.lab.demo.fates import CALLER_ID, SHANGHAI, Expectation, Fate
from dialer.lab.demo.witnesses import WHOLE, Difference, Saw, Told, Verdict

# Each must be heard this long for a talk to count; the meter's windows are 0.1 s.
TALK_S = 0.3
# Who calls back hears the enterprise named, and how to reach it.
HEARD_BACK_S = 5.0


def judge(fate: Fate, told: Told, saw: Saw) -> Verdict:
    """The verdict on one fate."""
    expect = fate.expect
    found = [*_record(expect, told), *_rings(expect, told, saw), *_ways_in(expect, told, saw)]
    if expect.invites:
        found += [*_identity(fate, told, saw), *_heard(expect, saw)]
    return Verdict(fate, told, saw, tuple(found))


def _record(expect: Expectation, told: Told) -> Iterator[Difference]:
    if told.effect != expect.effect:
        yield Difference("decision", expect.effect, record=told.effect or "none")
    if told.outcome != expect.outcome:
        yield Difference("outcome", expect.outcome or "none", record=told.outcome or "none")
    if expect.effect == "deny":
        wanted = (expect.rule, expect.code)
        denials = [(one["rule"], one["code"]) for one in told.denials]
        if wanted not in denials:
            yield Difference("rule", " ".join(wanted), record="; ".join(map(" ".join, denials)) or "none")
        if civil(told.next_instant) != expect.next_instant:
            shown = civil(told.next_instant) or "never"
            yield Difference("next instant", expect.next_instant or "never", record=shown)
        if told.entries:
            yield Difference("attempt", "none", record=" ".join(told.events))
    if set(told.opt_outs) != ({expect.opted_out_by} - {""}):
        yield Difference(
            "opted out by", expect.opted_out_by or "none", record=" ".join(told.opt_outs) or "none"
        )
    if not _in_order(expect.events, told.events):
        yield Difference("entries", " ".join(expect.events), record=" ".join(told.events) or "none")
    if happened := [one for one in expect.never if one in told.events]:
        yield Difference("entries that must not be", "none", record=" ".join(happened))


def _rings(expect: Expectation, told: Told, saw: Saw) -> Iterator[Difference]:
    if not saw.invites == saw.by_phone == expect.invites:
        yield Difference(
            "INVITEs by Call-ID", str(expect.invites), phone=f"exchange {saw.invites}, phone {saw.by_phone}"
        )
    if saw.other_invites:
        yield Difference("INVITEs that no call of this person explains", "0", phone=str(saw.other_invites))
    if saw.watchdog:
        yield Difference("watchdog", "lets the call be", phone=f"ended it: {saw.watchdog}")
    if bool(told.attempt) != bool(expect.invites):
        yield Difference("attempt", "one" if expect.invites else "none", record=told.attempt or "none")


def _ways_in(expect: Expectation, told: Told, saw: Saw) -> Iterator[Difference]:
    """What the agent who dialled was told, and what who called back heard."""
    first = told.spoken[: len(expect.told_dialler)]
    if first != expect.told_dialler or bool(told.spoken) != bool(expect.told_dialler):
        wanted = " ".join(expect.told_dialler) or "nothing"
        yield Difference("the agent is told", wanted, record=" ".join(told.spoken) or "nothing")
    if expect.told_dialler and saw.dialler_heard_s < WHOLE * saw.dialler_told_s:
        heard = f"{saw.dialler_heard_s:.1f} s"
        yield Difference("the agent hears it", f"{saw.dialler_told_s:.1f} s", phone=heard)
    if expect.calls_back and saw.called_back_s < HEARD_BACK_S:
        heard = f"{saw.called_back_s:.1f} s"
        yield Difference("hears who it was", f"at least {HEARD_BACK_S} s", phone=heard)


def _identity(fate: Fate, told: Told, saw: Saw) -> Iterator[Difference]:
    caller_id = fate.row.get("caller_id", CALLER_ID)
    shown = {saw.from_user, saw.pai_user, saw.phone_from_user, saw.phone_pai_user}
    if shown != {caller_id}:
        yield Difference(
            "caller ID in From and P-Asserted-Identity", caller_id, phone=", ".join(sorted(shown))
        )
    if not told.attempt or saw.permit != told.attempt:
        yield Difference("permit", "the attempt's", record=told.attempt or "none", phone=saw.permit or "none")
    if saw.permit_proof != "genuine":
        yield Difference("permit's signature", "genuine", phone=saw.permit_proof or "none")


def _heard(expect: Expectation, saw: Saw) -> Iterator[Difference]:
    for about, wanted, seen in (
        ("final status", str(expect.status), str(saw.status)),
        ("announcement heard", expect.announcement, saw.announcement),
        ("key of the person", expect.person_pressed, saw.person_pressed),
        ("key of the agent", expect.agent_pressed, saw.agent_pressed),
        ("ended by", expect.ended_by, saw.ended_by),
    ):
        if wanted != seen:
            yield Difference(about, wanted or "none", phone=seen or "none")
    if expect.talked and min(saw.heard_agent_s, saw.agent_heard_s) < TALK_S:
        both = f"person heard agent {saw.heard_agent_s:.1f} s, agent heard person {saw.agent_heard_s:.1f} s"
        yield Difference("audio both ways", f"at least {TALK_S} s", phone=both)
    if not expect.talked and saw.talked:
        both = f"person heard agent {saw.heard_agent_s:.1f} s, agent heard person {saw.agent_heard_s:.1f} s"
        yield Difference("never joined", "silence between them", phone=both)


def _in_order(wanted: Sequence[str], events: Sequence[str]) -> bool:
    rest = iter(events)
    return all(one in rest for one in wanted)


def civil(at: datetime | None) -> str:
    """An instant as civil time in Shanghai, to the minute; empty for none."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if at else ""
