"""A record for a benchmark: real store, real rulebook, sample register and scripts, and people to be called."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

from dialer.clock import SystemClock
from dialer.core.admission import Actor, Request
from dialer.core.phone import Line
from dialer.core.policy import Purpose
from dialer.core.rulebook import Rulebook
from dialer.numbers import parse_callee
from dialer.policy_files import load_rulebook
from dialer.record.given import Enrolled, Enrolment, Spans
from dialer.record.store import RecordStore
from dialer.register_files import load_register
from dialer.script_files import load_scripts
from dialer.secrets import ensure

SAMPLE = Path(__file__).parents[1] / "sample"
POLICIES = Path(__file__).parents[3] / "policies"
ENTERPRISE, SCRIPT, PRODUCT = "jiangsu-example", "collection-recorded", "credit"
BENCH = Actor("bench", frozenset({"operator"}), "self")
SECOND = Actor("second", frozenset({"operator"}), "lab_person")
SHANGHAI = ZoneInfo("Asia/Shanghai")


def open_hours_clock() -> SystemClock:
    """A declared clock on which it is ten in the morning of a Tuesday in Shanghai."""
    now = datetime.now(UTC)
    local = now.astimezone(SHANGHAI)
    tuesday = local.replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(
        days=(1 - local.weekday()) % 7 + 7
    )
    return SystemClock((tuesday - now).total_seconds())


async def open_record(
    folder: Path, clock: SystemClock, sounds: Path, opening: tuple[str, int] | None = None
) -> RecordStore:
    """A record in `folder` with everything in force that a lawful collection call needs.

    `opening`: SHA-256 and milliseconds of a sound that stands for the sample's announcement.
    """
    rulebook: Rulebook = load_rulebook(POLICIES, 1)
    store = RecordStore.open(
        folder,
        secrets=ensure(folder / "secrets"),
        clock=clock,
        rulebooks={rulebook.digest: rulebook},
        spans=Spans(ring_timeout_s=10.0),
        lab=True,
    )
    policy = {"digest": rulebook.digest, "revision": rulebook.revision, "signature": "bench"}
    await store.put_in_force("policy", policy, BENCH)
    await store.put_in_force("register", load_register(SAMPLE / "register.yaml"), BENCH)
    for script in load_scripts(SAMPLE / "scripts.yaml", sounds):
        if opening is not None:
            script = replace(script, audio_sha256=opening[0], duration_ms=opening[1])
        await store.put_script(script, BENCH)
        if script.id == SCRIPT:
            await store.approve_script(script.id, script.version, SECOND)
    return store


def line_of(number: int) -> Line:
    """The `number`-th line of the bench."""
    line = parse_callee(f"+86138{number:08d}")
    if line is None:
        raise ValueError("a number of the bench cannot be read")
    return line


async def enrol(store: RecordStore, people: int) -> list[tuple[Enrolled, Line]]:
    """Enrol so many people, each with a line."""
    lines = [line_of(number) for number in range(people)]
    asked = [Enrolment(f"B{number}", None, line) for number, line in enumerate(lines)]
    return list(zip(await store.enrol(ENTERPRISE, asked, BENCH), lines, strict=True))


def request_for(one: Enrolled, line: Line, agent: str | None = None) -> Request:
    """A collection call to this person."""
    ident = uuid4()
    return Request(
        id=ident,
        idempotency_key=str(ident),
        digest=str(ident),
        actor=BENCH,
        enterprise=ENTERPRISE,
        purpose=Purpose.COLLECTION,
        product=PRODUCT,
        person=one.person,
        line=one.line,
        callee=line,
        script=SCRIPT,
        agent=agent,
    )
