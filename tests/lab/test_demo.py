"""The demo itself, on a real Asterisk with real phones."""

from __future__ import annotations

import html
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console

from dialer.lab.demo.fates import FATES
from dialer.lab.demo.run import Options, run


def _run(tmp_path: Path, *args: Any) -> tuple[int, list[dict[str, Any]], str]:
    told, out = tmp_path / "fates.json", io.StringIO()
    page = tmp_path / "page.html"
    console = Console(file=out, width=140, highlight=False)
    code = run(Options(json=told, page=page), console, *args, lab=tmp_path / "lab")
    assert told.exists(), out.getvalue()
    return code, json.loads(told.read_text()), out.getvalue()


def test_every_fate_is_told_alike_by_expectation_record_and_phone(tmp_path: Path) -> None:
    """All fates happen, and nobody's account of one differs from another's."""
    code, fates, printed = _run(tmp_path)
    assert [one["fate"] for one in fates] == [fate.id for fate in FATES]
    assert {one["fate"]: one["differences"] for one in fates if not one["agree"]} == {}, printed
    assert code == 0
    page = html.unescape((tmp_path / "page.html").read_text())
    assert all(fate.title.zh in page and fate.title.en in page for fate in FATES)
    shown = printed + page
    assert not [fate.number for fate in FATES if fate.number in shown], "a number is shown in clear"
    assert not [fate.name for fate in FATES if fate.name in shown], "a name is shown"


def test_a_lying_expectation_is_found_out(tmp_path: Path) -> None:
    """Who expects a call where none is permitted, or none where one is, gets exit 1 and the difference."""
    honest = {fate.id: fate for fate in FATES}
    denied, busy = honest["caller_id_not_registered"], honest["busy"]
    lies = (replace(denied, expect=busy.expect), replace(busy, expect=denied.expect))
    code, fates, _ = _run(tmp_path, lies)
    assert code == 1
    for told, seen in zip(fates, ("exchange 0, phone 0", "exchange 1, phone 1"), strict=True):
        assert not told["agree"]
        assert any(seen in one for one in told["differences"])
