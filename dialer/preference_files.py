"""Preference files (接听意愿登记): a table, one statement of a person's will a row, as a batch.

A row that is set aside may be an opt-out: whoever imports must mend it, or confirm that it is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from dialer.core.civil_time import date_start
from dialer.core.entry import to_us
from dialer.core.errors import InputFault, Place
from dialer.core.phone import Line
from dialer.core.policy import Purpose
from dialer.document_faults import nearest
from dialer.list_files import number_of, written_id
from dialer.ports.campaigns import RejectedRow
from dialer.record.hashing import subject_hash
from dialer.staged import Item, Task
from dialer.tabular import Column, Meaning, Row, Wrong, stream

UNTIL = Column(
    "until", ("截止时间", "有效期至"), "the first instant at which it holds no more; empty is open"
)
COLUMNS = (
    Column("person_id", ("人员编号", "客户编号"), "the enterprise's own id of the person", True, True),
    Column("number", ("号码", "电话号码"), "the number it is about as well", personal=True),
    Column("enterprise", ("金融企业",), "id of the enterprise", True),
    Column("kind", ("接听意愿", "意愿"), "accept (愿意) or opt_out (拒绝)", True),
    Column("purpose", ("用途",), "marketing, collection, reminder, service; empty is all"),
    Column("product", ("产品",), "empty is all"),
    Column("channel", ("渠道",), "voice, sms; empty is all"),
    Column("source", ("来源",), "where the person said so", True),
    Column("stated_at", ("登记时间",), "when the person said so", True),
    UNTIL,
)
KINDS = {
    "accept": "accept",
    "愿意": "accept",
    "接受": "accept",
    "同意": "accept",
    "opt_out": "opt_out",
    "拒绝": "opt_out",
    "拒绝来电": "opt_out",
    "退订": "opt_out",
}
PURPOSES = {
    **{purpose.value: purpose for purpose in Purpose},
    "营销": Purpose.MARKETING,
    "催收": Purpose.COLLECTION,
    "还款提醒": Purpose.REMINDER,
    "服务": Purpose.SERVICE,
}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?")
_INSTANT_HINT = "write it like 2026-01-31T10:00:00+08:00, or 2026-01-31 in the zone of the import"


@dataclass(frozen=True, slots=True)
class PreferenceItem:
    """One statement. None in purpose, product, channel is all of them; instants are aware, UTC."""

    row: int
    person_id: str = field(repr=False)
    number: Line | None
    enterprise: str
    kind: str
    purpose: Purpose | None
    product: str | None
    channel: str | None
    source: str
    stated_at: datetime
    until: datetime | None


def load_preferences(path: Path, *, zone: str, region: str = "CN") -> Iterator[PreferenceItem | RejectedRow]:
    """The statements of a preference file, as they are read, and the rows set aside.

    Days and times without an offset are read in `zone` (IANA), numbers as written in `region` (ISO 3166-1). Raises
    BadInput where the file is no such table, which may show at a later row.
    """
    here = ZoneInfo(zone)
    meanings: dict[str, Meaning] = {
        "person_id": written_id,
        "number": lambda text: number_of(text, region),
        "kind": lambda text: one_of(text, KINDS),
        "purpose": lambda text: one_of(text, PURPOSES),
        "stated_at": lambda text: instant_of(text, here),
        "until": lambda text: instant_of(text, here),
    }
    for row in stream(path, COLUMNS, meanings):
        yield _item(row) if isinstance(row, Row) else row


def make(task: Task) -> Iterator[Item | InputFault]:
    """The rows of a batch of statements: each stands under its person, and under the line that it names."""
    key, name = task.secrets.subject_key, str(task.options["name"])
    for one in load_preferences(task.spool, zone=str(task.options["zone"])):
        if isinstance(one, RejectedRow):
            yield InputFault(Place(name, one.row, one.column), one.reason, one.value, one.hint)
            continue
        content = _content(one)
        yield Item(subject_hash(key, "person", one.enterprise, one.person_id), content)
        if one.number is not None:
            yield Item(subject_hash(key, "line", "", one.number.e164), content)


def _content(one: PreferenceItem) -> dict[str, Any]:
    said = {
        "kind": one.kind,
        "enterprise": one.enterprise,
        "purpose": one.purpose.value if one.purpose else None,
        "product": one.product,
        "channel": one.channel,
        "source": one.source,
        "stated_us": to_us(one.stated_at),
        "until_us": to_us(one.until) if one.until else None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _item(row: Row) -> PreferenceItem | RejectedRow:
    texts = cast(Mapping[str, str], row.meant)
    stated_at = cast(datetime, row.meant["stated_at"])
    until = cast("datetime | None", row.meant.get("until"))
    if until is not None and until <= stated_at:
        return row.fault(UNTIL, Wrong("ends before it was stated", "give a later instant, or none"))
    return PreferenceItem(
        row=row.no,
        person_id=texts["person_id"],
        number=cast("Line | None", row.meant.get("number")),
        enterprise=texts["enterprise"],
        kind=texts["kind"],
        purpose=cast("Purpose | None", row.meant.get("purpose")),
        product=texts.get("product"),
        channel=texts.get("channel"),
        source=texts["source"],
        stated_at=stated_at,
        until=until,
    )


def one_of(text: str, known: Mapping[str, object]) -> object | Wrong:
    """What a word that is known here means."""
    return known.get(text.lower()) or Wrong("not a word that is known here", nearest(text, known))


def instant_of(text: str, zone: ZoneInfo) -> datetime | Wrong:
    """The instant (UTC) that a cell names; a day is its beginning in `zone`."""
    try:
        if _DAY.fullmatch(text):
            return date_start(date.fromisoformat(text), zone)
        if _INSTANT.fullmatch(text):
            found = datetime.fromisoformat(text)
            return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except ValueError:
        pass
    return Wrong("not an instant", _INSTANT_HINT)
