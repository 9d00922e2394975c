"""A skipped test proves nothing, so nothing may be skipped: not by a marker and not at run time."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
MARKERS = re.compile(r"mark\.(skip|skipif|xfail)\b|pytest\.(skip|xfail|importorskip)\(|unittest\.skip")
RAISES = "import pytest\ndef test_one():\n    pytest.{}('because')\n"
CASES = {
    "skip called": RAISES.format("skip"),
    "xfail called": RAISES.format("xfail"),
    "marker": "import pytest\n@pytest.mark.skip\ndef test_one():\n    pass\n",
    "expected failure": "import pytest\n@pytest.mark.xfail\ndef test_one():\n    assert False\n",
    "whole module": "import pytest\npytest.skip('because', allow_module_level=True)\n",
}


def _run(folder: Path, source: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(TESTS / "conftest.py", folder)
    (folder / "test_sample.py").write_text(source)
    words: list[str | Path] = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "--rootdir",
        folder,
    ]
    return subprocess.run([*words, folder], capture_output=True, text=True, cwd=folder, check=False)


@pytest.mark.parametrize("source", CASES.values(), ids=CASES.keys())
def test_whatever_is_not_run_fails_the_run_by_name(tmp_path: Path, source: str) -> None:
    """Each way of not running a test ends the run with a failure that names the file."""
    done = _run(tmp_path, source)
    assert done.returncode != 0
    assert "not run, which is a failure here" in done.stdout
    assert "test_sample.py" in done.stdout
    assert "skipped" not in done.stdout.splitlines()[-1]


def test_a_test_that_runs_passes_under_the_same_rules(tmp_path: Path) -> None:
    """The rule above fails skips only."""
    assert _run(tmp_path, "def test_one():\n    pass\n").returncode == 0


def test_no_test_carries_a_marker_that_skips_it() -> None:
    """Neither skip nor xfail is written anywhere in the tests."""
    this = Path(__file__).resolve()
    found = [
        f"{path.relative_to(TESTS)}:{number}"
        for path in sorted(TESTS.rglob("*.py"))
        if path != this
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if MARKERS.search(line)
    ]
    assert found == []
