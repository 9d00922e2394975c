"""The words that commands print, in both languages."""

from __future__ import annotations

WORDS: dict[str, tuple[str, str]] = {
    "permit": ("准予外呼", "permitted"),
    "deny": ("不予外呼", "denied"),
    "repeated": ("重复请求", "asked before"),
    "none": ("未处理", "not done"),
    "next": ("最早可拨时间", "next permitted instant"),
    "never": ("按现有事实永不", "never, under present facts"),
    "callee": ("被叫地", "callee"),
    "site": ("本地", "site"),
    "remedy": ("补救", "remedy"),
    "warned": ("提示", "warned"),
    "article": ("条款", "article"),
    "topic": ("主题", "topic"),
    "outcome": ("结果", "outcome"),
    "obligations": ("义务", "obligations"),
    "same_caller": ("此请求先前已提交", "this idempotency key was used before: nothing is dialled again"),
    "live": ("进行中", "under way"),
    "person": ("客户", "person"),
    "number": ("号码", "number"),
    "decision": ("判定", "decision"),
    "reason": ("理由", "reason"),
    "item": ("项", "item"),
    "state": ("状态", "state"),
    "rows_set_aside": ("拒收行清单", "rows set aside"),
    "law": ("法规", "law"),
    "standard": ("标准", "standard"),
    "presumption": ("推定", "presumption"),
    "house": ("内部规定", "house rule"),
    "compliance officer": ("合规负责人", "compliance officer"),
    "campaign operator": ("外呼运营", "campaign operator"),
    "engineer": ("工程师", "engineer"),
    "person called": ("被叫本人", "person called"),
    "conversed": ("通话", "conversed"),
    "announced": ("已播报", "announced"),
    "opted_out": ("已拒绝来电", "opted out"),
    "left_early": ("播报前挂断", "left early"),
    "denied_on_answer": ("接通时不予继续", "denied on answer"),
    "announcement_failed": ("播报失败", "announcement failed"),
    "duty_failed": ("义务未履行", "duty failed"),
    "agent_lost": ("坐席掉线", "agent lost"),
    "revoked": ("已撤回", "revoked"),
    "busy": ("忙", "busy"),
    "no_answer": ("无人接听", "no answer"),
    "rejected": ("被拒接", "rejected"),
    "unreachable": ("无法接通", "unreachable"),
    "congested": ("线路拥塞", "congested"),
    "cancelled": ("已取消", "cancelled"),
    "failed": ("失败", "failed"),
    "uncertain": ("不确定", "uncertain"),
    "never_dialled": ("未拨出", "never dialled"),
}


def word(name: str, lang: str) -> str:
    """A word in `zh` or `en`; a name that has none stands for itself."""
    found = WORDS.get(name)
    return name if found is None else found[0 if lang == "zh" else 1]
