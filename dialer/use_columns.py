"""The columns of bills, call records and declarations, by the headers that they go by."""

from __future__ import annotations

from collections.abc import Mapping

from dialer.core.policy import Purpose

_NUMBER = (
    "号码", "计费号码", "业务号码", "用户号码", "接入号", "接入号码", "主叫号码",
    "number", "caller_id", "billed_number", "service_number", "phone_number",
)  # fmt: skip
# In a call record any other number may be that of the person called.
_CALLER = ("主叫号码", "主叫", "外显号码", "显示号码", "caller_id", "caller", "calling_number")
# kind of file -> column -> the headers it goes by
_SHARED: Mapping[str, tuple[str, ...]] = {
    "user": (
        "使用单位", "实际使用单位", "委托合作单位", "委托合作单位全称", "催收机构", "使用方",
        "user", "used_by", "agency", "unit",
    ),
    "enterprise": ("金融企业", "金融企业全称", "委托方", "委托机构", "enterprise", "principal", "on_behalf_of"),
    "carrier": ("电信企业", "运营商", "carrier", "operator"),
    "purpose": ("用途", "呼叫用途", "业务类型", "purpose", "purposes"),
}  # fmt: skip
COLUMNS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "bill": {
        **_SHARED,
        "number": _NUMBER,
        "holder": ("户名", "客户名称", "客户全称", "账户名称", "account_name", "account_holder", "customer"),
        "days": ("账期", "计费月份", "计费周期", "月份", "billing_month", "billing_period", "month", "period"),
        "first": ("开始日期", "计费开始", "起始日期", "from", "start_date", "period_start"),
        "last": ("结束日期", "计费结束", "终止日期", "to", "end_date", "period_end"),
        "calls": ("通话次数", "呼出次数", "话单条数", "次数", "calls", "call_count", "outgoing_calls"),
    },
    "cdr": {
        **_SHARED,
        "number": _CALLER,
        "days": (
            "开始时间", "呼叫时间", "起始时间", "通话开始时间", "呼叫开始时间", "日期",
            "start_time", "start", "call_time", "calldate", "time", "date",
        ),
    },
    "declaration": {
        **_SHARED,
        "number": _NUMBER,
        "signed_by": ("签署人", "签字人", "法定代表人", "signed_by", "signatory"),
        "days": ("签署日期", "声明日期", "签字日期", "signed_on", "declared_on"),
    },
}  # fmt: skip
# Of these the first that is there is enough; a file without any of them is refused.
NEEDED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "bill": (("number",), ("days", "first")),
    "cdr": (("number",), ("days",)),
    "declaration": (("number",), ("signed_by",), ("days",)),
}
PURPOSES: Mapping[str, Purpose] = {
    **{one.value: one for one in Purpose},
    "营销": Purpose.MARKETING,
    "催收": Purpose.COLLECTION,
    "还款提醒": Purpose.REMINDER,
    "提醒": Purpose.REMINDER,
    "服务": Purpose.SERVICE,
}
PURPOSE_WORDS: Mapping[Purpose, str] = {
    Purpose.MARKETING: "营销",
    Purpose.COLLECTION: "催收",
    Purpose.REMINDER: "还款提醒",
    Purpose.SERVICE: "服务",
}
