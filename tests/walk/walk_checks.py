"""What must hold after a controller was stopped or killed, wherever that was: each breach is a sentence."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from walk_controller import MAX_DEAF_S, Job
from walk_ports import Fault
from walk_world import World, read_report, rows

from dialer.lab.behaviour import CallSeen
from dialer.lab.evidence import InviteSeen

# Between an INVITE's leaving Asterisk and our stamp at the exchange, on a machine that is busy.
GRAIN_S = 0.25
# Asterisk looks at its deadlines when a frame passes; then CANCEL or BYE goes to the phone.
END_GRAIN_S = 1.0
# A key counts from its end: 100 ms held, and the three end packets behind it.
KEY_S = 0.3
# When the phones of the stories press it, counted from their answer.
KEY_AT_S = 1.6
# Where a killed controller leaves an attempt that is counted although nothing left, and then is settled.
MAY_RING_NO_MORE = ("permitted", "staged", "dialling", "ended")


@dataclass(slots=True)
class Run:
    """One scenario: one person, one fault, the controllers that lived, and how they ended."""

    fault: Fault | None
    number: str
    first: Job
    again: Job | None = None
    codes: list[int] = field(default_factory=list)
    stop_s: float = 0.0
    deaf: bool = False
    took_s: float = 0.0

    @property
    def jobs(self) -> list[Job]:
        """The controllers, oldest first."""
        return [self.first, *([self.again] if self.again else [])]

    @property
    def struck(self) -> dict[str, Any] | None:
        """The line that says that the fault was met; None where this run never came there."""
        return next((one for one in read_report(self.first) if one["what"] == "struck"), None)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What exchange, phone, record and controllers say of a run."""

    run: Run
    rings: list[InviteSeen]
    calls: list[CallSeen]
    attempts: dict[str, dict[str, Any]]
    opt_outs: int
    reports: list[list[dict[str, Any]]]
    offset_s: float

    @property
    def counted(self) -> list[dict[str, Any]]:
        """Attempts that limits count."""
        return [one for one in self.attempts.values() if not one["reversed"]]


def gather(world: World, run: Run) -> Evidence:
    """Read it, once the last controller has ended."""
    joined = "select a.*, t.reversed from attempts a join touches t on t.id = a.id"
    return Evidence(
        run,
        world.exchange.evidence(run.number),
        world.peer.evidence(run.number),
        {one["id"]: one for one in rows(run.first, joined)},
        len(rows(run.first, "select id from preferences where kind = 'opt_out'")),
        [read_report(job) for job in run.jobs],
        world.site.offset_s,
    )


def breaches(seen: Evidence) -> list[str]:
    """Everything that does not hold."""
    checks = (
        _ended_by_themselves,
        _rung_once,
        _counted,
        _in_time,
        _key_kept,
        _not_deaf,
        _nothing_left,
        _alive,
    )
    return [f"{seen.run.fault}: {one}" for check in checks for one in check(seen)]


def _ended_by_themselves(seen: Evidence) -> list[str]:
    killed = seen.run.fault is not None and seen.run.fault.how == "kill" and seen.run.struck is not None
    expected = [-9, 0] if killed else [0]
    found = [] if seen.run.codes == expected else [f"the controllers ended with {seen.run.codes}"]
    raised = [one["raised"] for report in seen.reports for one in report if one.get("raised")]
    # An agent who cannot be called while we sleep is no fault of ours: nothing was asked or counted yet.
    return found + [f"a request raised {one}" for one in raised if "sound.no_agent" not in one]


def _rung_once(seen: Evidence) -> list[str]:
    """The person may be called once a day, was asked for three times, and was rung at most once."""
    found = [f"rung {len(seen.rings)} times"] if len(seen.rings) > 1 else []
    if len(seen.counted) > 1:
        found.append(f"{len(seen.counted)} attempts are counted where one is allowed")
    for report in seen.reports:
        for one in report:
            if one.get("admission") == "Denied" and not one.get("rules") and one["what"] == "placed":
                found.append("a denial names no rule")
    return found


