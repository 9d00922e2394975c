"""What readers follow: the change feed, and the list that is published only when somebody said so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from number_list_kit import ENTERPRISE, OFFICER, Site, register

from dialer.core.errors import BadInput
from dialer.policy_signature import make_key


def _told(answer: Any) -> list[tuple[str, str, str]]:
    return [
        (one["what"], one["change"], one["line"]["number"] if one["what"] == "number" else one["enterprise"])
        for one in answer["changes"]
    ]


async def test_the_feed_tells_numbers_and_liaison_officers_once_and_in_order(site: Site) -> None:
    """Each register against the one before; the cursor only grows, and nothing new is nothing at all."""
    first = await site.desk.changes(-1)
    assert len(first["changes"]) == 9
    assert first["changes"][0]["liaison"] == {"name": "示例联络员", "contact": "02588880100"}
    assert await site.desk.changes(first["cursor"]) == {
        "cursor": first["cursor"],
        "more": False,
        "changes": [],
    }
    document = register("95000002", n95000001={"purposes": ["service"]})
    await site.put(document)
    document["enterprises"][0]["liaison"] = {"name": "新联络员", "contact": "02588880101"}
    await site.put(document)
    then = await site.desk.changes(first["cursor"])
    assert _told(then) == [
        ("number", "changed", "95000001"),
        ("number", "removed", "95000002"),
        ("liaison", "changed", ENTERPRISE),
    ]
    cursors = [one["cursor"] for one in then["changes"]]
    assert first["cursor"] < cursors[0] < cursors[-1] == then["cursor"]
    assert _told(await site.desk.changes(cursors[0])) == [("liaison", "changed", ENTERPRISE)]


async def test_a_long_feed_comes_in_pages(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """`more` says so; following the cursor gives the same as one answer would."""
    for purpose in ("service", "marketing", "collection"):
        await site.put(register(n95000001={"purposes": [purpose]}))
    whole = await site.desk.changes(-1)
    monkeypatch.setattr("dialer.number_list.readers.FEED_PAGE", 1)
    pages, cursor = [], -1
    while not pages or pages[-1]["more"]:
        pages.append(await site.desk.changes(cursor))
        cursor = pages[-1]["cursor"]
    assert len(pages) == 4
    assert [one for page in pages for one in page["changes"]] == whole["changes"]


async def test_nothing_is_published_unless_the_settings_say_so(site: Site) -> None:
    """Off by default: neither to be signed nor to be read."""
    with pytest.raises(BadInput, match="not published here"):
        await site.desk.publish(ENTERPRISE, None, OFFICER)
    assert await site.desk.published(ENTERPRISE) is None


async def test_only_a_trusted_officer_publishes_and_only_what_the_register_says(
    site: Site, tmp_path: Path
) -> None:
    """Another key, or a list with one number altered: refused, and readers get nothing."""
    desk = site.with_rules({}, publish=True)
    content = await desk.publish(ENTERPRISE, None, OFFICER)
    assert isinstance(content, bytes)
    make_key(tmp_path / "other.pem", tmp_path / "other.pub.pem")
    altered = content.replace(b"95000001", b"95000009")
    for signed, why in (
        ({**site.signature(content, tmp_path / "other.pem"), "list": content.decode()}, "not trusted"),
        ({**site.signature(content), "list": altered.decode()}, "signature is wrong"),
        ({**site.signature(altered), "list": altered.decode()}, "not what the register says"),
    ):
        with pytest.raises(BadInput, match=why):
            await desk.publish(ENTERPRISE, signed, OFFICER)
    assert await desk.published(ENTERPRISE) is None


async def test_the_published_list_is_complete(site: Site) -> None:
    """Every number of the enterprise, own and entrusted, with who may be asked."""
    desk = site.with_rules({}, publish=True)
    content = await desk.publish(ENTERPRISE, None, OFFICER)
    assert isinstance(content, bytes)
    told = json.loads(content)
    assert len(told["lines"]) == 8
    assert {one["agency"]["id"] for one in told["lines"] if one["agency"]} == {
        "suzhou-example",
        "nanjing-example",
    }
    assert told["lines"][0]["liaison"]["contact"] == "02588880100"
