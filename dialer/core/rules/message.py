"""What a text message must hold, and must not: signature, identity, way to refuse, links, words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from dialer.core.facts import Facts
from dialer.core.message import Message
from dialer.core.verdict import Value, Verdict

SIGNATURES = ("full_name", "short_name")
Fault = Callable[[Message], str]


def _signature(one: Message) -> str:
    if one.signature in SIGNATURES:
        return ""
    return "message.no_signature" if one.signature == "none" else "message.other_signature"


# In the order in which a fault is named.
CHECKS: Mapping[str, Fault] = {
    "words": lambda one: "message.forbidden_words" if one.forbidden else "",
    "links": lambda one: "message.strange_link" if one.strange_hosts else "",
    "signature": _signature,
    "name": lambda one: "" if one.named else "message.no_name",
    "contact": lambda one: "" if one.contact else "message.no_contact",
    "opt_out": lambda one: "" if one.opt_out else "message.no_opt_out",
}


@dataclass(frozen=True, slots=True)
class Params:
    """`checks`: `signature` 【】 with the registered full or short name, and nobody else's; `name` and `contact` of the
    enterprise somewhere in it; `opt_out` by reply; `links` to filed hosts only; `words` that screening does not stop.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    checks: frozenset[str]

    def __post_init__(self) -> None:
        unknown = sorted(self.checks - set(CHECKS))
        if unknown or not self.checks:
            raise ValueError(f"checks are {', '.join(CHECKS)}; not {unknown or 'nothing'}")


def judge(params: Params, facts: Facts) -> Verdict:
    """Deny for the first check that the message fails. Time mends no message."""
    one = facts.message
    if one is None:
        return Verdict("message.unknown", True, None)
    values: dict[str, Value] = {
        "signature": one.signature,
        "hosts": ", ".join(one.strange_hosts),
        "words": ", ".join(one.forbidden),
    }
    for name, fault in CHECKS.items():
        if name in params.checks and (code := fault(one)):
            return Verdict(code, True, None, None, values)
    return Verdict("message.in_order", False, facts.now, None, values)
