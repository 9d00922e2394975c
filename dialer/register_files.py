"""Register files: one YAML document, taken whole or refused whole with every fault.

What a row may hold is told by the models here; how rows must fit together by `register_checks`.
"""

from __future__ import annotations

import unicodedata
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from dialer.core.civil_time import minute_of_day
from dialer.core.errors import BadInput
from dialer.core.phone import canonical_caller_id
from dialer.core.policy import Purpose
from dialer.documents import Document, load_yaml, validated
from dialer.fields import Zone
from dialer.register_checks import faults_between
from dialer.uscc import uscc_fault


def _uscc(text: str) -> str:
    fault = uscc_fault(text)
    if fault:
        raise ValueError(f"a 统一社会信用代码 that {fault}")
    return text


def _printed(text: str) -> str:
    # A name stands in the header of a call: a line end would begin another header there.
    if any(unicodedata.category(sign) == "Cc" for sign in text):
        raise ValueError("holds a control character, such as a line end or a tab; write it on one line")
    return text


def _caller_id(text: str) -> str:
    found = canonical_caller_id(text)
    if found is None:
        raise ValueError("not a number of a class that is known (95…, 96…, 1010…, 400…, 0…, 1…, +…)")
    return found


# As the number list writes them.
_STATUSES = {
    "申请中": "applied",
    "已核配": "allocated",
    "已报备": "reported",
    "已停用": "disabled",
    "停用由电信企业": "suspended",
    "已暂停": "suspended",
}


def _status(value: Any) -> Any:
    return _STATUSES.get(value, value) if isinstance(value, str) else value


