"""The number list from the command line, against a controller: its whole life by portal, and the signed list."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from openpyxl import load_workbook
from site_kit import ENTERPRISE, SAMPLE, Site

KEY = ("--key", "officer.pem", "--by", "合规负责人")


def test_a_list_is_signed_handed_over_receipted_and_published(new_site: Callable[..., Site]) -> None:
    """diff, sign, submit, receipt, status; then the signed list is written out and verified without a controller."""
    site = new_site()
    with site.config.open("a") as settings:
        settings.write("[number_list]\npublish = true\n")
    site.start()
    site.ok("register", "import", str(SAMPLE / "register.yaml"))
    assert "新增  95000001" in site.ok("register", "diff").out
    site.ok("register", "sign", *KEY)
    (handed,) = site.ok("register", "submit", "--json").data["submissions"]
    folder = Path(handed["folder"])
    book = load_workbook(folder / "number-list.xlsx")
    assert book.worksheets[0]["B8"].value == "02588880100"
    scan = site.folder / "receipt.pdf"
    scan.write_bytes(b"%PDF-1.7\n")
    filed = ("register", "receipt", handed["submission"], str(scan))
    assert site.run(*filed, "--reject", "95000002").code == 2
    assert "9 numbers" not in site.ok(*filed, "--reject", "95000002=用途不符").out
    told = site.ok("register", "status", "--json").data
    states = {one["number"]: one["state"] for one in told["numbers"]}
    assert (states["95000001"], states["95000002"]) == ("acknowledged", "rejected")
    assert "sent back 95000002: 用途不符" in site.ok("register", "diff").out
    assert "1 receipts" in site.ok("register", "submissions").out

    site.ok("register", "publish", ENTERPRISE, *KEY)
    site.ok("register", "published", ENTERPRISE, "--out", "list")
    signed = site.folder / "list"
    known = ("register", "verify", str(signed), "--public-key", str(site.folder / "officer.pub.pem"))
    assert site.run(*known, config=False).code == 0
    document = json.loads((signed / "number-list.json").read_text())
    (signed / "number-list.json").write_text(json.dumps({**document, "lines": []}))
    assert site.run(*known, config=False).code == 1


def test_a_rehearsal_says_what_the_regulator_did(tmp_path: Path) -> None:
    """By seed, and exit 0 only where both lists end equal."""
    said = Site(tmp_path).run(
        "lab", "regulator", "--seeds", "1", "--submissions", "3", "--json", config=False
    )
    assert said.code == 0, said
    (done,) = said.data["rehearsals"]
    assert (done["seed"], done["equal"]) == (1, True)
