"""The demo's words in both languages, and what a phone saw as one sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from dialer.core.policy import Text
from dialer.lab.demo.fates import SHANGHAI, Fate, Phone
from dialer.lab.demo.witnesses import Saw, Verdict

WORDS: dict[str, Text] = {
    "title": Text("一次合规外呼的演示", "lawful calls, end to end"),
    "person": Text("被叫", "person"),
    "asked": Text("情形", "fate"),
    "decision": Text("判定", "decision"),
    "rule": Text("规则与条款", "rule and article"),
    "next": Text("最早可拨", "next lawful"),
    "outcome": Text("结果", "outcome"),
    "saw": Text("话机所见", "what the phone saw"),
    "agree": Text("一致", "agree"),
    "permit": Text("准予外呼", "permitted"),
    "deny": Text("不予外呼", "denied"),
    "none": Text("未处理", "not done"),
    "never_short": Text("永不", "never"),
    "never": Text("按现有事实永不", "never as things stand"),
    "topic": Text("主题：", "on "),
    "conversed": Text("通话", "conversed"),
    "announced": Text("已播报", "announced"),
    "opted_out": Text("已拒绝来电", "opted out"),
    "left_early": Text("播报中挂断", "left early"),
    "revoked": Text("已撤回", "revoked"),
    "busy": Text("占线", "busy"),
    "no_answer": Text("无人接听", "no answer"),
    "rejected": Text("被拒接", "rejected"),
    "wrong_person": Text("非本人接听", "wrong person"),
    "all_agree": Text("三方一致：预期、记录、话机", "expectation, record and phone agree"),
    "differs": Text("不一致", "differs"),
    "lab_clock": Text("声明的实验时钟", "declared lab clock"),
    "real_clock": Text("真实时间", "real time"),
    "took": Text("用时", "took"),
    "page": Text("同一过程的网页", "the same story as a page"),
    "findings": Text("判定理由", "findings"),
    "remedy": Text("补救", "remedy"),
    "timeline": Text("记录中的条目", "entries of the record"),
    "expected": Text("预期", "expected"),
    "also": Text("另有", "and"),
    "more": Text(" 条规则", " more"),
    "switch": Text("English", "中文"),
    "no_entry": Text("没有拨出，因此没有话务条目", "nothing was dialled, so there is no attempt"),
    "phones": Text("话机", "phone"),
    "who": Text("由谁补救", "who can"),
    "seconds": Text("秒", "s"),
}
PROGRESS: dict[str, Text] = {
    "world": Text(
        "Asterisk {version}、运营商交换、{people} 部被叫与 {agents} 部坐席话机（pyVoIP）、{sipp} 部 SIPp 话机已就绪",
        "Asterisk {version}, exchange, {people} people's and {agents} agents' phones (pyVoIP), {sipp} SIPp phones",
    ),
    "controller": Text(
        "控制器（dialer serve）与看门进程（dialer watch）已启动",
        "controller (dialer serve) and watchdog (dialer watch) are up",
    ),
    "imported": Text(
        "号码清单、话术（一份未批准）、接听意愿已导入，坐席已签入",
        "register, scripts (one left a draft) and preferences imported; agents signed in",
    ),
    "prior": Text("当日此前已向一人拨打 {calls} 次", "{calls} earlier calls of the day made, to one person"),
    "dialled": Text(
        "坐席 {agent} 手动拨号 {title}：{came}", "agent {agent} dialled by hand, {title}: {came}"
    ),
    "started": Text("外呼活动已开始：{items} 项", "campaign started: {items} items"),
    "item": Text("{done:>2}/{items} {title}：{came}", "{done:>2}/{items} {title}: {came}"),
    "late": Text(
        "{seconds:.0f} 秒后仅完成 {done}/{items} 项",
        "only {done} of {items} items are done after {seconds:.0f} s",
    ),
}
_ARTICLE = re.compile(r"^(\d+)(?:\((\d+)\))?$")
_WHO = {
    "compliance officer": "合规负责人",
    "campaign operator": "外呼运营",
    "engineer": "工程师",
    "person called": "被叫本人",
}
_PHONES: dict[str, Text] = {
    Phone.INTERACTIVE.value: Text("pyVoIP 话机", "pyVoIP phone"),
    Phone.BUSY.value: Text("SIPp 话机（占线）", "SIPp phone, busy"),
    Phone.RINGS.value: Text("SIPp 话机（只振铃）", "SIPp phone that rings on"),
    Phone.REJECTS.value: Text("SIPp 话机（拒接）", "SIPp phone that rejects"),
    Phone.WOULD_ANSWER.value: Text("本会接听的话机", "a phone that would have answered"),
}


def say(text: Text, lang: str) -> str:
    """`zh` or `en` of a text."""
    return text.zh if lang == "zh" else text.en


def word(name: str, lang: str) -> str:
    """A word of the demo; one that it does not have stands for itself."""
    found = WORDS.get(name)
    return name if found is None else say(found, lang)


def progress(name: str, lang: str, **values: object) -> str:
    """A line of progress."""
    return say(PROGRESS[name], lang).format(**values)


def phone_of(fate: Fate, lang: str) -> str:
    """What kind of phone this person has."""
    return say(_PHONES[fate.phone.value], lang)


def who(role: str, lang: str) -> str:
    """A role."""
    return _WHO.get(role, role) if lang == "zh" else role


def authority(finding: Mapping[str, Any], lang: str) -> str:
    """Where a rule stands written: title and article, or the topic where no article number is known."""
    cited = finding["citation"]
    title = cited["title"][lang]
    if cited["article"]:
        return f"{title} {_numbered(cited['article'], lang)}"
    return f"{title} · {cited['topic'][lang]}"


def article(finding: Mapping[str, Any], lang: str) -> str:
    """The same, short enough for a table."""
    cited = finding["citation"]
    if cited["article"]:
        return f"{cited['title'][lang]} {_numbered(cited['article'], lang)}"
    return f"{word('topic', lang)}{cited['topic'][lang]}"


def _numbered(articles: str, lang: str) -> str:
    """`13, 14(2)` as it is said: 第13条、第14条第2款."""
    if lang != "zh":
        return f"art. {articles}"
    return "、".join(_ARTICLE.sub(_in_chinese, one.strip()) for one in articles.split(","))


def _in_chinese(found: re.Match[str]) -> str:
    article, clause = found.groups()
    return f"第{article}条" + (f"第{clause}款" if clause else "")


def civil(at: datetime, *, seconds: bool = False) -> str:
    """Civil time in Shanghai."""
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%m-%d %H:%M")


def saw(fate: Fate, seen: Saw, lang: str) -> str:
    """What the phone saw, as one sentence."""
    zh = lang == "zh"
    if not seen.invites:
        return _no_invite(fate, seen, zh)
    told = [f"{seen.invites} INVITE {seen.from_user}"]
    if seen.permit_proof == "genuine":
        told.append("许可 ✓" if zh else "permit ✓")
    else:
        told.append("许可 ✗" if zh else "permit ✗")
    if not seen.answered:
        told.append(f"SIP {seen.status}")
    if seen.announcement != "none":
        told.append(_ANNOUNCED[seen.announcement][0 if zh else 1])
    if seen.talked:
        heard = f"{seen.heard_agent_s:.1f}/{seen.agent_heard_s:.1f} s"
        told.append(f"互相听到 {heard}" if zh else f"heard each other {heard}")
    elif seen.answered:
        told.append("未听到坐席" if zh else "no agent")
    if seen.person_pressed:
        told.append(f"按 {seen.person_pressed}" if zh else f"pressed {seen.person_pressed}")
    if seen.watchdog:
        told.append(f"看门进程：{seen.watchdog}" if zh else f"watchdog: {seen.watchdog}")
    if seen.agent_pressed:
        told.append(f"坐席按 {seen.agent_pressed}" if zh else f"agent pressed {seen.agent_pressed}")
    return " · ".join((*told, *_calling_back(seen, zh)))


def _calling_back(seen: Saw, zh: bool) -> tuple[str, ...]:
    if not seen.called_back_s:
        return ()
    heard = f"{seen.called_back_s:.1f} s"
    return (f"回拨，听到 {heard}" if zh else f"called back, heard {heard}",)


def _no_invite(fate: Fate, seen: Saw, zh: bool) -> str:
    more = ""
    if fate.prior:
        more = f"（当日此前 {fate.prior} 次除外）" if zh else f" (beside the {fate.prior} before)"
    if seen.dialler_heard_s:
        heard = f"{seen.dialler_heard_s:.1f} s"
        more = f"；坐席听到理由 {heard}" if zh else f"; the agent heard why, {heard}"
    return ("没有 INVITE" if zh else "no INVITE") + more


_ANNOUNCED = {"whole": ("听完播报", "heard the opening"), "part": ("播报未听完", "part of the opening")}


def decisive(verdict: Verdict) -> Mapping[str, Any] | None:
    """The finding that is shown first: the expected one, else the first that denied."""
    denials = verdict.told.denials
    wanted = verdict.fate.expect.rule
    return next((one for one in denials if one["rule"] == wanted), denials[0] if denials else None)
