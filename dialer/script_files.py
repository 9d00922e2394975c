"""Script files: a YAML list of scripts with their recordings. All of it is taken, or none.

A script comes in as a draft whatever its file says: approval is a command of another person. Its recording is
known by the SHA-256 of the file's bytes and is played from `<sha256>.wav`.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import wave
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from dialer.core.civil_time import date_start
from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.facts import Period
from dialer.core.policy import Purpose
from dialer.documents import Document, load_yaml, validated
from dialer.fields import Zone

RATE_HZ, CHANNELS, SAMPLE_BYTES = 8000, 1, 2
# In blocks of 20 ms: what is louder than this can be heard; how long nobody may say anything; peaks that are cut off.
BLOCK, AUDIBLE, LONGEST_PAUSE_S = 160, 200, 5.0
CLIPPED, MOST_CLIPPED_PERMILLE = 32_700, 5
SOX_HINT = "convert it: sox IN.wav -r 8000 -c 1 -b 16 -e signed-integer OUT.wav"

Words = Annotated[str, Field(min_length=1, max_length=2000)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Part = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,39}$")]


class ScriptEntry(BaseModel):
    """One script as a file holds it. `zone` is needed where `from` or `to` stands."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Name
    version: Annotated[int, Field(ge=1)]
    enterprise: Words
    purposes: Annotated[frozenset[Purpose], Field(min_length=1)]
    products: Annotated[frozenset[Words], Field(min_length=1)]
    mode: Literal["recorded", "agent_spoken"]
    parts: frozenset[Part] = Field(
        frozenset(), description="what the opening says: enterprise_name, contact, refusal_method …"
    )
    text: Words = Field(description="the spoken words, in Chinese")
    audio: Words = Field(description="path of a WAV file, from this file's folder")
    closing: bool = Field(False, description="a closing sentence, not an opening")
    replacements: Annotated[tuple[Name, ...], Field(max_length=3)] = Field(
        (),
        description="ids of scripts that take over, in this order, where this one is suspended or has ended",
    )
    from_: date | None = Field(None, alias="from", description="first civil day")
    to: date | None = Field(None, description="the day after the last")
    zone: Zone | None = Field(None, description="zone in which the days are read (IANA)")


@dataclass(frozen=True, slots=True)
class ScriptRow:
    """A script as the record takes it: a draft. `audio_sha256` is hex; `period` is aware, UTC."""

    id: str
    version: int
    enterprise: str
    purposes: frozenset[Purpose]
    products: frozenset[str]
    mode: str
    parts: frozenset[str]
    text: str
    audio_sha256: str
    duration_ms: int
    closing: bool
    period: Period
    replacements: tuple[str, ...] = ()


_ROWS = TypeAdapter(ScriptRow)


def script_json(row: ScriptRow) -> dict[str, Any]:
    """`row` as JSON's own types, for the way over the socket."""
    document: dict[str, Any] = _ROWS.dump_python(row, mode="json")
    for name in ("purposes", "products", "parts"):
        document[name] = sorted(document[name])
    return document


def script_of(document: dict[str, Any]) -> ScriptRow:
    """The row of a `script_json`. Raises pydantic's ValidationError for anything else."""
    return _ROWS.validate_python(document)


def load_scripts(path: Path, sounds_dir: Path) -> list[ScriptRow]:
    """The scripts of a file; their recordings are copied to `sounds_dir` once all of it was found right.

    Raises BadInput with every fault: keys, double versions, periods, recordings Asterisk would not play as they are.
    """
    document = load_yaml(path)
    entries = validated(document, list[ScriptEntry])
    faults: list[InputFault] = []
    rows: list[ScriptRow] = []
    sounds: dict[str, bytes] = {}
    seen: dict[tuple[str, int], int] = {}
    for index, entry in enumerate(entries):
        faults += _period_faults(document, index, entry)
        first = seen.setdefault((entry.id, entry.version), index)
        if first != index:
            hint = f"line {document.line_of((first, 'id'))} has this version already: give it the next one"
            faults.append(_fault(document, (index, "version"), "double version", str(entry.version), hint))
        try:
            content = _sound_file(document, path.parent, index, entry)
            duration_ms = duration_of(content, _place(document, (index, "audio")), entry.audio)
        except BadInput as bad:
            faults += bad.faults
            continue
        sha256 = hashlib.sha256(content).hexdigest()
        sounds[sha256] = content
        if not faults:
            rows.append(_row(entry, sha256, duration_ms))
    if faults:
        raise BadInput(faults)
    for sha256, content in sounds.items():
        keep_sound(sounds_dir, f"{sha256}.wav", content)
    return rows


