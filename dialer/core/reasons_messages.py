"""Reasons about text messages: what they must hold, and must not."""

from __future__ import annotations

from dialer.core.reason import COMPLIANCE, OPERATOR, Reason, reason

MESSAGES: dict[str, Reason] = {
    "message.in_order": reason("短信内容符合要求", "the message holds what it must"),
    "message.unknown": reason(
        "没有短信正文可供核对",
        "there is no text of the message to look at",
        "提交短信正文",
        "send the text along",
        OPERATOR,
    ),
    "message.forbidden_words": reason(
        "短信含禁用内容：{words}",
        "the message holds forbidden words: {words}",
        "按机审意见修改短信",
        "change the words that screening marks",
        OPERATOR,
    ),
    "message.strange_link": reason(
        "短信含未备案网站的链接：{hosts}",
        "the message links to what is no filed site: {hosts}",
        "仅链接已备案网站，不用短链接；新网站先在登记册备案",
        "link to filed sites only, without a shortener; file a new site in the register first",
        COMPLIANCE,
    ),
    "message.no_signature": reason(
        "短信首尾没有【】签名",
        "the message has no signature in 【】 at its beginning or end",
        "加上企业全称或已登记简称的签名",
        "sign it with the full or a registered short name of the enterprise",
        OPERATOR,
    ),
    "message.other_signature": reason(
        "短信签名不是企业全称或已登记简称",
        "the signature is neither the full nor a registered short name of the enterprise",
        "使用企业全称或已登记简称，或先登记该简称",
        "use the full or a registered short name, or register this one first",
        COMPLIANCE,
    ),
    "message.no_name": reason(
        "短信未写明企业名称",
        "the message does not name the enterprise",
        "写明企业全称或已登记简称",
        "name the enterprise as it is registered",
        OPERATOR,
    ),
    "message.no_contact": reason(
        "短信未写明企业联系电话",
        "the message does not hold the registered contact number",
        "写明登记的对外联系电话",
        "add the registered contact number",
        OPERATOR,
    ),
    "message.no_opt_out": reason(
        "短信未写明回复何字拒收",
        "the message does not say how to refuse by reply",
        "加上“拒收请回复R”",
        "add how to refuse, such as `reply R to refuse`",
        OPERATOR,
    ),
}
