"""A policy set from the signature to being in force: tightened at once, loosened by a second person, never back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from site_kit import ROOT, Said, Site

HOURS = "house/attempts-per-person.yaml"


def _with_own_packs(site: Site) -> Path:
    """The site signs packs of its own from now on."""
    folder = site.folder / "packs"
    shutil.copytree(ROOT / "policies", folder)
    site.config.write_text(site.config.read_text().replace(str(ROOT / "policies"), str(folder)))
    return folder


def _put(site: Site, folder: Path, revision: int, most: int, by: str = "officer") -> Said:
    path = folder / HOURS
    text = path.read_text(encoding="utf-8")
    lines = [f"  most: {most}" if line.startswith("  most:") else line for line in text.splitlines()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    key = str(site.folder / "officer.pem")
    site.ok("policy", "sign", "--key", key, "--by", by, "--revision", str(revision))
    return site.run("policy", "load", "--json")


def _states(site: Site) -> dict[int, str]:
    told: list[dict[str, Any]] = site.ok("policy", "revisions", "--json").data
    return {one["document"]["revision"]: one["state"] for one in told}


def test_a_policy_lives(new_site: Callable[..., Site]) -> None:
    """Every step as a person takes it, against a running controller."""
    site = new_site()
    folder = _with_own_packs(site)
    site.start()
    assert _put(site, folder, 2, 2).data["in_force"] is True
    # The kernel names the user who loads; he signs nothing here, and cannot be the second person either.
    waiting = _put(site, folder, 3, 5)
    assert (waiting.code, waiting.data["in_force"]) == (0, False)
    assert waiting.data["loosens"] == ["house/attempts-per-person changed params.most"]
    assert _states(site) == {1: "past", 2: "in_force", 3: "waiting"}
    assert site.run("status", "--json").data["rulebook"]["waiting"] == 3
    refused = site.run("policy", "approve", "3")
    assert refused.code == 2
    assert "a second person" in refused.err
    older = _put(site, folder, 1, 1)
    assert older.code == 2
    assert "older than the revision in force" in older.err
    said = site.ok("policy", "diff", "2", "3", "--json", "--cases", str(ROOT / "tests/policies")).data
    assert [one["subject"] for one in said["differences"]] == ["house/attempts-per-person"]
    assert said["tightens"] is False


def test_the_set_in_force_decides_while_another_waits(new_site: Callable[..., Site]) -> None:
    """Started with a loosened set, a controller goes on by the one before: it was not approved."""
    site = new_site()
    folder = _with_own_packs(site)
    site.start()
    digest = site.run("status", "--json").data["rulebook"]["digest"]
    site.stop()
    path = folder / HOURS
    path.write_text(path.read_text(encoding="utf-8").replace("most: 3", "most: 9"), encoding="utf-8")
    site.ok("policy", "sign", "--key", str(site.folder / "officer.pem"), "--revision", "2")
    site.config.write_text(site.config.read_text().replace("revision = 1", "revision = 2"))
    site.start()
    site.load_samples()
    assert site.run("status", "--json").data["rulebook"] == {"digest": digest, "revision": 1, "waiting": 2}
    decided = site.run("decide", str(site.call_file()), "--at", "2026-11-24T10:00:00+08:00", "--json")
    told = json.loads(decided.out)
    assert (told["rulebook"], told["revision"]) == (digest, 1)
    assert "sound.rulebook" not in {one["code"] for one in told["findings"]}
