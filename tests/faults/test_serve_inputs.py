"""Bad input of every kind of file at start: file, line, value, what to do; nothing runs and no record is made."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from serve_kit import ROOT, SAMPLE, settings

from dialer.core.errors import BadInput
from dialer.policy_files import load_rulebook
from dialer.policy_signature import make_key, sign, write_signature
from dialer.register_files import load_register
from dialer.settings import load_settings
from dialer.wiring.controller import serve


@pytest.fixture
def site(folder: Path) -> Iterator[Path]:
    """A site of files in which all is well; its policy is its own copy."""
    (folder / "policies").mkdir()
    for pack in ("house", "cn-national", "cn-jiangsu"):
        (folder / "policies" / pack).mkdir()
        for rule in (ROOT / "policies" / pack).iterdir():
            (folder / "policies" / pack / rule.name).write_text(rule.read_text())
    text = settings(folder, "http://127.0.0.1:9").replace(str(ROOT / "policies"), "policies")
    (folder / "dialer.toml").write_text(text)
    (folder / "ari.password").write_text("x\n")
    (folder / "ari.password").chmod(0o600)
    make_key(folder / "officer.pem", folder / "officer.pub.pem")
    signed(folder)
    return folder


def signed(site: Path, key: str = "officer") -> None:
    """Sign the policy as it stands."""
    rulebook = load_rulebook(site / "policies", 1)
    write_signature(sign(rulebook, site / f"{key}.pem", key, datetime.now(UTC)), site / "rulebook.sig.json")


def said(site: Path, *, register: bool = False) -> str:
    """What is said of bad input, for which every command ends with 2; nothing else may be raised."""
    try:
        if register:
            load_register(site / "register.yaml")
        else:
            asyncio.run(asyncio.wait_for(serve(load_settings(site / "dialer.toml"), print, 0.0), 10))
    except BadInput as bad:
        return str(bad)
    raise AssertionError("it was taken")


def changed(path: Path, old: str, new: str) -> int:
    """Replace in a file; the line where it stands."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return text[: text.index(old)].count("\n") + 1


CONFIG = [
    ('user = "dialer"', 'usr = "dialer"', "usr"),
    ("ring_timeout_s = 12", 'ring_timeout_s = "soon"', "soon"),
    ('zone = "Asia/Shanghai"', 'zone = "Asia/Nanjing"', "Asia/Nanjing"),
    ("[timing]", "[timings]", "timings"),
]
RULE = [("most: 3", "most: three", "three"), ("window_n: 1", "window_m: 1", "window_m")]


@pytest.mark.parametrize(("old", "new", "value"), CONFIG)
def test_a_fault_in_the_settings(site: Path, old: str, new: str, value: str) -> None:
    """An unknown key, a wrong type, a zone that does not exist, an unknown section."""
    line = changed(site / "dialer.toml", old, new)
    errors = said(site)
    assert f"dialer.toml:{line}: " in errors
    assert value in errors
    assert "hint: " in errors or "such as" in errors
    assert not (site / "data").exists()


@pytest.mark.parametrize(("old", "new", "value"), RULE)
def test_a_fault_in_a_rule(site: Path, old: str, new: str, value: str) -> None:
    """The whole set is refused, and no record is made by it."""
    line = changed(site / "policies/house/attempts-per-person.yaml", old, new)
    errors = said(site)
    assert f"attempts-per-person.yaml:{line}: " in errors
    assert value in errors
    assert not (site / "data").exists()


def test_a_fault_in_the_register(site: Path) -> None:
    """Refused whole before it is sent anywhere, every fault with its line."""
    (site / "register.yaml").write_text((SAMPLE / "register.yaml").read_text())
    first = changed(site / "register.yaml", "may_dial_out: false", "may_dial_out: perhaps")
    second = changed(site / "register.yaml", "regulator:", "regulated:")
    errors = said(site, register=True)
    assert f"register.yaml:{first}: " in errors
    assert f"register.yaml:{second}: " in errors
    assert "perhaps" in errors


def _unsigned(site: Path) -> None:
    (site / "rulebook.sig.json").unlink()


def _forged(site: Path) -> None:
    path = site / "rulebook.sig.json"
    document = json.loads(path.read_text())
    name = next(one for one in document if "signature" in one)
    kept = document[name]
    document[name] = ("A" if kept[0] != "A" else "B") + kept[1:]
    path.write_text(json.dumps(document))


def _loosened(site: Path) -> None:
    changed(site / "policies/house/attempts-per-person.yaml", "most: 3", "most: 300")


def _another_hand(site: Path) -> None:
    make_key(site / "stranger.pem", site / "stranger.pub.pem")
    signed(site, "stranger")


def _no_pack(site: Path) -> None:
    changed(site / "dialer.toml", 'folder = "policies"', 'folder = "made"')
    (site / "made").mkdir()


def _empty_pack(site: Path) -> None:
    for rule in (site / "policies/house").glob("*.yaml"):
        if rule.name != "pack.yaml":
            rule.unlink()


TAMPERED = (_unsigned, _forged, _loosened, _another_hand, _no_pack, _empty_pack)


@pytest.mark.parametrize("tamper", TAMPERED, ids=[one.__name__.strip("_") for one in TAMPERED])
def test_a_policy_that_nobody_signed_is_never_in_force(site: Path, tamper: Callable[[Path], None]) -> None:
    """Not signed, a forged signature, loosened after it, signed by a stranger, no pack at all, a pack of no rule."""
    tamper(site)
    errors = said(site)
    assert errors.strip()
    assert tamper is not _empty_pack or "no rule" in errors
    assert not (site / "data").exists()
