"""`dialer serve` and `dialer call` as two processes: 32 requests at once for one person, limit one a day."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Any

from test_concurrent_requests import IN_FLIGHT, LIMIT, MANY
from walk_site import ENTERPRISE, REGISTER, ROOT, TRUNK
from walk_world import World

from dialer.lab.behaviour import Behaviour
from dialer.lab.demo import site as demo
from dialer.lab.demo.fates import LAB_BEGINS

Worlds = Callable[..., AbstractAsyncContextManager[World]]

SCRIPT = "collection-recorded"
# The morning after the lab's day, where the callee is.
NEXT_MORNING = LAB_BEGINS.replace(hour=8, minute=0).timestamp() + 86_400


def _law_with_a_limit_of_one(folder: Path) -> Path:
    policies = folder / "policies"
    shutil.copytree(ROOT / "policies", policies)
    rule = policies / "house/attempts-per-person.yaml"
    text = rule.read_text(encoding="utf-8")
    assert "most: 3\n" in text
    rule.write_text(text.replace("most: 3\n", "most: 1\n"), encoding="utf-8")
    return policies


def _calls(path: Path, number: str) -> Path:
    spellings = (number, f"+86{number}", f"0{number}", f"0086 {number}")
    calls: list[dict[str, Any]] = [
        {
            "idempotency_key": f"key-{one}",
            "enterprise": ENTERPRISE,
            "purpose": "collection",
            "product": "credit",
            "person": {"id": "P-1"},
            "number": spellings[one % len(spellings)],
            "trunk": TRUNK,
            "script": SCRIPT,
        }
        for one in range(MANY)
    ]
    path.write_text("".join(json.dumps(one) + "\n" for one in calls))
    return path


async def _said(root: Path, site: demo.Site, *words: str, person: str = "") -> tuple[int, str]:
    asked = [*words, "--config", str(site.config)]
    return await demo.Command("command", asked, root, person).run(60.0)


async def test_32_at_once_through_the_socket_ring_once(world: Worlds) -> None:
    """One INVITE; 31 denials that name the rule and the next instant, as `dialer call --json` tells them."""
    async with world(most=1) as found:
        root = found.root / "commands"
        root.mkdir()
        site = demo.lay_out(root)
        demo.write_settings(site, found.asterisk, _law_with_a_limit_of_one(root))
        controller = demo.Command("controller", ["serve", "--config", str(site.config)], root)
        await controller.start()
        try:
            api = demo.Api(site.socket)
            await api.ready(controller, 30.0)
            await api.close()
            for words in (
                ("register", "import", str(REGISTER)),
                ("script", "import", str(REGISTER.with_name("scripts.yaml"))),
                ("script", "approve", SCRIPT, "1"),
            ):
                person = demo.APPROVER if "approve" in words else demo.SUBMITTER
                code, out = await _said(root, site, *words, person=person)
                assert code == 0, out
            number = found.phone(Behaviour(hang_up_after_s=1.0))
            code, out = await _said(root, site, "call", str(_calls(root / "calls.jsonl", number)), "--json")
            assert code == 1, out
            assert len(found.exchange.evidence(number)) == 1
        finally:
            await controller.stop()
    answers = json.loads(out)
    assert sorted(one["effect"] for one in answers) == ["deny"] * (MANY - 1) + ["permit"]
    for one in answers:
        if one["effect"] == "deny":
            decision = one["decision"]
            denials = {finding["rule"] for finding in decision["findings"] if finding["effect"] == "deny"}
            assert {LIMIT, IN_FLIGHT} & denials, denials
            assert datetime.fromisoformat(decision["next_instant"]).timestamp() == NEXT_MORNING
