"""Submitting over HTTP to a regulator of the lab, well behaved or not, until both sides are equal."""

from __future__ import annotations

import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from number_list_kit import ENTERPRISE, OFFICER, REGULATOR, Site, receipt, register, regulator

from dialer.lab.number_list import rehearse
from dialer.lab.regulator import FAULTLESS, Habits, LabRegulator
from dialer.number_list.delivery import Address
from dialer.number_list.reconcile import compared, to_replay
from dialer.ports.number_list import Key, Known

# Of the misdeeds, these must all have happened over the seeds below, or the rehearsal would prove little.
MISDEEDS = {"cuts", "delays", "doubles", "fails", "forgets", "rejects", "reorders", "withholds"}
SEEDS = (1, 4, 7)


@pytest.mark.parametrize("seed", SEEDS)
async def test_many_submissions_to_a_regulator_that_misbehaves_end_equal(seed: int) -> None:
    """Lost, delayed, doubled, reordered, rejected: at the end it holds just what it acknowledged."""
    with tempfile.TemporaryDirectory() as folder:
        done = await rehearse(Path(folder), seed, 12)
    assert done.equal, done
    assert done.submissions >= 6
    assert sum(done.misdeeds.values()) > 10


async def test_the_rehearsals_meet_each_misdeed(tmp_path: Path) -> None:
    """One with every habit at its worst shows all of them, and still ends equal."""
    worst = Habits(cuts=0.3, forgets=0.3, fails=0.3, delays=0.8, doubles=0.5, withholds=0.4, rejects=0.2)
    done = await rehearse(tmp_path, 3, 10, worst)
    assert done.equal, done
    assert {name for name, count in done.misdeeds.items() if count} == MISDEEDS
    assert done.lost
    assert done.sent_again


class Wired:
    """A site that submits to a regulator of the lab."""

    def __init__(self, site: Site, regulator_: LabRegulator, url: str) -> None:
        self.site, self.regulator, self.url = site, regulator_, url

    async def settle(self) -> dict[str, Any]:
        """One reconciling; the report of the enterprise."""
        told = await self.site.desk.reconcile(None, OFFICER)
        (one,) = told["enterprises"]
        found: dict[str, Any] = one
        return found


async def wired(stack: AsyncExitStack, site: Site, habits: Habits = FAULTLESS, token: str = "") -> Wired:
    """Start a regulator and point the site's desk at it."""
    made, serving = regulator(site, habits)
    made.token = token
    url = await stack.enter_async_context(serving)
    site.with_rules({REGULATOR: Address(url, token)})
    return Wired(site, made, url)


async def test_an_acknowledged_list_is_held_as_it_was_sent(site: Site) -> None:
    """With its token; then both sides are equal and nothing is told again."""
    async with AsyncExitStack() as stack:
        one = await wired(stack, site, token="a-token-of-the-lab")
        await site.submitted()
        report = await one.settle()
    assert (report["equal"], report["told_again"], report["unsent"]) == (True, 0, 0)
    assert set((await site.states()).values()) == {"acknowledged"}
    assert len(one.regulator.holds) == 8


async def test_what_the_regulator_lost_is_sent_again(site: Site) -> None:
    """It took the submission, and then knows nothing of it."""
    async with AsyncExitStack() as stack:
        one = await wired(stack, site)
        await site.submitted()
        one.regulator.__post_init__()
        one.regulator.holds.clear()
        report = await one.settle()
    assert (report["equal"], report["lost"], report["told_again"]) == (True, 1, 1)


async def test_what_it_holds_otherwise_than_acknowledged_is_told_again_in_order(site: Site) -> None:
    """An old submission took effect after a newer one: the newer one is told again, and what it told besides."""
    async with AsyncExitStack() as stack:
        one = await wired(stack, site)
        await site.submitted()
        await one.settle()
        old = dict(one.regulator.holds)
        await site.put(register("95000002", n95000001={"purposes": ["service"]}))
        await site.submitted()
        assert (await one.settle())["told_again"] == 0
        one.regulator.holds = old
        report = await one.settle()
        assert (report["equal"], report["told_again"]) == (True, 1)
        assert len(one.regulator.holds) == 7


async def test_rejected_numbers_are_listed_and_never_sent_again_by_themselves(site: Site) -> None:
    """Each with its reason; both sides are equal all the same."""
    async with AsyncExitStack() as stack:
        one = await wired(stack, site, Habits(0, 0, 0, 0, 0, 0, rejects=1))
        await site.submitted()
        report = await one.settle()
        assert (await one.settle())["told_again"] == 0
    assert report["equal"]
    assert len(report["rejected"]) == 8
    assert {"电信企业" in row["reason"] for row in report["rejected"]} == {True}
    assert set((await site.states()).values()) == {"rejected"}
    assert one.regulator.holds == {}


