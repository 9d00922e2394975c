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
    "sound.restricted": _r(
        "{kind} {target} 已由 {by} 限制（{what}，自 {since}）：{reason}",
        "{kind} `{target}` was restricted by {by} ({what}, since {since}): {reason}",
        "提请解除限制，由第二人批准",
        "put forward that it is lifted; a second person approves",
        _COMPLIANCE,
    ),
    "sound.batch": _r(
        "导入的数据文件缺失或被改动：{fault}",
        "a file of imported data is missing or was altered: {fault}",
        "从备份恢复该文件，或重新导入",
        "restore that file from a backup, or import it again",
        _ENGINEER,
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
    # platform
    "platform.own": _r(
        "未经信息发布平台呼出",
        "the call goes over no platform",
    ),
    "platform.registered": _r(
        "信息发布平台 {party} 已登记",
        "platform `{party}` is registered",
    ),
    "platform.unknown": _r(
        "未查明信息发布平台 {party} 是否登记",
        "nobody looked up whether platform `{party}` is registered",
        "在登记册中登记该平台",
        "register the platform",
        _COMPLIANCE,
    ),
    "platform.not_registered": _r(
        "信息发布平台 {party} 未登记",
        "platform `{party}` is not registered",
        "登记该平台，或换用已登记平台",
        "register it, or use a platform that is",
        _COMPLIANCE,
    ),
    "platform.holds": _r(
        "信息发布平台 {party} 的书面委托 {document} 有效",
        "the authority of platform `{party}`, {document}, holds",
    ),
    "platform.none": _r(
        "信息发布平台 {party} 没有书面委托",
        "platform `{party}` has no written authority",
        "取得金融企业书面委托",
        "obtain the enterprise's written authority",
        _COMPLIANCE,
    ),
    "platform.not_valid": _r(
        "信息发布平台 {party} 的书面委托 {document} {date}",
        "the authority of platform `{party}`, {document}, is {date}",
        "恢复或重新委托",
        "have it restored or given anew",
        _COMPLIANCE,
    ),
    "platform.ended": _r(
        "信息发布平台 {party} 的书面委托 {document} 已于 {date} 到期",
        "the authority of platform `{party}`, {document}, ended on {date}",
        "续签委托",
        "renew it",
        _COMPLIANCE,
    ),
    "platform.not_begun": _r(
        "信息发布平台 {party} 的书面委托 {document} 自 {date} 起生效",
        "the authority of platform `{party}`, {document}, begins on {date}",
        "生效后再呼",
        "call once it has begun",
        _OPERATOR,
    ),
    "platform.out_of_scope": _r(
        "书面委托 {document} 不含 {product} 的{purpose}",
        "the authority {document} does not cover {purpose} of {product}",
        "扩大委托范围",
        "have its scope widened",
        _COMPLIANCE,
    ),
    # carrier
    "carrier.licensed": _r(
        "电信企业 {carrier} 持有电信业务经营许可 {licence}",
        "carrier `{carrier}` holds telecom licence {licence}",
    ),
    "carrier.reviewed": _r(
        "电信企业 {carrier} 已审核资质",
        "carrier `{carrier}` has reviewed whom it serves",
    ),
    "carrier.unknown": _r(
        "电信企业的许可或审核情况不明",
        "nothing is known of the licence or the reviews of the carrier",
        "登记电信业务经营许可与资质审核记录",
        "register its telecom licence and its review",
        _COMPLIANCE,
    ),
    "carrier.not_licensed": _r(
        "电信企业 {carrier} 无有效的电信业务经营许可（{status}）",
        "carrier `{carrier}` holds no valid telecom licence ({status})",
        "换用持证电信企业的号码与中继",
        "use numbers and trunks of a licensed carrier",
        _COMPLIANCE,
    ),
    "carrier.licence_outside_period": _r(
        "电信企业 {carrier} 的许可 {licence} 不在有效期内",
        "licence {licence} of carrier `{carrier}` is outside its period",
        "更新许可记录，或换用其他电信企业",
        "renew the entry, or use another carrier",
        _COMPLIANCE,
    ),
    "carrier.not_reviewed": _r(
        "电信企业 {carrier} 提供服务前须审核金融业务许可或书面委托，尚无有效审核记录",
        "carrier `{carrier}` must review the licence or the entrustment before it serves; no review that counts is on record",
        "向电信企业提交资质并登记审核记录",
        "give the carrier the documents and register its review",
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
    "caller_id.in_series": _r(
        "主叫号码 {caller_id} 属于允许的号段",
        "caller ID {caller_id} is of an allowed series",
    ),
    "caller_id.other_series": _r(
        "主叫号码 {caller_id} 不属于此类来电的号段 {series}",
        "caller ID {caller_id} is not of the series of such calls, {series}",
        "换用该号段的号码",
        "use a number of that series",
        _COMPLIANCE,
    ),
    "caller_id.barred_series": _r(
        "主叫号码 {caller_id} 属于此类来电不得使用的号段 {barred}",
        "caller ID {caller_id} is of a series that such calls may not use, {barred}",
        "换用其他号码",
        "use another number",
        _COMPLIANCE,
    ),
    # number list
    "number_list.in_order": _r(
        "号码清单状态不妨碍使用主叫号码 {caller_id}",
        "the state of the number list does not bar caller ID {caller_id}",
    ),
    "number_list.unknown": _r(
        "主叫号码 {caller_id} 是否已报送号码清单不明",
        "nobody said whether the list of caller ID {caller_id} was submitted",
        "登记清单报送情况",
        "register how far the list is",
        _COMPLIANCE,
    ),
    "number_list.unsubmitted": _r(
        "主叫号码 {caller_id} 尚未报送号码清单",
        "the list of caller ID {caller_id} was not submitted",
        "向主管部门报送",
        "submit it to the regulator",
        _COMPLIANCE,
    ),
    "number_list.not_acknowledged": _r(
        "主叫号码 {caller_id} 的号码清单已报送，尚无回执",
        "the list of caller ID {caller_id} is submitted and not acknowledged",
        "取得回执并登记",
        "obtain the receipt and register it",
        _COMPLIANCE,
    ),
    "number_list.rejected": _r(
        "主叫号码 {caller_id} 的号码清单被退回",
        "the list of caller ID {caller_id} was sent back",
        "更正后重新报送",
        "mend it and submit it again",
        _COMPLIANCE,
    ),
    "number_list.withdrawn": _r(
        "主叫号码 {caller_id} 已从号码清单撤下",
        "caller ID {caller_id} was taken off the list",
        "停用此号码",
        "use another number",
        _COMPLIANCE,
    ),
    # case
    "case.open": _r(
        "案件状态为{status}，可以拨打",
        "the case is {status}: calls may be made",
    ),
    "case.unknown": _r(
        "案件情况不明",
        "nothing is known of the case",
        "接入案件信息",
        "bring in the case",
        _OPERATOR,
    ),
    "case.not_open": _r(
        "案件状态为{status}",
        "the case is {status}",
        "停止拨打，核对案件",
        "stop calling and check the case",
        _OPERATOR,
    ),
    "case.assigned_elsewhere": _r(
        "案件由 {assigned_to} 处理，而非 {party}",
        "the case is with `{assigned_to}`, not with `{party}`",
        "由受托方拨打，或改派案件",
        "let them call, or assign the case anew",
        _OPERATOR,
    ),
    "case.on_hold": _r(
        "案件停催：{reason}，至 {until}",
        "the case is on hold: {reason}, until {until}",
        "停催结束或解除后再呼",
        "call when the hold has ended or is lifted",
        _COMPLIANCE,
    ),
    "case.debtor_not_told": _r(
        "尚未告知债务人由 {party} 催收",
        "the debtor was not told that `{party}` collects",
        "以适当方式告知债务人并登记",
        "tell the debtor in a suitable way, and register it",
        _COMPLIANCE,
    ),
    "case.debtor_told_late": _r(
        "告知债务人后须等到 {date}",
        "the debtor was told too recently; calls may begin on {date}",
        "到期后再呼",
        "call once that day has come",
        _OPERATOR,
    ),
    # purpose
    "purpose.stands": _r(
        "用途与事实相符（{purpose}）",
        "the call is what it says ({purpose})",
    ),
    "purpose.unknown": _r(
        "逾期情况或话术不明，无法核对用途",
        "the age of the debt or the script is unknown, so the purpose cannot be checked",
        "提供逾期天数",
        "give the days past due",
        _OPERATOR,
    ),
    "purpose.is_collection": _r(
        "已逾期 {overdue_days} 日，此{purpose}实为催收",
        "{overdue_days} days past due: this {purpose} call is a collection",
        "按催收拨打",
        "place it as a collection",
        _OPERATOR,
    ),
    "purpose.is_marketing": _r(
        "话术含{parts}，此{purpose}来电实为营销",
        "the script holds {parts}: this {purpose} call is marketing",
        "去掉营销内容，或按营销拨打",
        "leave that out, or place it as marketing",
        _COMPLIANCE,
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
    "hours.consented": _r(
        "时段外（{local_time}），但本人已同意在此时段接听",
        "outside hours ({local_time}), but the person agreed to be called then",
    ),
    "hours.not_wanted": _r(
        "被叫当地时间 {local_time}（{zone}），本人不愿在此时段接听",
        "it is {local_time} where the callee is ({zone}); the person does not want calls at this time",
        "在本人登记的时段再呼",
        "call at the times that the person registered",
        _PERSON,
    ),
    "hours.day_unknown": _r(
        "被叫当地时间 {local_time}（{zone}）；{calendar} 年节假日安排尚未载入，无法确定当日是否工作日",
        "it is {local_time} where the callee is ({zone}); nothing official tells if that is a work day ({calendar})",
        "载入官方节假日通知后再呼，或在任一读法均允许的时段再呼",
        "load the official notice of public holidays, or call when hours are open either way",
        _COMPLIANCE,
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
    # consent and registries of others
    "consent.given": _r(
        "同意已取得（{evidence}）",
        "consent was given ({evidence})",
    ),
    "consent.none": _r(
        "没有有效的同意证据",
        "there is no proof of consent that holds",
        "以合法方式取得同意并留存证据",
        "obtain consent by a lawful way and keep the proof",
        _PERSON,
    ),
    "consent.too_few": _r(
        "同意证据 {found} 种，须 {needed} 种",
        "consent is proved in {found} ways, {needed} are needed",
        "补齐其余确认",
        "obtain the other confirmations",
        _PERSON,
    ),
    "external_registry.not_listed": _r(
        "{registry} 名册未列此号码（{scrubbed_at} 查询）",
        "the line is not on {registry} (looked up on {scrubbed_at})",
    ),
    "external_registry.consented": _r(
        "此人已同意本企业来电，不受 {registry} 名册限制",
        "the person agreed to calls of this enterprise, which counts more than {registry}",
    ),
    "external_registry.unknown": _r(
        "未查询 {registry} 名册",
        "the line was never looked up in {registry}",
        "先查询再呼",
        "look it up first",
        _OPERATOR,
    ),
    "external_registry.listed": _r(
        "号码列于 {registry} 名册",
        "the line is on {registry}",
        "不得拨打，除非本人明确同意",
        "do not call, unless the person agrees",
        _PERSON,
    ),
    "external_registry.stale": _r(
        "{registry} 名册的查询（{scrubbed_at}）已超过 {max_age_days} 日",
        "the look-up in {registry} of {scrubbed_at} is older than {max_age_days} days",
        "重新查询",
        "look it up again",
        _OPERATOR,
    ),
    # third parties
    "third_party.like_debtor": _r(
        "被叫为{party}",
        "the callee is the {party}",
    ),
    "third_party.after_lost_contact": _r(
        "债务人失联（{failures} 次），可联系{party}",
        "contact with the debtor is lost ({failures} failures): the {party} may be called",
    ),
    "third_party.unknown": _r(
        "不知被叫与债务的关系",
        "nobody said who is called",
        "登记被叫与债务的关系",
        "register who the callee is",
        _OPERATOR,
    ),
    "third_party.never": _r(
        "不得联系{party}",
        "the {party} may not be called",
        "联系债务人本人",
        "call the debtor",
        _OPERATOR,
    ),
    "third_party.debtor_reachable": _r(
        "债务人连续未联系上 {failures} 次，须 {needed} 次方可联系{party}",
        "{failures} consecutive failures to reach the debtor; the {party} may be called after {needed}",
        "先联系债务人本人",
        "try the debtor first",
        _OPERATOR,
    ),
    "third_party.asked_to_stop": _r(
        "{party}已要求不再联系",
        "the {party} asked not to be called",
        "不再联系此人",
        "do not call again",
        _PERSON,
    ),
    "third_party.script_tells_debt": _r(
        "话术向{party}透露债务，或没有话术",
        "the script tells the {party} of the debt, or there is none",
        "使用不提及债务的话术",
        "use a script that tells nothing of the debt",
        _COMPLIANCE,
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
    "frequency.consented": _r(
        "{window}内已计 {counted} 次，但本人近日直接同意来电，此次不计入",
        "{counted} counted in {window}, but the person agreed to calls just now, so this one does not count",
    ),
    # cool-downs, rates, reassigned numbers
    "cooldown.over": _r(
        "{after}后的间隔期 {interval}：无或已过", "no interval of {interval} after {after} is running"
    ),
    "cooldown.begun": _r(
        "{at} 有{after}，间隔期 {interval}，至 {until}",
        "{after} at {at}: an interval of {interval} runs until {until}",
        "间隔期结束后再呼",
        "call when the interval is over",
        _OPERATOR,
    ),
    "abandonment.no_campaign": _r(
        "不属于任何外呼任务，无呼损率", "no campaign, so no rate of abandoned calls"
    ),
    "abandonment.unknown": _r(
        "外呼呼损率不明",
        "the rate of abandoned calls is unknown",
        "恢复呼损统计",
        "mend the count of abandoned calls",
        _ENGINEER,
    ),
    "abandonment.below": _r(
        "{window}内接通 {answered} 次，呼损 {counted} 次，未超过千分之 {most_permille}",
        "{counted} of {answered} answered calls abandoned in {window}, at most {most_permille} in a thousand",
    ),
    "abandonment.above": _r(
        "{window}内接通 {answered} 次，呼损 {counted} 次，超过千分之 {most_permille}",
        "{counted} of {answered} answered calls abandoned in {window}, more than {most_permille} in a thousand",
        "降低拨号速度或增加坐席，待比率回落",
        "dial more slowly or add agents, and wait until the rate has fallen",
        _OPERATOR,
    ),
    "breaker.no_campaign": _r("不属于任何外呼任务，无熔断比率", "no campaign, so no rate to break on"),
    "breaker.unknown": _r(
        "熔断所需的比率不明",
        "the rate to break on is unknown",
        "恢复统计",
        "mend the count",
        _ENGINEER,
    ),
    "breaker.below": _r(
        "{window}内接通 {answered} 次，{counts} {counted} 次，未触发熔断",
        "{counted} of {answered} answered calls in {window} count as {counts}: below the breaker",
    ),
    "breaker.above": _r(
        "{window}内接通 {answered} 次，{counts} {counted} 次，超过千分之 {most_permille}，已熔断",
        "{counted} of {answered} answered calls in {window} count as {counts}, more than {most_permille} in a thousand",
        "复核名单、话术与号码后再恢复",
        "review list, script and numbers before going on",
        _COMPLIANCE,
    ),
    "reassigned.same_subscriber": _r(
        "号码未转让他人（{checked_at} 查询）", "not reassigned, as looked up on {checked_at}"
    ),
    "reassigned.unknown": _r(
        "未查询号码是否已转让他人",
        "nobody looked up whether the line was reassigned",
        "查询号码转让情况",
        "look it up",
        _OPERATOR,
    ),
    "reassigned.stale": _r(
        "号码转让查询于 {checked_at}，已超过 {max_age_days} 天",
        "the look-up of {checked_at} is older than {max_age_days} days",
        "重新查询",
        "look it up again",
        _OPERATOR,
    ),
    "reassigned.other_subscriber": _r(
        "号码已转让他人（{checked_at} 查询）",
        "the line went to another subscriber, as looked up on {checked_at}",
        "更新此人的号码",
        "find the person's new number",
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
    # recording and retention
    "recording.obliged": _r(
        "通话将录音（{what}）",
        "the call will be recorded ({what})",
    ),
    "recording.unknown": _r(
        "不知能否录音",
        "nobody said whether recording works",
        "检查录音配置",
        "check that recording works",
        _ENGINEER,
    ),
    "recording.not_possible": _r(
        "无法录音（{what}）",
        "recording is impossible ({what})",
        "恢复录音",
        "make recording work",
        _ENGINEER,
    ),
    "retention.kept": _r(
        "{data}保存期符合要求（至少 {least_days} 日）",
        "{data} is kept long enough (at least {least_days} days)",
    ),
    "retention.unknown": _r(
        "不知{data}保存多久",
        "nobody said how long {data} is kept",
        "设定保存期，至少 {least_days} 日",
        "set it to {least_days} days or more",
        _COMPLIANCE,
    ),
    "retention.too_short": _r(
        "{data}仅保存 {kept_days} 日，须至少 {least_days} 日",
        "{data} is kept for {kept_days} days, at least {least_days} are needed",
        "延长保存期",
        "keep it longer",
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
