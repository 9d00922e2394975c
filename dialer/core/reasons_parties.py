"""Reasons about the parties of the chain: every denial names the document, its date, and what would mend it."""

from __future__ import annotations

from dialer.core.reason import COMPLIANCE, Reason
from dialer.core.reason import reason as _r

PARTIES: dict[str, Reason] = {
    # licence and entrustment
    "licence.holds": _r("业务许可有效：{document}", "licensed: {document}"),
    "licence.enterprise_unknown": _r(
        "金融企业 {enterprise} 未登记",
        "enterprise `{enterprise}` is not registered",
        "登记该金融企业及其业务许可",
        "register the enterprise and its licence",
        COMPLIANCE,
    ),
    "licence.none": _r(
        "金融企业 {enterprise} 无业务许可",
        "enterprise `{enterprise}` has no licence",
        "由 {enterprise} 取得业务许可后登记",
        "have `{enterprise}` obtain a licence, and register it",
        COMPLIANCE,
    ),
    "licence.out_of_scope": _r(
        "{enterprise} 的业务许可 {document}（有效期至 {until}）不含 {purpose}（{product}）",
        "licence {document} of `{enterprise}` (until {until}) does not cover {purpose} of {product}",
        "由 {enterprise} 取得相应许可，或停止此类外呼",
        "have `{enterprise}` obtain a licence that covers it, or do not call",
        COMPLIANCE,
    ),
    "licence.ended": _r(
        "{enterprise} 的业务许可 {document} 已于 {date} 到期",
        "licence {document} of `{enterprise}` ended on {date}",
        "由 {enterprise} 向金融监管部门续期后登记",
        "have `{enterprise}` renew it with its regulator, and register it",
        COMPLIANCE,
    ),
    "licence.not_begun": _r(
        "{enterprise} 的业务许可 {document} 自 {date} 起生效",
        "licence {document} of `{enterprise}` begins on {date}",
        "生效后再呼",
        "call once it has begun",
        COMPLIANCE,
    ),
    "licence.not_valid": _r(
        "{enterprise} 的业务许可 {document}（有效期至 {until}）状态为 {date}",
        "licence {document} of `{enterprise}` (until {until}) is {date}",
        "由 {enterprise} 向金融监管部门恢复许可后登记",
        "have `{enterprise}` get it restored by its regulator, and register it",
        COMPLIANCE,
    ),
    "entrustment.own": _r("金融企业自行外呼，无 {party}", "the enterprise calls for itself: no {party}"),
    "entrustment.party_unknown": _r(
        "委托合作单位 {party} 未登记",
        "agency `{party}` is not registered",
        "登记该单位及其书面委托",
        "register it and its entrustment",
        COMPLIANCE,
    ),
    "entrustment.holds": _r(
        "委托合作单位 {party} 的书面委托 {document} 有效",
        "the entrustment of agency `{party}`, {document}, holds",
    ),
    "entrustment.none": _r(
        "{enterprise} 未书面委托委托合作单位 {party}",
        "agency `{party}` has no written entrustment of `{enterprise}`",
        "由 {enterprise} 签署书面委托后登记",
        "have `{enterprise}` sign one, and register it",
        COMPLIANCE,
    ),
    "entrustment.out_of_scope": _r(
        "委托合作单位 {party} 的书面委托 {document}（至 {until}）不含 {purpose}（{product}）",
        "the entrustment of agency `{party}`, {document} (until {until}), "
        "does not cover {purpose} of {product}",
        "由 {enterprise} 扩大委托范围后登记",
        "have `{enterprise}` widen it, and register that",
        COMPLIANCE,
    ),
    "entrustment.ended": _r(
        "委托合作单位 {party} 的书面委托 {document} 已于 {date} 到期",
        "the entrustment of agency `{party}`, {document}, ended on {date}",
        "由 {enterprise} 续签后登记",
        "have `{enterprise}` renew it, and register it",
        COMPLIANCE,
    ),
    "entrustment.not_begun": _r(
        "委托合作单位 {party} 的书面委托 {document} 自 {date} 起生效",
        "the entrustment of agency `{party}`, {document}, begins on {date}",
        "生效后再呼",
        "call once it has begun",
        COMPLIANCE,
    ),
    "entrustment.not_valid": _r(
        "委托合作单位 {party} 的书面委托 {document}（至 {until}）状态为 {date}",
        "the entrustment of agency `{party}`, {document} (until {until}), is {date}",
        "由 {enterprise} 恢复或重新委托后登记",
        "have `{enterprise}` restore it or give it anew, and register it",
        COMPLIANCE,
    ),
    "entrustment.sub_without_consent": _r(
        "委托合作单位 {party} 的转委托 {document}（依据 {parent}，至 {until}）未经 {enterprise} 同意",
        "the sub-entrustment of agency `{party}`, {document} (under {parent}, until {until}), "
        "lacks the consent of `{enterprise}`",
        "由 {enterprise} 书面同意转委托或直接委托后登记",
        "have `{enterprise}` agree to it in writing or entrust directly, and register that",
        COMPLIANCE,
    ),
    "entrustment.sub_of_nothing": _r(
        "委托合作单位 {party} 的转委托 {document}（至 {until}）所依据的书面委托 {parent} 未登记，或两者期限不重合",
        "the sub-entrustment of agency `{party}`, {document} (until {until}), is under {parent}, "
        "which is not registered or never holds together with it",
        "登记其所依据的书面委托，或由 {enterprise} 直接委托",
        "register the entrustment it derives from, or have `{enterprise}` entrust directly",
        COMPLIANCE,
    ),
    # agency
    "agency.own": _r("金融企业自行外呼，无委托合作单位", "the enterprise calls for itself"),
    "agency.in_order": _r("委托合作单位 {agency} 无管理问题", "agency `{agency}` is in good standing"),
    "agency.unknown": _r(
        "委托合作单位的准入状态或检查情况不明",
        "nothing is known of the standing or the inspections of the agency",
        "登记其状态与检查记录",
        "register its standing and its inspections",
        COMPLIANCE,
    ),
    "agency.exited": _r(
        "委托合作单位 {agency} 已退出（{date}）",
        "agency `{agency}` has exited ({date})",
        "停止委托外呼；重新准入须由金融企业批准并登记",
        "let nobody call through it; the enterprise may admit it anew and register that",
        COMPLIANCE,
    ),
    "agency.rectifying": _r(
        "委托合作单位 {agency} 整改中（{date} 起）",
        "agency `{agency}` is under rectification (since {date})",
        "整改完成并经金融企业验收后登记",
        "have it finish, have the enterprise accept that, and register it",
        COMPLIANCE,
    ),
    "agency.rectification_overdue": _r(
        "委托合作单位 {agency} 逾期未整改：{by} 检查要求 {date} 前完成",
        "agency `{agency}` has not mended what the inspection by {by} found; it was due before {date}",
        "由该单位完成整改，金融企业验收后登记",
        "have it mend that, have the enterprise accept it, and register it",
        COMPLIANCE,
    ),
    "agency.not_inspected": _r(
        "委托合作单位 {agency} 在 {inspected_days} 日内未经检查（最近一次：{date}）",
        "agency `{agency}` was not inspected within {inspected_days} days (last: {date})",
        "由金融企业检查该单位并登记",
        "have the enterprise inspect it, and register that",
        COMPLIANCE,
    ),
    # platform
    "platform.own": _r("未经信息发布平台呼出", "the call goes over no platform"),
    "platform.registered": _r("信息发布平台 {party} 已登记", "platform `{party}` is registered"),
    "platform.unknown": _r(
        "未查明信息发布平台 {party} 是否登记",
        "nobody looked up whether platform `{party}` is registered",
        "在登记册中登记该平台",
        "register the platform",
        COMPLIANCE,
    ),
    "platform.not_registered": _r(
        "信息发布平台 {party} 未登记",
        "platform `{party}` is not registered",
        "登记该平台，或换用已登记平台",
        "register it, or use a platform that is",
        COMPLIANCE,
    ),
    "platform.holds": _r(
        "信息发布平台 {party} 的书面委托 {document} 有效",
        "the entrustment of platform `{party}`, {document}, holds",
    ),
    "platform.none": _r(
        "{enterprise} 未书面委托信息发布平台 {party}",
        "platform `{party}` has no written entrustment of `{enterprise}`",
        "由 {enterprise} 签署书面委托后登记",
        "have `{enterprise}` sign one, and register it",
        COMPLIANCE,
    ),
    "platform.out_of_scope": _r(
        "信息发布平台 {party} 的书面委托 {document}（至 {until}）不含 {purpose}（{product}）",
        "the entrustment of platform `{party}`, {document} (until {until}), "
        "does not cover {purpose} of {product}",
        "由 {enterprise} 扩大委托范围后登记",
        "have `{enterprise}` widen it, and register that",
        COMPLIANCE,
    ),
    "platform.ended": _r(
        "信息发布平台 {party} 的书面委托 {document} 已于 {date} 到期",
        "the entrustment of platform `{party}`, {document}, ended on {date}",
        "由 {enterprise} 续签后登记",
        "have `{enterprise}` renew it, and register it",
        COMPLIANCE,
    ),
    "platform.not_begun": _r(
        "信息发布平台 {party} 的书面委托 {document} 自 {date} 起生效",
        "the entrustment of platform `{party}`, {document}, begins on {date}",
        "生效后再呼",
        "call once it has begun",
        COMPLIANCE,
    ),
    "platform.not_valid": _r(
        "信息发布平台 {party} 的书面委托 {document}（至 {until}）状态为 {date}",
        "the entrustment of platform `{party}`, {document} (until {until}), is {date}",
        "由 {enterprise} 恢复或重新委托后登记",
        "have `{enterprise}` restore it or give it anew, and register it",
        COMPLIANCE,
    ),
    "platform.sub_without_consent": _r(
        "信息发布平台 {party} 的转委托 {document}（依据 {parent}，至 {until}）未经 {enterprise} 同意",
        "the sub-entrustment of platform `{party}`, {document} (under {parent}, until {until}), "
        "lacks the consent of `{enterprise}`",
        "由 {enterprise} 书面同意转委托或直接委托后登记",
        "have `{enterprise}` agree to it in writing or entrust directly, and register that",
        COMPLIANCE,
    ),
    "platform.sub_of_nothing": _r(
        "信息发布平台 {party} 的转委托 {document}（至 {until}）所依据的书面委托 {parent} 未登记，或两者期限不重合",
        "the sub-entrustment of platform `{party}`, {document} (until {until}), is under {parent}, "
        "which is not registered or never holds together with it",
        "登记其所依据的书面委托，或由 {enterprise} 直接委托",
        "register the entrustment it derives from, or have `{enterprise}` entrust directly",
        COMPLIANCE,
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
        COMPLIANCE,
    ),
    "carrier.not_licensed": _r(
        "电信企业 {carrier} 无有效的电信业务经营许可（{licence} {status}）",
        "carrier `{carrier}` holds no valid telecom licence ({licence} {status})",
        "换用持证电信企业的号码与中继",
        "use numbers and trunks of a licensed carrier",
        COMPLIANCE,
    ),
    "carrier.licence_ended": _r(
        "电信企业 {carrier} 的电信业务经营许可 {licence} 已于 {date} 到期",
        "telecom licence {licence} of carrier `{carrier}` ended on {date}",
        "由该电信企业续期后登记，或换用其他电信企业",
        "have the carrier renew it and register it, or use another carrier",
        COMPLIANCE,
    ),
    "carrier.licence_not_begun": _r(
        "电信企业 {carrier} 的电信业务经营许可 {licence} 自 {date} 起生效",
        "telecom licence {licence} of carrier `{carrier}` begins on {date}",
        "生效后再呼，或换用其他电信企业",
        "call once it has begun, or use another carrier",
        COMPLIANCE,
    ),
    "carrier.not_reviewed": _r(
        "电信企业 {carrier} 提供服务前须审核金融业务许可或书面委托，尚无有效审核记录",
        "carrier `{carrier}` must review the licence or the entrustment before it serves; "
        "no review that counts is on record",
        "向该电信企业提交资质，审核后登记",
        "give the carrier the documents, and register its review",
        COMPLIANCE,
    ),
    "carrier.review_ended": _r(
        "电信企业 {carrier} 的资质审核已于 {date} 失效",
        "the review by carrier `{carrier}` counted until {date}",
        "由该电信企业重新审核后登记",
        "have the carrier review the documents again, and register that",
        COMPLIANCE,
    ),
}
