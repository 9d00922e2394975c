"""The definition of a campaign: who calls for what, with which words, and when. A row may set some itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from dialer.campaigns.cron import check_cron
from dialer.core.policy import Purpose
from dialer.requests import Name

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,59}$")]

# What a row of the list may set for itself.
OVERRIDES = ("product", "caller_id", "trunk", "zone", "agency", "script", "agent")


class Schedule(BaseModel):
    """When runs begin. `cron` has five fields, days by name, read in `zone`, always named.

    A run that is due while nobody can run it begins late by `misfire_grace_s` at most; older ones are kept as missed,
    and of several that are due only the newest is run.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    cron: str
    zone: Name
    misfire_grace_s: int = Field(default=300, ge=0, le=86_400)

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError):
            raise ValueError("not an IANA zone; write it like Asia/Shanghai") from None
        return zone

    @model_validator(mode="after")
    def _cron_is_clear(self) -> Schedule:
        check_cron(self.cron, self.zone)
        return self


class Plan(BaseModel):
    """A campaign. Without a schedule it runs once when it is started.

    `window_s`: how long after its instant a run may begin items. `at_most`: calls at once. `tries`: how often one item
    may be dialled; after an outcome in `retry_on` it is tried again `retry_after_s` later.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Id
    title: Name | None = None
    enterprise: Name
    agency: Name | None = None
    platform: Name | None = None
    purpose: Purpose
    product: Name
    script: Name
    agent: Name | None = None
    caller_id: Name | None = None
    trunk: Name | None = None
    zone: Name | None = None
    schedule: Schedule | None = None
    window_s: int = Field(default=8 * 3600, ge=1, le=7 * 86_400)
    at_most: int = Field(default=8, ge=1, le=1000)
    tries: int = Field(default=1, ge=1, le=20)
    retry_after_s: int = Field(default=1800, ge=1)
    retry_on: frozenset[
        Annotated[str, StringConstraints(pattern="^(busy|no_answer|congested|agent_lost)$")]
    ] = frozenset({"busy", "no_answer"})

    def plain(self) -> dict[str, Any]:
        """JSON's own types, in one order."""
        shown = self.model_dump(mode="json", exclude_none=True)
        shown["retry_on"] = sorted(shown["retry_on"])
        return shown


def until(plan: Plan, scheduled_at: datetime) -> datetime:
    """When the run that is due at `scheduled_at` may begin no item any more."""
    return scheduled_at + timedelta(seconds=plan.window_s)
