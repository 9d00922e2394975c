"""The weekly windows of a person: said once, said anew, ended, and kept by a rule."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from record_kit import NOON, OPERATOR, Site, codes, rule

from dialer.core.facts import PersonalHours
from dialer.core.policy import PolicySet, Purpose
from dialer.core.rulebook import Rulebook
from dialer.core.rules import hours
from dialer.record.personal_hours import WeeklyWish

MakeSite = Callable[..., Site]
HOUR = timedelta(hours=1)
LUNCH = (PersonalHours("never", ("mon",), "11:00", "14:00"),)
ALL_DAY = hours.Params((hours.Open(("all",), "00:00", "24:00"),), personal=True)


def _keeping_to_wishes(site: Site) -> Site:
    """The site's rulebook with a rule that keeps to personal windows."""
    (pack,) = site.book.policy.packs
    personal = replace(pack, rules=(*pack.rules, rule("personal", "hours", ALL_DAY)))
    site.book = Rulebook(PolicySet((personal,)), 2, "test")
    site.store.know(site.book)
    return site


async def _said(site: Site, key: str, **more: Any) -> None:
    request = await site.request()
    known: dict[str, Any] = {
        "subject": UUID(str(request.person)),
        "enterprise": "bank",
        "purpose": None,
        "windows": LUNCH,
        "source": "web",
        "stated_at": NOON - HOUR,
        "until": None,
        "evidence": {"row": 1},
        "actor": OPERATOR,
    }
    await site.store.state_personal_hours(WeeklyWish(key, **{**known, **more}))


async def test_a_wish_is_kept(make_site: MakeSite) -> None:
    """Who wants no call over lunch gets none, and the denial says when lunch is over."""
    site = await _keeping_to_wishes(make_site()).ready()
    await _said(site, "a")
    denied = await site.admit()
    assert codes(denied) == ["hours.not_wanted"]
    assert denied.next_instant == NOON + 2 * HOUR


@pytest.mark.parametrize(
    "more",
    [
        {"purpose": Purpose.MARKETING},
        {"enterprise": "lender"},
        {"until": NOON},
        {"stated_at": NOON + HOUR},
        {"windows": ()},
    ],
)
async def test_what_does_not_bind_this_call(make_site: MakeSite, more: dict[str, Any]) -> None:
    """A wish about other calls, one that has ended, one not yet in force, and one without windows deny nothing."""
    site = await _keeping_to_wishes(make_site()).ready()
    await _said(site, "a", **more)
    await site.permitted()


async def test_the_newest_word_counts(make_site: MakeSite) -> None:
    """Said anew, the week is the new one; the same statement twice is one."""
    site = await _keeping_to_wishes(make_site()).ready()
    await _said(site, "a")
    await _said(site, "b", windows=(), stated_at=NOON - HOUR / 2)
    await _said(site, "a")
    await site.permitted()


@pytest.mark.parametrize(
    "window",
    [
        PersonalHours("maybe", ("mon",), "11:00", "14:00"),
        PersonalHours("never", (), "11:00", "14:00"),
        PersonalHours("never", ("noday",), "11:00", "14:00"),
        PersonalHours("never", ("mon",), "14:00", "11:00"),
    ],
)
async def test_a_wish_that_means_nothing(make_site: MakeSite, window: PersonalHours) -> None:
    """A window of an unknown kind or day, or that ends before it starts, is refused."""
    site = await make_site().ready()
    with pytest.raises(ValueError, match="window"):
        await _said(site, "a", windows=(window,))
