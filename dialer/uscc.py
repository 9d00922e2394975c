"""统一社会信用代码: the 18 signs that name an organisation in China, the last of them a check digit.

Source of the arithmetic: GB 32100-2015.
"""

from __future__ import annotations

SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def check_sign(first_17: str) -> str:
    """The 18th sign that belongs to the first 17. Raises ValueError for a sign that cannot stand there."""
    total = sum(SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(first_17))
    return SIGNS[-total % 31]


def uscc_fault(text: str) -> str | None:
    """What is wrong with `text` as a 统一社会信用代码, None where nothing is."""
    if len(text) != 18:
        return f"has {len(text)} signs, not 18"
    wrong = sorted(set(text) - set(SIGNS))
    if wrong:
        return f"holds {' '.join(wrong)}, which no such code has"
    if check_sign(text[:17]) != text[17]:
        return "has a check digit that does not fit"
    return None
