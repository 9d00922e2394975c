"""A rehearsal of the number list: many submissions to a regulator that misbehaves, until both sides are equal."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dialer.clock import SystemClock
from dialer.core.admission import Actor
from dialer.core.entry import canonical
from dialer.lab.regulator import Habits, LabRegulator, regulating
from dialer.number_list.delivery import Address
from dialer.number_list.desk import NumberListDesk
from dialer.number_list.documents import signed_by
from dialer.number_list.lines import lines_of
from dialer.number_list.standing import Rules
from dialer.policy_signature import make_key
from dialer.ports.number_list import REJECTED, Key, Known, Line
from dialer.record import listed
from dialer.record.store import RecordStore
from dialer.register_files import load_register
from dialer.secrets import ensure

SAMPLE = Path(__file__).parent / "sample" / "register.yaml"
OFFICER = Actor("officer", frozenset({"compliance"}), "self")
# Pauses of the lab are short: its regulator counts requests, not seconds.
FIRST_PAUSE_S = 0.001
MOST_TURNS = 40


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What one rehearsal came to. `equal`: both sides say the same of each number, and nothing is on its way."""

    seed: int
    submissions: int
    numbers: int
    rejected: int
    sent_again: int
    lost: int
    rounds: int
    equal: bool
    misdeeds: Mapping[str, int]


async def rehearse(folder: Path, seed: int, submissions: int = 20, habits: Habits | None = None) -> Rehearsed:
    """Change the sample register so many times by `seed`, submit each change, and settle. Raises Fault, BadInput."""
    dice, document = random.Random(seed), dict(load_register(SAMPLE))
    key_id = make_key(folder / "officer.pem", folder / "officer.pub.pem")
    public_key = (folder / "officer.pub.pem").read_bytes()
    regulator = LabRegulator(public_key, seed, habits or Habits())
    clock = SystemClock()
    store = RecordStore.open(
        folder / "record", secrets=ensure(folder / "secrets"), clock=clock, rulebooks={}, lab=True
    )
    try:
        async with regulating(regulator) as url:
            name = str(document["enterprises"][0]["regulator"])
            rules = Rules(folder, {key_id: public_key}, {name: Address(url)}, first_pause_s=FIRST_PAUSE_S)
            desk, totals = NumberListDesk(store, clock, rules), {"told_again": 0, "lost": 0, "rounds": 0}
            sent = 0
            for _ in range(submissions):
                document = changed(document, dice)
                await store.put_in_force("register", document, OFFICER)
                sent += await _submit(desk, folder / "officer.pem")
                if dice.random() < 0.3:
                    await _settle(desk, totals)
            equal = await _settle_for_good(desk, regulator, totals)
        known = await store.read(listed.known)
        now = lines_of(document, clock.now())
        return Rehearsed(
            seed=seed,
            submissions=sent,
            numbers=len(now),
            rejected=sum(one.state == REJECTED for one in known.values()),
            sent_again=totals["told_again"],
            lost=totals["lost"],
            rounds=totals["rounds"],
            equal=equal and same_lists(regulator, known, now),
            misdeeds=dict(sorted(regulator.misdeeds.items())),
        )
    finally:
        store.close()


def same_lists(regulator: LabRegulator, known: Mapping[Key, Known], now: Mapping[Key, Line]) -> bool:
    """Compare the lists themselves, past all that reconciling believes.

    The regulator holds exactly what it acknowledged; each line of the register is that, or was sent back; and it holds
    no number that the register gave up.
    """
    theirs = {Key(*_ordered(key)): _digest(line) for key, line in regulator.holds.items()}
    ours = {key: one.held for key, one in known.items() if one.held is not None}
    told = all(known[key].held == line.digest or known[key].state == REJECTED for key, line in now.items())
    return theirs == ours and told and not theirs.keys() - now.keys()


def _ordered(key: tuple[str, ...]) -> tuple[str, str, str, str]:
    enterprise, number, kind, agency = key
    return enterprise, number, kind, agency


def _digest(line: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(line)).hexdigest()


async def _submit(desk: NumberListDesk, key: Path) -> int:
    made = await desk.prepare(None, False, OFFICER)
    for one in made["submissions"]:
        ident = one["submission"]
        signed = signed_by(key, await desk.document(ident), "officer")
        given = {name: getattr(signed, name) for name in ("signature", "public_key", "signed_by")}
        await desk.sign(ident, given, OFFICER)
        await desk.submit(ident, OFFICER)
    return len(made["submissions"])


async def _settle(desk: NumberListDesk, totals: dict[str, int]) -> bool:
    told = await desk.reconcile(None, OFFICER)
    for one in told["enterprises"]:
        for name in totals:
            totals[name] += one[name]
    return bool(told["equal"])


async def _settle_for_good(desk: NumberListDesk, regulator: LabRegulator, totals: dict[str, int]) -> bool:
    """Until both sides are equal and nothing waits with the regulator that could change that."""
    for _ in range(MOST_TURNS):
        quiet = regulator.settled
        if await _settle(desk, totals) and quiet and regulator.settled:
            return True
    return False


def changed(document: Mapping[str, Any], dice: random.Random) -> dict[str, Any]:
    """The register with one to four rows of its numbers added, widened, handed to an agency, or given up."""
    numbers = [dict(row) for row in document["numbers"]]
    for _ in range(dice.randint(1, 4)):
        row = dice.choice(numbers)
        what = dice.choice(("add", "purposes", "agency", "give up", "take up"))
        if what == "add":
            numbers.append({**row, "number": f"9{dice.randint(5, 6)}{dice.randint(100000, 999999)}"})
        elif what == "purposes":
            kinds = ("collection", "marketing", "reminder", "service")
            row["purposes"] = sorted(dice.sample(kinds, dice.randint(1, 4)))
        elif what == "agency":
            row.pop("agency", None)
            if dice.random() < 0.5:
                row["agency"] = dice.choice(document["agencies"])["id"]
        else:
            row["status"] = "disabled" if what == "give up" else "allocated"
    return {**document, "numbers": numbers}
