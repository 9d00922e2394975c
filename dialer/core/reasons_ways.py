"""Reasons about who dials by hand, and about whose line it is."""

from __future__ import annotations

from dialer.core.reason import OPERATOR, Reason
from dialer.core.reason import reason as _r

WAYS: dict[str, Reason] = {
    "sound.wrong_person": _r(
        "此号码接听者并非本人（来源：{source}）",
        "somebody else answers on this line (said by {source})",
        "核实后由另一人更正，或改用本人号码",
        "have it checked and corrected by another, or use the person's own number",
        OPERATOR,
    ),
    "sound.no_assignment": _r(
        "坐席 {agent} 未分配任务，不得手动拨号",
        "agent `{agent}` is assigned to nothing and dials nobody by hand",
        "为该坐席分配名单",
        "assign a list to the agent",
        OPERATOR,
    ),
    "sound.not_assigned": _r(
        "所拨号码不在坐席 {agent} 的名单 {campaign} 中",
        "the number is not on list `{campaign}` of agent `{agent}`",
        "只拨名单上的号码，或先导入名单",
        "dial numbers of the list only, or import them first",
        OPERATOR,
    ),
}
