"""Commands against a real controller over its socket: what they say, and how they end."""

from __future__ import annotations

import json
import stat
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from site_kit import ENTERPRISE, NIGHT, ROOT, SAMPLE, WORKING_HOUR, Site

PLAN = """
id = "{id}"
enterprise = "jiangsu-example"
purpose = "collection"
product = "credit"
script = "collection-recorded"
"""


def test_a_lawful_call_is_decided_so(site: Site) -> None:
    """Exit 0, and the duties that come with it."""
    said = site.run("decide", str(site.call_file()), "--at", WORKING_HOUR)
    assert said.code == 0
    assert said.out.startswith("permitted")
    assert "announce" in said.out


def test_a_denial_names_rule_source_next_instant_and_remedy(site: Site) -> None:
    """At half past eleven at night: the hours rule, eight in the morning, and what to do."""
    said = site.run("decide", str(site.call_file()), "--at", NIGHT)
    assert said.code == 1
    lines = [line.strip() for line in said.out.splitlines()]
    assert lines[0].startswith("denied")
    assert any(line.startswith("cn-national/collection-hours · ") for line in lines)
    assert "next permitted instant: 2026-11-25 08:00:00 Asia/Shanghai (callee, site)" in lines
    assert any(line.startswith("remedy: ") for line in lines)


def test_a_denial_is_told_in_chinese_where_asked(site: Site) -> None:
    """By option, and by the environment."""
    asked = ("decide", str(site.call_file()), "--at", NIGHT)
    by_option, by_lang = site.run(*asked, "--lang", "zh"), site.run(*asked, env={"LANG": "zh_CN.UTF-8"})
    assert by_option.out == by_lang.out
    assert "不予外呼" in by_option.out
    assert "最早可拨时间: 2026-11-25 08:00:00 Asia/Shanghai" in by_option.out


def test_the_same_question_gives_the_same_bytes(site: Site) -> None:
    """Twice, and in another spelling of the number; they fit the schema of a decision."""
    asked = ("--at", NIGHT, "--json")
    first = site.run("decide", str(site.call_file()), *asked)
    again = site.run("decide", str(site.call_file()), *asked)
    spelled = site.run("decide", str(site.call_file("spelled", number="+86 138-0000-0001")), *asked)
    assert first.out == again.out == spelled.out
    schema = json.loads((ROOT / "docs/schema/decision.json").read_text())
    Draft202012Validator(schema).validate(first.data)


def test_no_command_shows_a_number(site: Site) -> None:
    """Neither answers nor the controller's log hold the number called."""
    said = site.run("call", str(site.call_file("masked", number="13800000042", person={"id": "P042"})))
    shown = said.out + said.err + (site.folder / "serve.log").read_text()
    assert "13800000042" not in shown
    assert "138****0042" in said.out


def test_without_asterisk_no_call_and_the_reason(site: Site) -> None:
    """Exit 1, and the denial says what is down and that it mends by itself."""
    said = site.run("call", str(site.call_file("down")), "--json")
    assert said.code == 1
    codes = {one["code"] for one in said.data["decision"]["findings"] if one["effect"] == "deny"}
    assert "sound.link_down" in codes
    assert said.data["attempt"] is None


def test_one_key_is_one_call(site: Site) -> None:
    """The second time nothing is asked anew; another wish under that key is refused."""
    first = site.run("call", str(site.call_file("once")), "--json")
    again = site.run("call", str(site.call_file("once")), "--json")
    assert (first.data["effect"], again.data["effect"]) == ("deny", "repeated")
    assert again.data["decision"] == first.data["decision"]
    other = site.run("call", str(site.call_file("once", number="13800000002")), "--json")
    codes = {one["code"] for one in other.data["decision"]["findings"] if one["effect"] == "deny"}
    assert other.data["effect"] == "deny"
    assert "sound.key_reused" in codes


def test_many_calls_go_at_once(site: Site) -> None:
    """A line of a .jsonl is a call; each gets its own answer, in order."""
    calls = [json.loads(site.call_file(f"many{n}").read_text()) for n in range(5)]
    path = site.folder / "many.jsonl"
    path.write_text("\n".join(json.dumps(one) for one in calls) + "\n")
    said = site.run("call", str(path), "--json")
    assert said.code == 1
    assert [one["effect"] for one in said.data] == ["deny"] * 5


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"purpose": "nothing"}, "purpose"),
        ({"colour": "red"}, "colour"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"idempotency_key": ""}, "idempotency_key"),
        ({"person": {}}, "person.id"),
    ],
)
def test_a_call_that_does_not_fit_is_bad_input(site: Site, change: dict[str, Any], path: str) -> None:
    """Exit 2, and the fault names its place."""
    said = site.run("call", str(site.call_file("faulty", **change)))
    assert said.code == 2
    assert f"body:{path}: " in said.err


def test_a_file_that_is_no_call_is_bad_input(site: Site) -> None:
    """Not JSON, not an object, not there."""
    broken = site.folder / "broken.json"
    broken.write_text("{")
    assert site.run("call", str(broken)).code == 2
    broken.write_text("[]")
    assert site.run("call", str(broken)).code == 2
    assert site.run("call", str(site.folder / "absent.json")).code == 2


