"""core.entry: one byte string for one value."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.entry import (
    CHAIN_START,
    canonical,
    chain_hash,
    commitment,
    from_us,
    leaf_hash,
    plain,
    to_us,
)
from dialer.core.facts import Trunk
from dialer.core.policy import Purpose, Text


def test_canonical_bytes() -> None:
    """Keys sorted, no spaces, text as NFC, sets sorted, instants as microseconds."""
    at = datetime(2026, 11, 24, 10, tzinfo=timezone(timedelta(hours=8)))
    value = {
        "b": {Purpose.MARKETING, Purpose.COLLECTION},
        "a": "e\u0301",
        "at": at,
        "day": date(2026, 1, 2),
        "n": None,
    }
    expected = f'{{"a":"é","at":{to_us(at)},"b":["collection","marketing"],"day":"2026-01-02","n":null}}'
    assert canonical(value) == expected.encode()


def test_the_same_instant_in_two_zones_is_the_same_bytes() -> None:
    """Zones of a clock are no content."""
    here = datetime(2026, 11, 24, 10, tzinfo=timezone(timedelta(hours=8)))
    assert canonical({"at": here}) == canonical({"at": here.astimezone(UTC)})


def test_values_become_plain() -> None:
    """Dataclasses, tuples, UUIDs, spans and booleans have one form."""
    assert plain(Text("中", "en")) == {"zh": "中", "en": "en"}
    assert plain((True, UUID(int=1), timedelta(milliseconds=2))) == [True, str(UUID(int=1)), 2000]


@pytest.mark.parametrize("value", [1.5, float("nan"), b"bytes", object(), {"deep": [0.1]}])
def test_what_has_no_one_form_is_refused(value: object) -> None:
    """Floats and unknown objects cannot stand in an entry."""
    with pytest.raises(TypeError, match="no canonical form"):
        canonical(value)


def test_an_instant_needs_a_zone() -> None:
    """A naive instant is refused, and microseconds survive the way there and back."""
    with pytest.raises(ValueError, match="needs a zone"):
        to_us(datetime(2026, 1, 1))  # noqa: DTZ001  that is what is tested
    at = datetime(2026, 11, 24, 2, 0, 0, 1, tzinfo=UTC)
    assert from_us(to_us(at)) == at


def test_hashes_are_those_of_the_log() -> None:
    """Leaf and running hash are domain-separated SHA-256."""
    leaf = hashlib.sha256(b"\x00entry").digest()
    assert leaf_hash(b"entry") == leaf
    assert chain_hash(CHAIN_START, leaf) == hashlib.sha256(b"\x02" + CHAIN_START + leaf).digest()


def test_a_commitment_hides_behind_its_salt() -> None:
    """Another salt gives another commitment; another spelling of the same text the same."""
    assert commitment(b"a", "+8613812345678") != commitment(b"b", "+8613812345678")
    assert commitment(b"a", "e\u0301") == commitment(b"a", "\u00e9")


_LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.text(max_size=8),
    st.datetimes(timezones=st.just(UTC)),
    st.uuids(),
    st.sampled_from(Purpose),
    st.frozensets(st.text(max_size=3), max_size=3),
    st.builds(Text, st.text(max_size=3), st.text(max_size=3)),
    st.builds(Trunk, st.text(max_size=3), st.text(max_size=3), st.text(max_size=3)),
)
_VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.tuples(inner, inner),
        st.dictionaries(st.text(max_size=4), inner, max_size=4),
        st.dictionaries(st.text(max_size=4), inner, max_size=4).map(MappingProxyType),
    ),
    max_leaves=12,
)


@given(_VALUES)
def test_the_short_way_writes_what_the_plain_way_does(value: Any) -> None:
    """Canonical bytes are the JSON of the plain value, also the second time an object that lasts is written."""
    expected = json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert canonical(value) == expected
    assert canonical(value) == expected
