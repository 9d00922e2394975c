"""A call whose whole chain stands, under the shipped packs: what the tests break, link by link."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

from record_kit import CALLER_ID, NOON, OFFICER, OPERATOR, ScriptRow, StillClock, secrets

from dialer.core.admission import Actor
from dialer.core.cases import Change
from dialer.core.policy import PolicySet, Purpose
from dialer.core.rulebook import Rulebook
from dialer.policy_files import load_policy
from dialer.record import cases
from dialer.record.hashing import subject_hash
from dialer.record.store import RecordStore

PACKS = ("cn-jiangsu", "cn-national", "house")
Document = dict[str, Any]
Break = Callable[[Document], Any]


def shipped() -> Rulebook:
    """The packs that bind a lender of Jiangsu."""
    policy = load_policy(Path(__file__).parents[2] / "policies")
    return Rulebook(PolicySet(tuple(one for one in policy.packs if one.id in PACKS)), 1, "test")


def chain() -> Document:
    """Bank, agency, sub-agency, platform, two carriers with a trunk each, three numbers; nothing is missing."""
    always = {"from": "2026-01-01", "to": "2028-01-01"}
    scope = {"purposes": ["collection"], "products": ["credit"], "status": "valid"}
    number = {
        "number": CALLER_ID,
        "enterprise": "bank",
        "agency": "suzhou",
        "carrier": "unicom",
        "purposes": ["collection"],
        "path": "special_segment",
        "status": "allocated",
        "may_dial_out": True,
        "undertaking": "CN-1",
        "document": "HP-1",
        "list_state": "acknowledged",
        **always,
    }
    party = {"full_name": "示例公司", "uscc": "91320000000000000X", "seat": "CN-32"}
    inspected = {"standing": "active", "inspections": [{"on": "2026-06-01", "by": "内审"}]}
    return {
        "register": {"name": "test", "zone": "Asia/Shanghai"},
        "enterprises": [{"id": "bank", "short_names": [], "contact": CALLER_ID, **party}],
        "agencies": [{"id": one, **party, **inspected} for one in ("suzhou", "wuxi")],
        "platforms": [{"id": "cloud", **party}],
        "licences": [{"enterprise": "bank", "number": "JR-1", **scope, **always}],
        "entrustments": [
            {"document": "WT-1", "enterprise": "bank", "party": "suzhou", **scope, **always},
            {"document": "WT-2", "enterprise": "bank", "party": "cloud", **scope, **always},
            {
                "document": "WT-3",
                "enterprise": "bank",
                "party": "wuxi",
                "sub_of": "WT-1",
                "consent": "TY-1",
                **scope,
                **always,
            },
        ],
        "carriers": [
            {
                "id": one,
                "name": one,
                "licence": f"DX-{one}",
                "reviews": [
                    {"what": "entrustment", "document": name, "reviewed_on": "2026-02-01", "by": "示例"}
                    for name in ("WT-1", "WT-2", "WT-3")
                ],
                **always,
            }
            for one in ("unicom", "telecom")
        ],
        "trunks": [
            {"name": name, "carrier": carrier, "place": "CN-32", "number_format": "national"}
            for name, carrier in (("east", "unicom"), ("west", "telecom"))
        ],
        "numbers": [number, {**number, "number": "95199", "agency": "wuxi", "document": "HP-2"}],
    }


def broken(how: Break) -> Document:
    """The chain with one link broken."""
    document = copy.deepcopy(chain())
    how(document)
    return document


async def store_of(folder: Path, book: Rulebook) -> RecordStore:
    """A record with the chain, the shipped packs, an approved script and cases that are with the agency and told."""
    store = RecordStore.open(
        folder, secrets=secrets(), clock=StillClock(), rulebooks={book.digest: book}, spans=None
    )
    await store.put_in_force("register", chain(), OFFICER)
    await store.put_in_force("policy", {"digest": book.digest, "revision": book.revision}, OFFICER)
    await approved(store, ScriptRow(purposes=frozenset({Purpose.COLLECTION})))
    return store


async def approved(store: RecordStore, script: ScriptRow) -> None:
    """Submit and approve."""
    await store.put_script(script, OPERATOR)
    await store.approve_script(script.id, script.version, OFFICER)


async def case_is(store: RecordStore, debt: str, *changes: Change, actor: Actor = OPERATOR) -> None:
    """Write what happened to a debt of the bank."""
    found = subject_hash(secrets().subject_key, "debt", "bank", debt)
    rows = [cases.DebtChange(found, one) for one in changes]
    await store.write(lambda one: cases.add(one, rows, actor, NOON))
