"""Approved prompts: what is not the recording that was approved keeps the controller from starting."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from dialer.core.errors import BadInput
from dialer.prompt_files import load_prompts

SAMPLE = Path(__file__).resolve().parents[2] / "dialer/lab/sample/prompts"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A copy of the lab's prompts that may be spoilt."""
    return Path(shutil.copytree(SAMPLE, tmp_path / "prompts")) / "prompts.yaml"


def _refused(file: Path) -> str:
    with pytest.raises(BadInput) as refused:
        load_prompts(file, file.parent / "sounds")
    assert not (file.parent / "sounds").exists()
    return str(refused.value)


def test_the_labs_prompts_are_taken(file: Path) -> None:
    """Each is known by its digest and lies under it; everything that the two ways say is there."""
    prompts = load_prompts(file, file.parent / "sounds")
    assert {one.sha256 for one in prompts.values()} == {
        one.stem for one in (file.parent / "sounds").iterdir()
    }
    said = {
        "line",
        "menu",
        "opted_out",
        "hours_kept",
        "not_kept",
        "no_agent",
        "goodbye",
        "denied",
        "next",
        "never",
    }
    assert said | {"month", "day", "hour", "minute", "reason.other"} <= set(prompts)
    assert {f"digit.{figure}" for figure in range(10)} <= set(prompts)
    assert all(one.duration_ms > 100 for one in prompts.values())


def test_another_recording_is_refused(file: Path) -> None:
    """One byte more, and it is not what was approved."""
    (file.parent / "menu.wav").write_bytes((file.parent / "menu.wav").read_bytes() + b"\0")
    assert "is not the recording that was approved" in _refused(file)


def test_a_missing_recording_is_refused(file: Path) -> None:
    """A prompt without its file is no prompt."""
    (file.parent / "line.wav").unlink()
    assert "cannot be read" in _refused(file)


def test_nobody_approved_it(file: Path) -> None:
    """A row that names nobody who approved it is refused, as is a name that stands twice."""
    text = file.read_text()
    file.write_text(text.replace("  approved_by: lab\n", "", 1))
    assert "approved_by" in _refused(file)
    first = re.search(r"- name: line\n(  .*\n)+", text)
    assert first is not None
    file.write_text(text + first[0])
    assert "stands twice" in _refused(file)
