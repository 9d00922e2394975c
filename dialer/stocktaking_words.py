"""What a stock-taking says of each kind of finding, what is to be done, and who does it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dialer.stocktaking import Finding

Both = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Wording:
    """What it means and what mends it, each (zh, en). `who` is a key of `WHO`."""

    means: Both
    remedy: Both
    who: str


WORDS: Mapping[str, Wording] = {
    "unregistered": Wording(
        ("使用而未登记", "used but not registered"),
        (
            "停用该号码，或补办登记并报送号码清单",
            "stop using it, or register it and submit the number list",
        ),
        "enterprise",
    ),
    "unused": Wording(
        ("登记而未使用", "registered but never used"),
        (
            "核实是否仍需要；不需要的停用并报送变更",
            "ask whether it is still needed; if not, disable it and report the change",
        ),
        "user",
    ),
    "another_user": Wording(
        ("由他人使用", "used by another"),
        (
            "停止转借；确需使用的，由金融企业变更登记后再用",
            "take it back; where it is meant, the enterprise changes the register before it is used again",
        ),
        "enterprise",
    ),
    "another_purpose": Wording(
        ("用途与承诺不符", "used for another purpose than promised"),
        (
            "该用途改用登记用途的号码，或变更登记用途",
            "use a number registered for that purpose, or have the registered purpose changed",
        ),
        "user",
    ),
    "another_carrier": Wording(
        ("电信企业不符", "another carrier than registered"),
        ("核对号码归属，更正登记", "ask the carrier whose number it is, and mend the register"),
        "enterprise",
    ),
    "outside_period": Wording(
        ("合作期外使用", "used outside the cooperation period"),
        (
            "停止使用；续约的，登记新的合作起止",
            "stop using it; where it was renewed, register the new period",
        ),
        "enterprise",
    ),
    "after_suspension": Wording(
        ("停用后仍使用", "used after its suspension"),
        (
            "立即停止使用，查明由何系统呼出",
            "stop using it at once, and find out which system dialled",
        ),
        "user",
    ),
    "not_allocated": Wording(
        ("未核配即使用", "used before it was allocated"),
        ("核配前停止使用", "stop using it until it is allocated"),
        "user",
    ),
}

WHO: Mapping[str, Both] = {
    "enterprise": ("金融企业联络员", "liaison officer of the enterprise"),
    "user": ("使用单位", "the unit that uses it"),
    "nobody_known": ("合规负责人", "compliance officer"),
}


def finding_json(finding: Finding, register: Mapping[str, Any]) -> dict[str, Any]:
    """A finding as data, with its words and the name of who is to act."""
    words = WORDS[finding.kind]
    zh, en = _who(finding, words.who, register)
    return {
        "kind": finding.kind,
        "number": finding.number,
        "source": finding.source,
        "file": finding.file,
        "row": finding.row,
        "rows": finding.rows,
        "first": finding.first.isoformat(),
        "last": finding.last.isoformat(),
        "values": dict(finding.values),
        "means": {"zh": words.means[0], "en": words.means[1]},
        "remedy": {"zh": words.remedy[0], "en": words.remedy[1]},
        "who": {"zh": zh, "en": en},
    }


def _who(finding: Finding, role: str, register: Mapping[str, Any]) -> Both:
    """The role with its name, as far as the register knows one."""
    enterprise = next((one for one in register["enterprises"] if one["id"] == finding.enterprise), None)
    agency = next((one for one in register["agencies"] if one["id"] == finding.agency), None)
    if enterprise is None:
        return WHO["nobody_known"]
    name = (agency if role == "user" and agency else enterprise)["full_name"]
    if role == "enterprise" and (liaison := enterprise.get("liaison")):
        name = f"{name} {liaison['name']}"
    return f"{WHO[role][0]}：{name}", f"{WHO[role][1]}: {name}"
