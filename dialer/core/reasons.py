"""Every reason code with its sentence, what would mend it, and who can, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dialer.core.policy import Text
from dialer.core.reason import COMPLIANCE, ENGINEER, OPERATOR, PERSON, Reason, reason
from dialer.core.reasons_messages import MESSAGES
from dialer.core.reasons_numbers import NUMBERS
from dialer.core.reasons_parties import PARTIES
from dialer.core.reasons_ways import WAYS
from dialer.core.verdict import Value
from dialer.core.wording import in_chinese, in_english


@dataclass(frozen=True, slots=True)
class Remedy:
    """What would mend a denial and who can give it (a role, not a name)."""

    text: Text
    who: str


REASONS: dict[str, Reason] = {
    **PARTIES,
    **NUMBERS,
    **WAYS,
    **MESSAGES,
    # the engine's own guards
    "sound.whole": reason("事实完整", "the facts are whole"),
    "sound.record": reason(
        "记录库不可写：{fault}",
        "the record cannot be written: {fault}",
        "恢复记录库后自动继续",
        "mend the record; calls go on by themselves",
        ENGINEER,
    ),
    "sound.clock_back": reason(
        "时钟后退：现在早于记录中最新时刻 {newest}",
        "the clock went back: now is before the newest instant in the record, {newest}",
        "校准时钟",
        "set the clock right",
        ENGINEER,
    ),
    "sound.clock_apart": reason(
        "系统时钟与启动时钟不一致，相差 {apart_s} 秒",
        "wall clock and boot clock are {apart_s} s apart",
        "校准时钟后重启控制器",
        "set the clock right and restart the controller",
        ENGINEER,
    ),
    "sound.lab_clock": reason(
        "声明的实验时钟仅可用于实验环境",
        "a declared lab clock is accepted in a lab only",
        "去掉实验时钟，或连接实验用 Asterisk 与记录库",
        "remove the lab clock, or use a lab Asterisk and a lab record",
        ENGINEER,
    ),
    "sound.rulebook": reason(
        "生效的规则集 {digest} 未载入或未签署",
        "the rulebook in force, {digest}, is not loaded or not signed",
        "载入并签署该规则集",
        "load and sign this rulebook",
        COMPLIANCE,
    ),
    "sound.link_down": reason(
        "与 Asterisk 的连接中断：{why}",
        "the link to Asterisk is down: {why}",
        "恢复连接后自动继续",
        "mend the link; calls go on by themselves",
        ENGINEER,
    ),
    "sound.number": reason(
        "被叫号码无法识别",
        "the called number cannot be read",
        "更正名单中的号码",
        "correct the number in the list",
        OPERATOR,
    ),
    "sound.not_enrolled": reason(
        "此人或号码尚未登记",
        "this person or line is not enrolled",
        "先导入名单",
        "import the list first",
        OPERATOR,
    ),
    "sound.no_trunk": reason(
        "没有可用的中继：{why}",
        "no trunk can carry this call: {why}",
        "登记该电信企业的中继",
        "register a trunk of this carrier",
        ENGINEER,
    ),
    "sound.no_caller_id": reason(
        "没有可用的主叫号码",
        "no caller ID is registered for this call",
        "在号码清单中登记",
        "register one in the number list",
        COMPLIANCE,
    ),
    "sound.no_agent": reason(
        "没有可用的坐席",
        "no agent is free",
        "请坐席签入或示闲",
        "let an agent sign in",
        OPERATOR,
    ),
    "sound.key_reused": reason(
        "幂等键已用于另一请求",
        "this idempotency key was used for another request",
        "每个请求使用自己的键",
        "use a key of its own for each request",
        OPERATOR,
    ),
    "sound.obligation": reason(
        "无法履行义务：{duty}",
        "cannot discharge the obligation `{duty}`",
        "升级控制器或更正规则",
        "upgrade the controller or correct the rule",
        ENGINEER,
    ),
    "sound.audio": reason(
        "已批准的录音缺失或不符：{sha256}",
        "the approved audio is missing or not the one approved: {sha256}",
        "重新导入话术",
        "import the script again",
        COMPLIANCE,
    ),
    "sound.restricted": reason(
        "{kind} {target} 已由 {by} 限制（{what}，自 {since}）：{reason}",
        "{kind} `{target}` was restricted by {by} ({what}, since {since}): {reason}",
        "提请解除限制，由第二人批准",
        "put forward that it is lifted; a second person approves",
        COMPLIANCE,
    ),
    "sound.batch": reason(
        "导入的数据文件缺失或被改动：{fault}",
        "a file of imported data is missing or was altered: {fault}",
        "从备份恢复该文件，或重新导入",
        "restore that file from a backup, or import it again",
        ENGINEER,
    ),
    "stop.none": reason("未停呼", "no stop is in force"),
    "stop.active": reason(
        "紧急停呼中（{scope}）：{reason}",
        "stopped ({scope}): {reason}",
        "解除停呼",
        "lift the stop",
        COMPLIANCE,
    ),
    "in_flight.none": reason("无进行中的呼叫", "no other call is in flight"),
    "in_flight.person": reason(
        "正在呼叫此人",
        "this person is being called now",
        "等该通话结束，最迟 {until}",
        "wait for that call to end, at the latest {until}",
        OPERATOR,
    ),
    "in_flight.line": reason(
        "正在呼叫此号码",
        "this line is being called now",
        "等该通话结束，最迟 {until}",
        "wait for that call to end, at the latest {until}",
        OPERATOR,
    ),
    "rule.raised": reason(
        "规则执行出错：{fault}",
        "the rule failed: {fault}",
        "更正规则",
        "correct the rule",
        ENGINEER,
    ),
    # purpose
    "purpose.stands": reason(
        "用途与事实相符（{purpose}）",
        "the call is what it says ({purpose})",
    ),
    "purpose.unknown": reason(
        "逾期情况或话术不明，无法核对用途",
        "the age of the debt or the script is unknown, so the purpose cannot be checked",
        "提供逾期天数",
        "give the days past due",
        OPERATOR,
    ),
    "purpose.is_collection": reason(
        "已逾期 {overdue_days} 日，此{purpose}实为催收",
        "{overdue_days} days past due: this {purpose} call is a collection",
        "按催收拨打",
        "place it as a collection",
        OPERATOR,
    ),
    "purpose.is_marketing": reason(
        "话术含{parts}，此{purpose}来电实为营销",
        "the script holds {parts}: this {purpose} call is marketing",
        "去掉营销内容，或按营销拨打",
        "leave that out, or place it as marketing",
        COMPLIANCE,
    ),
    # hours
    "hours.open": reason("在允许时段内（{local_time}）", "within hours ({local_time})"),
    "hours.shut": reason(
        "被叫当地时间 {local_time}（{zone}）不在允许时段 {open}",
        "it is {local_time} where the callee is ({zone}); hours are {open}",
        "到允许时段再呼",
        "call within hours",
        OPERATOR,
    ),
    "hours.consented": reason(
        "时段外（{local_time}），但本人已同意在此时段接听",
        "outside hours ({local_time}), but the person agreed to be called then",
    ),
    "hours.not_wanted": reason(
        "被叫当地时间 {local_time}（{zone}），本人不愿在此时段接听",
        "it is {local_time} where the callee is ({zone}); the person does not want calls at this time",
        "在本人登记的时段再呼",
        "call at the times that the person registered",
        PERSON,
    ),
    "hours.day_unknown": reason(
        "被叫当地时间 {local_time}（{zone}）；{calendar} 年节假日安排尚未载入，无法确定当日是否工作日",
        "it is {local_time} where the callee is ({zone}); nothing official tells if that is a work day ({calendar})",
        "载入官方节假日通知后再呼，或在任一读法均允许的时段再呼",
        "load the official notice of public holidays, or call when hours are open either way",
        COMPLIANCE,
    ),
    "hours.zone_unknown": reason(
        "不知被叫所在时区",
        "the callee's time zone is unknown",
        "填写时区或地址",
        "give a zone or an address",
        OPERATOR,
    ),
    # preference
    "preference.accepted": reason("已登记愿意接听", "the person accepts such calls"),
    "preference.nothing_registered": reason("未登记接听意愿", "the person registered nothing"),
    "preference.opted_out": reason(
        "此人已于 {stated_at} 拒绝来电",
        "the person opted out on {stated_at}",
        "等待间隔期结束或本人重新同意",
        "wait for the interval to end, or for new consent",
        PERSON,
    ),
    "preference.no_consent": reason(
        "未取得接听{purpose}来电的同意",
        "there is no consent to {purpose} calls",
        "以合法方式取得同意",
        "obtain consent by a lawful way",
        PERSON,
    ),
    # consent and registries of others
    "consent.given": reason(
        "同意已取得（{evidence}）",
        "consent was given ({evidence})",
    ),
    "consent.none": reason(
        "没有有效的同意证据",
        "there is no proof of consent that holds",
        "以合法方式取得同意并留存证据",
        "obtain consent by a lawful way and keep the proof",
        PERSON,
    ),
    "consent.too_few": reason(
        "同意证据 {found} 种，须 {needed} 种",
        "consent is proved in {found} ways, {needed} are needed",
        "补齐其余确认",
        "obtain the other confirmations",
        PERSON,
    ),
    "external_registry.not_listed": reason(
        "{registry} 名册未列此号码（{scrubbed_at} 查询）",
        "the line is not on {registry} (looked up on {scrubbed_at})",
    ),
    "external_registry.consented": reason(
        "此人已同意本企业来电，不受 {registry} 名册限制",
        "the person agreed to calls of this enterprise, which counts more than {registry}",
    ),
    "external_registry.unknown": reason(
        "未查询 {registry} 名册",
        "the line was never looked up in {registry}",
        "先查询再呼",
        "look it up first",
        OPERATOR,
    ),
    "external_registry.listed": reason(
        "号码列于 {registry} 名册",
        "the line is on {registry}",
        "不得拨打，除非本人明确同意",
        "do not call, unless the person agrees",
        PERSON,
    ),
    "external_registry.stale": reason(
        "{registry} 名册的查询（{scrubbed_at}）已超过 {max_age_days} 日",
        "the look-up in {registry} of {scrubbed_at} is older than {max_age_days} days",
        "重新查询",
        "look it up again",
        OPERATOR,
    ),
    # third parties
    "third_party.like_debtor": reason(
        "被叫为{party}",
        "the callee is the {party}",
    ),
    "third_party.after_lost_contact": reason(
        "债务人失联（{failures} 次），可联系{party}",
        "contact with the debtor is lost ({failures} failures): the {party} may be called",
    ),
    "third_party.unknown": reason(
        "不知被叫与债务的关系",
        "nobody said who is called",
        "登记被叫与债务的关系",
        "register who the callee is",
        OPERATOR,
    ),
    "third_party.never": reason(
        "不得联系{party}",
        "the {party} may not be called",
        "联系债务人本人",
        "call the debtor",
        OPERATOR,
    ),
    "third_party.debtor_reachable": reason(
        "债务人连续未联系上 {failures} 次，须 {needed} 次方可联系{party}",
        "{failures} consecutive failures to reach the debtor; the {party} may be called after {needed}",
        "先联系债务人本人",
        "try the debtor first",
        OPERATOR,
    ),
    "third_party.asked_to_stop": reason(
        "{party}已要求不再联系",
        "the {party} asked not to be called",
        "不再联系此人",
        "do not call again",
        PERSON,
    ),
    "third_party.script_tells_debt": reason(
        "话术向{party}透露债务，或没有话术",
        "the script tells the {party} of the debt, or there is none",
        "使用不提及债务的话术",
        "use a script that tells nothing of the debt",
        COMPLIANCE,
    ),
    # frequency
    "frequency.below": reason(
        "{window}内已计 {counted} 次，上限 {most}", "{counted} of {most} counted in {window}"
    ),
    "frequency.full": reason(
        "{window}内已计 {counted} 次，达到上限 {most}",
        "{counted} counted in {window}, at most {most}",
        "到窗口结束后再呼",
        "call when the window has room",
        OPERATOR,
    ),
    "frequency.consented": reason(
        "{window}内已计 {counted} 次，但本人近日直接同意来电，此次不计入",
        "{counted} counted in {window}, but the person agreed to calls just now, so this one does not count",
    ),
    # cool-downs, rates, reassigned numbers
    "cooldown.over": reason(
        "{after}后的间隔期 {interval}：无或已过", "no interval of {interval} after {after} is running"
    ),
    "cooldown.begun": reason(
        "{at} 有{after}，间隔期 {interval}，至 {until}",
        "{after} at {at}: an interval of {interval} runs until {until}",
        "间隔期结束后再呼",
        "call when the interval is over",
        OPERATOR,
    ),
    "abandonment.no_campaign": reason(
        "不属于任何外呼任务，无呼损率", "no campaign, so no rate of abandoned calls"
    ),
    "abandonment.unknown": reason(
        "外呼呼损率不明",
        "the rate of abandoned calls is unknown",
        "恢复呼损统计",
        "mend the count of abandoned calls",
        ENGINEER,
    ),
    "abandonment.below": reason(
        "{window}内接通 {answered} 次，呼损 {counted} 次，未超过千分之 {most_permille}",
        "{counted} of {answered} answered calls abandoned in {window}, at most {most_permille} in a thousand",
    ),
    "abandonment.above": reason(
        "{window}内接通 {answered} 次，呼损 {counted} 次，超过千分之 {most_permille}",
        "{counted} of {answered} answered calls abandoned in {window}, more than {most_permille} in a thousand",
        "降低拨号速度或增加坐席，待比率回落",
        "dial more slowly or add agents, and wait until the rate has fallen",
        OPERATOR,
    ),
    "breaker.no_campaign": reason("不属于任何外呼任务，无熔断比率", "no campaign, so no rate to break on"),
    "breaker.unknown": reason(
        "熔断所需的比率不明",
        "the rate to break on is unknown",
        "恢复统计",
        "mend the count",
        ENGINEER,
    ),
    "breaker.below": reason(
        "{window}内接通 {answered} 次，{counts} {counted} 次，未触发熔断",
        "{counted} of {answered} answered calls in {window} count as {counts}: below the breaker",
    ),
    "breaker.above": reason(
        "{window}内接通 {answered} 次，{counts} {counted} 次，超过千分之 {most_permille}，已熔断",
        "{counted} of {answered} answered calls in {window} count as {counts}, more than {most_permille} in a thousand",
        "复核名单、话术与号码后再恢复",
        "review list, script and numbers before going on",
        COMPLIANCE,
    ),
    "reassigned.same_subscriber": reason(
        "号码未转让他人（{checked_at} 查询）", "not reassigned, as looked up on {checked_at}"
    ),
    "reassigned.unknown": reason(
        "未查询号码是否已转让他人",
        "nobody looked up whether the line was reassigned",
        "查询号码转让情况",
        "look it up",
        OPERATOR,
    ),
    "reassigned.stale": reason(
        "号码转让查询于 {checked_at}，已超过 {max_age_days} 天",
        "the look-up of {checked_at} is older than {max_age_days} days",
        "重新查询",
        "look it up again",
        OPERATOR,
    ),
    "reassigned.other_subscriber": reason(
        "号码已转让他人（{checked_at} 查询）",
        "the line went to another subscriber, as looked up on {checked_at}",
        "更新此人的号码",
        "find the person's new number",
        OPERATOR,
    ),
    # disclosure
    "disclosure.complete": reason("开场播报完整", "the opening says what it must"),
    "disclosure.no_script": reason(
        "没有话术，无法表明身份",
        "without a script nobody can say who calls",
        "指定已批准的话术",
        "name an approved script",
        OPERATOR,
    ),
    "disclosure.part_missing": reason(
        "话术 {script} 开场缺少 {missing}",
        "the opening of script `{script}` leaves out {missing}",
        "补齐后重新批准",
        "complete it and have it approved",
        COMPLIANCE,
    ),
    "disclosure.mode_not_allowed": reason(
        "不允许以 {mode} 方式播报",
        "an opening may not be {mode} here",
        "改用允许的方式",
        "use a mode that is allowed",
        COMPLIANCE,
    ),
    # recording and retention
    "recording.obliged": reason(
        "通话将录音（{what}）",
        "the call will be recorded ({what})",
    ),
    "recording.unknown": reason(
        "不知能否录音",
        "nobody said whether recording works",
        "检查录音配置",
        "check that recording works",
        ENGINEER,
    ),
    "recording.not_possible": reason(
        "无法录音（{what}）",
        "recording is impossible ({what})",
        "恢复录音",
        "make recording work",
        ENGINEER,
    ),
    "retention.kept": reason(
        "{data}保存期符合要求（至少 {least_days} 日）",
        "{data} is kept long enough (at least {least_days} days)",
    ),
    "retention.unknown": reason(
        "不知{data}保存多久",
        "nobody said how long {data} is kept",
        "设定保存期，至少 {least_days} 日",
        "set it to {least_days} days or more",
        COMPLIANCE,
    ),
    "retention.too_short": reason(
        "{data}仅保存 {kept_days} 日，须至少 {least_days} 日",
        "{data} is kept for {kept_days} days, at least {least_days} are needed",
        "延长保存期",
        "keep it longer",
        COMPLIANCE,
    ),
}


class _Shown(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


def explain(code: str, values: Mapping[str, Value]) -> tuple[Text, Remedy]:
    """The sentence and the remedy of a reason code. An unknown code explains itself by its name."""
    found = REASONS.get(code) or reason(code, code)
    zh = _Shown({name: in_chinese(value) for name, value in values.items()})
    en = _Shown({name: in_english(value) for name, value in values.items()})

    def said(text: Text) -> Text:
        return Text(text.zh.format_map(zh), text.en.format_map(en))

    return said(found.text), Remedy(said(found.remedy), found.who)
