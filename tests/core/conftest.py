"""The lawful call that tests of the core vary."""

from __future__ import annotations

from pathlib import Path

import pytest

from dialer.core.facts import Facts
from dialer.documents import load_yaml, validated

BASE = Path(__file__).parents[1] / "policies" / "facts.yaml"


@pytest.fixture(scope="session")
def lawful() -> Facts:
    """The base facts of the policy cases: a collection call on a Tuesday at 10:00 in Jiangsu."""
    return validated(load_yaml(BASE), Facts)
