"""Stock-taking, health of numbers and deadlines as commands, against a running controller."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from icalendar import Calendar
from site_kit import SAMPLE, Site

STOCK = SAMPLE / "stocktaking"
FILES = (
    "--bill",
    str(STOCK / "bill-telecom-2026-10.csv"),
    "--cdr",
    str(STOCK / "cdr-suzhou-2026-10.csv"),
    "--declaration",
    str(STOCK / "declaration-suzhou.csv"),
)
AGAINST = ("--register", str(STOCK / "register.yaml"))


def bill(folder: Path, *numbers: str) -> str:
    """A bill with a call of each number."""
    path = folder / "bill.csv"
    path.write_text("账期,计费号码,通话次数\n" + "".join(f"2026-10,{one},1\n" for one in numbers))
    return str(path)


def test_a_stock_taking_against_a_file_needs_no_controller(site: Site) -> None:
    """Exit 1 and exactly the planted findings, each with file, row, what to do and who; nothing is kept."""
    said = site.run("register", "stocktake", *FILES, *AGAINST, "--json", config=False)
    assert said.code == 1, said
    assert Counter(one["kind"] for one in said.data["findings"]) == {
        "unregistered": 3,
        "unused": 1,
        "another_user": 1,
        "another_purpose": 1,
        "outside_period": 1,
        "after_suspension": 1,
        "not_allocated": 1,
    }
    assert "entry" not in said.data
    page = site.run("register", "stocktake", *FILES, *AGAINST, "--lang", "zh", config=False)
    assert "✗ 95000009  使用而未登记" in page.out
    assert "话费账单 bill-telecom-2026-10.csv:11" in page.out
    assert "承诺用途: 催收" in page.out


def test_a_clean_stock_taking_ends_with_0_and_bad_files_with_2(site: Site) -> None:
    """A bill that has every number of its carrier; a file that is none; no file at all."""
    told = site.ok("register", "list", "--json").data["document"]["numbers"]
    able = ("allocated", "reported")
    used = [one["number"] for one in told if one["status"] in able and one["may_dial_out"]]
    ended = [one["number"] for one in told if one.get("to", "9999") < "2026-10-01"]
    clean = site.run(
        "register", "stocktake", "--bill", bill(site.folder, *(set(used) - set(ended))), "--json"
    )
    assert (clean.code, clean.data["findings"]) == (0, []), clean
    assert clean.data["entry"]
    wrong = site.run("register", "stocktake", "--cdr", bill(site.folder, "95000001"))
    assert wrong.code == 2
    assert "is no cdr: no column for number" in wrong.err
    assert site.run("register", "stocktake").code == 2


def test_a_suspended_number_is_found_on_the_next_bill(site: Site) -> None:
    """What the carrier said is known to the stock-taking; two people lift it, the same one cannot."""
    mark = site.ok(
        "number", "notice", "10100001", "suspend", "--carrier", "example-telecom", "--why", "投诉集中",
        "--since", "2026-09-15T00:00:00+08:00", "--json",
    ).data["mark"]  # fmt: skip
    said = site.run("register", "stocktake", "--bill", bill(site.folder, "10100001"), "--json")
    found = [one for one in said.data["findings"] if one["kind"] == "after_suspension"]
    assert [(one["number"], one["values"]["since"]) for one in found] == [("10100001", "2026-09-15")]
    assert "电信企业通知: 停用" in site.ok("number", "health", "--lang", "zh").out
    assert "still binds" in site.ok("number", "close", mark, "lifted", "--why", "恢复函").out
    assert "second person" in site.ok("number", "health", "--lang", "en").out
    lift = ("number", "close", mark, "lifted", "--why", "恢复函")
    again = site.run(*lift, env={"DIALER_LAB_PERSON": "lin"})
    assert again.code == 2
    assert "needs a second person" in again.err
    assert "is closed: lifted" in site.ok(*lift, person="wang").out


def test_complaint_label_and_appeal_are_kept(site: Site) -> None:
    """Filed, listed with who said so, and closed; an unknown number is bad input."""
    given = ("--what", "夜间来电", "--from", "12321", "--why", "转办")
    complaint = site.ok("number", "complain", "025-88880100", *given, "--json").data["mark"]
    label = site.ok(
        "number",
        "label",
        "025-88880100",
        "--what",
        "疑似骚扰",
        "--by",
        "某终端企业",
        "--why",
        "抽查",
        "--json",
    ).data["mark"]
    site.ok("number", "appeal", "025-88880100", "--about", label, "--to", "某终端企业", "--why", "已整改")
    shown = site.ok("number", "health", "025 8888 0100", "--lang", "zh").out
    assert all(one in shown for one in ("投诉: 夜间来电", "12321", "标记: 疑似骚扰", "申诉", "未结"))
    site.ok("number", "close", complaint, "unfounded", "--why", "非本单位")
    assert "不成立" in site.ok("number", "health", "02588880100", "--lang", "zh").out
    assert site.run("number", "complain", "12", *given).code == 2


def test_deadlines_are_shown_and_written_as_a_calendar(site: Site) -> None:
    """A table in either language, the same as data, and a file that a calendar reads."""
    path = site.folder / "deadlines.ics"
    told = site.ok("register", "deadlines", "--within", "3660", "--ics", str(path), "--json").data
    assert {"number", "entrustment", "rule_review"} <= {one["kind"] for one in told["deadlines"]}
    assert Calendar.from_ical(path.read_bytes()).walk("VEVENT")
    assert "号码合作期到期" in site.ok("register", "deadlines", "--within", "3660", "--lang", "zh").out
    assert "示例联络员" in site.ok("register", "deadlines", "--within", "3660", "--lang", "en").out
    nowhere = site.run("register", "deadlines", "--ics", str(site.folder / "none/deadlines.ics"))
    assert nowhere.code == 2
