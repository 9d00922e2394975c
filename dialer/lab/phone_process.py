"""An interactive phone (pyVoIP) in a process of its own, and the handle that drives it.

Commands on stdin, one a line: `press 9`, `hangup`, `quit`. Events on stdout, JSON lines: ready, invite,
answered, heard, key, pressed, ended, fault; they are appended to the evidence file as well.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dialer.core.phone import masked
from dialer.lab import sip
from dialer.lab.behaviour import CallSeen
from dialer.lab.child import Child, Event
from dialer.lab.evidence import utc


@dataclass(frozen=True, slots=True)
class PhoneConfig:
    """`server` is host:port of the exchange (a person registers with its number) or of Asterisk (an agent).

    `answer_after_s` counts from the INVITE and is at least about 1 s; None rings on. `presses` are
    (seconds after the answer, key). `port` 0 takes a free one.
    """

    user: str
    server: str
    password: str = ""
    port: int = 0
    answer_after_s: float | None = 1.0
    tone_hz: int = 0
    presses: tuple[tuple[float, str], ...] = ()
    hang_up_after_s: float | None = None
    evidence: str = ""


class PhoneProcess:
    """One phone: `await start()`, `await press("9")`, `await hangup()`, `evidence()`, `await stop()`."""

    def __init__(self, config: PhoneConfig, run_dir: Path) -> None:
        self.config = config
        self.child = Child("dialer.lab.phone_process", f"phone-{config.user}", asdict(config), run_dir)

    async def start(self) -> None:
        """Start and wait until it is registered. Raises ChildFailed."""
        await self.child.start(timeout_s=15)

    async def press(self, key: str) -> None:
        """Press a key on the call in progress and wait until it is out. Raises ChildFailed."""
        since = len(self.child.events)
        await self.child.send(f"press {key}")
        await self.child.wait_for("pressed", since=since, key=key)

    async def hangup(self) -> None:
        """Hang up the call in progress. Raises ChildFailed."""
        since = len(self.child.events)
        await self.child.send("hangup")
        await self.child.wait_for("ended", since=since)

    def evidence(self) -> list[CallSeen]:
        """The phone's own account of its calls, oldest first."""
        return calls_of(self.child.events)

    async def stop(self) -> None:
        await self.child.stop()


def calls_of(events: Iterable[Event]) -> list[CallSeen]:
    """Fold a phone's events (or the lines of its evidence file) into one record for each call."""
    calls: dict[str, CallSeen] = {}
    for event in events:
        call_id = event.get("call_id", "")
        if event["event"] == "invite":
            names = ("number", "call_id", "from_user", "from_display", "pai_user", "permit")
            at, boottime_s = utc(event["at"]), event["boottime_s"]
            about = {name: event[name] for name in names}
            calls[call_id] = CallSeen(invited_at=at, invited_boottime_s=boottime_s, **about)
        elif call_id in calls:
            _fold(calls[call_id], event)
    return list(calls.values())


def _fold(call: CallSeen, event: Event) -> None:
    match event["event"]:
        case "answered":
            call.status, call.answered_at = 200, utc(event["at"])
        case "heard":
            call.tones_heard_s = {int(hz): seconds for hz, seconds in event["tones_s"].items()}
            call.sound_heard_s = event["sound_s"]
            call.packets_heard = event["packets"]
        case "key":
            call.keys_heard.append(event["key"])
        case "pressed":
            call.keys_pressed.append(event["key"])
        case "ended":
            call.ended_at, call.ended_by = utc(event["at"]), event["by"]
            call.cancelled = event["cancelled"]
            call.status = 487 if call.cancelled else call.status


class _Teller:
    """Writes events to the real stdout and to the evidence file; everything else printed is thrown away."""

    def __init__(self, evidence: str) -> None:
        self._out = os.dup(1)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        self._file = os.open(evidence, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644) if evidence else -1
        self._lock = threading.Lock()

    def tell(self, event: str, **more: Any) -> None:
        line = (json.dumps({"event": event, "at": time.time(), **more}) + "\n").encode()
        with self._lock:
            if self._file >= 0:
                os.write(self._file, line)
            os.write(self._out, line)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, required=True, help="JSON with the fields of PhoneConfig")
    config = PhoneConfig(**json.loads(parser.parse_args().config.read_text()))
    teller = _Teller(config.evidence)
    from dialer.lab.pyvoip_phone import Manners, Phone  # here only: the handle must not need pyVoIP

    presses = tuple((float(at_s), str(key)) for at_s, key in config.presses)
    manners = Manners(config.answer_after_s, config.tone_hz, presses, config.hang_up_after_s)
    server = sip.address_of(f"sip:{config.server}")
    phone = Phone(server, config.user, config.password, manners, teller.tell, port=config.port)
    if phone.registered():
        teller.tell("ready", port=phone.sip_port)
        _obey(phone, teller)
        with contextlib.suppress(ValueError):
            phone.hang_up()
    else:
        teller.tell("fault", reason=f"registration of `{masked(config.user)}` refused")
    leaving = threading.Thread(target=phone.stop, daemon=True)
    leaving.start()
    leaving.join(1.0)
    os._exit(0)  # pyVoIP's timers are no daemons and would keep the process


def _obey(phone: Any, teller: _Teller) -> None:
    for line in sys.stdin:
        try:
            match line.split():
                case ["press", key]:
                    phone.press(key)
                case ["hangup"]:
                    phone.hang_up()
                case ["quit"]:
                    return
                case _:
                    raise ValueError(f"unknown command `{line.strip()}`")
        except ValueError as fault:
            teller.tell("fault", reason=str(fault))


if __name__ == "__main__":
    main()
