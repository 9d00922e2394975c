"""Keys and passwords: made once, private, never shown."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dialer import secrets
from dialer.clock import SystemClock
from dialer.core.errors import BadInput


def test_first_use_makes_keys_that_stay(tmp_path: Path) -> None:
    """An empty folder gets three private keys, and the second use finds the same ones."""
    folder = tmp_path / "keys"
    made = secrets.ensure(folder)
    assert secrets.ensure(folder) == made
    assert sorted(path.name for path in folder.iterdir()) == ["master-1.key", "permit-1.key", "subject-1.key"]
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert len({made.subject_key, made.master_key, made.permit_key}) == 3
    assert made.subject_key_version == 1


def test_two_processes_that_start_at_once_have_the_same_keys(tmp_path: Path) -> None:
    """Whoever comes second takes the keys that are there: nobody goes on with keys that were overwritten."""
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(secrets.ensure, [tmp_path] * 8))
    assert {one.subject_fingerprint for one in made} == {secrets.load(tmp_path).subject_fingerprint}
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".key"] * 3


def test_a_newer_permit_key_signs_and_the_old_one_still_checks(tmp_path: Path) -> None:
    """Of several permit keys the highest number signs; all of them are known."""
    old = secrets.ensure(tmp_path)
    for number in (2, 10):
        path = tmp_path / f"permit-{number}.key"
        path.touch(0o600)
        path.write_bytes(os.urandom(32))
    new = secrets.load(tmp_path)
    assert new.permit_key_id == "10"
    assert set(new.permit_keys) == {"1", "2", "10"}
    assert new.permit_keys["1"] == old.permit_key != new.permit_key


def test_a_lost_key_is_never_replaced(tmp_path: Path) -> None:
    """With one key gone nothing is made in its place: a new subject key would forget every opt-out."""
    secrets.ensure(tmp_path)
    (tmp_path / "subject-1.key").unlink()
    with pytest.raises(BadInput, match=r"key missing `subject-1\.key`"):
        secrets.ensure(tmp_path)
    assert not (tmp_path / "subject-1.key").exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    """One bit for group or world is enough to refuse, with the command that mends it."""
    secrets.ensure(tmp_path)
    (tmp_path / "master-1.key").chmod(mode)
    with pytest.raises(BadInput, match=f"{mode:04o}(.|\n)*chmod 600"):
        secrets.ensure(tmp_path)


def test_every_faulty_key_is_named(tmp_path: Path) -> None:
    """A short key and a strange name are told together."""
    secrets.ensure(tmp_path)
    (tmp_path / "permit-1.key").write_bytes(b"short")
    (tmp_path / "old.key").touch(0o600)
    with pytest.raises(BadInput) as caught:
        secrets.load(tmp_path)
    assert len(caught.value.faults) == 2


def test_nothing_shows_a_key(tmp_path: Path) -> None:
    """Neither repr nor str nor the fingerprint holds key bytes."""
    made = secrets.ensure(tmp_path)
    shown = repr(made) + str(made) + made.subject_fingerprint
    for key in (made.subject_key, made.master_key, made.permit_key):
        assert repr(key) not in shown
        assert key.hex() not in shown


def test_a_password_file_is_read_without_its_line_end(tmp_path: Path) -> None:
    """A private file of one line is the password; an open, empty or missing one is refused."""
    path = tmp_path / "ari.password"
    with pytest.raises(BadInput, match="no such file"):
        secrets.read_secret(path)
    path.touch(0o600)
    with pytest.raises(BadInput, match="one line"):
        secrets.read_secret(path)
    path.write_text("open sesame\n")
    assert secrets.read_secret(path) == "open sesame"
    path.chmod(0o644)
    with pytest.raises(BadInput, match="others can read") as caught:
        secrets.read_secret(path)
    assert "sesame" not in str(caught.value)


def test_the_clock_is_aware_and_shifts_by_its_offset() -> None:
    """A lab offset moves the wall clock and nothing else."""
    plain, shifted = SystemClock(), SystemClock(offset_s=3600)
    assert 3599 < (shifted.now() - plain.now()).total_seconds() < 3601
    assert plain.now().utcoffset() is not None
    first = plain.boottime_ns()
    assert 0 <= shifted.boottime_ns() - first < 10**9
