"""Rows of a list as they come in: checked, and faulty ones set aside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from dialer.campaigns.plan import OVERRIDES, Plan
from dialer.core.phone import Line, masked
from dialer.ports.campaigns import Item, RejectedRow
from dialer.requests import Known, Name


class ListRow(BaseModel):
    """One row: a person, a number, and what it sets itself instead of the plan. `row` is its line in the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    row: int = Field(ge=0)
    person_id: Name = Field(repr=False)
    number: Annotated[str, StringConstraints(min_length=1, max_length=64)] = Field(repr=False)
    name: Name | None = Field(default=None, repr=False)
    debt: Name | None = Field(default=None, repr=False)
    product: Name | None = None
    caller_id: Name | None = None
    trunk: Name | None = None
    zone: Name | None = None
    agency: Name | None = None
    script: Name | None = None
    agent: Name | None = None


class SetAside(BaseModel):
    """A row that was set aside where the file was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    row: int
    column: str
    reason: str
    value: str = ""
    hint: str = ""


class ListedCampaign(BaseModel):
    """A plan with its list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    plan: Plan
    rows: list[ListRow] = Field(max_length=200_000)
    rejected: list[SetAside] = Field(default_factory=list, max_length=200_000)

    @model_validator(mode="after")
    def _each_row_once(self) -> ListedCampaign:
        if len({one.row for one in self.rows}) != len(self.rows):
            raise ValueError("two rows bear one number of row")
        return self


def taken(
    listed: ListedCampaign, parsed: Mapping[int, Line | None], known: Mapping[int, Known]
) -> tuple[list[Item], list[RejectedRow]]:
    """The items of a list and the rows set aside, in the order of their rows.

    `parsed` and `known` hold, by number of row, what its number means and the surrogates of its people.
    """
    items: list[Item] = []
    rejected = [RejectedRow(**one.model_dump()) for one in listed.rejected]
    for row in sorted(listed.rows, key=lambda one: one.row):
        callee = parsed[row.row]
        if callee is None:
            rejected.append(_unreadable(row))
        else:
            items.append(_item(row, callee, known[row.row]))
    return items, sorted(rejected, key=lambda one: (one.row, one.column))


def _item(row: ListRow, callee: Line, known: Known) -> Item:
    set_here = {name: value for name in OVERRIDES if (value := getattr(row, name)) is not None}
    return Item(
        row.row, known.person, known.line, known.debt, masked(row.person_id), masked(callee.e164), set_here
    )


def _unreadable(row: ListRow) -> RejectedRow:
    return RejectedRow(
        row.row, "number", "cannot be read as a number", masked(row.number), "correct it in the list"
    )
