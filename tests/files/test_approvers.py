"""Who may approve, as the settings say it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from dialer.core.errors import BadInput
from dialer.settings import load_settings

BASE = """
[site]
name = "x"
data_dir = "data"
zone = "Asia/Shanghai"
[ari]
url = "{url}"
user = "dialer"
password_file = "password"
sounds_dir = "sounds"
[policy]
folder = "policies"
signature = "s.json"
revision = 1
trusted_keys = {{ officer = "o.pem" }}
[secrets]
dir = "secrets"
"""
APPROVERS = """
[approvers]
people = ["li", "zhao"]
[[approvers.deputies]]
name = "{name}"
of = "{of}"
from = 2026-12-01
to = {to}
"""


def _written(folder: Path, text: str, url: str = "http://127.0.0.1:8088") -> Path:
    (folder / "password").write_text("x\n")
    (folder / "password").chmod(0o600)
    path = folder / "dialer.toml"
    path.write_text(BASE.format(url=url) + text)
    return path


def test_a_deputy_has_his_days(tmp_path: Path) -> None:
    """First day and the day after the last, as TOML writes days."""
    found = load_settings(_written(tmp_path, APPROVERS.format(name="sun", of="li", to="2026-12-15")))
    (deputy,) = found.approvers.deputies
    assert (deputy.from_, deputy.to) == (date(2026, 12, 1), date(2026, 12, 15))


@pytest.mark.parametrize(
    ("name", "of", "to", "why"),
    [
        ("sun", "wu", "2026-12-15", "may not approve"),
        ("li", "li", "2026-12-15", "for himself"),
        ("sun", "li", "2026-12-01", "ends before it begins"),
    ],
)
def test_a_deputy_that_makes_no_sense_is_refused(
    tmp_path: Path, name: str, of: str, to: str, why: str
) -> None:
    """Of nobody who may approve, of himself, for no day."""
    with pytest.raises(BadInput, match=why):
        load_settings(_written(tmp_path, APPROVERS.format(name=name, of=of, to=to)))


def test_people_of_a_lab_are_refused_at_a_real_asterisk(tmp_path: Path) -> None:
    """Only where nobody real can be called may one user play two people."""
    with pytest.raises(BadInput, match="lab at a real Asterisk"):
        load_settings(_written(tmp_path, '[lab]\npeople = ["lin"]\n', "http://192.0.2.1:8088"))
