"""What sheets, columns and values are called in Chinese; what has no word here goes by its English name."""

from __future__ import annotations

from collections.abc import Mapping

from dialer.register_tables.shape import PARENT, ROW_ID, Field, Section

ABOUT = {"zh": "说明", "en": "about"}
SEVERAL = {"zh": "可填多个：", "en": "one or several of: "}
SECTIONS: Mapping[str, str] = {
    "register": "登记册",
    "enterprises": "金融企业",
    "licences": "金融业务许可",
    "agencies": "委托合作单位",
    "agencies.inspections": "委托合作单位检查",
    "platforms": "信息发布平台",
    "entrustments": "书面委托",
    "carriers": "电信企业",
    "carriers.reviews": "电信企业审核",
    "numbers.windows": "号码外呼时段",
    "trunks": "中继",
    "numbers": "号码",
}
# `section.column`, or `column` where it is called so in every sheet: the header, and what to write.
COLUMNS: Mapping[str, tuple[str, str]] = {
    PARENT: ("所属", "所属那一行的标识：行标识，否则编号、文号、号码或名称"),
    ROW_ID: ("行标识", "只在别的表要指向本行而编号有重复时填写，本表内不得重复"),
    "id": ("编号", "小写字母、数字、- 和 _，全登记册内用它互相引用"),
    "from": ("起始日", "含当日，如 2026-01-31"),
    "to": ("截止日", "不含当日，即最后一日的次日；空为长期"),
    "status": ("状态", "见可填的值"),
    "purposes": ("用途", "多个之间用顿号"),
    "products": ("产品", "credit、insurance 等，与名单和话术中的写法一致；多个之间用顿号"),
    "full_name": ("全称", "与营业执照一致"),
    "uscc": ("统一社会信用代码", "18 位，校验位会被核对"),
    "seat": ("注册地", "ISO 3166-2，如江苏为 CN-32"),
    "enterprise": ("金融企业", "金融企业的编号"),
    "carrier": ("电信企业", "电信企业的编号"),
    "document": ("文号", "写明此事的文件"),
    "name": ("名称", ""),
    "register.zone": ("时区", "登记册内日期所在的时区，如 Asia/Shanghai"),
    "enterprises.short_names": ("简称", "已登记的简称；多个之间用顿号"),
    "enterprises.contact": ("对外联系电话", "告知被叫人的电话"),
    "enterprises.regulator": ("金融管理部门", "主管的金融管理部门"),
    "enterprises.liaison.name": ("联络员", "姓名"),
    "enterprises.liaison.contact": ("联络员电话", ""),
    "enterprises.closing_script": ("结束语话术", "话术编号"),
    "enterprises.sites": ("备案网站", "短信可链接的网站主机名，逐个写全；多个之间用顿号"),
    "agencies.standing": ("准入状态", "见可填的值；空为正常"),
    "agencies.standing_since": ("状态起始日", "该状态自何日起"),
    "agencies.inspections": ("检查情况", "确知没有任何检查时写“无”；不知道则留空"),
    "agencies.inspections.on": ("检查日期", ""),
    "agencies.inspections.by": ("检查人", "由谁检查"),
    "agencies.inspections.findings": ("检查发现", "没有发现则留空"),
    "agencies.inspections.rectify_by": ("整改期限", "含当日"),
    "agencies.inspections.rectified_on": ("整改完成日", "验收通过之日"),
    "licences.number": ("许可证号", ""),
    "entrustments.document": ("委托书文号", ""),
    "entrustments.party": ("受托方", "委托合作单位或信息发布平台的编号"),
    "entrustments.sub_of": ("转委托自", "上一级委托书的文号；不是转委托则留空"),
    "entrustments.consent": ("转委托同意文号", "金融企业同意转委托的文件"),
    "carriers.licence": ("电信业务许可证号", ""),
    "carriers.reviews": ("审核情况", "确知没有任何审核时写“无”；不知道则留空"),
    "carriers.reviews.what": ("审核内容", "审核了许可还是委托"),
    "carriers.reviews.document": ("审核的文号", "许可证号或委托书文号"),
    "carriers.reviews.reviewed_on": ("审核日期", ""),
    "carriers.reviews.by": ("审核人", ""),
    "trunks.name": ("中继名", "小写字母、数字、- 和 _"),
    "trunks.place": ("接入地", "ISO 3166-2，如江苏为 CN-32"),
    "trunks.number_format": ("送号格式", "中继要求的被叫号码格式"),
    "numbers.number": ("号码", "按文本填写，不得丢失开头的零"),
    "numbers.agency": ("委托合作单位", "使用该号码的委托合作单位编号；金融企业自用则留空"),
    "numbers.path": ("来源", "见可填的值"),
    "numbers.may_dial_out": ("可外呼", "只作呼入的号码填“否”；空为是"),
    "numbers.kind": ("号码类型", "空则按号码本身判断"),
    "numbers.access_code": ("呼叫中心接入码", "空为否"),
    "numbers.undertaking": ("外呼承诺书", "承诺书的文号"),
    "numbers.windows": ("外呼时段", "任何时候都不得外呼时写“无”；没有限制则留空，有限制写在号码外呼时段表"),
    "numbers.windows.days": ("星期", "多个之间用顿号"),
    "numbers.windows.start": ("开始时间", "如 09:00"),
    "numbers.windows.end": ("结束时间", "如 18:00；24:00 为当日结束"),
    "numbers.list_state": ("清单状态", "该号码的清单报送到哪一步；空为不明"),
}
VALUES: Mapping[str, str] = {
    "marketing": "营销",
    "collection": "催收",
    "reminder": "还款提醒",
    "service": "服务",
    "valid": "有效",
    "suspended": "已暂停",
    "revoked": "已撤销",
    "licence": "许可",
    "entrustment": "委托",
    "national": "国内格式",
    "e164": "国际格式",
    "special_segment": "专用号段",
    "reported_existing": "存量报备",
    "applied": "申请中",
    "allocated": "已核配",
    "reported": "已报备",
    "disabled": "已停用",
    "unsubmitted": "未报送",
    "submitted": "已报送",
    "acknowledged": "已回执",
    "rejected": "已退回",
    "withdrawn": "已撤回",
    "voice": "话音",
    "sms_port": "短信端口",
    "active": "正常",
    "rectifying": "整改中",
    "exited": "已退出",
    "all": "每天",
    "mon": "周一",
    "tue": "周二",
    "wed": "周三",
    "thu": "周四",
    "fri": "周五",
    "sat": "周六",
    "sun": "周日",
}
# Other words for a value that are understood, and never written.
ALSO: Mapping[str, str] = {"停用由电信企业": "suspended", "存量号码报备": "reported_existing"}
TRUTH: Mapping[str, str] = {"true": "是", "false": "否"}
NONE: Mapping[str, str] = {"none": "无"}


