"""The images carry what the tests tried: the same versions, the same modules, the same endpoint settings."""

from __future__ import annotations

import re

import yaml
from house_reading import ROOT

ETC = ROOT / "docker/asterisk/etc"
LAB = ROOT / "dialer/lab/conf"


def _pins(path: str) -> dict[str, str]:
    """Name -> version with hashes, as one lock file holds them."""
    blocks = re.findall(r"^([a-z0-9][\w.-]*)(==.*(?:\\\n    --hash=.*)+)", (ROOT / path).read_text(), re.M)
    return dict(blocks)


def test_the_image_has_the_locked_versions_and_no_tools_of_development() -> None:
    """Its lock is a part of requirements.lock, without tests, linters and phones."""
    image, everything = _pins("docker/requirements.lock"), _pins("requirements.lock")
    versions = {name: pin.split(";")[0].split(" ")[0] for name, pin in everything.items()}
    assert {name: pin.split(" ")[0] for name, pin in image.items()}.items() <= versions.items()
    assert {"aiohttp", "sqlalchemy", "pydantic", "typer"} <= set(image)
    assert not {"pytest", "ruff", "mypy", "pyvoip"} & set(image)


def test_the_image_loads_the_modules_that_the_lab_loads() -> None:
    """What the lab never loads (call files, Dial, Originate, the manager) is not loaded there either."""
    loaded = re.findall(r"^load = (\w+)\.so$", (ETC / "modules.conf").read_text(), re.M)
    assert loaded == (LAB / "modules.list").read_text().split()
    assert "autoload = no" in (ETC / "modules.conf").read_text()


def test_the_image_has_the_endpoint_settings_of_the_lab() -> None:
    """What every trunk and agent inherits is the text that the lab's tests ran with."""
    assert (LAB / "pjsip_endpoint.conf").read_text() in (ETC / "pjsip.conf").read_text()


def test_the_dialplan_hands_over_and_does_nothing_else() -> None:
    """Every extension enters Stasis; there is no context that dials."""
    dialplan = (ETC / "extensions.conf").read_text()
    assert set(re.findall(r"^exten => \S+?,1,(\w+)\(", dialplan, re.M)) == {"Stasis"}
    assert len(re.findall(r"^exten", dialplan, re.M)) == 4
    assert "include" not in dialplan


def test_ari_is_on_loopback_and_restricted() -> None:
    """Nobody outside of the machine can reach the interface that dials."""
    assert "bindaddr = 127.0.0.1" in (ETC / "http.conf").read_text()
    assert "deny = 0.0.0.0/0.0.0.0" in (ETC / "ari.conf").read_text()
    assert not re.search(r"^password = ", (ETC / "ari.conf").read_text(), re.M)


def test_no_image_runs_as_root_and_each_says_whether_it_is_well() -> None:
    """Both end with a user of their own and a health check."""
    for path in ("docker/Dockerfile", "docker/asterisk/Dockerfile"):
        text = (ROOT / path).read_text()
        assert re.findall(r"^USER (\w+)$", text, re.M)[-1] != "root"
        assert "\nHEALTHCHECK " in text


def test_compose_mounts_what_both_must_see() -> None:
    """Approved audio and recordings are shared, and each side writes only its own."""
    services = yaml.safe_load((ROOT / "docker/compose.yaml").read_text())["services"]
    asterisk, controller = services["asterisk"]["volumes"], services["controller"]["volumes"]
    assert "sounds:/var/lib/dialer-sounds:ro" in asterisk
    assert "sounds:/var/lib/dialer-sounds" in controller
    assert "recordings:/var/spool/asterisk/recording:ro" in controller
