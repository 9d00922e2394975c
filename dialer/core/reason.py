"""What a reason is made of: its sentence, what would mend it, and who can, in Chinese and English."""

from __future__ import annotations

from dataclasses import dataclass

from dialer.core.policy import Text

COMPLIANCE, OPERATOR, ENGINEER, PERSON = (
    "compliance officer",
    "campaign operator",
    "engineer",
    "person called",
)


@dataclass(frozen=True, slots=True)
class Reason:
    """The texts of one reason code; `who` is a role, and empty where nothing is to be mended."""

    text: Text
    remedy: Text
    who: str = ""


def reason(zh: str, en: str, mend_zh: str = "", mend_en: str = "", who: str = "") -> Reason:
    """A reason as the tables write it."""
    return Reason(Text(zh, en), Text(mend_zh, mend_en), who)
