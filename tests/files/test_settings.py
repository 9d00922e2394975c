"""dialer.toml: whole or refused whole, with the place of every fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialer.core.errors import BadInput, InputFault
from dialer.settings import load_settings

GOOD = """\
[site]
name = "示例"
data_dir = "data"
zone = "Asia/Shanghai"

[ari]
url = "http://127.0.0.1:8088/"
user = "dialer"
password_file = "ari.password"
sounds_dir = "/srv/sounds"

[policy]
folder = "policies"
signature = "rulebook.sig.json"
revision = 3

[policy.trusted_keys]
compliance-1 = "keys/compliance-1.pem"

[secrets]
dir = "keys"

[timing]
max_deaf_s = 8
"""


def written(folder: Path, text: str) -> Path:
    """`text` as dialer.toml in `folder`."""
    path = folder / "dialer.toml"
    path.write_text(text)
    return path


def faults_of(folder: Path, text: str) -> tuple[InputFault, ...]:
    """What is said against `text`."""
    with pytest.raises(BadInput) as caught:
        load_settings(written(folder, text))
    return caught.value.faults


def test_paths_are_taken_from_the_files_own_folder(tmp_path: Path) -> None:
    """A relative path means the same from every working directory, an absolute one stays."""
    settings = load_settings(written(tmp_path, GOOD))
    assert settings.site.data_dir == tmp_path / "data"
    assert settings.policy.trusted_keys == {"compliance-1": tmp_path / "keys/compliance-1.pem"}
    assert settings.ari.sounds_dir == Path("/srv/sounds")
    assert settings.ari.recordings_dir is None
    assert settings.ari.url == "http://127.0.0.1:8088"
    assert (settings.timing.max_deaf_s, settings.timing.permit_s, settings.timing.opt_out_key) == (8, 2, "9")


@pytest.mark.parametrize(
    ("old", "new", "line", "path", "value", "hint"),
    [
        ("max_deaf_s", "max_daef_s", 24, "timing.max_daef_s", "max_daef_s", "`max_deaf_s`"),
        ("max_deaf_s = 8", 'max_deaf_s = "8"', 24, "timing.max_deaf_s", "8", "a number"),
        ("[timing]", "[timings]", 23, "timings", "timings", "`timing`"),
        ("revision = 3", "revision = 3.5", 15, "policy.revision", "3.5", "a whole number"),
        ('user = "dialer"', 'user = "d"\npassword = "x"', 9, "ari.password", "password", "`password_file`"),
        ("max_deaf_s = 8", "max_deaf_s = 5", 23, "timing.renew_every_s", "3", "at most half"),
        ("max_deaf_s = 8", 'agent_key = "9"', 24, "timing.agent_key", "9", "two different keys"),
        (
            "max_deaf_s = 8",
            'wrong_person_key = "9"',
            24,
            "timing.wrong_person_key",
            "9",
            "two different keys",
        ),
        ("max_deaf_s = 8", 'party_key = "8"', 24, "timing.party_key", "8", "a key of its own"),
        ("[timing]", '[api]\ntcp = "0.0.0.0:80"\n[timing]', 24, "api.tcp", "0.0.0.0:80", "token_file"),
    ],
)
def test_a_fault_is_told_with_its_place(
    tmp_path: Path, old: str, new: str, line: int, path: str, value: str, hint: str
) -> None:
    """One fault gives one message with line, path, value and a hint that mends it."""
    (fault,) = faults_of(tmp_path, GOOD.replace(old, new))
    assert (fault.place.file, fault.place.line) == (str(tmp_path / "dialer.toml"), line)
    assert (fault.place.path, fault.value) == (path, value)
    assert hint in fault.hint


@pytest.mark.parametrize(
    "endpoint", ["PJSIP/{number}", "PJSIP/{number}@{trunk}{x}", "{number}{number}{trunk}", "{"]
)
def test_an_endpoint_holds_what_is_put_in_it(tmp_path: Path, endpoint: str) -> None:
    """A trunk's endpoint without its number or trunk, or with anything else to fill in, is refused."""
    (fault,) = faults_of(tmp_path, GOOD.replace("[policy]", f'trunk_endpoint = "{endpoint}"\n[policy]'))
    assert (fault.place.path, fault.value) == ("ari.trunk_endpoint", endpoint)
    assert "{number} and {trunk}" in fault.reason


def test_all_faults_are_told_together(tmp_path: Path) -> None:
    """Nobody mends a file one fault at a time."""
    bad = GOOD.replace("Asia/Shanghai", "Asia/Nanjing").replace("http://", "ftp://").replace("site", "sight")
    assert len(faults_of(tmp_path, GOOD.replace("Asia/Shanghai", "Asia/Nanjing"))) == 1
    assert len(faults_of(tmp_path, bad)) >= 3


