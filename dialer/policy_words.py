"""What a rule asks, as a lawyer reads it: each kind in a sentence, each parameter in words, in both languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from dialer.core.policy import Binding, Rule, Text
from dialer.core.wording import in_chinese, in_english

KINDS: Mapping[str, Text] = {
    "licence": Text("须有有效的金融牌照", "the enterprise needs a valid licence today"),
    "entrustment": Text(
        "须有有效的书面委托", "who acts for the enterprise needs its written authority today"
    ),
    "agency": Text("委托合作单位须管理合格", "the agency that calls must be in good standing"),
    "platform": Text("信息发布平台须已登记并获委托", "the platform used must be known and entrusted"),
    "carrier": Text(
        "运营商须持证并完成审核", "the carrier must be licensed and have reviewed whom it serves"
    ),
    "caller_id": Text(
        "主叫号码须与号码登记一致", "the number shown must be the one registered for this call"
    ),
    "number_list": Text("号码清单须已报送", "the list of numbers must be handed in"),
    "number_health": Text("号码须未被停用、投诉或标记", "nothing much may be held against the number shown"),
    "number_cap": Text("限制单个号码每日外呼次数", "not more calls a day from one number"),
    "same_number": Text("同一债务人沿用同一号码", "one debtor is called from one number"),
    "case": Text("案件状态须允许催收", "the debt's case must allow a call"),
    "purpose": Text("呼叫用途须名实相符", "the call must be of the purpose it is said to be"),
    "hours": Text("仅可在被叫当地许可时段外呼", "calls only within these hours where the person called is"),
    "preference": Text("尊重被叫的接听意愿", "what the person said about being called is kept"),
    "consent": Text("须有同意的证据", "evidence of consent is needed"),
    "external_registry": Text(
        "须比对外部谢绝来电登记", "the line must be compared with an external registry"
    ),
    "frequency": Text("限制次数", "not more often than this"),
    "cooldown": Text("事后须间隔", "an interval after an event"),
    "abandonment": Text("限制弃呼率", "not too many answered calls may be abandoned"),
    "breaker": Text("拒绝或投诉过多即停", "too many refusals or complaints end the calls"),
    "reassigned": Text("须确认号码未易主", "the line must not have gone to somebody else"),
    "third_party": Text("限制联系第三人", "other persons than the debtor are called only under conditions"),
    "script": Text("话术须已批准", "the script must be approved for this call"),
    "disclosure": Text("开场须说明", "the opening must say"),
    "message": Text("短信内容须合规", "a text message must hold what is asked, and nothing forbidden"),
    "recording": Text("须录音", "the call must be recorded"),
    "retention": Text("记录须保存", "records must be kept"),
}
PARAMETERS: Mapping[str, Text] = {
    "scope": Text("核对范围", "compared"),
    "party": Text("受托方", "who is entrusted"),
    "checks": Text("核对项目", "checked"),
    "unknown": Text("不明时", "where it is unknown"),
    "licensed": Text("须持有电信业务许可", "needs a telecom licence"),
    "reviewed": Text("须审核其一", "one of these reviewed"),
    "review_max_age_days": Text("审核有效天数", "days that a review counts"),
    "series": Text("号段", "number begins with"),
    "barred": Text("禁用号段", "number does not begin with"),
    "undertaking_for": Text("须有外呼承诺书的号码类型", "types of number that need an undertaking"),
    "inspected_days": Text("检查有效天数", "days that an inspection counts"),
    "suspended": Text("停用的号码不得外呼", "a suspended number denies"),
    "noticed": Text("电信企业通知未回复的不得外呼", "an unanswered notice of the carrier denies"),
    "most_complaints": Text("未结投诉上限", "open complaints, at most"),
    "most_labels": Text("标记方上限", "who marks it as spam, at most"),
    "appealed": Text("申诉成立的不计", "an appeal that was upheld clears it"),
    "tell_debtor": Text("未告知的可在通话中先行告知", "a call that tells him first is permitted"),
    "denied_states": Text("不予外呼的清单状态", "states of the list that deny"),
    "statuses": Text("可催收的案件状态", "statuses of the case that allow it"),
    "told_days": Text("告知债务人后须满天数", "days since the debtor was told, at least"),
    "most_overdue_days": Text("逾期天数上限", "days past due, at most"),
    "barred_parts": Text("话术不得含", "the script must not hold"),
    "open": Text("许可时段", "hours"),
    "calendar": Text("节假日依据（国家）", "public holidays of"),
    "unless_consent": Text("本人同意的可例外", "recorded consent to other hours counts"),
    "personal": Text("遵从本人指定时段", "the person's own hours are kept"),
    "talk_over": Text("时段届满时的通话", "a talk when the hours end may"),
    "silence": Text("未登记意愿的", "who registered nothing"),
    "after_opt_out_days": Text("拒绝后间隔天数", "days that an opt-out holds"),
    "kinds": Text("须有几种证据", "kinds of evidence needed"),
    "evidence": Text("可用证据", "kinds of evidence that count"),
    "covers": Text("同意所及", "the consent is to"),
    "max_age_days": Text("有效天数", "days that it counts"),
    "registry": Text("登记名册", "registry"),
    "consent_overrides": Text("本人同意优先于名册", "consent to this enterprise counts more"),
    "most": Text("次数上限", "at most"),
    "per": Text("计数对象", "for each"),
    "counts": Text("计数内容", "counting"),
    "window": Text("期间单位", "unit of the period"),
    "window_n": Text("期间长度", "length of the period"),
    "purposes": Text("计入用途", "of which purposes"),
    "same_enterprise": Text("仅计本企业（含受托方）", "of this enterprise and its agencies only"),
    "direct_prior_consent_days": Text(
        "直接事先同意后不计的天数", "days after direct prior consent that are not counted"
    ),
    "after": Text("何事之后", "after"),
    "days": Text("天数", "days"),
    "hours": Text("小时数", "hours"),
    "most_permille": Text("上限（千分之）", "at most, of a thousand"),
    "zone": Text("按日计算的时区", "days are counted in"),
    "at_least": Text("至少多少通接通才计算", "calls answered before a rate counts"),
    "like_debtor": Text("视同债务人", "called as the debtor is"),
    "after_failures": Text("失联几次后可联系第三人", "failures to reach the debtor before others are called"),
    "stop_on_request": Text("第三人要求即停", "a third person's request ends it"),
    "parts": Text("须说明", "says"),
    "modes": Text("方式", "said"),
    "what": Text("录音范围", "recorded"),
    "data": Text("保存内容", "what is kept"),
    "least_days": Text("至少保存天数", "days kept, at least"),
    "start": Text("自", "from"),
    "end": Text("至", "to"),
}
PLACES: Mapping[str, Text] = {
    "enterprise_seat": Text("企业所在地", "seat of the enterprise"),
    "agency_seat": Text("受托方所在地", "seat of the agency"),
    "access_place": Text("接入地", "access place"),
    "callee_country": Text("被叫国家", "country called"),
    "callee_region": Text("被叫地区", "region called"),
}
_WORDS: Mapping[str, Text] = {
    "true": Text("是", "yes"),
    "false": Text("否", "no"),
    "none": Text("不限", "no end"),
    "every": Text("全部", "all"),
    "every_call": Text("所有呼叫", "every call"),
    "law": Text("法规", "law"),
    "standard": Text("标准", "standard"),
    "presumption": Text("推定", "presumption"),
    "house": Text("内部规定，不是法律", "house rule, nobody's law"),
    "observe": Text("仅记录，不影响外呼", "recorded only; no call hangs on it"),
    "warn": Text("提示，不影响外呼", "shown as a warning; no call hangs on it"),
    "enforce": Text("强制：违反即不予外呼", "enforced: what offends it is not called"),
    "permit": Text("准予", "permitted"),
    "deny": Text("不予", "denied"),
    "finish": Text("可讲完", "be finished"),
    "carrier": Text("运营商", "carrier"),
    "listed": Text("已登记", "listed"),
    "outbound": Text("可用于外呼", "may dial out"),
    "period": Text("有效期", "period"),
    "purpose": Text("用途", "purpose"),
    "product": Text("产品", "product"),
    "status": Text("状态", "status"),
    "licence": Text("牌照", "licence"),
    "entrustment": Text("委托", "entrustment"),
    "active": Text("未退出", "it has not exited"),
    "not_rectifying": Text("不在整改中", "it is not under rectification"),
    "rectified": Text("整改未逾期", "nothing that it must mend is overdue"),
    "inspected": Text("按期检查", "it was inspected lately"),
    "undertaking": Text("外呼承诺书", "outbound undertaking"),
    "name": Text("企业名称", "the enterprise's name"),
    "signature": Text("【】签名为企业全称或登记简称", "signature with the registered name"),
    "links": Text("仅链接备案网站", "links to filed sites only"),
    "opt_out": Text("写明回复拒收方式", "how to refuse by reply"),
    "words": Text("无禁用内容", "no forbidden words"),
    "windows": Text("号码自有时段", "the number's own windows"),
    "access_code": Text("呼叫中心接入码", "call-centre access number"),
    "cn_95": Text("95 号码", "95 numbers"),
    "cn_96": Text("96 号码", "96 numbers"),
    "cn_400": Text("400 号码", "400 numbers"),
    "cn_1010": Text("1010 号码", "1010 numbers"),
    "assignee": Text("承办方", "who has the case"),
    "hold": Text("暂缓", "no hold"),
    "told": Text("已告知债务人", "the debtor was told"),
    "registered": Text("已登记", "registered"),
    "calls": Text("接听呼叫", "being called"),
    "person": Text("同一人", "person"),
    "line": Text("同一号码", "line"),
    "person_debt": Text("同一人同一债务", "person and debt"),
    "person_enterprise": Text("同一人同一企业", "person and enterprise"),
    "attempts": Text("拨打次数", "attempts"),
    "rang": Text("振铃次数", "attempts that rang"),
    "unanswered": Text("未接次数", "unanswered attempts"),
    "conversed": Text("通话次数", "conversations"),
    "contacts": Text("各渠道联系次数", "contacts on any channel"),
    "days": Text("自然日", "civil days"),
    "rolling_hours": Text("滚动小时", "rolling hours"),
    "calendar_month": Text("自然月", "calendar months"),
}


def asked(rule: Rule, lang: str) -> Iterator[tuple[str, str]]:
    """(label, value) of what a rule asks: its kind in a sentence, then its parameters."""
    yield word("asks", lang), told(KINDS[rule.kind], lang)
    for one in fields(rule.params) if is_dataclass(rule.params) else ():
        if one.init:
            yield told(PARAMETERS[one.name], lang), written(getattr(rule.params, one.name), lang)


def bound(binding: Binding, lang: str) -> str:
    """Which calls a pack binds, in words."""
    named = [
        f"{told(PLACES[one.name], lang)} {', '.join(sorted(getattr(binding, one.name)))}"
        for one in fields(binding)
        if getattr(binding, one.name)
    ]
    return ("；或 " if lang == "zh" else "; or ").join(named) or word("every_call", lang)


def written(value: Any, lang: str) -> str:
    """A value of a rule in words: windows as hours, lists separated, code words as the wording has them."""
    if isinstance(value, bool):
        return word(str(value).lower(), lang)
    if value is None:
        return word("none", lang)
    if isinstance(value, Enum):
        return word(str(value.value), lang)
    if isinstance(value, (tuple, frozenset)):
        several = value if isinstance(value, tuple) else sorted(value, key=str)
        joined = ("、" if lang == "zh" else ", ").join(written(one, lang) for one in several)
        return joined or word("every", lang)
    if hasattr(value, "start") and hasattr(value, "days"):
        days = "+".join(value.days)
        return _worded(f"{days} {value.start}-{value.end}", lang)
    return word(str(value), lang)


def word(name: str, lang: str) -> str:
    """A code word in `zh` or `en`."""
    found = _WORDS.get(name) or _LABELS.get(name)
    return told(found, lang) if found else _worded(name, lang)


def told(text: Text, lang: str) -> str:
    """One language of a text."""
    return text.zh if lang == "zh" else text.en


def _worded(name: str, lang: str) -> str:
    return in_chinese(name) if lang == "zh" else in_english(name)


_LABELS: Mapping[str, Text] = {
    "rule": Text("规则", "rule"),
    "title": Text("名称", "title"),
    "pack": Text("规则包", "pack"),
    "pack_binds": Text("适用于", "binds where"),
    "binds": Text("约束对象", "who is bound"),
    "applies_to": Text("适用用途", "purposes"),
    "products": Text("适用产品", "products"),
    "moments": Text("判定时点", "asked at"),
    "asks": Text("要求", "asks"),
    "force": Text("效力", "force"),
    "mode": Text("方式", "mode"),
    "in_force": Text("生效期", "in force"),
    "source": Text("依据", "source"),
    "grade": Text("证据等级", "how it was read"),
    "address": Text("出处", "address"),
    "review": Text("下次复核", "next review"),
    "A": Text("A：读过原文", "A: its own text"),
    "B": Text("B：读过二手资料", "B: a secondary source"),
    "admit": Text("外呼前", "before the dial"),
    "answered": Text("接通时", "on answer"),
    "bridge": Text("接入坐席前", "before the bridge"),
}
