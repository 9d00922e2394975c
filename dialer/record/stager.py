"""Runs the child that makes batch files, and checks what it made before anybody reads it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from dialer.core.errors import BadInput, Fault, InputFault, Place
from dialer.record.batches import Batch, BatchFiles, Made, discard, install
from dialer.staged import MERGE, digest_of

# A line of the child is short, but for the faults that it shows.
LINE_BYTES = 4 * 1024 * 1024

Told = Callable[[int], None]


class Stager:
    """Makes batch files in the folder of `files`, one at a time: two would only fight for the disk."""

    def __init__(self, files: BatchFiles) -> None:
        self._files = files
        self._turn = asyncio.Lock()

    def spool(self) -> Path:
        """A new name in the folder of the batches, for what is read from a socket; whoever made it removes it."""
        self._files.folder.mkdir(mode=0o700, exist_ok=True)
        return self._files.folder / f"{uuid4()}.spool"

    async def make(
        self,
        kind: str,
        spool: Path,
        *,
        secrets_dir: Path,
        options: Mapping[str, Any] | None = None,
        told: Told | None = None,
    ) -> Made:
        """The batch file of what is in `spool`. `options` are the maker's own, as JSON; `told` hears of rows done.

        Raises BadInput with the first faults (a file beside holds all) and Fault where the child dies. Cancelled:
        the child is killed. Nothing is in force by this.
        """
        job = {"secrets": str(secrets_dir), "options": dict(options or {}), "folder": str(self._files.folder)}
        return await self._make(kind, kind, spool, job, told)

    async def merge(self, kind: str, sources: Sequence[Batch]) -> Made:
        """One batch file of several in force, oldest first or not. Raises Fault."""
        listed = [{"path": str(self._files.path(one.id)), "seq": one.seq} for one in sources]
        job = {"options": {"kind": kind, "sources": listed}, "folder": str(self._files.folder)}
        return await self._make(MERGE, kind, self._files.folder, job, None)

    async def _make(
        self, maker: str, kind: str, spool: Path, job: Mapping[str, Any], told: Told | None
    ) -> Made:
        self._files.folder.mkdir(mode=0o700, exist_ok=True)
        ident = str(uuid4())
        draft, path = self._files.folder / f"{ident}.draft", self._files.path(ident)
        try:
            async with self._turn:
                last = await _run(maker, spool, draft, job, told or (lambda _rows: None))
            made = Made(ident, kind, str(last["digest"]), int(last["rows"]), int(last["left_out"]))
            if await asyncio.to_thread(digest_of, draft) != made.digest:
                raise Fault("sound.batch", "the file that was made is not the file that was read back")
            await asyncio.to_thread(install, draft, path)
            await asyncio.to_thread(self._files.check, made)
        except BaseException:
            discard(draft, path)
            raise
        return made


async def _run(maker: str, spool: Path, draft: Path, job: Mapping[str, Any], told: Told) -> dict[str, Any]:
    """Let the child make `draft`; what it said last. Raises BadInput and Fault."""
    words = (sys.executable, "-m", "dialer.staging", maker, str(spool), str(draft))
    pipe = asyncio.subprocess.PIPE
    # In a session of its own: what it uses is then not charged to the share of whoever decides about calls.
    child = await asyncio.create_subprocess_exec(
        *words, stdin=pipe, stdout=pipe, stderr=pipe, limit=LINE_BYTES, start_new_session=True
    )
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    last: dict[str, Any] = {}
    grumbling = asyncio.create_task(child.stderr.read())
    try:
        child.stdin.write(json.dumps(job).encode())
        child.stdin.close()
        async for line in child.stdout:
            last = json.loads(line)
            if last["event"] == "progress":
                told(int(last["rows"]))
        await child.wait()
        grumbled = (await grumbling).decode("utf-8", "replace").strip()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
        grumbling.cancel()
    if last.get("event") == "refused":
        raise BadInput([_fault(one) for one in last["faults"]])
    if child.returncode != 0 or last.get("event") != "made":
        why = last["why"] if last.get("event") == "failed" else _short(grumbled, child.returncode)
        raise Fault("sound.batch", f"the import came to nothing: {why}")
    return last


def _fault(one: Mapping[str, Any]) -> InputFault:
    return InputFault(Place(one["file"], one["line"], one["path"]), one["reason"], one["value"], one["hint"])


def _short(grumbled: str, code: int | None) -> str:
    lines = grumbled.splitlines()
    return lines[-1] if lines else f"the process that makes it ended with `{code}`"