def test_a_password_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """An open password file is refused at start, with the command that mends it and without its content."""
    secret = tmp_path / "ari.password"
    secret.write_text("open sesame")
    secret.chmod(0o644)
    (fault,) = faults_of(tmp_path, GOOD)
    assert (fault.place.line, fault.place.path, fault.value) == (9, "ari.password_file", "0644")
    assert fault.hint == f"chmod 600 {secret}"
    secret.chmod(0o600)
    assert load_settings(tmp_path / "dialer.toml").ari.password_file == secret


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://192.0.2.7/hook", "not an https address"),
        ("ftp://127.0.0.1/hook", "not an https address"),
        ("https://user:secret@example.com/hook", "a password does not stand in an address"),
        ("https://example.com/hook", "a webhook without a secret"),
    ],
)
def test_a_webhook_is_private_and_signed(tmp_path: Path, url: str, reason: str) -> None:
    """https or this machine, without a password in it, and never without a secret."""
    (fault,) = faults_of(tmp_path, GOOD + f'\n[webhook]\nurl = "{url}"\n')
    assert (fault.place.path, fault.reason[: len(reason)]) == ("webhook.url", reason)


def test_a_webhook_on_this_machine_or_over_https_is_taken(tmp_path: Path) -> None:
    """As it was written, a slash at its end included."""
    (tmp_path / "hook.secret").write_text("s")
    (tmp_path / "hook.secret").chmod(0o600)
    for url in ("http://127.0.0.1:8099/hook/", "https://example.com/hook"):
        text = GOOD + f'\n[webhook]\nurl = "{url}"\nsecret_file = "hook.secret"\n'
        assert load_settings(written(tmp_path, text)).webhook.url == url
    (fault,) = faults_of(tmp_path, text + "[lab]\nclock_offset_s = 60\n")
    assert (fault.place.path, fault.reason) == ("webhook.url", "a lab would tell the world:")


def test_a_shifted_clock_needs_an_asterisk_on_this_machine(tmp_path: Path) -> None:
    """The lab's clock is accepted beside a loopback Asterisk only."""
    shifted = GOOD + "\n[lab]\nclock_offset_s = -3600\n"
    assert load_settings(written(tmp_path, shifted)).lab.clock_offset_s == -3600
    (fault,) = faults_of(tmp_path, shifted.replace("127.0.0.1", "192.0.2.7"))
    assert (fault.place.path, fault.value) == ("lab.clock_offset_s", "-3600")


@pytest.mark.parametrize(
    "endpoint",
    [
        "PJSIP/{agent}@trunk-telecom",
        "PJSIP/trunk-{agent}",
        "PJSIP/TRUNK-{agent}",
        "PJSIP/any/sip:{agent}@carrier.example",
        "Local/{agent}",
        "Local/{agent}@out",
        "{agent}",
        "PJSIP/agent-{agent}&PJSIP/x",
    ],
)
def test_an_agents_leg_never_uses_a_trunk(tmp_path: Path, endpoint: str) -> None:
    """A form in which an agent's name could be a number on a trunk is refused, with line, value and hint."""
    line = 'password_file = "ari.password"\n'
    text = GOOD.replace(line, f'{line}agent_endpoint = "{endpoint}"\n')
    [fault] = faults_of(tmp_path, text)
    assert (fault.place.path, fault.place.line, fault.value) == ("ari.agent_endpoint", 10, endpoint)
    assert "never use a trunk" in fault.hint


def test_an_agent_is_not_named_like_a_trunk(tmp_path: Path) -> None:
    """Where agents' and trunks' endpoints are told apart by nothing, nobody's name makes one of the other."""
    line = 'password_file = "ari.password"\n'
    text = GOOD.replace(line, line + 'agent_endpoint = "PJSIP/{agent}"\n')
    assert load_settings(written(tmp_path, text + '[agents]\nnames = ["lin"]\n')).agents.names == ("lin",)
    [fault] = faults_of(tmp_path, text + '[agents]\nnames = ["lin", "trunk-telecom"]\n')
    assert fault.place.path == "ari.agent_endpoint"


@pytest.mark.parametrize(
    ("url", "lab", "reason"),
    [
        ("http://regulator.example", "", "in clear"),
        (
            "https://regulator.example",
            "[lab]\nclock_offset_s = 60\n",
            "a lab would submit to a real regulator",
        ),
    ],
)
def test_a_regulator_is_spoken_to_in_private_and_never_by_a_lab(
    tmp_path: Path, url: str, lab: str, reason: str
) -> None:
    """Over https, or on this machine; from a lab, on this machine only."""
    told = f'{GOOD}{lab}[number_list.regulators."江苏监管局"]\nurl = "{{}}"\n'
    (fault,) = faults_of(tmp_path, told.format(url))
    assert (reason in fault.reason, fault.value) == (True, "江苏监管局")
    assert load_settings(written(tmp_path, told.format("http://127.0.0.1:1"))).number_list.regulators


def test_a_regulators_token_is_nobody_elses(tmp_path: Path) -> None:
    """Readable by others: refused."""
    (tmp_path / "token").write_text("a-token\n")
    (tmp_path / "token").chmod(0o644)
    told = f'{GOOD}[number_list.regulators.one]\nurl = "https://a.example"\ntoken_file = "token"\n'
    (fault,) = faults_of(tmp_path, told)
    assert "others can read" in fault.reason
