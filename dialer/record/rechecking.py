"""After something was tightened: which of the live attempts may not go on."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from dialer.core.call import HEARD, State
from dialer.core.decision import decide
from dialer.core.policy import Moment
from dialer.record.attempts import asked_again
from dialer.record.reading import Reader
from dialer.record.tables import attempts

_LIVE = select(attempts).where(attempts.c.live == 1)
# Which attempts are looked at, by their rows.
Concerns = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Denied:
    """A live attempt that is not lawful any more: whom it reaches, and the reason codes."""

    attempt: str
    person: str
    line: str
    codes: tuple[str, ...]


def denied(connection: Connection, reader: Reader, now: datetime, concerns: Concerns) -> list[Denied]:
    """Live attempts that the facts of this snapshot deny, each itself left out.

    One that nobody has answered is asked what will be asked when somebody does. How link and clocks stand is left to
    that question: what is looked for here is what was changed.
    """
    found = []
    for row in connection.execute(_LIVE).all():
        if not concerns(row):
            continue
        moment = Moment.BRIDGE if State(row.state) in HEARD else Moment.ANSWERED
        gathered = reader.read(connection, asked_again(row), now, moment, [])
        decision = decide(gathered.rulebook, gathered.facts)
        if not decision.permitted:
            codes = tuple(sorted({one.code for one in decision.denials}))
            found.append(Denied(row.id, row.person, row.line, codes))
        # Between two of them whoever admits a call may have the interpreter.
        time.sleep(0)
    return found


def every_attempt(_row: Any) -> bool:
    """Whatever may touch any call."""
    return True