def _counted(seen: Evidence) -> list[str]:
    """An attempt is counted if an INVITE left."""
    found = []
    for ring in seen.rings:
        attempt = seen.attempts.get(_attempt_of(ring))
        if attempt is None:
            found.append("an INVITE left and the record has no attempt")
        elif attempt["reversed"]:
            found.append("an INVITE left and its attempt was taken back")
    return found


def _attempt_of(ring: InviteSeen) -> str:
    parts = ring.permit.split(".")
    return str(UUID(parts[2])) if len(parts) > 2 else ""


def _in_time(seen: Evidence) -> list[str]:
    """No INVITE left after `dial_before`."""
    found = []
    for ring in seen.rings:
        attempt = seen.attempts.get(_attempt_of(ring))
        if attempt is not None:
            before = datetime.fromtimestamp(attempt["dial_before_us"] / 1e6, UTC) - timedelta(
                seconds=seen.offset_s
            )
            late_s = (ring.at - before).total_seconds()
            if late_s > GRAIN_S:
                found.append(f"an INVITE left {late_s:.3f} s late")
    return found


def _key_kept(seen: Evidence) -> list[str]:
    """A key whose registering was answered is kept; after a stop, every key that the phone finished pressing is."""
    kept = any(
        one["what"] == "returned" and one["name"] == "record.opt_out"
        for report in seen.reports
        for one in report
    )
    last = seen.reports[-1]
    told = any(one["what"] == "heard" and one["digit"] == "9" for one in last)
    pressed = seen.run.again is None and any(
        "9" in call.keys_pressed
        and call.answered_at is not None
        and (call.ended_at or datetime.now(UTC)) - call.answered_at > timedelta(seconds=KEY_AT_S + KEY_S)
        for call in seen.calls
    )
    if (kept or told or pressed) and not seen.opt_outs:
        return [f"an opt-out key is lost (answered {kept}, told {told}, pressed {pressed})"]
    if seen.opt_outs and not any(call.keys_pressed for call in seen.calls):
        return ["an opt-out that nobody pressed"]
    return []


def _not_deaf(seen: Evidence) -> list[str]:
    """A call that nobody hears is ended within `max_deaf_s`."""
    struck = seen.run.struck
    if struck is None or not (seen.run.deaf or seen.run.stop_s > MAX_DEAF_S + END_GRAIN_S):
        return []
    latest = datetime.fromtimestamp(struck["at"], UTC) + timedelta(seconds=MAX_DEAF_S + END_GRAIN_S)
    first = [call for call in seen.calls if call.invited_at < latest]
    if any(call.ended_at is None or call.ended_at > latest for call in first):
        return [f"a call went on unheard for more than {MAX_DEAF_S:g} s"]
    return []


def _nothing_left(seen: Evidence) -> list[str]:
    """Live channels are adopted or ended: once the last controller is quiet, neither it nor a phone has a call."""
    quiet = [one for one in seen.reports[-1] if one["what"] == "quiet"]
    if not quiet:
        return ["the last controller never came to rest"]
    found = [f"left in Asterisk: {one}" for one in quiet[-1]["left"]]
    found += [f"followed for ever: {one}" for one in quiet[-1]["followed"]]
    found += ["a phone is still in a call" for call in seen.calls if call.ended_at is None]
    if seen.run.again is None:
        found += [f"an attempt is left {one['state']}" for one in seen.attempts.values() if one["live"]]
    return found


def _alive(seen: Evidence) -> list[str]:
    """Safety is not bought by calling nobody: somebody rang, or what is counted may have, or the permit ran out."""
    uncertain = seen.run.again is not None and any(one["state"] in MAY_RING_NO_MORE for one in seen.counted)
    ran_out = bool(seen.attempts) and not seen.counted
    if len(seen.rings) == 1 or uncertain or ran_out:
        return []
    return [f"rung {len(seen.rings)} times, and nothing excuses it"]
