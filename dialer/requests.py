"""A call as somebody asks for it (CALL.json, `docs/schema/request.json`), and how it becomes a core Request."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from dialer.core.admission import Actor, Request
from dialer.core.entry import canonical
from dialer.core.phone import Line
from dialer.core.policy import Purpose

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
CalleeParty = Literal["debtor", "guarantor", "third_party_liable", "third_party"]
Key = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]

# What stands for a number that nobody can read: the record denies it with `sound.number`.
UNREADABLE = Line(e164="", line_class="unreadable", country="", zones=())


class PersonAsked(BaseModel):
    """The enterprise's own customer: `id` as the enterprise writes it, and perhaps a name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Name
    name: Name | None = Field(default=None, repr=False)


class CallRequest(BaseModel):
    """One call asked for. The same `idempotency_key` is the same call, however often it is sent."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        title="request",
        json_schema_extra={"$id": "request.json", "$schema": "https://json-schema.org/draft/2020-12/schema"},
    )

    idempotency_key: Key = Field(description="names the wish: the same key is the same call")
    enterprise: Name = Field(description="id of the licensed principal in the register")
    agency: Name | None = Field(default=None, description="id of the agency that calls for it")
    platform: Name | None = Field(default=None, description="id of the platform whose system is used")
    purpose: Purpose
    product: Name = Field(description="credit, insurance, tax …")
    person: PersonAsked
    number: Annotated[str, StringConstraints(min_length=1, max_length=64)] = Field(
        repr=False, description="the number called, in any usual spelling"
    )
    debt: Name | None = Field(default=None, repr=False, description="the case it is about")
    caller_id: Name | None = Field(
        default=None, description="the number presented; absent: from the register"
    )
    trunk: Name | None = Field(default=None, description="absent: a trunk of the caller ID's carrier")
    script: Name
    agent: Name | None = Field(
        default=None, description="`any` or an agent's name; absent: the script is played without an agent"
    )
    campaign: Name | None = None
    zone: Name | None = Field(default=None, description="IANA zone that the callee is known to be in")
    overdue_days: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="days the debt is past due, 0: not due; absent: unknown"
    )
    callee_party: CalleeParty | None = Field(
        default=None, description="who the callee is to the debt; absent: unknown"
    )

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, zone: str | None) -> str | None:
        if zone is not None:
            try:
                ZoneInfo(zone)
            except (KeyError, ValueError, OSError):
                raise ValueError("not an IANA zone; write it like Asia/Shanghai") from None
        return zone


@dataclass(frozen=True, slots=True)
class Known:
    """Surrogates of a person, his line and his debt: the keys for them exist."""

    person: UUID
    line: UUID
    debt: UUID | None


# (enterprise, person, number, debt) -> surrogates. Keys are committed before it returns.
Enrol = Callable[[str, PersonAsked, Line, str | None], Awaitable[Known]]
ParseCallee = Callable[[str], Line | None]


async def to_request(
    call: CallRequest, *, actor: Actor, request_id: UUID, parse: ParseCallee, enrol: Enrol
) -> Request:
    """The core Request of `call`. A number that cannot be read gives `UNREADABLE`, which the record denies."""
    callee = parse(call.number) or UNREADABLE
    known = await enrol(call.enterprise, call.person, callee, call.debt)
    return Request(
        id=request_id,
        idempotency_key=call.idempotency_key,
        digest=digest(call, known),
        actor=actor,
        enterprise=call.enterprise,
        purpose=call.purpose,
        product=call.product,
        person=known.person,
        line=known.line,
        callee=callee,
        script=call.script,
        agency=call.agency,
        platform=call.platform,
        debt=known.debt,
        caller_id=call.caller_id,
        trunk=call.trunk,
        agent=call.agent,
        campaign=call.campaign,
        zones=(call.zone,) if call.zone else (),
        overdue_days=call.overdue_days,
        callee_party=call.callee_party or "unknown",
    )


def digest(call: CallRequest, known: Known) -> str:
    """What tells whether a key is used again for the same call."""
    return digest_of(
        call.model_dump(exclude={"idempotency_key", "person", "number", "debt"}, mode="json"), known
    )


def digest_of(asked: Mapping[str, Any], known: Known) -> str:
    """SHA-256 (hex) of what was asked, over surrogates: a hash of a number in clear could be guessed back."""
    content = {
        "type": "request",
        "v": 1,
        **asked,
        "person": known.person,
        "line": known.line,
        "debt": known.debt,
    }
    return hashlib.sha256(canonical(content)).hexdigest()
