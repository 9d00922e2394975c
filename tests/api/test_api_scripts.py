"""Scripts over HTTP: what is forbidden is refused whole, what needs a look is kept for the person who approves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api_kit import SAMPLE, Api, api_in
from sqlalchemy import select

from dialer.record.tables import entries
from dialer.screening.word_tables import tables_digest
from dialer.script_files import load_scripts, script_json

OPENING = "示例消金来电，电话四零零零零零零零零一，拒绝来电请按九"


def a_script(folder: Path, ident: str, text: str) -> dict[str, Any]:
    """The sample's marketing script under another id, with other words."""
    rows = load_scripts(SAMPLE / "scripts.yaml", folder / "sounds")
    row = next(script_json(one) for one in rows if one.id == "marketing-recorded")
    return {**row, "id": ident, "text": text}


async def screenings(api: Api) -> int:
    """How many entries of screening the record holds."""
    asked = select(entries.c.id).where(entries.c.type == "script_screened")
    return len(await api.controller.store.read(lambda one: one.execute(asked).all()))


async def test_a_script_is_screened_on_submission(tmp_path: Path) -> None:
    """One finding that stops refuses them all with the words; one that warns is kept, once, and shown with the text."""
    async with api_in(tmp_path) as api:
        good = a_script(tmp_path, "good", OPENING)
        bad = a_script(tmp_path, "bad", f"{OPENING}，保\u200b本保息")
        status, told = await api.send("PUT", "/v1/scripts", {"scripts": [good, bad]})
        assert status == 422
        (fault,) = told["faults"]
        start = len(OPENING) + 1
        assert (fault["path"], fault["value"]) == (f"1.bad.text[{start}-{start + 5}]", "保\u200b本保息")
        assert fault["reason"].startswith("promised_returns: ")
        status, told = await api.send("GET", "/v1/scripts")
        assert {"good", "bad"}.isdisjoint(one["id"] for one in told["scripts"])

        warned = a_script(tmp_path, "warned", f"{OPENING}，可以加微信咨询")
        for _ in range(2):
            status, told = await api.send("PUT", "/v1/scripts", {"scripts": [good, warned]})
            assert status == 200, told
        assert await screenings(api) == 2
        status, told = await api.send("GET", "/v1/scripts")
        kept = {one["id"]: one["screening"] for one in told["scripts"]}
        assert kept["good"] == {"clean": True, "stopped": False, "findings": [], "tables": tables_digest()}
        # The sample of this site was put in behind the API's back: nobody screened it.
        assert kept["closing"] is None
        status, told = await api.send("GET", "/v1/scripts/warned")
        (version,) = told["versions"]
        (finding,) = version["screening"]["findings"]
        assert (finding["severity"], finding["words"]) == ("warn", ["加微信"])
        ((start, end),) = finding["marks"]
        assert version["text"][start:end] == "加微信"
        assert (await api.send("GET", "/v1/scripts/nobody"))[0] == 404
