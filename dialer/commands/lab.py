"""`dialer lab`: rehearsals against simulated counterparts; nothing of it leaves this machine."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from dialer.commands.options import DENIED, DONE, AsJson, group, say, say_json

lab = group("Rehearsals against simulated counterparts on this machine.")


@lab.command("regulator")
def regulator(
    seed: Annotated[int, typer.Option(min=0, help="the first one: the same does the same")] = 1,
    seeds: Annotated[int, typer.Option(min=1, max=1000, help="so many seeds, from the first on")] = 5,
    submissions: Annotated[int, typer.Option(min=1, max=500, help="changes of the register, each")] = 20,
    as_json: AsJson = False,
) -> None:
    """Submit number lists to a regulator that loses, delays, doubles, reorders and rejects; 0 if all end equal."""
    from dialer.lab.number_list import rehearse

    told = []
    for one in range(seed, seed + seeds):
        with tempfile.TemporaryDirectory(prefix="dialer-regulator-") as folder:
            done = asyncio.run(rehearse(Path(folder), one, submissions))
        told.append(done)
        if not as_json:
            did = ", ".join(f"{count} {word}" for word, count in done.misdeeds.items() if count)
            say(
                f"seed {done.seed}: {done.submissions} submissions, {done.numbers} numbers; the regulator: {did}; "
                f"we: {done.rounds} rounds, {done.lost} found lost, {done.sent_again} sent again, "
                f"{done.rejected} stay rejected: {'EQUAL' if done.equal else 'NOT EQUAL'}"
            )
    if as_json:
        say_json({"rehearsals": [{name: getattr(one, name) for name in one.__slots__} for one in told]})
    raise SystemExit(DONE if all(one.equal for one in told) else DENIED)