def _time_of_day(text: str) -> str:
    minute_of_day(text)
    return text


Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
Words = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printed)]
Seat = Annotated[str, Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]
Host = Annotated[
    str, Field(max_length=253, pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$")
]
Uscc = Annotated[str, AfterValidator(_uscc)]
CallerId = Annotated[str, AfterValidator(_caller_id)]
# Sets are written sorted, so that one register has one digest.
Purposes = Annotated[frozenset[Purpose], Field(min_length=1), PlainSerializer(sorted)]
Products = Annotated[frozenset[Words], Field(min_length=1), PlainSerializer(sorted)]
TimeOfDay = Annotated[str, AfterValidator(_time_of_day)]
NumberStatus = Annotated[
    Literal["applied", "allocated", "reported", "disabled", "suspended"], BeforeValidator(_status)
]
Standing = Literal["valid", "suspended", "revoked"]
ListState = Literal["unsubmitted", "submitted", "acknowledged", "rejected", "withdrawn"]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Dated(_Row):
    from_: date = Field(alias="from", description="first civil day, in the register's zone")
    to: date | None = Field(None, description="the day after the last; absent is open")


class Head(_Row):
    """What this register is called and in which zone its dates are read (IANA)."""

    name: Words
    zone: Zone


class Liaison(_Row):
    """联络员."""

    name: Words
    contact: Words


class Enterprise(_Row):
    """金融企业. `contact` is the number that callees are given; `sites` the hosts of its filed web sites."""

    id: Id
    full_name: Words
    short_names: tuple[Words, ...] = ()
    uscc: Uscc
    seat: Seat
    contact: CallerId
    regulator: Words | None = None
    liaison: Liaison | None = None
    closing_script: Words | None = None
    sites: tuple[Host, ...] = Field((), description="hosts that its messages may link to, each written whole")


class Licence(_Dated):
    """金融业务许可."""

    enterprise: Id
    number: Words
    purposes: Purposes
    products: Products
    status: Standing = "valid"


class Party(_Row):
    """信息发布平台."""

    id: Id
    full_name: Words
    uscc: Uscc
    seat: Seat


class Inspection(_Row):
    """One inspection of an agency by the enterprise or for it."""

    on: date
    by: Words = Field(description="who inspected it")
    findings: Words | None = Field(None, description="what was found; absent is nothing")
    rectify_by: date | None = Field(None, description="the last civil day to mend it")
    rectified_on: date | None = Field(None, description="the civil day on which that was accepted")


class Agency(Party):
    """委托合作单位."""

    standing: Literal["active", "rectifying", "exited"] | None = Field(None, description="absent is active")
    standing_since: date | None = Field(None, description="first civil day of that standing")
    inspections: tuple[Inspection, ...] | None = Field(None, description="absent: nobody told us")


class Entrustment(_Dated):
    """书面委托: `party` is the id of an agency or a platform."""

    document: Words
    enterprise: Id
    party: Id
    purposes: Purposes
    products: Products
    status: Standing = "valid"
    sub_of: Words | None = Field(None, description="the document that a 转委托 is derived from")
    consent: Words | None = Field(None, description="by which the enterprise agreed to the 转委托")


class Review(_Row):
    """What the carrier reviewed before it serves: a 金融业务许可 by its number, or a 书面委托 by its document."""

    what: Literal["licence", "entrustment"]
    document: Words
    reviewed_on: date
    by: Words = Field(description="who reviewed it")


class Carrier(_Row):
    """电信企业, and its 电信业务经营许可. `reviews` absent: nobody told us; an empty list is none."""

    id: Id
    name: Words
    licence: Words
    from_: date | None = Field(None, alias="from", description="first civil day of the licence")
    to: date | None = Field(None, description="the day after its last; absent is open")
    status: Standing | None = Field(None, description="absent is valid")
    reviews: tuple[Review, ...] | None = None


class TrunkRow(_Row):
    """中继: `place` is where it enters the network (ISO 3166-2)."""

    name: Id
    carrier: Id
    place: Seat
    number_format: Literal["national", "e164"] = "national"


class Window(_Row):
    """A weekly window of a number, in the register's zone; `24:00` is the end of the day."""

    days: Annotated[
        tuple[Literal["all", "mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...], Field(min_length=1)
    ]
    start: TimeOfDay
    end: TimeOfDay


class Number(_Dated):
    """号码清单 row. `agency` absent: the enterprise uses the number itself. `document`: where this is written."""

    number: CallerId
    enterprise: Id
    agency: Id | None = None
    carrier: Id
    purposes: Purposes
    path: Literal["special_segment", "reported_existing"]
    status: NumberStatus
    kind: Literal["voice", "sms_port"] | None = Field(None, description="absent: by the class of the number")
    may_dial_out: bool = True
    access_code: bool | None = Field(None, description="呼叫中心接入码; absent is no")
    undertaking: Words | None = Field(None, description="外呼承诺书")
    windows: tuple[Window, ...] | None = Field(None, description="when it may dial out; absent is always")
    document: Words | None = None
    list_state: ListState | None = Field(None, description="how far its 号码清单 is; absent is unknown")


class RegisterFile(_Row):
    """A whole register."""

    register_: Head = Field(alias="register")
    enterprises: Annotated[tuple[Enterprise, ...], Field(min_length=1)]
    licences: tuple[Licence, ...] = ()
    agencies: tuple[Agency, ...] = ()
    platforms: tuple[Party, ...] = ()
    entrustments: tuple[Entrustment, ...] = ()
    carriers: tuple[Carrier, ...] = ()
    trunks: tuple[TrunkRow, ...] = ()
    numbers: tuple[Number, ...] = ()


def load_register(path: Path) -> dict[str, Any]:
    """The canonical document of a register file, JSON's own types only, for `Register.from_document`.

    Numbers stand in their canonical spelling, dates as ISO text; what is absent has no key. Raises BadInput.
    """
    return checked(load_yaml(path))


def checked(document: Document) -> dict[str, Any]:
    """The canonical document of a register that was read from anywhere. Raises BadInput with every fault."""
    file = validated(document, RegisterFile)
    content: dict[str, Any] = file.model_dump(mode="json", by_alias=True, exclude_none=True)
    faults = faults_between(content, document)
    if faults:
        raise BadInput(faults)
    return content
