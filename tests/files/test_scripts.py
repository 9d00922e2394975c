"""Script files: what is played is what was brought, byte for byte, and nothing that Asterisk would not play."""

from __future__ import annotations

import hashlib
import json
import re
import wave
from datetime import UTC, datetime
from pathlib import Path

import pytest

import dialer.lab
from dialer.core.errors import BadInput
from dialer.core.facts import Period
from dialer.core.policy import Purpose
from dialer.script_files import load_scripts, script_json, script_of

SAMPLE = Path(dialer.lab.__file__).parent / "sample"
ONE = """\
- id: s1
  version: 1
  enterprise: e
  purposes: [collection]
  products: [credit]
  mode: recorded
  parts: [enterprise_name]
  text: 您好
  audio: hello.wav
"""


def sound(
    path: Path,
    *,
    frames: int = 800,
    rate: int = 8000,
    channels: int = 1,
    width: int = 2,
    content: bytes | None = None,
) -> bytes:
    """A WAV file at `path`: a hum, or what is given; its bytes."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate)
        hum = b"\x00" * (width - 1) + b"\x08"
        file.writeframes(hum * frames * channels if content is None else content)
    return path.read_bytes()


def refusal(folder: Path, text: str) -> BadInput:
    """Why scripts of this text are refused; nothing must have been copied."""
    (folder / "scripts.yaml").write_text(text)
    with pytest.raises(BadInput) as caught:
        load_scripts(folder / "scripts.yaml", folder / "sounds")
    assert not (folder / "sounds").exists()
    return caught.value


def test_a_script_and_its_recording(tmp_path: Path) -> None:
    """The recording goes by its digest, readable by Asterisk, and its length is that of its frames."""
    content = sound(tmp_path / "hello.wav", frames=8004)
    path = tmp_path / "scripts.yaml"
    path.write_text(ONE + "  from: 2026-01-01\n  zone: Asia/Shanghai\n")
    (row,) = load_scripts(path, tmp_path / "sounds")
    assert row.audio_sha256 == hashlib.sha256(content).hexdigest()
    assert row.duration_ms == 1000
    assert row.period == Period(datetime(2025, 12, 31, 16, tzinfo=UTC), None)
    assert (row.purposes, row.closing) == (frozenset({Purpose.COLLECTION}), False)
    (kept,) = (tmp_path / "sounds").iterdir()
    assert (kept.name, kept.read_bytes()) == (f"{row.audio_sha256}.wav", content)
    assert kept.stat().st_mode & 0o777 == 0o644
    assert load_scripts(path, tmp_path / "sounds") == [row]


def test_a_row_survives_the_socket(tmp_path: Path) -> None:
    """A row sent as JSON is the same row on the other side."""
    for row in load_scripts(SAMPLE / "scripts.yaml", tmp_path):
        assert script_of(json.loads(json.dumps(script_json(row)))) == row


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({"rate": 16000}, "not 8000 Hz, 1 channel, 16 bit but `16000 Hz, 1 channel.s., 16 bit`"),
        ({"channels": 2}, "8000 Hz, 2 channel.s., 16 bit"),
        ({"width": 1}, "8000 Hz, 1 channel.s., 8 bit"),
        ({"frames": 0}, "empty or cut short"),
    ],
)
def test_a_recording_of_another_form_is_refused(tmp_path: Path, form: dict[str, int], reason: str) -> None:
    """Asterisk would play it wrongly or not at all; the hint says how to convert it."""
    sound(tmp_path / "hello.wav", **form)
    (fault,) = refusal(tmp_path, ONE).faults
    assert re.search(reason, str(fault))
    assert (fault.place.line, fault.place.path) == (9, "0.audio")
    assert fault.hint


def test_a_recording_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    """A header that promises more than is there would make a length that was never played."""
    content = sound(tmp_path / "hello.wav")
    (tmp_path / "hello.wav").write_bytes(content[:-100])
    assert "cut short" in str(refusal(tmp_path, ONE))
    (tmp_path / "hello.wav").write_bytes(b"ID3 this is no wave file")
    assert "not a PCM WAV file" in str(refusal(tmp_path, ONE))
    (tmp_path / "hello.wav").unlink()
    assert "no such file" in str(refusal(tmp_path, ONE))


@pytest.mark.parametrize(
    ("text", "path", "reason"),
    [
        (ONE.replace("mode:", "mood:"), "0.mood", "unknown key"),
        (ONE.replace("recorded", "spoken"), "0.mode", "wrong value"),
        (ONE.replace("version: 1", "version: 0"), "0.version", ""),
        (ONE + ONE, "1.version", "double version"),
        (ONE + "  from: 2026-01-01\n", "0.from", "a day without a zone"),
        (ONE + "  from: 2026-01-02\n  to: 2026-01-02\n  zone: UTC\n", "0.to", "ends before it starts"),
        (ONE + "  zone: Asia/Nanjing\n", "0.zone", "time zone"),
    ],
)
def test_a_fault_is_told_with_its_place(tmp_path: Path, text: str, path: str, reason: str) -> None:
    """One fault refuses the whole file, and not one recording is copied."""
    sound(tmp_path / "hello.wav")
    fault = next(one for one in refusal(tmp_path, text).faults if one.place.path == path)
    assert reason in fault.reason
    assert fault.place.line > 0


def test_the_sample_scripts(tmp_path: Path) -> None:
    """The sample's recordings are short and small, and its openings say what they must."""
    rows = load_scripts(SAMPLE / "scripts.yaml", tmp_path)
    assert {row.mode for row in rows} == {"recorded", "agent_spoken"}
    assert [row.id for row in rows if row.closing] == ["closing"]
    assert all(0 < row.duration_ms <= 6000 for row in rows)
    assert all(path.stat().st_size <= 100_000 for path in tmp_path.iterdir())
    for row in rows:
        assert "江苏示例消费金融有限公司" in row.text
        assert row.closing or {"enterprise_name", "contact", "refusal_method"} <= row.parts
        assert "催收" not in row.text


HUM, SILENCE, PEAK = b"\x00\x08", b"\x00\x00", b"\xff\x7f"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (SILENCE * 8000, "nothing but silence"),
        (HUM * 800 + SILENCE * 8000 * 6 + HUM * 800, "a pause of more than 5 s"),
        ((HUM * 99 + PEAK) * 80, "clipped"),
    ],
)
def test_what_nobody_would_understand_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    """Silence, a long pause, clipped peaks; each with its file and line."""
    sound(tmp_path / "hello.wav", content=content)
    (fault,) = refusal(tmp_path, ONE).faults
    assert reason in fault.reason


def test_a_pause_and_a_peak_are_ordinary(tmp_path: Path) -> None:
    """Five seconds without a word, and one sample in a thousand at its peak, are taken."""
    content = HUM * 800 + SILENCE * 8000 * 4 + (HUM * 999 + PEAK) * 8
    sound(tmp_path / "hello.wav", content=content)
    (tmp_path / "scripts.yaml").write_text(ONE)
    assert len(load_scripts(tmp_path / "scripts.yaml", tmp_path / "sounds")) == 1
