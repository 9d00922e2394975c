"""One Asterisk for a lab or a test: its own folder, its own loopback ports, its own system name."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import random
import secrets
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from dialer.lab import asterisk_conf, asterisk_packages
from dialer.lab.asterisk_conf import AgentPhone, Layout, Ports, Trunk

__all__ = ["AgentPhone", "LabAsterisk", "LabAsteriskFailed", "Trunk"]

START_TIMEOUT_S = 15.0
STOP_TIMEOUT_S = 4.0
RX_TIMEOUT_S = 10.0
FRESH_STARTS = 3
RTP_PORTS = 2000
_ACL_SINCE = {20: (20, 19), 22: (22, 9)}


class LabAsteriskFailed(RuntimeError):
    """Asterisk did not do what was asked; the message is one line and names the log."""


class LabAsterisk:
    """An Asterisk below `run_dir`, killed by the kernel should this process die.

    `root` is what `asterisk_packages.obtain` returned (None: obtain it, which may download). Approved audio
    plays as `sound:/absolute/path` (no extension) or, from `sounds_dir`, as `sound:custom/NAME`. Blocking;
    `start`, `stop`, `kill`, `restart` are for the main thread, since the kernel's death signal follows the
    thread that started the child.
    """

    def __init__(
        self,
        run_dir: Path,
        *,
        app: str,
        trunks: Sequence[Trunk],
        agents: Sequence[AgentPhone],
        sounds_dir: Path | None = None,
        root: Path | None = None,
    ) -> None:
        self._root = root if root is not None else asterisk_packages.obtain()
        self._layout = Layout(run_dir.resolve(), asterisk_packages.modules_dir(self._root))
        self._app, self._trunks, self._agents = app, tuple(trunks), tuple(agents)
        self._sounds_dir = sounds_dir
        self._process: subprocess.Popen[bytes] | None = None
        self._socket_dir: Path | None = None
        self._ports = _free_ports()
        self.system_name = f"dialer-lab-{secrets.token_hex(4)}"
        self.users = {"dialer": secrets.token_urlsafe(18), "dialer-watchdog": secrets.token_urlsafe(18)}
        self.recordings_dir = self._layout.spool / "recording"
        self.log_path = self._layout.log / "messages.log"

    @property
    def ari_url(self) -> str:
        """`http://127.0.0.1:PORT`, without `/ari`."""
        return f"http://127.0.0.1:{self._ports.http}"

    @property
    def sip_port(self) -> int:
        """UDP port on 127.0.0.1 where trunks and agents reach it."""
        return self._ports.sip

    @property
    def pid(self) -> int | None:
        """Asterisk's process id, None while it is not running."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Start and wait until ARI answers under our system name. Raises LabAsteriskFailed."""
        for left in reversed(range(FRESH_STARTS)):
            try:
                self._start_once()
                return
            except LabAsteriskFailed:
                # Somebody may have taken a port between our look and Asterisk's bind.
                self.kill()
                if not left:
                    raise
                self._ports = _free_ports()

    def restart(self) -> None:
        """Stop if running, then start again on the same ports with the same users and system name."""
        self.stop()
        try:
            self._start_once()
        except LabAsteriskFailed:
            self.kill()
            raise

    def stop(self) -> None:
        """End it, politely for a few seconds and then by force; nothing of it is left running."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_TIMEOUT_S)
        self.kill()

    def kill(self) -> None:
        """SIGKILL: no CANCEL, no BYE, nothing written. Also what clears up after `stop`."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        if self._socket_dir is not None:
            shutil.rmtree(self._socket_dir, ignore_errors=True)
            self._socket_dir = None

    def rx(self, command: str) -> str:
        """What `asterisk -rx COMMAND` prints. Raises LabAsteriskFailed where nothing answers."""
        words = [*self._command(), "-rx", command]
        try:
            done = subprocess.run(words, capture_output=True, text=True, timeout=RX_TIMEOUT_S, check=False)
        except subprocess.TimeoutExpired as late:
            raise self._failed(f"did not answer `{command}` within {RX_TIMEOUT_S:.0f} s") from late
        if done.returncode:
            raise LabAsteriskFailed(f"`asterisk -rx {command}` failed: `{done.stderr.strip()}`")
        return done.stdout

    def info(self, *, timeout_s: float = 1.0) -> dict[str, dict[str, str]] | None:
        """`GET /ari/asterisk/info`, or None where nobody answers or our password is refused."""
        user, password = next(iter(self.users.items()))
        key = base64.b64encode(f"{user}:{password}".encode()).decode()
        request = urllib.request.Request(  # noqa: S310 - the scheme is fixed in `ari_url`
            f"{self.ari_url}/ari/asterisk/info", headers={"Authorization": f"Basic {key}"}
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=timeout_s) as reply:
                found: dict[str, dict[str, str]] = json.load(reply)
                return found
        except (OSError, ValueError):
            return None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _start_once(self) -> None:
        if self.pid is not None:
            raise LabAsteriskFailed(f"asterisk `{self.system_name}` is already running")
        if threading.current_thread() is not threading.main_thread():
            raise LabAsteriskFailed("asterisk must be started from the main thread; hint: not in an executor")
        self._socket_dir = self._new_socket_dir()
        self._write_configuration(self._socket_dir)
        words = ["setpriv", "--pdeathsig", "KILL", *self._command(), "-f"]
        with (self._layout.log / "console.log").open("ab") as console:
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=console, stderr=console, cwd=self._layout.run_dir
            )
        # On a busy port Asterisk starts all the same and another one answers: compare name and socket.
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise self._failed(f"ended with `{self._process.returncode}`")
            info = self.info()
            if info is not None and info["config"]["name"] == self.system_name:
                self.rx("core waitfullybooted")
                if not _owns_udp_port(self._process.pid, self.sip_port):
                    raise self._failed(f"did not get SIP port `{self.sip_port}`")
                return
            time.sleep(0.05)
        raise self._failed(f"not ready within {START_TIMEOUT_S:.0f} s")

    def _new_socket_dir(self) -> Path:
        """Below the run directory, or elsewhere where that would be too long for a socket's 108 bytes."""
        wanted = self._layout.run_dir / "socket"
        if len(os.fsencode(wanted)) > 80:
            return Path(tempfile.mkdtemp(prefix="dialer-lab-"))
        wanted.mkdir(parents=True, exist_ok=True)
        return wanted

    def _failed(self, what: str) -> LabAsteriskFailed:
        return LabAsteriskFailed(f"asterisk `{self.system_name}` {what}; hint: see `{self._layout.log}`")

    def _command(self) -> list[str]:
        return [*asterisk_packages.command(self._root), "-C", str(self._layout.etc / "asterisk.conf")]

    def _write_configuration(self, socket_dir: Path) -> None:
        layout = self._layout
        own = (layout.etc, layout.data / "sounds", layout.data / "keys", layout.log, layout.run_dir / "db")
        for folder in (*own, self.recordings_dir):
            folder.mkdir(parents=True, exist_ok=True)
        share = self._root / "usr/share/asterisk"
        links = {"documentation": share / "documentation", "rest-api": share / "rest-api"}
        links["sounds/en"] = next((share / "sounds").glob("en*"), share / "sounds/en")
        if self._sounds_dir is not None:
            links["sounds/custom"] = self._sounds_dir.resolve()
        for name, target in links.items():
            if target.is_dir():
                (layout.data / name).unlink(missing_ok=True)
                (layout.data / name).symlink_to(target)
        files = asterisk_conf.files(
            layout, socket_dir, self.system_name, self._ports, self.users, self._app,
            self._trunks, self._agents, has_acl=_has_acl(asterisk_packages.installed_version(self._root)),
        )  # fmt: skip
        for name, content in files.items():
            descriptor = os.open(layout.etc / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(content)


def _has_acl(version: tuple[int, int] | None) -> bool:
    """An older Asterisk refuses a user with an ACL; there the loopback bind stands alone."""
    return version is not None and version >= _ACL_SINCE.get(version[0], (23, 3))


def _free_ports() -> Ports:
    """Ports below the kernel's own range, so that nobody who asks for any free port is handed one of them."""
    http, sip = random.sample([port for port in random.sample(range(30000, 32768), 40) if _is_free(port)], 2)
    first = random.randrange(10000, 30000 - RTP_PORTS, 2)
    return Ports(http, sip, first, first + RTP_PORTS - 1)


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True


def _owns_udp_port(pid: int, port: int) -> bool:
    """Whether the process holds UDP 127.0.0.1:port: its open sockets against the kernel's table."""
    rows = [line.split() for line in Path("/proc/net/udp").read_text().splitlines()[1:]]
    inodes = {f"socket:[{row[9]}]" for row in rows if row[1] == f"0100007F:{port:04X}"}
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        try:
            if os.readlink(descriptor) in inodes:
                return True
        except OSError:
            continue
    return False
