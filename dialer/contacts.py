"""Contacts on other channels as other systems tell of them: one that was made, and a message before it is sent."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from dialer.core.policy import Purpose
from dialer.fields import Zone
from dialer.requests import CalleeParty, Key, Name

Number = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Channel = Literal["sms", "email", "letter", "visit", "app"]
DRAFT = "https://json-schema.org/draft/2020-12/schema"


class _Contact(BaseModel):
    """Who contacts whom for what. The same `idempotency_key` is the same contact."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    idempotency_key: Key = Field(description="names the contact: the same key is the same contact")
    enterprise: Name = Field(description="id of the licensed principal in the register")
    agency: Name | None = Field(default=None, description="id of the agency that acts for it")
    purpose: Purpose
    product: Name = Field(description="credit, insurance, tax …")
    person_id: Name = Field(repr=False, description="the enterprise's own id of the person")
    debt: Name | None = Field(default=None, repr=False, description="the case it is about")


class ContactMade(_Contact):
    """Another system contacted a person. `at`: when, in the past."""

    model_config = ConfigDict(title="contact", json_schema_extra={"$id": "contact.json", "$schema": DRAFT})

    channel: Channel
    at: AwareDatetime = Field(description="RFC 3339 with an offset")
    number: Number | None = Field(default=None, repr=False, description="where it went to a number")


class MessageAsked(_Contact):
    """An SMS that another system is about to send, its text included."""

    model_config = ConfigDict(title="message", json_schema_extra={"$id": "message.json", "$schema": DRAFT})

    channel: Literal["sms"] = "sms"
    platform: Name | None = Field(default=None, description="id of the platform whose system sends it")
    number: Number = Field(repr=False, description="where it goes, in any usual spelling")
    port: Name = Field(description="the SMS port of the register that it comes from")
    carrier: Name | None = Field(default=None, description="who sends it; absent: as the port is registered")
    text: Annotated[str, StringConstraints(min_length=1, max_length=2000)] = Field(
        repr=False, description="every word of it, its signature included"
    )
    zone: Zone | None = Field(default=None, description="IANA zone that the person is known to be in")
    overdue_days: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="days the debt is past due, 0: not due; absent: unknown"
    )
    callee_party: CalleeParty | None = Field(
        default=None, description="who the person is to the debt; absent: unknown"
    )
    count: bool = Field(default=False, description="count it as sent where it is permitted")