def test_a_campaign_with_faulty_rows_waits_for_a_persons_word(site: Site) -> None:
    """They are set aside with row, column and reason; its preview places nothing."""
    plan, people = site.folder / "plan.toml", site.folder / "people.csv"
    plan.write_text(PLAN.format(id="faulty-rows"))
    people.write_text(
        "person_id,number,caller_id\nP1,13800000011,95000001\nP2,12,95000001\nP3,13800000013,95000002\n"
    )
    brought = site.ok("campaign", "import", str(plan), str(people), "--json").data
    assert (brought["size"], brought["rejected_rows"], brought["state"]) == (2, 1, "imported")
    refused = site.run("campaign", "start", "faulty-rows")
    assert refused.code == 2
    assert "--accept-rejected" in refused.err
    seen = site.ok("campaign", "preview", "faulty-rows", "--at", WORKING_HOUR, "--json").data
    assert (seen["permitted"], seen["denied"]) == (1, 1)
    assert seen["rejected"][0]["row"] == 3
    assert seen["rejected"][0]["column"] == "number"
    assert "13800000011" not in json.dumps(seen)
    shown = site.ok("campaign", "preview", "faulty-rows", "--at", WORKING_HOUR, "--lang", "zh").out
    assert "拒收行清单" in shown
    assert (
        site.ok("campaign", "start", "faulty-rows", "--accept-rejected", "--json").data["state"] == "started"
    )
    assert site.ok("campaign", "cancel", "faulty-rows", "--json").data["state"] == "cancelled"


def test_a_plan_that_is_not_clear_is_refused_with_its_line(site: Site) -> None:
    """A weekday in digits and an unknown key."""
    plan, people = site.folder / "unclear.toml", SAMPLE / "list.csv"
    plan.write_text(PLAN.format(id="unclear") + '[schedule]\ncron = "0 9 * * 1"\nzone = "Asia/Shanghai"\n')
    said = site.run("campaign", "import", str(plan), str(people))
    assert said.code == 2
    assert "mon-fri" in said.err
    plan.write_text(PLAN.format(id="unclear") + 'scrpt = "x"\n')
    said = site.run("campaign", "import", str(plan), str(people))
    assert said.code == 2
    assert "unclear.toml:7" in said.err
    assert "script" in said.err


def test_an_opt_out_binds_the_next_decision(site: Site) -> None:
    """Registered, shown, and marketing is denied for it."""
    person = {"id": "P900"}
    site.ok("preference", "add", "P900", "--enterprise", ENTERPRISE, "--number", "13800000900")
    said = site.ok("preference", "show", "P900", "--enterprise", ENTERPRISE, "--json").data
    assert [one["kind"] for one in said["preferences"]] == ["opt_out"]
    asked = site.call_file(
        "optout",
        purpose="marketing",
        person=person,
        number="13800000900",
        caller_id="95000002",
        script="marketing-recorded",
    )
    decided = site.run("decide", str(asked), "--json").data
    denying = {
        one["rule"] for one in decided["findings"] if one["effect"] == "deny" and one["mode"] == "enforce"
    }
    assert "house/opt-out-holds" in denying


def test_a_stop_is_a_finding_until_it_is_lifted(site: Site) -> None:
    """Of one campaign only, with its reason."""
    asked = str(site.call_file("stopped", campaign="halted"))
    site.ok("stop", "--scope", "campaign", "--of", "halted", "--reason", "wrong list")
    said = site.run("decide", asked, "--at", WORKING_HOUR)
    assert said.code == 1
    assert "wrong list" in said.out
    site.ok("resume", "--scope", "campaign", "--of", "halted")
    assert site.run("decide", asked, "--at", WORKING_HOUR).code == 0


def test_a_register_that_is_faulty_changes_nothing(site: Site) -> None:
    """Refused whole, with the line; the one in force stays."""
    before = site.ok("register", "list", "--json").data["version"]
    path = site.folder / "register.yaml"
    path.write_text((SAMPLE / "register.yaml").read_text().replace("95000004", "not-a-number"))
    said = site.run("register", "import", str(path))
    assert said.code == 2
    assert "register.yaml:" in said.err
    assert site.ok("register", "list", "--json").data["version"] == before


def test_status_says_why_no_call_could_begin(site: Site) -> None:
    """Exit 1 while Asterisk is not there."""
    said = site.run("status", "--json")
    assert said.code == 1
    assert said.data["ready"] is False
    assert "asterisk" in said.data["why"]


def test_an_agent_nobody_knows_cannot_sign_in(site: Site) -> None:
    """A fault of the world: exit 1, with the name."""
    said = site.run("agents", "sign-in", "7777")
    assert said.code == 1
    assert "7777" in said.err


def test_only_the_owner_may_open_the_socket(site: Site) -> None:
    """Mode 0600."""
    assert stat.S_IMODE((site.folder / "data/dialer.sock").stat().st_mode) == 0o600
