"""The register in and out by command: templates, round trips through a controller, faults kept in a file."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from click.testing import Result
from site_kit import SAMPLE, WORKING_HOUR, Site
from typer.testing import CliRunner

from dialer.cli import app
from dialer.register_files import load_register
from dialer.register_tables import read_register


def in_process(*words: str) -> Result:
    """A command that needs no controller."""
    return CliRunner().invoke(app, [*words])


def test_the_register_in_force_comes_out_and_goes_in_again(site: Site) -> None:
    """What is exported is the register in force, and importing it changes nothing."""
    out = site.folder / "out.xlsx"
    site.ok("register", "export", "--format", "xlsx", "--out", str(out))
    assert read_register(out) == load_register(SAMPLE / "register.yaml")
    told = site.ok("register", "import", str(out), "--json").data
    assert told["in_force"] is True
    assert told["version"] == site.ok("register", "list", "--json").data["version"]


def test_an_export_without_a_file_is_shown(site: Site) -> None:
    """YAML on the terminal, to be read or piped."""
    path = site.folder / "shown.yaml"
    path.write_text(site.ok("register", "export").out)
    assert read_register(path) == load_register(SAMPLE / "register.yaml")


def test_a_template_says_where_filled_ones_lie(tmp_path: Path) -> None:
    """Empty, and with the sample in it, which is in order."""
    path = tmp_path / "t.xlsx"
    said = in_process("register", "template", "--out", str(path))
    assert (said.exit_code, said.stdout) == (0, f"{path}\n")
    assert "filled examples lie in" in said.stderr
    filled = tmp_path / "filled"
    words = ("--filled", "--lang", "en", "--format", "csv", "--out", str(filled))
    assert in_process("register", "template", *words).exit_code == 0
    assert read_register(filled) == load_register(SAMPLE / "register.yaml")
    assert in_process("register", "template", "--format", "odf").exit_code == 2


def test_every_fault_is_kept_where_a_hundred_are_shown(site: Site) -> None:
    """Exit 2, the first hundred on the terminal, all of them in the file, and nothing was changed."""
    bad = site.folder / "bad"
    assert in_process("register", "template", "--filled", "--format", "csv", "--out", str(bad)).exit_code == 0
    head, row = (bad / "号码.csv").read_text(encoding="utf-8-sig").splitlines()[:2]
    rows = [row.replace("95000001", f"77{n:03}") for n in range(150)]
    (bad / "号码.csv").write_text("\n".join([head, *rows]))
    before = site.ok("register", "list", "--json").data["version"]
    said = site.run("register", "import", "bad", "--faults", "faults.csv")
    assert (said.code, said.err.count("class that is known")) == (2, 100)
    assert "and 50 more faults" in said.err
    with (site.folder / "faults.csv").open(encoding="utf-8-sig", newline="") as opened:
        kept = list(csv.DictReader(opened))
    assert [int(one["row"]) for one in kept] == list(range(2, 152))
    assert (kept[0]["file"], kept[0]["column"], kept[0]["value"]) == ("bad/号码.csv", "号码", "77000")
    assert site.ok("register", "list", "--json").data["version"] == before


def test_what_has_ended_is_told_and_a_number_in_use_needs_more(tmp_path: Path) -> None:
    """A number that ended is only named; a number in use whose entrustment ended is refused unless that is accepted."""
    register = load_register(SAMPLE / "register.yaml")
    register["entrustments"][0] |= {"from": "2024-01-01", "to": "2025-01-01"}
    path = tmp_path / "ended.yaml"
    path.write_text(json.dumps(register, ensure_ascii=False))
    refused = in_process("register", "check", str(path))
    assert refused.exit_code == 2
    assert "a number in use whose document has ended `95000005`" in refused.stderr
    taken = in_process("register", "check", str(path), "--accept-ended")
    assert taken.exit_code == 0
    assert "ended on 2024-12-31: entrustment" in taken.stderr
    assert "ended on 2025-06-30: number `95000003`" in taken.stderr


def test_a_person_is_shown_for_a_purpose(site: Site) -> None:
    """Masked without one; another word is bad input; a stranger is not found."""
    seen = site.call_file("seen", person={"id": "P-seen", "name": "张三丰"})
    assert site.run("decide", str(seen), "--at", WORKING_HOUR).code in (0, 1)
    show = ("person", "show", "P-seen", "--enterprise", "jiangsu-example")
    assert site.ok(*show).out == "张***\n"
    assert site.ok(*show, "--purpose", "own_request").out == "张三丰\n"
    assert site.run(*show, "--purpose", "curiosity").code == 2
    assert site.run("person", "show", "nobody", "--enterprise", "jiangsu-example").code == 2
