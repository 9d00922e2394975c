"""The lab Asterisk: a process of its own that comes, goes and keeps to what it is told."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import socket
import stat
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from dialer.lab import asterisk_packages
from dialer.lab.asterisk import AgentPhone, LabAsterisk, LabAsteriskFailed, Trunk
from dialer.lab.asterisk_conf import MODULES

Factory = Callable[..., LabAsterisk]


def processes_below(run_dir: Path) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if str(run_dir) in entry.read_bytes().decode(errors="replace"):
                found.append(entry.parent.name)
    return found


def test_it_answers_under_its_own_name_with_the_trunk_and_agents_it_was_given(lab_asterisk: Factory) -> None:
    """ARI answers for this Asterisk and knows each endpoint by its name."""
    asterisk = lab_asterisk(
        trunks=[Trunk("a", "127.0.0.1", 9), Trunk("b", "127.0.0.1", 10)],
        agents=[AgentPhone("7001", "secret"), AgentPhone("7002", host="127.0.0.1", port=11)],
    )
    info = asterisk.info()
    assert info is not None
    assert info["config"]["name"] == asterisk.system_name
    assert asterisk.system_name.startswith("dialer-lab-")
    shown = asterisk.rx("pjsip show endpoints")
    assert set(re.findall(r"Endpoint:\s+((?:trunk|agent)-\w+)", shown)) == {
        "trunk-a", "trunk-b", "agent-7001", "agent-7002",
    }  # fmt: skip


def test_every_module_that_is_asked_for_runs_and_the_log_shows_no_error(lab_asterisk: Factory) -> None:
    """The module list is whole: nothing fails to load, nothing else is loaded."""
    asterisk = lab_asterisk()
    shown = asterisk.rx("module show")
    running = set(re.findall(r"^(\w+)\.so\s.*\sRunning\s", shown, re.M))
    folder = asterisk_packages.modules_dir(asterisk_packages.obtain())
    assert running == {name for name in MODULES if (folder / f"{name}.so").exists()}
    log = asterisk.log_path.read_text()
    assert "ERROR" not in log
    assert "WARNING" not in log


def test_two_at_once_do_not_clash(lab_asterisk: Factory) -> None:
    """Two Asterisks have ports, names and passwords of their own."""
    one, two = lab_asterisk(), lab_asterisk()
    assert len({one.ari_url, two.ari_url}) == 2
    assert one.sip_port != two.sip_port
    assert one.users != two.users
    for asterisk in (one, two):
        info = asterisk.info()
        assert info is not None
        assert info["config"]["name"] == asterisk.system_name
    one.stop()
    assert two.info() is not None


def test_killed_it_comes_back_on_the_same_ports_with_the_same_users(lab_asterisk: Factory) -> None:
    """SIGKILL and restart: same address, same users, another process."""
    asterisk = lab_asterisk()
    before = (asterisk.ari_url, asterisk.sip_port, asterisk.users, asterisk.system_name)
    first_pid = asterisk.pid
    asterisk.kill()
    assert asterisk.pid is None
    assert asterisk.info() is None
    asterisk.restart()
    assert (asterisk.ari_url, asterisk.sip_port, asterisk.users, asterisk.system_name) == before
    assert asterisk.pid not in (None, first_pid)
    assert asterisk.info() is not None


def test_stop_leaves_no_process_even_where_asterisk_does_not_listen(lab_asterisk: Factory) -> None:
    """A frozen Asterisk is ended by force within the time that stop promises."""
    asterisk = lab_asterisk()
    run_dir = asterisk.log_path.parents[1]
    pid = asterisk.pid
    assert pid is not None
    assert str(pid) in processes_below(run_dir)
    os.kill(pid, signal.SIGSTOP)
    asterisk.stop()
    assert processes_below(run_dir) == []


def test_it_dies_with_the_process_that_started_it(asterisk_root: Path, tmp_path: Path) -> None:
    """A launcher that is killed leaves no orphan for a later run to talk to."""
    program = (
        "import sys, time; from pathlib import Path; from dialer.lab.asterisk import LabAsterisk\n"
        "a = LabAsterisk(Path(sys.argv[1]), app='x', trunks=[], agents=[], root=Path(sys.argv[2]))\n"
        "a.start()\n"
        "print(a.pid, flush=True); time.sleep(60)"
    )
    words = [sys.executable, "-c", program, str(tmp_path), str(asterisk_root)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as launcher:
        assert launcher.stdout is not None
        pid = int(launcher.stdout.readline())
        descriptor = os.pidfd_open(pid)
        launcher.kill()
    assert select.select([descriptor], [], [], 5)[0], "asterisk outlived its launcher"
    os.close(descriptor)


def test_only_the_main_thread_may_start_it(asterisk_root: Path, tmp_path: Path) -> None:
    """A start in a worker thread is refused: the kernel would end Asterisk with that thread."""
    asterisk = LabAsterisk(tmp_path, app="x", trunks=[], agents=[], root=asterisk_root)
    refusals: list[str] = []

    def attempt() -> None:
        try:
            asterisk.start()
        except LabAsteriskFailed as refusal:
            refusals.append(str(refusal))

    worker = threading.Thread(target=attempt)
    worker.start()
    worker.join()
    assert refusals
    assert "main thread" in refusals[0]
    assert asterisk.pid is None


def test_a_taken_sip_port_is_noticed_and_another_one_is_used(asterisk_root: Path, tmp_path: Path) -> None:
    """Asterisk itself starts on a busy port without a word; the launcher does not believe it."""
    asterisk = LabAsterisk(tmp_path, app="x", trunks=[], agents=[], root=asterisk_root)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as squatter:
        squatter.bind(("127.0.0.1", asterisk.sip_port))
        taken = asterisk.sip_port
        with asterisk:
            assert asterisk.sip_port != taken
            assert asterisk.info() is not None


def test_its_files_are_for_the_owner_and_a_wrong_password_is_refused(lab_asterisk: Factory) -> None:
    """Both ARI users work with their own password only, and no one else can read them."""
    asterisk = lab_asterisk()
    assert set(asterisk.users) == {"dialer", "dialer-watchdog"}
    for name in ("ari.conf", "pjsip.conf"):
        mode = (asterisk.log_path.parents[1] / "etc" / name).stat().st_mode
        assert stat.S_IMODE(mode) == 0o600
    for user, password in asterisk.users.items():
        key = f"{user}:{password}"
        with urllib.request.urlopen(f"{asterisk.ari_url}/ari/asterisk/ping?api_key={key}") as reply:
            assert reply.status == 200
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(f"{asterisk.ari_url}/ari/asterisk/ping?api_key=dialer:wrong")


def test_a_long_run_directory_does_not_cost_the_control_socket(asterisk_root: Path, tmp_path: Path) -> None:
    """The control socket works below a path longer than a socket's name may be."""
    with LabAsterisk(tmp_path / ("x" * 100), app="x", trunks=[], agents=[], root=asterisk_root) as asterisk:
        assert "Asterisk 2" in asterisk.rx("core show version")