def duration_of(content: bytes, place: Place, shown: str = "") -> int:
    """Milliseconds of a WAV file, from its frames.

    Raises BadInput unless it is whole, 8 kHz, mono, 16-bit PCM, and can be heard: no silence, long pause or clipping.
    """

    def refused(reason: str, value: str = shown, hint: str = SOX_HINT) -> BadInput:
        return BadInput([InputFault(place, reason, value, hint)])

    try:
        with wave.open(BytesIO(content)) as sound:
            found = (sound.getframerate(), sound.getnchannels(), sound.getsampwidth())
            frames = int(sound.getnframes())
            samples = sound.readframes(frames)
            present = len(samples) // max(1, found[1] * found[2])
    except (wave.Error, EOFError) as trouble:
        raise refused(f"not a PCM WAV file ({trouble or 'cut short'}):") from None
    if found != (RATE_HZ, CHANNELS, SAMPLE_BYTES):
        told = f"{found[0]} Hz, {found[1]} channel(s), {found[2] * 8} bit"
        raise refused("not 8000 Hz, 1 channel, 16 bit but", told)
    if frames == 0 or present != frames:
        hint = "export the recording again"
        raise refused("a recording that is empty or cut short:", hint=hint)
    _refuse_unheard(array("h", samples), refused)
    return frames * 1000 // RATE_HZ


def _refuse_unheard(samples: array[int], refused: Callable[[str], BadInput]) -> None:
    """Refuse what nobody would hear or understand: nothing but silence, long pauses, clipped peaks."""
    if sys.byteorder == "big":
        samples.byteswap()
    blocks = [
        max(abs(one) for one in samples[at : at + BLOCK]) >= AUDIBLE for at in range(0, len(samples), BLOCK)
    ]
    if not any(blocks):
        raise refused("a recording of nothing but silence:")
    longest = max((len(list(run)) for heard, run in groupby(blocks) if not heard), default=0)
    if longest * BLOCK > LONGEST_PAUSE_S * RATE_HZ:
        raise refused(f"a recording with a pause of more than {LONGEST_PAUSE_S:g} s:")
    if sum(abs(one) >= CLIPPED for one in samples) * 1000 > MOST_CLIPPED_PERMILLE * len(samples):
        raise refused("a recording that is clipped:")


def _row(entry: ScriptEntry, sha256: str, duration_ms: int) -> ScriptRow:
    zone = ZoneInfo(entry.zone) if entry.zone else None
    start, end = (date_start(day, zone) if day and zone else None for day in (entry.from_, entry.to))
    return ScriptRow(
        id=entry.id,
        version=entry.version,
        enterprise=entry.enterprise,
        purposes=entry.purposes,
        products=entry.products,
        mode=entry.mode,
        parts=entry.parts,
        text=entry.text,
        audio_sha256=sha256,
        duration_ms=duration_ms,
        closing=entry.closing,
        period=Period(start, end),
        replacements=entry.replacements,
    )


def _period_faults(document: Document, index: int, entry: ScriptEntry) -> list[InputFault]:
    if entry.zone is None and (entry.from_ or entry.to):
        key = "from" if entry.from_ else "to"
        hint = "add zone: Asia/Shanghai, or the zone that is meant"
        return [_fault(document, (index, key), "a day without a zone", str(entry.from_ or entry.to), hint)]
    if entry.from_ and entry.to and entry.to <= entry.from_:
        hint = f"`to` is the day after the last, and must come after `from` ({entry.from_})"
        return [_fault(document, (index, "to"), "period ends before it starts", str(entry.to), hint)]
    return []


def _sound_file(document: Document, folder: Path, index: int, entry: ScriptEntry) -> bytes:
    try:
        return (folder / entry.audio).read_bytes()
    except OSError as trouble:
        reason = f"recording cannot be read ({(trouble.strerror or 'unknown').lower()}):"
        hint = "the path is read from the script file's folder"
        raise BadInput([_fault(document, (index, "audio"), reason, entry.audio, hint)]) from None


def keep_sound(folder: Path, name: str, content: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(prefix=".", suffix=".draft", dir=folder)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    # Asterisk runs as another user and must be able to read what it plays.
    Path(draft).chmod(0o644)
    Path(draft).rename(folder / name)


def _place(document: Document, path: tuple[int, str]) -> Place:
    return Place(document.file, document.line_of(path), f"{path[0]}.{path[1]}")


def _fault(document: Document, path: tuple[int, str], reason: str, value: str, hint: str) -> InputFault:
    return InputFault(_place(document, path), reason, value, hint)
