"""The prompts of a site: what is spoken to agents who dial and to people who call back, each file fixed by its SHA-256.

A YAML list. A recording that is not the one its row names, is missing, or that Asterisk could not play as it is, keeps
the controller from starting: nothing but what somebody approved is ever played.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from dialer.core.errors import BadInput, InputFault, Place
from dialer.documents import Document, load_yaml, validated
from dialer.ports.ways_in import Prompt
from dialer.script_files import duration_of, keep_sound

Words = Annotated[str, Field(min_length=1, max_length=2000)]


class PromptEntry(BaseModel):
    """One prompt. `audio` is a path from this file's folder; `approved_by` the person who heard and approved it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z_]*(\.[A-Za-z0-9_.-]{1,64})?$")]
    text: Words
    audio: Words
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    approved_by: Words


def load_prompts(path: Path, sounds_dir: Path) -> dict[str, Prompt]:
    """The prompts by name; their files are copied to `sounds_dir` once all were found right. Raises BadInput."""
    document = load_yaml(path)
    entries = validated(document, list[PromptEntry])
    faults: list[InputFault] = []
    found: dict[str, Prompt] = {}
    sounds: dict[str, bytes] = {}
    for index, entry in enumerate(entries):
        if entry.name in found:
            faults.append(_fault(document, (index, "name"), "stands twice:", entry.name, "keep one of them"))
            continue
        try:
            content = _content(document, path.parent, index, entry)
            place = Place(document.file, document.line_of((index, "audio")), f"{index}.audio")
            duration_ms = duration_of(content, place, entry.audio)
        except BadInput as bad:
            faults += bad.faults
            continue
        found[entry.name] = Prompt(entry.sha256, duration_ms, entry.text)
        sounds[entry.sha256] = content
    if faults:
        raise BadInput(faults)
    for sha256, content in sounds.items():
        keep_sound(sounds_dir, f"{sha256}.wav", content)
    return found


def _content(document: Document, folder: Path, index: int, entry: PromptEntry) -> bytes:
    try:
        content = (folder / entry.audio).read_bytes()
    except OSError as error:
        reason = f"cannot be read ({(error.strerror or 'unknown').lower()}):"
        raise BadInput([_fault(document, (index, "audio"), reason, entry.audio, "name a WAV file")]) from None
    digest = hashlib.sha256(content).hexdigest()
    if digest != entry.sha256:
        hint = "have the new recording approved, and write its digest"
        fault = _fault(document, (index, "sha256"), "is not the recording that was approved:", digest, hint)
        raise BadInput([fault])
    return content


def _fault(document: Document, path: tuple[int, str], reason: str, value: str, hint: str) -> InputFault:
    where = Place(document.file, document.line_of(path), ".".join(str(step) for step in path))
    return InputFault(where, reason, value, hint)
