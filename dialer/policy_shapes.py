"""The shapes of `pack.yaml` and of a rule file, as people write them (`docs/schema/`)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from dialer.core.policy import Force, Grade, Mode, Moment, Party, Purpose

Written = Annotated[str, Field(min_length=1)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Place = Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
HOUSE_SOURCE = "house"


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("no such time zone; name one of the IANA list, such as Asia/Shanghai") from None
    return name


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TextShape(_Shape):
    """One sentence in both languages."""

    zh: Written
    en: Written


class BindsShape(_Shape):
    """Which calls a pack binds: any one match suffices; nothing named binds every call."""

    enterprise_seat: frozenset[Place] = frozenset()
    agency_seat: frozenset[Place] = frozenset()
    access_place: frozenset[Place] = frozenset()
    callee_country: frozenset[Country] = frozenset()
    callee_region: frozenset[Place] = frozenset()


class PackShape(_Shape):
    """`pack.yaml`. `zone` is where the dates of its rules are read."""

    id: Slug
    title: TextShape
    version: Annotated[int, Field(ge=1)]
    zone: Annotated[str, AfterValidator(_known_zone)]
    binds: BindsShape
    owner: Written
    note: Written | None = None


class AppliesShape(_Shape):
    """The calls a rule looks at."""

    purposes: Annotated[frozenset[Purpose], Field(min_length=1)]
    products: frozenset[Written] = frozenset()
    moments: Annotated[frozenset[Moment], Field(min_length=1)] = frozenset(Moment)


class InForceShape(_Shape):
    """Civil dates of the pack's zone, [from, to)."""

    begin: Annotated[date, Field(alias="from")]
    end: Annotated[date | None, Field(alias="to")] = None

    @model_validator(mode="after")
    def _in_order(self) -> InForceShape:
        if self.end is not None and self.end <= self.begin:
            raise ValueError("the end of a rule must come after its start")
        return self


class Status(StrEnum):
    """Whether the text cited is in force. What is not is never enforced, and its title says so."""

    IN_FORCE = "in_force"
    DRAFT = "draft"
    ENDED = "ended"


class CitationShape(_Shape):
    """Where a rule stands written. `source` is its row in `policies/SOURCES.md`, or `house`."""

    source: Written
    title: TextShape
    article: Written | None
    topic: TextShape
    address: Written
    grade: Grade
    read_on: date
    status: Status = Status.IN_FORCE


class RuleShape(_Shape):
    """One rule file. What `params` may hold is told by its kind."""

    id: Written
    title: TextShape
    binds: Annotated[frozenset[Party], Field(min_length=1)]
    applies: AppliesShape
    kind: Written
    params: dict[str, Any]
    force: Force
    mode: Mode
    in_force: InForceShape
    citation: CitationShape
    owner: Written
    review_on: date
    note: Written | None = None
