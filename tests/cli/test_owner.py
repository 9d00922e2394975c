"""The owner of a record: one at a time, ready when it says so, gone when told; and what happens where none is."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable

from site_kit import NIGHT, ROOT, SAMPLE, WORKING_HOUR, Site


def test_where_no_controller_runs_decide_answers_with_the_same_bytes(new_site: Callable[..., Site]) -> None:
    """By the controller and without it: one answer."""
    site = new_site()
    site.start()
    site.load_samples()
    asked = ("decide", str(site.call_file()), "--at", NIGHT, "--json")
    with_owner = site.run(*asked)
    assert site.stop() == 0
    alone = site.run(*asked)
    assert (with_owner.code, alone.code) == (1, 1), alone.err
    assert with_owner.out == alone.out, alone.err


def test_where_no_controller_runs_others_say_how_to_start_one(new_site: Callable[..., Site]) -> None:
    """Exit 1 and the command to give; also where a killed one left its socket behind."""
    site = new_site()
    said = site.run("status")
    assert said.code == 1
    assert f"hint: dialer serve --config {site.config}" in said.err
    site.start()
    site.stop(signal.SIGKILL)
    said = site.run("call", str(site.call_file()))
    assert said.code == 1
    assert "dialer serve" in said.err
    assert site.start().startswith("dialer ")


def test_a_second_controller_is_refused(new_site: Callable[..., Site]) -> None:
    """The record has one owner; the second names its process and leaves the socket alone."""
    site = new_site()
    site.start()
    said = site.run("serve")
    assert said.code == 1
    assert str(site.pid) in said.err
    assert site.run("status").out


def test_a_key_stays_used_over_a_restart(new_site: Callable[..., Site]) -> None:
    """Killed and started again: the first one's answer."""
    site = new_site()
    site.start()
    site.load_samples()
    first = site.run("call", str(site.call_file()), "--json").data
    site.stop(signal.SIGKILL)
    site.start()
    again = site.run("call", str(site.call_file()), "--json").data
    assert again["effect"] == "repeated"
    assert again["decision"] == first["decision"]


def test_a_policy_that_was_changed_after_signing_is_refused(new_site: Callable[..., Site]) -> None:
    """Exit 2 at start: nothing runs by rules that nobody signed."""
    site = new_site()
    site.config.write_text(site.config.read_text().replace("revision = 1", "revision = 2"))
    said = site.run("serve")
    assert said.code == 2
    assert "dialer policy sign" in said.err


def test_settings_with_an_unknown_key_are_refused_with_their_line(new_site: Callable[..., Site]) -> None:
    """Exit 2, file, line and the nearest key."""
    site = new_site()
    site.config.write_text(site.config.read_text().replace('user = "dialer"', 'usr = "dialer"'))
    said = site.run("serve")
    assert said.code == 2
    assert "dialer.toml:9" in said.err
    assert "user" in said.err


def test_a_lab_clock_is_shown_and_refused_for_a_real_record(new_site: Callable[..., Site]) -> None:
    """On the first line and on every line of the log; a record made without one never takes it."""
    lab = new_site(offset_s=3600)
    assert lab.start()
    lab.stop()
    lines = (lab.folder / "serve.log").read_text().splitlines()
    assert lines
    assert all(line.startswith("[lab clock +3600 s] ") for line in lines)
    real = new_site()
    real.config.write_text(real.config.read_text().replace('people = ["lin", "wang"]', ""))
    real.start()
    real.stop()
    real.config.write_text(real.config.read_text().replace("clock_offset_s = 0", "clock_offset_s = 60"))
    said = real.run("serve")
    assert said.code == 2
    assert "lab" in said.err


def test_sigterm_ends_it_soon(new_site: Callable[..., Site]) -> None:
    """Nothing live: within three seconds, exit 0, no socket left."""
    site = new_site()
    site.start()
    began = time.monotonic()
    assert site.stop() == 0
    assert time.monotonic() - began < 3
    assert not (site.folder / "data/dialer.sock").exists()


def test_doctor_finds_what_is_wrong(new_site: Callable[..., Site]) -> None:
    """No Asterisk here, all else well."""
    site = new_site()
    (site.folder / "sounds").mkdir()
    said = site.run("doctor", "--json")
    assert said.code == 1
    assert [one["name"] for one in said.data if not one["well"]] == ["asterisk"]


def test_a_client_imports_nothing_heavy() -> None:
    """A command that only speaks to the controller starts without SQL, HTTP servers and number tables."""
    heavy = (
        "aiohttp",
        "sqlalchemy",
        "alembic",
        "phonenumbers",
        "pydantic",
        "apscheduler",
        "yaml",
        "cryptography",
    )
    asked = f"import sys, dialer.cli; print([one for one in {heavy!r} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_an_officer_makes_a_key_and_signs(new_site: Callable[..., Site]) -> None:
    """The controller starts by what a trusted key signed; a key is never overwritten."""
    site = new_site()
    private, public = str(site.folder / "new.pem"), str(site.folder / "new.pub.pem")
    assert "trusted_keys" in site.ok("policy", "keygen", private, public, config=False).out
    assert site.run("policy", "keygen", private, public, config=False).code == 2
    site.ok("policy", "sign", "--key", private, "--by", "somebody")
    assert site.run("serve").code == 2
    site.ok("policy", "sign", "--key", str(site.folder / "officer.pem"))
    assert site.start()


def test_policy_commands_need_no_controller(new_site: Callable[..., Site]) -> None:
    """Check, list, show; an unknown rule is bad input."""
    site = new_site()
    assert site.ok("policy", "check").out.startswith("in order")
    assert "cn-national/collection-hours" in site.ok("policy", "list").out
    assert "22:00" in site.ok("policy", "show", "cn-national/collection-hours", "--lang", "en").out
    assert site.run("policy", "show", "no/such-rule").code == 2
    assert site.run("policy", "check", "--folder", str(SAMPLE)).code == 2


def test_a_register_is_checked_without_a_controller(new_site: Callable[..., Site]) -> None:
    """In order; and a decision without any register in force denies."""
    site = new_site()
    assert "in order" in site.run("register", "check", str(SAMPLE / "register.yaml"), config=False).out
    assert site.run("decide", str(site.call_file()), "--at", WORKING_HOUR).code == 1
