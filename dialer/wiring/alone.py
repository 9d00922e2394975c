"""A decision where no controller runs: this process owns the record for that long."""

from __future__ import annotations

import asyncio
import getpass
import os
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from dialer import secrets as secret_files
from dialer.api.problems import from_validation
from dialer.core.admission import Actor
from dialer.core.entry import canonical
from dialer.core.errors import BadInput
from dialer.core.shape import decision_json
from dialer.record.log import new_id
from dialer.requests import CallRequest
from dialer.settings import Settings, load_settings
from dialer.wiring.gate import request_of, zones_of
from dialer.wiring.people import People
from dialer.wiring.site import clock_of, open_record, put_rulebook, refuse_lab_clock, signed_rulebook


def decide_alone(config: Path, asked: Any, at: str | None) -> tuple[bytes, tuple[str, ...]]:
    """The canonical bytes of one decision, and the zones of callee and site. Raises BadInput, Fault."""
    settings = load_settings(config)
    call, instant = _understood(asked, at)
    return asyncio.run(_decided(settings, call, instant))


async def _decided(
    settings: Settings, call: CallRequest, at: datetime | None
) -> tuple[bytes, tuple[str, ...]]:
    clock = clock_of(settings)
    rulebook, signature = signed_rulebook(settings)
    store = open_record(settings, secret_files.ensure(settings.secrets.dir), clock, rulebook)
    try:
        await refuse_lab_clock(settings, store)
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
    try:
        return call, None if at is None else TypeAdapter(AwareDatetime).validate_python(at)
    except ValidationError as error:
        raise BadInput(from_validation(error, "at").faults) from None
