"""A decision where no controller runs: this process owns the record for that long."""

from __future__ import annotations

import asyncio
import getpass
import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from dialer import secrets as secret_files
from dialer.api.problems import from_validation
from dialer.core.admission import Actor
from dialer.core.decision import decide
from dialer.core.entry import canonical
from dialer.core.errors import BadInput
from dialer.core.facts import Facts
from dialer.core.shape import decision_json, instant_text
from dialer.documents import load_json, load_yaml, validated
from dialer.policy_files import load_rulebook
from dialer.record.log import new_id
from dialer.requests import CallRequest
from dialer.settings import Settings, load_settings
from dialer.wiring.gate import request_of, zones_of
from dialer.wiring.people import People
from dialer.wiring.site import clock_of, open_record, put_rulebook, refuse_lab, signed_rulebook


def decide_alone(config: Path, asked: Any, at: str | None) -> tuple[bytes, tuple[str, ...]]:
    """The canonical bytes of one decision, and the zones of callee and site. Raises BadInput, Fault."""
    settings = load_settings(config)
    call, instant = _understood(asked, at)
    return asyncio.run(_decided(settings, call, instant))


def decide_facts(
    file: Path, at: str | None, folder: Path | None, config: Path
) -> tuple[bytes, tuple[str, ...], str]:
    """The canonical bytes of one decision about facts in a file, the zones of the callee, and what was asked.

    `folder` holds the packs, without a signature; None is that of the settings. Raises BadInput.
    """
    rulebook = load_rulebook(folder, 1) if folder is not None else signed_rulebook(load_settings(config))[0]
    document = load_json(file) if file.suffix == ".json" else load_yaml(file)
    facts = replace(validated(document, Facts), calendars=rulebook.calendar_of)
    if at is not None:
        facts = facts.at(_instant(at))
    zones = tuple(one.zone for one in facts.zones)
    asked = f"{facts.purpose} {facts.enterprise}, {instant_text(facts.now)}"
    return canonical(decision_json(decide(rulebook, facts))), (*zones, "UTC"), asked


def _instant(at: str) -> datetime:
    try:
        return TypeAdapter(AwareDatetime).validate_python(at)
    except ValidationError as error:
        raise BadInput(from_validation(error, "at").faults) from None


async def _decided(
    settings: Settings, call: CallRequest, at: datetime | None
) -> tuple[bytes, tuple[str, ...]]:
    clock = clock_of(settings)
    rulebook, signature = signed_rulebook(settings)
    store = open_record(settings, secret_files.ensure(settings.secrets.dir), clock, rulebook)
    try:
        await refuse_lab(settings, store)
        await put_rulebook(store, rulebook, signature)
        actor = Actor(f"{getpass.getuser()}({os.getuid()})", frozenset({"operator"}), "self")
        request = await request_of(People(store), call, actor, UUID(new_id(clock.now())))
        decision = await store.decide_only(request, at)
    finally:
        store.close()
    return canonical(decision_json(decision)), (*zones_of(request), settings.site.zone)


def _understood(asked: Any, at: str | None) -> tuple[CallRequest, datetime | None]:
    try:
        call = CallRequest.model_validate(asked)
    except ValidationError as error:
        raise BadInput(from_validation(error, "call").faults) from None
    return call, None if at is None else _instant(at)
