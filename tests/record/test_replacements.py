"""A script that is suspended or has ended is followed by its approved replacement, and by nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from record_kit import CLOSING, NOON, OFFICER, OPERATOR, ScriptRow, Site, codes

from dialer.core.admission import Permitted
from dialer.core.errors import BadInput
from dialer.core.facts import Period
from dialer.core.policy import Moment
from dialer.record.restrictions import Order

MakeSite = Callable[..., Site]
SECOND = ScriptRow(
    id="second", text="这里是江南银行，第二版。", audio_sha256=hashlib.sha256(b"2").hexdigest()
)
FIRST = ScriptRow(replacements=("second",))


async def _suspend(site: Site, script: str) -> None:
    await site.store.changes.restrict(Order("script", script, "suspend", "投诉"), OFFICER)


async def test_the_replacement_takes_over_at_once(make_site: MakeSite) -> None:
    """The permit says the other words; with both suspended nobody is called."""
    site = await make_site().ready(SECOND, FIRST, CLOSING)
    first = await site.permitted("C-1")
    assert first.permit.announcement.sha256 == FIRST.audio_sha256
    await _suspend(site, "opening")
    second = await site.permitted("C-2", "+8613812345679")
    assert second.permit.announcement.sha256 == SECOND.audio_sha256
    assert (await site.calls.reconfirm(second.permit, Moment.ANSWERED)).permitted
    await _suspend(site, "second")
    assert "script.not_approved" in codes(await site.admit("C-3", "+8613812345670"))


async def test_it_takes_over_when_the_approval_ends(make_site: MakeSite) -> None:
    """A moment before its end the script is said itself, at its end its replacement."""
    ends = NOON + timedelta(minutes=5)
    site = await make_site().ready(SECOND, replace(FIRST, period=Period(None, ends)), CLOSING)
    site.clock.move(minutes=5, microseconds=-1)
    assert (await site.permitted("C-1")).permit.announcement.sha256 == FIRST.audio_sha256
    site.clock.move(microseconds=1)
    found = await site.permitted("C-2", "+8613812345679")
    assert found.permit.announcement.sha256 == SECOND.audio_sha256


async def test_a_script_that_nobody_approved_is_replaced_by_nothing(make_site: MakeSite) -> None:
    """Replacements stand in for what was approved; a draft is no reason to say something else."""
    site = await make_site().ready(SECOND, CLOSING)
    await site.store.put_script(FIRST, OPERATOR)
    assert not isinstance(await site.admit("C-1"), Permitted)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (None, "is not an approved script"),
        (replace(SECOND, enterprise="lender"), "is not made for the same calls"),
        (replace(SECOND, products=frozenset({"insurance"})), "is not made for the same calls"),
    ],
)
async def test_approval_looks_at_the_replacements_too(
    make_site: MakeSite, other: ScriptRow | None, reason: str
) -> None:
    """They are one bundle: what takes over is approved before, and fits."""
    site = await make_site().ready(*((other,) if other else ()), CLOSING)
    await site.store.put_script(FIRST, OPERATOR)
    with pytest.raises(BadInput, match=reason):
        await site.store.approve_script("opening", 1, OFFICER)
