"""docs/rule.md is a page that a lawyer can follow: its files are written as shown, its commands answer as told."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/rule.md").read_text(encoding="utf-8")
RULE = "house/no-sunday-collection"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A copy of packs and case files, with the two files of the page and its claim."""
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    shutil.copytree(ROOT / "tests/policies", tmp_path / "tests/policies")
    shown = dict(re.findall(r"^`(\S+\.yaml)`\n\n```yaml\n(.*?)^```", PAGE, re.M | re.S))
    assert set(shown) == {f"policies/{RULE}.yaml", f"tests/policies/{RULE}.yaml"}
    for name, text in shown.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    claims = re.search(r"^```yaml\n(claims:\n.*?)^```", PAGE, re.M | re.S)
    assert claims
    (tmp_path / "claims.yaml").write_text(claims[1], encoding="utf-8")
    return tmp_path


def _dialer(site: Path, *words: str) -> subprocess.CompletedProcess[str]:
    asked = [sys.executable, "-m", "dialer", "policy", *words]
    if words[0] != "diff":
        asked += ["--folder", str(site / "policies")]
    return subprocess.run(asked, capture_output=True, text=True, cwd=ROOT, timeout=120, check=False)


def test_the_rule_of_the_page_is_in_order(site: Path) -> None:
    """It is checked, shown in words, its cases pass, and no change of it goes unnoticed."""
    assert _dialer(site, "check").returncode == 0
    assert "周日不催收" in _dialer(site, "show", RULE, "--lang", "zh").stdout
    tested = _dialer(site, "test", str(site / f"tests/policies/{RULE}.yaml"))
    assert tested.returncode == 0, tested.stderr
    mutated = _dialer(site, "mutate", RULE)
    assert (mutated.returncode, mutated.stderr) == (0, "")
    assert "100.0 %" in mutated.stdout


def test_the_claim_of_the_page_holds_with_the_rule_only(site: Path) -> None:
    """Without the rule it is false, and the call that shows it is on a Sunday."""
    claims = ("--claims", str(site / "claims.yaml"))
    assert _dialer(site, "prove", *claims).returncode == 0
    (site / f"policies/{RULE}.yaml").unlink()
    said = _dialer(site, "prove", *claims, "--cases", str(ROOT / "tests/policies"))
    assert said.returncode == 1
    assert "2026-12-06" in said.stdout or "2026-12-05T" in said.stdout


def test_the_change_of_the_page_tightens(site: Path) -> None:
    """A rule more can only deny more, and the evidence is a call that it newly denies."""
    said = _dialer(site, "diff", str(ROOT / "policies"), str(site / "policies"), "--lang", "en")
    assert said.returncode == 0, said.stderr
    assert f"{RULE}: tightens" in said.stdout
    assert "permitted → denied" in said.stdout
    assert "takes effect at once" in said.stdout
