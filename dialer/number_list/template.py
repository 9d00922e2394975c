"""The template of the spreadsheet: which columns, in which order, under which headers. A YAML file that people edit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dialer.documents import load_yaml, validated

DEFAULT = Path(__file__).with_name("template.yaml")

FieldName = Literal[
    "no",
    "number",
    "kind",
    "purposes",
    "enterprise",
    "agency",
    "uscc",
    "carrier",
    "from",
    "to",
    "path",
    "liaison",
    "liaison_contact",
    "change",
    "changed_on",
    "regulator",
    "submission",
]
HeadField = Literal["enterprise", "regulator", "prepared_on", "submission"]
Words = Annotated[str, Field(min_length=1, max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Part):
    """One column. `group` is a header over it and its neighbours of the same group; `width` in signs."""

    field: FieldName
    header: Words
    group: Words | None = None
    width: Annotated[int, Field(ge=4, le=80)] = 14


class HeadLine(_Part):
    """One line above the table."""

    label: Words
    field: HeadField


class KindWords(_Part):
    """类型."""

    voice: Words
    sms_port: Words


class PathWords(_Part):
    """来源."""

    special_segment: Words
    reported_existing: Words


class ChangeWords(_Part):
    """变更类型."""

    added: Words
    changed: Words
    removed: Words


class PurposeWords(_Part):
    """用途."""

    marketing: Words
    collection: Words
    reminder: Words
    service: Words


class TemplateWords(_Part):
    """What the values are called in the spreadsheet."""

    kind: KindWords
    path: PathWords
    change: ChangeWords
    purpose: PurposeWords
    own: Words = Field(description="in place of an agency where the enterprise uses the number itself")
    open_end: Words = Field(description="in place of a last day where the cooperation has none")
    and_: Words = Field(alias="and", description="between two purposes")


class Template(_Part):
    """A whole template."""

    title: Words
    sheet: Annotated[str, Field(min_length=1, max_length=31, pattern=r"^[^\[\]:*?/\\]+$")]
    head: tuple[HeadLine, ...] = ()
    columns: Annotated[tuple[Column, ...], Field(min_length=1)]
    words: TemplateWords
    foot: str = ""

    @model_validator(mode="after")
    def _has_the_number(self) -> Template:
        fields = [one.field for one in self.columns]
        if "number" not in fields:
            raise ValueError("no column has the field `number`")
        if double := sorted({one for one in fields if fields.count(one) > 1}):
            raise ValueError(f"two columns have the field `{double[0]}`")
        groups = [one.group for one in self.columns]
        heads = [one for at, one in enumerate(groups) if one and (at == 0 or groups[at - 1] != one)]
        if len(heads) != len(set(heads)):
            raise ValueError("the columns of one group do not stand together")
        return self


def load_template(path: Path | None = None) -> Template:
    """The template in `path`, else the one that is shipped. Raises BadInput with every fault."""
    return validated(load_yaml(path or DEFAULT), Template)