def sheet_name(section: Section, lang: str) -> str:
    """What the sheet is called."""
    return SECTIONS.get(section.name, section.name) if lang == "zh" else section.name


def header(section: Section, field: Field, lang: str) -> str:
    """What the column is called."""
    return _found(section, field)[0] if lang == "zh" else field.name


def about(section: Section, field: Field, lang: str) -> str:
    """What to write in the column."""
    return _found(section, field)[1] if lang == "zh" else field.about


def value(word: str, lang: str) -> str:
    """A value of a closed list as it is written."""
    return VALUES.get(word, word) if lang == "zh" else word


def choices(field: Field, lang: str) -> tuple[str, ...]:
    """What may stand in a cell, where that is a closed list."""
    closed = {"truth": TRUTH, "none": NONE}.get(field.form)
    if closed:
        return tuple(closed.values()) if lang == "zh" else tuple(closed)
    return tuple(value(one, lang) for one in field.choices)


def none_word(lang: str) -> str:
    """The word that says of a list that it is empty."""
    return next(iter(NONE.values() if lang == "zh" else NONE))


def _found(section: Section, field: Field) -> tuple[str, str]:
    own = COLUMNS.get(f"{section.name}.{field.name}")
    return own or COLUMNS.get(field.name) or (field.name, field.about)
