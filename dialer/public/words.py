"""The words of the page, Chinese and English. Nothing here tells whether anybody owes anything."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("zh", "en")
_WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("来电意愿登记", "Your wishes about calls"),
    "other_language": ("English", "中文"),
    "intro": (
        "在这里可以拒绝来电，或者设置方便接听的时段。先用短信验证码确认号码。",
        "Here you can refuse calls or say when they suit you. First prove the number with a code by SMS.",
    ),
    "number": ("手机或固定电话号码", "Phone number"),
    "send_code": ("发送验证码", "Send a code"),
    "code_sent": (
        "如果 {number} 能接收短信，验证码会在一分钟内送达，十分钟内有效。",
        "If {number} can receive SMS, a code arrives within a minute. It is valid for ten minutes.",
    ),
    "code": ("六位验证码", "Six-digit code"),
    "confirm": ("确认", "Confirm"),
    "again": ("换一个号码或重新发送", "Another number, or send again"),
    "bad_number": (
        "这不是可以接收来电的号码。请写成 138…、025-… 或 +852…",
        "This is not a number that can be called. Write it like 138…, 025-… or +852…",
    ),
    "bad_code": ("验证码不对或已过期。", "The code is wrong or has expired."),
    "too_often": ("操作太频繁，请稍后再试。", "Too many requests. Please try again later."),
    "not_kept": (
        "暂时无法处理，刚才提交的内容没有保存。请稍后再试，或者直接联系来电的机构。",
        "This does not work at the moment: what you sent was not kept. Try again later, or contact whoever calls you.",
    ),
    "expired": ("页面已过期，请重新验证号码。", "This page has expired. Please prove the number again."),
    "proved": ("已确认号码 {number}", "Number proved: {number}"),
    "refuse": ("拒绝来电", "Refuse calls"),
    "refuse_about": (
        "提交后立即生效，正在呼叫的电话也会停止。",
        "It holds at once; a phone that is being called stops ringing.",
    ),
    "who": ("来自", "From"),
    "anybody": ("所有使用本系统的机构", "Everybody who calls from here"),
    "which": ("哪类来电", "Which calls"),
    "every": ("全部来电", "All calls"),
    "marketing": ("营销推广来电", "Marketing calls"),
    "collection": ("催收类来电", "Collection calls"),
    "collection_note": (
        "拒绝催收类来电后，会有一段时间不再拨打，并由专人查看。",
        "After a refusal of collection calls nobody calls for a time and a person reviews it.",
    ),
    "refuse_button": ("拒绝这些来电", "Refuse these calls"),
    "hours": ("方便接听的时段", "Hours that suit you"),
    "hours_about": (
        "只在这些时段内来电；不选则不作限制。以最后一次提交为准。",
        "Calls come within these hours only. What you send last holds.",
    ),
    "days": ("星期", "Days"),
    "from": ("从", "From"),
    "to": ("到", "To"),
    "hours_button": ("保存时段", "Save hours"),
    "hours_clear": ("取消时段限制", "No restriction of hours"),
    "agree": ("同意营销来电", "Agree to marketing calls"),
    "agree_about": (
        "只有您同意的机构可以向您拨打营销电话。随时可以在这里撤回。",
        "Only those you agree to may call you for marketing. Take it back here at any time.",
    ),
    "agree_button": ("同意", "Agree"),
    "so_far": ("您在本页登记的意愿", "What you registered on this page"),
    "nothing": ("还没有登记。", "Nothing yet."),
    "opt_out": ("拒绝", "Refused"),
    "accept": ("同意", "Agreed"),
    "only": ("只在", "Only"),
    "never": ("不在", "Never"),
    "leave": ("退出", "Leave"),
    "done_opt_out": ("已登记：拒绝来电，立即生效。", "Registered: calls are refused, at once."),
    "done_accept": ("已登记：同意营销来电。", "Registered: you agreed to marketing calls."),
    "done_hours": ("已登记：方便接听的时段。", "Registered: your hours."),
    "bad_hours": (
        "请选择至少一天，结束时间要晚于开始时间。",
        "Choose at least one day, and an end after the start.",
    ),
    "contact": ("联系方式", "Contact"),
    "callers": ("使用本系统拨打电话的机构", "Who calls from here"),
    "mon": ("周一", "Mon"),
    "tue": ("周二", "Tue"),
    "wed": ("周三", "Wed"),
    "thu": ("周四", "Thu"),
    "fri": ("周五", "Fri"),
    "sat": ("周六", "Sat"),
    "sun": ("周日", "Sun"),
    "sms": (
        "【{site}】您的验证码是 {code}，十分钟内有效。如非本人操作请忽略。",
        "[{site}] Your code is {code}, valid for ten minutes. Ignore it if you did not ask.",
    ),
}


def word(name: str, lang: str, **values: str) -> str:
    """A word of the page. Raises KeyError for one that is not there."""
    text = _WORDS[name][LANGUAGES.index(lang)]
    return text.format(**values) if values else text


def language(accepted: str, chosen: str | None = None) -> str:
    """`zh` unless the person chose or the browser asks for another language first (an Accept-Language header)."""
    if chosen in LANGUAGES:
        return chosen
    first = accepted.split(",")[0].strip().lower()
    return "zh" if not first or first.startswith("zh") or first == "*" else "en"
