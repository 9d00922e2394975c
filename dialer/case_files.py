"""Case files (案件变更): CSV or XLSX, one change of a case a row; taken whole or refused whole.

A maker of batch files: it runs in the child that `dialer.staging` is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, cast
from zoneinfo import ZoneInfo

from dialer.core.cases import KINDS, LIFTABLE, TOLD_BY, Change, content_of
from dialer.core.entry import from_us
from dialer.core.errors import BadInput, InputFault, Place
from dialer.document_faults import nearest
from dialer.list_files import written_id
from dialer.ports.campaigns import RejectedRow
from dialer.preference_files import instant_of, one_of
from dialer.record.hashing import subject_hash
from dialer.staged import Item, Task
from dialer.tabular import Column, Meaning, Row, Wrong, rejected, stream

CHANGE = Column("change", ("变更", "变更类型"), "what happened to the case", True)
ENTERPRISE = Column("enterprise", ("金融企业",), "id of the enterprise whose debt it is", True)
AGENCY = Column(
    "agency", ("委托合作单位",), "委案 and 告知: id of the agency; empty is the enterprise itself"
)
REASON = Column("reason", ("原因",), "停催: why, without numbers or names")
COLUMNS = (
    ENTERPRISE,
    Column("debt", ("案件编号", "债务编号"), "the enterprise's own id of the case", True, True),
    CHANGE,
    Column("at", ("生效时间",), "since when; empty is when the file is taken", takes=frozenset({"date"})),
    AGENCY,
    REASON,
    Column("until", ("截止时间",), "停催: its end; empty is until it is lifted", takes=frozenset({"date"})),
    Column("lifts", ("解除事项",), "解除: what is lifted; empty is 停催"),
    Column("how", ("告知方式",), "告知: how the debtor was told who collects"),
    Column("overdue_days", ("逾期天数",), "days past due, with any change", takes=frozenset({"figure"})),
)
WORDS = {
    **{kind: kind for kind in sorted(KINDS)},
    "委案": "assigned",
    "退案": "withdrawn",
    "结清": "settled",
    "已还款": "paid",
    "还款": "paid",
    "分期": "instalment",
    "协商分期": "instalment",
    "异议": "disputed",
    "争议": "disputed",
    "患病": "ill",
    "重病": "ill",
    "身故": "deceased",
    "死亡": "deceased",
    "诉讼": "litigated",
    "破产": "insolvent",
    "停催": "held",
    "解除": "lifted",
    "恢复催收": "lifted",
    "告知": "told",
    "已告知": "told",
    "逾期": "overdue",
}
WAYS = {
    **{way: way for way in TOLD_BY},
    "短信": "sms",
    "电话": "call",
    "信函": "letter",
    "应用": "app",
    "合同": "contract",
    "其他": "other",
}
_LIFTED = {word: kind for word, kind in WORDS.items() if kind in LIFTABLE}
# As many digits as could be a number of a person: a reason is read by many.
_TELLING_DIGITS = 7


def make(task: Task) -> Iterator[Item | InputFault]:
    """Every row as a change by the keyed hash of its debt, or as a fault. Raises BadInput for what is no such table.

    Options: `name` of the file, `zone` (IANA) of days and times without an offset, `now` (µs UTC) for rows without an
    instant, `enterprises` and `agencies` that the register knows.
    """
    name, zone = str(task.options["name"]), ZoneInfo(task.options["zone"])
    now = from_us(int(task.options["now"]))
    key = task.secrets.subject_key
    meanings = _meanings(task.options, zone)
    try:
        for row in stream(task.spool, COLUMNS, meanings):
            made = _change(row, now) if isinstance(row, Row) else row
            if isinstance(made, RejectedRow):
                place = Place(name, made.row, made.column)
                yield InputFault(place, made.reason, made.value, made.hint)
            else:
                meant = cast(Mapping[str, str], cast(Row, row).meant)
                debt = subject_hash(key, "debt", meant["enterprise"], meant["debt"])
                yield Item(debt, content_of(made))
    except BadInput as bad:
        raise BadInput([replace(one, place=replace(one.place, file=name)) for one in bad.faults]) from None


def _meanings(options: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Meaning]:
    enterprises = {one: one for one in options["enterprises"]}
    parties = enterprises | {one: one for one in options["agencies"]}
    return {
        "enterprise": lambda text: enterprises.get(text) or _unregistered(text, "enterprise", enterprises),
        "debt": written_id,
        "change": lambda text: one_of(text, WORDS),
        "at": lambda text: instant_of(text, zone),
        "agency": lambda text: parties.get(text) or _unregistered(text, "agency", parties),
        "reason": reason_of,
        "until": lambda text: instant_of(text, zone),
        "lifts": lambda text: one_of(text, _LIFTED),
        "how": lambda text: one_of(text, WAYS),
        "overdue_days": _days,
    }


def _unregistered(text: str, what: str, known: Mapping[str, str]) -> Wrong:
    return Wrong(f"not an id of an {what} in the register", nearest(text, known))


def reason_of(text: str) -> str | Wrong:
    """Why a case is held, in words that everybody who works on it may read."""
    if sum(sign.isdigit() for sign in text) >= _TELLING_DIGITS:
        return Wrong("holds a long number", "a reason holds no number of a person or case")
    return text


def _days(text: str) -> int | Wrong:
    if text.isascii() and text.isdigit() and len(text) < 6:
        return int(text)
    return Wrong("not a number of days", "write whole days, 0 or more")


def _change(row: Row, now: datetime) -> Change | RejectedRow:
    meant: Mapping[str, Any] = row.meant
    party = meant.get("agency")
    kind = meant["change"]
    try:
        return Change(
            kind=kind,
            at=meant.get("at", now),
            until=meant.get("until"),
            party=None if party == meant["enterprise"] else party,
            reason=meant.get("reason", ""),
            lifts=meant.get("lifts", "held" if kind == "lifted" else ""),
            how=meant.get("how"),
            overdue_days=meant.get("overdue_days"),
        )
    except ValueError as trouble:
        return rejected(
            row.no, CHANGE, row.cells["change"], Wrong(str(trouble), "see docs/files.md, case files")
        )
