"""A process that owns a record and admits calls until it is killed; prints each permit once it has it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1] / "record"))
from record_kit import Site, line

from dialer.core.admission import Permitted
from dialer.record.given import Enrolment

AT_ONCE = 16
PEOPLE = 300


async def main(folder: Path) -> None:
    """Enrol, say `ready`, then admit as fast as it goes."""
    site = await Site(folder).ready()
    people = [(f"C-{one}", f"+86138{one:08d}") for one in range(PEOPLE)]
    await site.store.enrol("bank", [Enrolment(person, "张三", line(number)) for person, number in people])
    requests = [await site.request(person, number) for person, number in people]
    print("ready", flush=True)
    waiting = iter(requests)

    async def one_after_another() -> None:
        for request in waiting:
            admission = await site.calls.admit(request)
            if isinstance(admission, Permitted):
                print(admission.permit.id, flush=True)

    await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))


asyncio.run(main(Path(sys.argv[1])))
