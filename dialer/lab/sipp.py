"""SIPp as the called phone: a scenario in a process of its own, whose log is the callee's own evidence."""

from __future__ import annotations

import asyncio
import shutil
import socket
from pathlib import Path

from dialer.lab import sip
from dialer.lab.behaviour import CallSeen
from dialer.lab.child import PDEATHSIG
from dialer.lab.evidence import utc
from dialer.lab.sip import Address

HOST = "127.0.0.1"
SCENARIOS = Path(__file__).parent / "scenarios"
ECHOING = ("answers",)  # on both sides of a call an echo loops and saturates the machine


class SippFailed(RuntimeError):
    """SIPp is missing or did not come up; the message is one line with a hint."""


class SippPhone:
    """`SippPhone("busy", number, run_dir)`: `await start()`, `address`, `evidence()`, `await stop()`.

    Scenarios: busy (486), reject (603), rings (180 until CANCEL, then 487), answers (200, echoes audio, many
    calls at once; also an agent for a bench). Ends by itself after `calls` calls or `timeout_s`.
    """

    def __init__(
        self,
        scenario: str,
        number: str,
        run_dir: Path,
        *,
        calls: int = 1,
        timeout_s: float = 60,
        echo: bool = True,
    ) -> None:
        self.scenario, self.number = scenario, number
        self._echoes = echo and scenario in ECHOING
        self.calls, self.timeout_s = calls, timeout_s
        self.port, self.media_port = _free_ports()
        self.log_path = run_dir / f"sipp-{scenario}-{self.port}.log"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def address(self) -> Address:
        """Host and port to route the number to."""
        return HOST, self.port

    async def start(self) -> None:
        """Start and wait until it listens. Raises SippFailed."""
        if shutil.which("sipp") is None:
            raise SippFailed("`sipp` is not installed; hint: Debian's package is sip-tester")
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        with self.log_path.with_suffix(".err").open("ab") as errors:
            self._process = await asyncio.create_subprocess_exec(
                *self._command(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=errors,
            )
        for _ in range(250):
            if self._process.returncode is None and _is_bound(self.port):
                return
            await asyncio.sleep(0.02)
        await self.stop()
        raise SippFailed(f"sipp `{self.scenario}` did not listen; hint: see `{errors.name}`")

    def _command(self) -> list[str]:
        words = [*PDEATHSIG, "sipp", "-sf", str(SCENARIOS / f"{self.scenario}.xml"), "-nostdin"]
        words += ["-i", HOST, "-p", str(self.port), "-mi", HOST, "-mp", str(self.media_port)]
        words += ["-m", str(self.calls), "-timeout", f"{self.timeout_s:.0f}s"]
        words += ["-trace_logs", "-log_file", str(self.log_path)]
        return words + (["-rtp_echo"] if self._echoes else [])

    async def stop(self) -> None:
        """End it; what it logged stays."""
        process, self._process = self._process, None
        if process is not None:
            if process.returncode is None:
                process.kill()
            await process.wait()

    def evidence(self) -> list[CallSeen]:
        """What SIPp itself logged of each call, oldest first."""
        return read_log(self.log_path)


def read_log(path: Path) -> list[CallSeen]:
    """Fold a scenario's log into one record for each call."""
    calls: dict[str, CallSeen] = {}
    for line in path.read_text().splitlines() if path.exists() else []:
        event, stamp, call_id, *more = line.split("|")
        at_s = float(stamp.rpartition("\t")[2])
        if event == "invite":
            number, sender, pai, permit = more
            calls[call_id] = CallSeen(
                number=number,
                call_id=call_id,
                invited_at=utc(at_s),
                invited_boottime_s=0.0,  # SIPp knows the wall clock only
                from_user=sip.user_of(sender),
                from_display=sip.display_of(sender.strip()),
                pai_user=sip.user_of(pai),
                permit=permit.strip(),
            )
        elif call_id in calls:
            _fold(calls[call_id], event, at_s)
    return list(calls.values())


def _fold(call: CallSeen, event: str, at_s: float) -> None:
    match event.partition("-"):
        case ("answered", _, _):
            call.status, call.answered_at = 200, utc(at_s)
        case ("bye", _, _):
            call.ended_at, call.ended_by = utc(at_s), "caller"
        case ("cancel", _, _):
            call.cancelled, call.ended_at, call.ended_by = True, utc(at_s), "caller"
        case ("refused", _, status):
            call.status = int(status)
            if call.ended_at is None:
                call.ended_at, call.ended_by = utc(at_s), "callee"


def _free_ports() -> tuple[int, int]:
    """A SIP port, and an even media port whose neighbours, which SIPp takes as well, are free."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((HOST, 0))
            port = int(probe.getsockname()[1])
        media_port = (port - 1000) & ~1
        if media_port > 1024 and not any(_is_bound(media_port + at) for at in range(4)):
            return port, media_port


def _is_bound(port: int) -> bool:
    rows = Path("/proc/net/udp").read_text().splitlines()[1:]
    return any(int(row.split()[1].partition(":")[2], 16) == port for row in rows)