async def test_a_submission_that_does_not_get_there_waits_and_goes_on(site: Site) -> None:
    """Nobody answers: it is being sent, no number is submitted; once somebody does, reconciling brings it there."""
    site.with_rules({REGULATOR: Address("http://127.0.0.1:9")})
    (ident,) = await site.signed()
    told = await site.desk.submit(ident, OFFICER)
    assert (told["state"], set((await site.states()).values())) == ("sending", {"unsubmitted"})
    report = await site.desk.reconcile(None, OFFICER)
    assert not report["equal"]
    async with AsyncExitStack() as stack:
        one = await wired(stack, site)
        assert (await one.settle())["equal"]
    assert set((await site.states()).values()) == {"acknowledged"}


async def test_a_signature_that_the_regulator_does_not_know_rejects_all(site: Site, tmp_path: Path) -> None:
    """Sent back whole, with its words; with a wrong token nothing is said of the list, and it waits."""
    async with AsyncExitStack() as stack:
        one = await wired(stack, site)
        one.regulator.token = "another"
        (ident,) = await site.signed()
        assert (await site.desk.submit(ident, OFFICER))["state"] == "sending"
        one.regulator.token = ""
        one.regulator.public_key = b"x" * 32
        told = await site.desk.submit(ident, OFFICER)
    assert told["state"] == "answered"
    assert set((await site.states()).values()) == {"rejected"}
    (shown,) = await site.desk.submissions(None)
    assert shown["rejected"][0]["reason"] == "the signature is not the officer's"


async def test_the_same_submission_delivered_twice_is_taken_once(site: Site) -> None:
    """Under one idempotency key, as after an answer that was lost."""
    async with AsyncExitStack() as stack:
        one = await wired(stack, site)
        ident = await site.submitted()
        assert (await site.desk.submit(ident, OFFICER))["state"] == "sent"
        await one.settle()
        assert (await site.desk.submit(ident, OFFICER))["state"] == "answered"
    assert len(await site.entries("number_list_submitted")) == 1


async def test_a_regulator_that_becomes_competent_is_told_everything(site: Site) -> None:
    """What another one was told, and holds, is nothing to it; the late word of the other one changes nothing."""
    first = await site.submitted()
    document = register()
    document["enterprises"][0]["regulator"] = "苏州监管分局"
    await site.put(document)
    async with AsyncExitStack() as stack:
        one = await wired(stack, site, Habits(0, 0, 0, 0, 0, 0, rejects=1))
        site.with_rules({"苏州监管分局": Address(one.url)})
        (group,) = (await site.desk.diff(None))["groups"]
        assert (group["regulator"], {row["change"] for row in group["changes"]}) == (
            "苏州监管分局",
            {"added"},
        )
        await site.submitted()
        await site.desk.receipt(first, receipt(), OFFICER)
        report = await one.settle()
    assert (report["equal"], one.regulator.holds) == (True, {})
    assert set((await site.states()).values()) == {"rejected"}


def _key(number: str, enterprise: str = ENTERPRISE) -> Key:
    return Key(enterprise, number, "voice", "")


def _content(number: str) -> dict[str, Any]:
    return {"number": number, "kind": "voice", "enterprise": {"id": ENTERPRISE}, "agency": None}


def test_what_was_never_submitted_from_here_is_a_stray() -> None:
    """Listed, and not touched; what cannot be read makes the sides unequal too."""
    known = {_key("1"): Known(_key("1"), "acknowledged", "d", None, {})}
    found = compared([_content("2"), {"number": 3}], known, ENTERPRISE)
    assert (found.strays, found.unreadable, found.differing, found.equal) == ((_key("2"),), 1, (), False)
    assert compared([], known, ENTERPRISE).equal


def test_telling_again_takes_along_what_is_newer_of_the_same_numbers() -> None:
    """The first told 1 and 2, the second 2 and 3, the third 3: telling the first again needs all three, in order."""
    one, two, three = _key("1"), _key("2"), _key("3")
    truth = {one: "first", two: "second", three: "third"}
    lines = {"first": [one, two], "second": [two, three], "third": [three]}
    assert to_replay([one], truth, lines) == ["first", "second", "third"]
    assert to_replay([two], truth, lines) == ["second", "third"]
    assert to_replay([_key("9")], truth, lines) == []
