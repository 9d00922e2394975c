"""How the lab comes by Asterisk: cached, held to its lock, plain about what is wrong."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from dialer.lab import private_apt
from dialer.lab.asterisk_packages import installed_version, obtain
from dialer.lab.private_apt import AsteriskUnavailable, Deb


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A committed lock that names one package of this machine's architecture."""
    path = tmp_path / "a.lock"
    path.write_text(private_apt.lock_text([Deb("asterisk", "1:22.0", "aa")]))
    monkeypatch.setattr(private_apt, "COMMITTED_LOCK", path)
    return path


def test_what_was_fetched_is_there_at_once_and_is_a_version_the_lab_knows(asterisk_root: Path) -> None:
    """The second time takes less than a second, and the version is 20 or 22."""
    began = time.monotonic()
    assert obtain() == asterisk_root
    assert time.monotonic() - began < 1
    version = installed_version(asterisk_root)
    assert version is not None
    assert version[0] in (20, 22)


def test_the_command_needs_the_standard_library_only_and_prints_the_root(asterisk_root: Path) -> None:
    """Scripts call it with a bare interpreter: no site-packages, one line on standard output."""
    repository = Path(private_apt.__file__).parents[2]
    words = [sys.executable, "-S", "-m", "dialer.lab.asterisk_packages"]
    done = subprocess.run(words, cwd=repository, capture_output=True, text=True, check=True)
    assert done.stdout == f"{asterisk_root}\n"


def test_the_same_version_with_other_bytes_is_refused(lock: Path) -> None:
    """A mirror cannot change a locked package."""
    with pytest.raises(AsteriskUnavailable, match=r"`asterisk 1:22\.0` differs from the lock"):
        private_apt.hold_to_lock([Deb("asterisk", "1:22.0", "bb")])


def test_another_version_is_taken_and_said(lock: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the locked version is gone, what the signed index offers is used, not silently."""
    private_apt.hold_to_lock([Deb("asterisk", "1:22.1", "bb")])
    assert "other versions than the lock of 1 packages: asterisk" in capsys.readouterr().err


def test_a_machine_without_apt_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No apt: one line with a hint, no traceback of another program."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AsteriskUnavailable, match="no apt; hint: install asterisk 20 or 22"):
        private_apt.PrivateApt(tmp_path / "cache")


def test_a_mirror_that_does_not_answer_is_an_error_and_not_an_empty_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index that cannot be fetched ends the fetch with apt's own words."""
    line = "deb http://127.0.0.1:9/mirror forky main\n"
    monkeypatch.setattr(private_apt, "source_lines", lambda *_: [line])
    impatient = private_apt._APT_CONF.replace('Retries "3"', 'Retries "0"')
    monkeypatch.setattr(private_apt, "_APT_CONF", impatient)
    with pytest.raises(AsteriskUnavailable, match="apt-get update failed"):
        private_apt.PrivateApt(tmp_path)


@pytest.mark.parametrize(
    ("os_release", "sources", "expected"),
    [
        pytest.param(
            "ID=debian\nVERSION_CODENAME=bookworm\n",
            [("S/", "bookworm-security", "main"), ("X/", "x", "main"), ("M/", "bookworm", "main")],
            ["M/ forky main\n", "X/ forky main\n"],
            id="debian stable has no asterisk: forky from the same mirror",
        ),
        pytest.param(
            "ID=ubuntu\nVERSION_CODENAME=noble\n",
            [("M/", "noble", "main"), ("M/", "noble-updates", "universe"), ("M/", "noble", "universe")],
            ["M/ noble main universe\n"],
            id="ubuntu has its own in universe",
        ),
        pytest.param(
            'ID="debian"\n',
            [("M/", "sid", "main"), ("M/", "sid", "main")],
            ["M/ forky main\n"],
            id="a debian without a code name",
        ),
    ],
)
def test_the_source_is_the_machines_own_mirror(
    os_release: str, sources: list[tuple[str, str, str]], expected: list[str]
) -> None:
    """The mirror comes from the machine's apt, its signature is always checked, no address is ours."""
    lines = private_apt.source_lines(os_release, sources)
    assert [line.partition("check-valid-until=no] ")[2] for line in lines] == expected
    assert not any("trusted" in line for line in lines)


def test_a_machine_without_a_fitting_source_is_told_what_to_do() -> None:
    """Ubuntu without universe has no Asterisk: said in one line, with a hint."""
    with pytest.raises(AsteriskUnavailable, match="no `universe` of `noble`; hint: install asterisk"):
        private_apt.source_lines("ID=ubuntu\nVERSION_CODENAME=noble\n", [("M/", "noble", "main")])


def test_a_repository_that_only_looks_like_the_distributions_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another vendor's `main` fails its signature or has no such suite: the next is tried."""
    tried: list[str] = []

    def update(apt: private_apt.PrivateApt, line: str) -> None:
        tried.append(line)
        if line == "vendor":
            raise AsteriskUnavailable("apt-get update failed")

    monkeypatch.setattr(private_apt, "source_lines", lambda *_: ["vendor", "distribution"])
    monkeypatch.setattr(private_apt.PrivateApt, "_update", update)
    private_apt.PrivateApt(tmp_path)
    assert tried == ["vendor", "distribution"]
