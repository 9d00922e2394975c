"""Every reason code with its sentence, what would mend it, and who can, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dialer.core.policy import Text
from dialer.core.verdict import Value
from dialer.core.wording import in_chinese, in_english


@dataclass(frozen=True, slots=True)
class Remedy:
    """What would mend a denial and who can give it (a role, not a name)."""

    text: Text
    who: str


@dataclass(frozen=True, slots=True)
class _Reason:
    text: Text
    remedy: Text
    who: str = ""


def _r(zh: str, en: str, mend_zh: str = "", mend_en: str = "", who: str = "") -> _Reason:
    return _Reason(Text(zh, en), Text(mend_zh, mend_en), who)


_COMPLIANCE, _OPERATOR, _ENGINEER, _PERSON = (
    "compliance officer",
    "campaign operator",
    "engineer",
    "person called",
)

REASONS: dict[str, _Reason] = {
    # the engine's own guards
    "sound.whole": _r("事实完整", "the facts are whole"),
    "sound.record": _r(
        "记录库不可写：{fault}",
        "the record cannot be written: {fault}",
        "恢复记录库后自动继续",
        "mend the record; calls go on by themselves",
        _ENGINEER,
    ),
    "sound.clock_back": _r(
        "时钟后退：现在早于记录中最新时刻 {newest}",
        "the clock went back: now is before the newest instant in the record, {newest}",
        "校准时钟",
        "set the clock right",
        _ENGINEER,
    ),
    "sound.clock_apart": _r(
        "系统时钟与启动时钟不一致，相差 {apart_s} 秒",
        "wall clock and boot clock are {apart_s} s apart",
        "校准时钟后重启控制器",
        "set the clock right and restart the controller",
        _ENGINEER,
    ),
    "sound.lab_clock": _r(
        "声明的实验时钟仅可用于实验环境",
        "a declared lab clock is accepted in a lab only",
        "去掉实验时钟，或连接实验用 Asterisk 与记录库",
        "remove the lab clock, or use a lab Asterisk and a lab record",
        _ENGINEER,
    ),
    "sound.rulebook": _r(
        "生效的规则集 {digest} 未载入或未签署",
        "the rulebook in force, {digest}, is not loaded or not signed",
        "载入并签署该规则集",
        "load and sign this rulebook",
        _COMPLIANCE,
    ),
    "sound.link_down": _r(
        "与 Asterisk 的连接中断：{why}",
        "the link to Asterisk is down: {why}",
        "恢复连接后自动继续",
        "mend the link; calls go on by themselves",
        _ENGINEER,
    ),
    "sound.number": _r(
        "被叫号码无法识别",
        "the called number cannot be read",
        "更正名单中的号码",
        "correct the number in the list",
        _OPERATOR,
    ),
    "sound.not_enrolled": _r(
        "此人或号码尚未登记",
        "this person or line is not enrolled",
        "先导入名单",
        "import the list first",
        _OPERATOR,
    ),
    "sound.no_trunk": _r(
        "没有可用的中继：{why}",
        "no trunk can carry this call: {why}",
        "登记该电信企业的中继",
        "register a trunk of this carrier",
        _ENGINEER,
    ),
    "sound.no_caller_id": _r(
        "没有可用的主叫号码",
        "no caller ID is registered for this call",
        "在号码清单中登记",
        "register one in the number list",
        _COMPLIANCE,
    ),
    "sound.no_agent": _r(
        "没有可用的坐席",
        "no agent is free",
        "请坐席签入或示闲",
        "let an agent sign in",
        _OPERATOR,
    ),
    "sound.key_reused": _r(
        "幂等键已用于另一请求",
        "this idempotency key was used for another request",
        "每个请求使用自己的键",
        "use a key of its own for each request",
        _OPERATOR,
    ),
    "sound.obligation": _r(
        "无法履行义务：{duty}",
        "cannot discharge the obligation `{duty}`",
        "升级控制器或更正规则",
        "upgrade the controller or correct the rule",
        _ENGINEER,
    ),
    "sound.audio": _r(
        "已批准的录音缺失或不符：{sha256}",
        "the approved audio is missing or not the one approved: {sha256}",
        "重新导入话术",
        "import the script again",
        _COMPLIANCE,
    ),
    "stop.none": _r("未停呼", "no stop is in force"),
    "stop.active": _r(
        "紧急停呼中（{scope}）：{reason}",
        "stopped ({scope}): {reason}",
        "解除停呼",
        "lift the stop",
        _COMPLIANCE,
    ),
    "in_flight.none": _r("无进行中的呼叫", "no other call is in flight"),
    "in_flight.person": _r(
        "正在呼叫此人",
        "this person is being called now",
        "等该通话结束，最迟 {until}",
        "wait for that call to end, at the latest {until}",
        _OPERATOR,
    ),
    "in_flight.line": _r(
        "正在呼叫此号码",
        "this line is being called now",
        "等该通话结束，最迟 {until}",
        "wait for that call to end, at the latest {until}",
        _OPERATOR,
    ),
    "rule.raised": _r(
        "规则执行出错：{fault}",
        "the rule failed: {fault}",
        "更正规则",
        "correct the rule",
        _ENGINEER,
    ),
    # licence and entrustment
    "licence.holds": _r("业务许可有效：{document}", "licensed: {document}"),
    "licence.enterprise_unknown": _r(
        "金融企业 {enterprise} 未登记",
        "enterprise `{enterprise}` is not registered",
        "登记该金融企业及其业务许可",
        "register the enterprise and its licence",
        _COMPLIANCE,
    ),
    "licence.none": _r(
        "金融企业 {enterprise} 无业务许可",
        "enterprise `{enterprise}` has no licence",
        "登记业务许可",
        "register its licence",
        _COMPLIANCE,
    ),
    "licence.out_of_scope": _r(
        "业务许可 {document} 不含 {purpose}（{product}）",
        "licence {document} does not cover {purpose} of {product}",
        "取得相应许可，或停止此类外呼",
        "obtain a licence that covers it, or do not call",
        _COMPLIANCE,
    ),
    "licence.ended": _r(
        "业务许可 {document} 已于 {date} 到期",
        "licence {document} ended on {date}",
        "续期后登记",
        "renew it and register it",
        _COMPLIANCE,
    ),
    "licence.not_begun": _r(
        "业务许可 {document} 自 {date} 起生效",
        "licence {document} begins on {date}",
        "生效后再呼",
        "call once it has begun",
        _COMPLIANCE,
    ),
    "licence.not_valid": _r(
        "业务许可 {document} 状态为 {date}",
        "licence {document} is {date}",
        "恢复许可",
        "have it restored",
        _COMPLIANCE,
    ),
    "entrustment.own": _r("金融企业自行外呼，无 {party}", "the enterprise calls for itself: no {party}"),
    "entrustment.holds": _r("书面委托有效：{document}", "entrusted in writing: {document}"),
    "entrustment.party_unknown": _r(
        "委托合作单位 {party} 未登记",
        "agency `{party}` is not registered",
        "登记该单位及其书面委托",
        "register it and its entrustment",
        _COMPLIANCE,
    ),
    "entrustment.none": _r(
        "{enterprise} 未书面委托 {party}",
        "`{party}` has no written entrustment of {enterprise}",
        "签订并登记书面委托",
        "sign and register an entrustment",
        _COMPLIANCE,
    ),
    "entrustment.out_of_scope": _r(
        "书面委托 {document} 不含 {purpose}（{product}）",
        "entrustment {document} does not cover {purpose} of {product}",
        "扩大委托范围并登记",
        "have it widened and register it",
        _COMPLIANCE,
    ),
    "entrustment.ended": _r(
        "书面委托 {document} 已于 {date} 到期",
        "entrustment {document} ended on {date}",
        "续签后登记",
        "renew it and register it",
        _COMPLIANCE,
    ),
    "entrustment.not_begun": _r(
        "书面委托 {document} 自 {date} 起生效",
        "entrustment {document} begins on {date}",
        "生效后再呼",
        "call once it has begun",
        _COMPLIANCE,
    ),
    "entrustment.not_valid": _r(
        "书面委托 {document} 状态为 {date}",
        "entrustment {document} is {date}",
        "恢复委托",
        "have it restored",
        _COMPLIANCE,
    ),
    # caller ID
    "caller_id.registered": _r(
        "主叫号码 {caller_id} 已登记（{status}）", "caller ID {caller_id} is registered ({status})"
    ),
    "caller_id.not_registered": _r(
        "主叫号码 {caller_id} 不在号码清单中",
        "caller ID {caller_id} is not in the number register",
        "申请专用号段或报备存量号码",
        "apply for the segment or report the number",
        _COMPLIANCE,
    ),
    "caller_id.other_enterprise": _r(
        "主叫号码 {caller_id} 登记于另一金融企业",
        "caller ID {caller_id} is registered for another enterprise",
        "使用本企业登记的号码",
        "use a number of this enterprise",
        _COMPLIANCE,
    ),
    "caller_id.other_agency": _r(
        "主叫号码 {caller_id} 未登记由此单位使用",
        "caller ID {caller_id} is not registered for use by this party",
        "登记使用单位，或换用其号码",
        "register who uses it, or use another number",
        _COMPLIANCE,
    ),
    "caller_id.other_purpose": _r(
        "主叫号码 {caller_id} 承诺用途为 {registered_for}",
        "caller ID {caller_id} is registered for {registered_for}",
        "使用为此用途登记的号码",
        "use a number registered for this purpose",
        _COMPLIANCE,
    ),
    "caller_id.not_usable": _r(
        "主叫号码 {caller_id} 状态为 {status}",
        "caller ID {caller_id} is {status}",
        "核配或报备后使用",
        "use it once allocated or reported",
        _COMPLIANCE,
    ),
    "caller_id.takes_calls_only": _r(
        "主叫号码 {caller_id} 不允许外呼",
        "caller ID {caller_id} may take calls only",
        "提交外呼承诺书",
        "give the outbound undertaking",
        _COMPLIANCE,
    ),
    "caller_id.ended": _r(
        "主叫号码 {caller_id} 的合作期已于 {date} 结束",
        "the cooperation period of caller ID {caller_id} ended on {date}",
        "续期后登记",
        "renew and register it",
        _COMPLIANCE,
    ),
    "caller_id.not_begun": _r(
        "主叫号码 {caller_id} 的合作期自 {date} 起",
        "the cooperation period of caller ID {caller_id} begins on {date}",
        "到期后再呼",
        "call once it has begun",
        _COMPLIANCE,
    ),
    "caller_id.other_carrier": _r(
        "主叫号码 {caller_id} 属于 {carrier}，而中继属于 {trunk_carrier}",
        "caller ID {caller_id} belongs to {carrier}, the trunk to {trunk_carrier}",
        "经该号码所属电信企业的中继外呼",
        "send it by a trunk of its own carrier",
        _ENGINEER,
    ),
    # hours
    "hours.open": _r("在允许时段内（{local_time}）", "within hours ({local_time})"),
    "hours.shut": _r(
        "被叫当地时间 {local_time}（{zone}）不在允许时段 {open}",
        "it is {local_time} where the callee is ({zone}); hours are {open}",
        "到允许时段再呼",
        "call within hours",
        _OPERATOR,
    ),
    "hours.zone_unknown": _r(
        "不知被叫所在时区",
        "the callee's time zone is unknown",
        "填写时区或地址",
        "give a zone or an address",
        _OPERATOR,
    ),
    # preference
    "preference.accepted": _r("已登记愿意接听", "the person accepts such calls"),
    "preference.nothing_registered": _r("未登记接听意愿", "the person registered nothing"),
    "preference.opted_out": _r(
        "此人已于 {stated_at} 拒绝来电",
        "the person opted out on {stated_at}",
        "等待间隔期结束或本人重新同意",
        "wait for the interval to end, or for new consent",
        _PERSON,
    ),
    "preference.no_consent": _r(
        "未取得接听{purpose}来电的同意",
        "there is no consent to {purpose} calls",
        "以合法方式取得同意",
        "obtain consent by a lawful way",
        _PERSON,
    ),
    # frequency
    "frequency.below": _r(
        "{window}内已计 {counted} 次，上限 {most}", "{counted} of {most} counted in {window}"
    ),
    "frequency.full": _r(
        "{window}内已计 {counted} 次，达到上限 {most}",
        "{counted} counted in {window}, at most {most}",
        "到窗口结束后再呼",
        "call when the window has room",
        _OPERATOR,
    ),
    # script and disclosure
    "script.approved": _r("话术 {script} 已批准", "script `{script}` is approved"),
    "script.unknown": _r(
        "话术 {script} 未登记",
        "script `{script}` is not registered",
        "提交并批准话术",
        "submit it and have it approved",
        _COMPLIANCE,
    ),
    "script.not_approved": _r(
        "话术 {script} 状态为 {status}",
        "script `{script}` is {status}",
        "批准话术",
        "have it approved",
        _COMPLIANCE,
    ),
    "script.other_enterprise": _r(
        "话术 {script} 属于另一金融企业",
        "script `{script}` belongs to another enterprise",
        "使用本企业话术",
        "use a script of this enterprise",
        _OPERATOR,
    ),
    "script.other_purpose": _r(
        "话术 {script} 不用于 {purpose}",
        "script `{script}` is not for {purpose}",
        "使用对应话术",
        "use a script for this purpose",
        _OPERATOR,
    ),
    "script.other_product": _r(
        "话术 {script} 不用于 {product}",
        "script `{script}` is not for {product}",
        "使用对应话术",
        "use a script for this product",
        _OPERATOR,
    ),
    "script.outside_period": _r(
        "话术 {script} 不在有效期内",
        "script `{script}` is outside its period",
        "重新批准",
        "have it approved anew",
        _COMPLIANCE,
    ),
    "disclosure.complete": _r("开场播报完整", "the opening says what it must"),
    "disclosure.no_script": _r(
        "没有话术，无法表明身份",
        "without a script nobody can say who calls",
        "指定已批准的话术",
        "name an approved script",
        _OPERATOR,
    ),
    "disclosure.part_missing": _r(
        "话术 {script} 开场缺少 {missing}",
        "the opening of script `{script}` leaves out {missing}",
        "补齐后重新批准",
        "complete it and have it approved",
        _COMPLIANCE,
    ),
    "disclosure.mode_not_allowed": _r(
        "不允许以 {mode} 方式播报",
        "an opening may not be {mode} here",
        "改用允许的方式",
        "use a mode that is allowed",
        _COMPLIANCE,
    ),
}


class _Shown(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


def explain(code: str, values: Mapping[str, Value]) -> tuple[Text, Remedy]:
    """The sentence and the remedy of a reason code. An unknown code explains itself by its name."""
    reason = REASONS.get(code) or _r(code, code)
    zh = _Shown({name: in_chinese(value) for name, value in values.items()})
    en = _Shown({name: in_english(value) for name, value in values.items()})

    def said(text: Text) -> Text:
        return Text(text.zh.format_map(zh), text.en.format_map(en))

    return said(reason.text), Remedy(said(reason.remedy), reason.who)
