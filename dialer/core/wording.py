"""How values stand in sentences: instants, windows and code words as people read them, in Chinese and English."""

from __future__ import annotations

import re
from datetime import datetime

from dialer.core.verdict import Value

_INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d$")
_SPAN = re.compile(r"^(\d+) (days|rolling_hours|calendar_month)$")
_DAYS = re.compile(r"\b(all|mon|tue|wed|thu|fri|sat|sun|workday|restday|holiday|makeup_workday)\b")

_ZH_DAYS = {
    "all": "每日",
    "mon": "周一",
    "tue": "周二",
    "wed": "周三",
    "thu": "周四",
    "fri": "周五",
    "sat": "周六",
    "sun": "周日",
    "workday": "工作日",
    "restday": "休息日",
    "holiday": "节假日",
    "makeup_workday": "调休上班日",
}
_EN_DAYS = {day: day.capitalize() for day in _ZH_DAYS} | {
    "all": "every day",
    "workday": "work days",
    "restday": "rest days",
    "holiday": "public holidays",
    "makeup_workday": "make-up work days",
}
_ZH_UNITS = {"days": "日", "rolling_hours": "小时", "calendar_month": "个自然月"}
_EN_UNITS = {"days": "day", "rolling_hours": "hour", "calendar_month": "calendar month"}
_ZH_WORDS = {
    "marketing": "营销",
    "collection": "催收",
    "reminder": "还款提醒",
    "service": "服务",
    "agency": "委托合作单位",
    "platform": "信息发布平台",
    "credit": "信贷",
    "insurance": "保险",
    "enterprise_name": "企业名称",
    "contact": "联系方式",
    "refusal_method": "拒绝方式",
    "recorded": "录音播报",
    "agent_spoken": "坐席口述",
    "draft": "草稿",
    "submitted": "待批准",
    "approved": "已批准",
    "withdrawn": "已撤回",
    "applied": "申请中",
    "allocated": "已核配",
    "reported": "已报备",
    "disabled": "已停用",
    "suspended": "已暂停",
    "revoked": "已吊销",
    "active": "正常",
    "rectifying": "整改中",
    "exited": "已退出",
    "filed": "已申诉",
    "upheld": "申诉成立",
    "none": "无",
    "no_end": "无期限",
    "no_date": "无记录",
    "agency_told": "告知催收单位",
    "agency_name": "委托合作单位名称",
    "agent_name": "坐席姓名",
    "call_purpose": "来电目的",
    "debt_collector": "催收人身份",
    "annual_rate": "年化利率",
    "recording_notice": "录音告知",
    "ai_notice": "人工智能告知",
    "debt_detail": "债务详情",
    "promotion": "营销内容",
    "debtor": "债务人",
    "guarantor": "担保人",
    "third_party_liable": "债务相关第三人",
    "third_party": "无关第三人",
    "assigned": "在催",
    "settled": "已结清",
    "paid": "已还款",
    "instalment": "分期",
    "disputed": "有争议",
    "ill": "患病",
    "deceased": "身故",
    "litigated": "诉讼中",
    "insolvent": "破产",
    "it_is_lifted": "解除",
    "sms": "短信",
    "telephone": "电话",
    "writing": "书面",
    "web": "网页",
    "recording": "录音",
    "call_detail": "通话记录",
    "consent": "同意证据",
    "decision": "决定记录",
    "conversation": "通话",
    "whole_call": "全程",
    "unsubmitted": "未报送",
    "acknowledged": "已确认",
    "rejected": "被退回",
    "valid": "有效",
    "opt_out": "拒绝来电",
    "complaint": "投诉",
    "opted_out": "拒绝来电",
    "complained": "投诉",
    "all": "全部",
    "enterprise": "金融企业",
    "campaign": "外呼任务",
}
# Code words that English shows otherwise than by a space for the underscore.
_EN_WORDS = {
    "submitted": "waiting for approval",
    "enterprise_name": "the enterprise's name",
    "contact": "a contact",
}
_EN_WORDS |= {
    "refusal_method": "how to refuse",
    "recorded": "recorded",
    "opt_out": "an opt-out",
    "conversation": "a conversation",
    "complaint": "a complaint",
    "complained": "complaints",
    "opted_out": "opt-outs",
    "agent_spoken": "spoken by the agent",
    "ai_notice": "that it is an artificial voice",
    "call_purpose": "what the call is for",
    "recording_notice": "that it is recorded",
    "third_party": "third person",
    "third_party_liable": "third person liable for the debt",
    "instalment": "paid in instalments",
    "telephone": "by telephone",
    "sms": "by SMS",
    "writing": "in writing",
    "web": "on the web",
    "whole_call": "the whole call",
    "no_end": "no end given",
    "no_date": "none on record",
    "agency_told": "that this agency collects",
    "rejected": "sent back",
}


def in_chinese(value: Value) -> str:
    """`value` as it stands in a Chinese sentence."""
    text = _plain(value)
    if span := _SPAN.match(text):
        return f"{span[1]} {_ZH_UNITS[span[2]]}"
    if _INSTANT.match(text):
        return _instant(text)
    words = text.split("+")
    if all(word in _ZH_WORDS for word in words):
        return "、".join(_ZH_WORDS[word] for word in words)
    return _with_days(text, _ZH_DAYS)


def in_english(value: Value) -> str:
    """`value` as it stands in an English sentence."""
    text = _plain(value)
    if span := _SPAN.match(text):
        unit = _EN_UNITS[span[2]]
        return f"{span[1]} {unit}" if span[1] == "1" else f"{span[1]} {unit}s"
    if _INSTANT.match(text):
        return _instant(text)
    words = text.split("+")
    if all(word in _ZH_WORDS for word in words):
        return " and ".join(_EN_WORDS.get(word, word.replace("_", " ")) for word in words)
    return _with_days(text, _EN_DAYS)


def _plain(value: Value) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    return "" if value is None else str(value)


def _instant(text: str) -> str:
    """To the second and with its offset; a midnight is a date."""
    at = datetime.fromisoformat(text)
    if (at.hour, at.minute, at.second) == (0, 0, 0):
        return f"{at:%Y-%m-%d}"
    offset = f"{at:%z}"
    return f"{at:%Y-%m-%d %H:%M:%S} {offset[:3]}:{offset[3:5]}"


def _with_days(text: str, names: dict[str, str]) -> str:
    """Days of the week before a time of day, as in `mon 22:00` or `all 08:00-22:00`."""
    return _DAYS.sub(lambda found: names[found[1]], text) if ":" in text else text
