"""`dialer case …` against a real controller over its socket."""

from __future__ import annotations

from pathlib import Path

from site_kit import ENTERPRISE, WORKING_HOUR, Site

OF = ("--enterprise", ENTERPRISE)


def _codes(site: Site, debt: str) -> set[str]:
    asked = site.run("decide", str(site.call_file(f"call-{debt}", debt=debt)), "--at", WORKING_HOUR, "--json")
    return {one["code"] for one in asked.data["findings"] if one["effect"] == "deny"}


def _line(folder: Path, debt: str) -> str:
    (folder / debt).write_text(f"{debt}\n")
    return str(folder / debt)


def test_a_hold_and_its_lifting(site: Site, tmp_path: Path) -> None:
    """By argument and by file; shown with every change; the decision follows at once."""
    debt = _line(tmp_path, "CASE-CLI-1")
    early = ("--at", "2026-01-01T00:00:00+08:00")
    site.ok("case", "add", "assigned", "CASE-CLI-1", *OF, *early, "--overdue-days", "31")
    site.ok("case", "hold", "--debt-file", debt, *OF, *early, "--reason", "住院")
    assert "case.on_hold" in _codes(site, "CASE-CLI-1")
    shown = site.ok("case", "show", "--debt-file", debt, *OF)
    assert "31 days past due" in shown.out
    assert "住院" in shown.out
    assert "CASE-CLI-1" not in shown.out
    site.ok("case", "lift", "--debt-file", debt, *OF, "--at", "2026-01-02T00:00:00+08:00")
    assert "case.on_hold" not in _codes(site, "CASE-CLI-1")
    told = site.ok("case", "show", "CASE-CLI-1", *OF, "--json").data
    assert [one["change"] for one in told["changes"]] == ["assigned", "held", "lifted"]


def test_a_debt_that_no_call_has_named_is_pointed_out(site: Site) -> None:
    """A hold of a misspelt id would hold nothing."""
    said = site.run("case", "hold", "CASE-CLI-9", *OF, "--reason", "住院")
    assert said.code == 0
    assert "no call has named this debt yet" in said.err


def test_a_case_file(site: Site, tmp_path: Path) -> None:
    """In force as a batch, with its digest; a faulty one is refused with its rows, and says so by exit 2."""
    file = tmp_path / "cases.csv"
    header = "金融企业,案件编号,变更,生效时间\n"
    file.write_text(f"{header}{ENTERPRISE},CASE-CLI-2,身故,2026-01-01\n")
    assert "SHA-256" in site.ok("case", "import", str(file)).out
    assert "case.not_open" in _codes(site, "CASE-CLI-2")
    file.write_text(f"{header}{ENTERPRISE},CASE-CLI-3,身故,2026-01-01\n{ENTERPRISE},CASE-CLI-3,没了,\n")
    refused = site.run("case", "import", str(file))
    assert refused.code == 2
    assert "cases.csv:3:change" in refused.err
    assert "CASE-CLI-3" not in refused.err
    assert "case.not_open" not in _codes(site, "CASE-CLI-3")


def test_an_id_that_is_given_twice_or_not_at_all(site: Site, tmp_path: Path) -> None:
    """Exit 2 and what to do; nothing is asked of the controller."""
    twice = site.run("case", "show", "X", "--debt-file", _line(tmp_path, "X"), *OF)
    assert (twice.code, "given twice" in twice.err) == (2, True)
    (tmp_path / "empty").write_text("")
    empty = site.run("case", "show", "--debt-file", str(tmp_path / "empty"), *OF)
    assert (empty.code, "not one line" in empty.err) == (2, True)
    assert site.run("case", "show", "NEVER-TOLD", *OF).code == 2
