"""One site for many calls: the law of this repository with one daily limit changed, a register, short scripts."""

from __future__ import annotations

import hashlib
import math
import struct
import wave
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from dialer.core.admission import Actor
from dialer.core.facts import Period
from dialer.core.policy import PolicySet, Purpose, Rule
from dialer.core.rulebook import Rulebook
from dialer.policy_files import load_rulebook
from dialer.record.store import RecordStore
from dialer.register_files import load_register
from dialer.script_files import ScriptRow

ROOT = Path(__file__).parents[2]
REGISTER = ROOT / "dialer/lab/sample/register.yaml"
ENTERPRISE, TRUNK = "jiangsu-example", "telecom"
RECORDED, SPOKEN = "walk-recorded", "walk-spoken"
LAB_BEGINS = datetime(2027, 5, 18, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
OFFICER = Actor("officer", frozenset({"compliance"}), "test")
SECOND = Actor("second", frozenset({"compliance"}), "lab_person")
OPENING_MS = 500


@dataclass(frozen=True, slots=True)
class Site:
    """Where a site lies. `offset_s`: lab time less real time; `most`: attempts a day for one person."""

    data_dir: Path
    secrets_dir: Path
    sounds: Path
    offset_s: float
    most: int


def lay_out(root: Path, most: int) -> Site:
    """The folders of a new site below `root`."""
    sounds = root / "sounds"
    sounds.mkdir(parents=True, exist_ok=True)
    offset_s = float(round((LAB_BEGINS - datetime.now(UTC)).total_seconds()))
    return Site(root / "template", root / "secrets", sounds, offset_s, most)


def law(most: int) -> Rulebook:
    """The law of this repository, less how often a person may be called in a day: that is `most`."""
    book = load_rulebook(ROOT / "policies", 1)

    def limited(rule: Rule) -> Rule:
        ours = rule.id == "house/attempts-per-person"
        return replace(rule, params=replace(rule.params, most=most)) if ours else rule  # type: ignore[type-var]

    packs = tuple(replace(pack, rules=tuple(map(limited, pack.rules))) for pack in book.policy.packs)
    return Rulebook(PolicySet(packs), 1, book.zones)


async def fill(store: RecordStore, site: Site, rulebook: Rulebook) -> None:
    """Put law, register and scripts in force in a new record."""
    policy = {"digest": rulebook.digest, "revision": rulebook.revision, "signature": "of the test"}
    await store.put_in_force("policy", policy, OFFICER)
    await store.put_in_force("register", load_register(REGISTER), OFFICER)
    sha256 = _tone(site.sounds)
    for ident, mode in ((RECORDED, "recorded"), (SPOKEN, "agent_spoken")):
        script = ScriptRow(
            id=ident,
            version=1,
            enterprise=ENTERPRISE,
            purposes=frozenset({Purpose.COLLECTION}),
            products=frozenset({"credit"}),
            mode=mode,
            parts=frozenset({"enterprise_name", "contact", "refusal_method"}),
            text="示例",
            audio_sha256=sha256,
            duration_ms=OPENING_MS,
            closing=False,
            period=Period(),
        )
        await store.put_script(script, OFFICER)
        await store.approve_script(ident, 1, SECOND)


def _tone(folder: Path) -> str:
    path = folder / "tone.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        waves = (8000 * math.sin(2 * math.pi * 700 * at / 8000) for at in range(8 * OPENING_MS))
        file.writeframes(b"".join(struct.pack("<h", round(one)) for one in waves))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    path.rename(folder / f"{sha256}.wav")
    return sha256
