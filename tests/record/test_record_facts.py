"""What the record and its register tell a decision, and what they leave unknown."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from record_kit import NOON, OFFICER, OPERATOR, Site, register

from dialer.record.preferences import Statement

MakeSite = Callable[..., Site]


async def _facts(site: Site) -> dict[str, Any]:
    await site.permitted()
    facts: dict[str, Any] = json.loads((await site.store.entries())[-1].content)["facts"]
    return facts


async def test_what_nobody_said_is_unknown(make_site: MakeSite) -> None:
    """No case, debt age, registry or callee is invented; the carrier's licence is known and its reviews are not."""
    facts = await _facts(await make_site().ready())
    unknown = ("case", "overdue_days", "lost_contact", "reassigned", "platform_known")
    assert [facts[one] for one in unknown] == [None] * len(unknown)
    assert (facts["registries"], facts["callee_party"], facts["number_list"]) == ({}, "unknown", "unknown")
    assert (facts["carrier"]["licence"], facts["carrier"]["reviews"]) == ("A2", None)
    assert "recording" not in facts["retention_days"]


async def test_what_the_register_says(make_site: MakeSite) -> None:
    """A carrier's reviews and the state of the list of this unit's number."""
    site = await make_site().ready()
    document = register()
    review = {"what": "licence", "document": "L-bank", "reviewed_on": "2026-03-01", "by": "示例"}
    document["carriers"][0] |= {"status": "suspended", "reviews": [review], "from": "2026-01-01"}
    document["numbers"][0]["list_state"] = "submitted"
    document["numbers"][1]["list_state"] = "rejected"
    await site.store.put_in_force("register", document, OFFICER)
    facts = await _facts(site)
    assert facts["number_list"] == "submitted"
    carrier = facts["carrier"]
    assert (carrier["status"], carrier["period"]["end"]) == ("suspended", None)
    assert [(one["what"], one["document"]) for one in carrier["reviews"]] == [("licence", "L-bank")]


@pytest.mark.parametrize(
    ("source", "evidence"),
    [("短信", "sms"), ("电话", "telephone"), ("书面同意", "writing"), ("网页", "web"), ("客服", "other")],
)
async def test_a_registered_wish_is_a_proof_of_consent(
    make_site: MakeSite, source: str, evidence: str
) -> None:
    """By the word that says how it was given; another word is no evidence of a kind that a rule names."""
    site = await make_site().ready()
    request = await site.request()
    await site.store.state_preference(
        Statement(
            key="k-1",
            kind="accept",
            subjects=(request.person,),
            enterprise="bank",
            purpose=None,
            product=None,
            channel=None,
            source=source,
            stated_at=NOON - timedelta(days=1),
            until=None,
            evidence={},
            actor=OPERATOR,
        )
    )
    consents = (await _facts(site))["consents"]
    assert [(one["evidence"], one["covers"], one["enterprise"]) for one in consents] == [
        (evidence, ["calls"], "bank")
    ]


async def test_what_whoever_asks_declares(make_site: MakeSite) -> None:
    """The debt's age and who is called reach the decision as they were asked."""
    site = await make_site().ready()
    await site.permitted(overdue_days=3, callee_party="guarantor")
    facts = json.loads((await site.store.entries())[-1].content)["facts"]
    assert (facts["overdue_days"], facts["callee_party"]) == (3, "guarantor")
