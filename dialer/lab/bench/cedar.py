"""The same rules in Cedar: one `forbid` for each rule that binds the call, and one `permit`.

Cedar knows no civil time, no zones and no series of touches, so what these come to is handed to it ready made; for a
kind that has no words here its whole answer is. All of that is in Cedar's favour.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dialer.core.entry import to_us
from dialer.core.facts import Facts, Period
from dialer.core.rulebook import Bound

REQUEST = {"principal": 'Caller::"bench"', "action": 'Action::"call"', "resource": 'Line::"bench"'}
# What must hold, by kind of rule; `{number}` is the rule's place in the set.
ASKS = {
    "licence": "context.licence.purposes.contains(context.purpose) && "
    "context.licence.products.contains(context.product) && context.licence.status == 'valid' && "
    "context.licence.from <= context.now && context.now < context.licence.to",
    "entrustment": "context.entrustment.purposes.contains(context.purpose) && "
    "context.entrustment.products.contains(context.product) && context.entrustment.status == 'valid' && "
    "context.entrustment.from <= context.now && context.now < context.entrustment.to",
    "caller_id": "context.number.enterprise == context.enterprise && "
    "context.number.agency == context.agency && context.number.purposes.contains(context.purpose) && "
    "context.number.carrier == context.carrier && context.number.status == 'allocated' && "
    "context.number.from <= context.now && context.now < context.number.to",
    "hours": "context.minute >= 480 && context.minute < 1200",
    "frequency": "context.counted < 3",
    "script": "context.script.status == 'approved' && context.script.enterprise == context.enterprise && "
    "context.script.purposes.contains(context.purpose) && "
    "context.script.products.contains(context.product) && "
    "context.script.from <= context.now && context.now < context.script.to",
    "disclosure": "context.script.parts.containsAll(['enterprise_name', 'contact', 'refusal_method'])",
}
READY_MADE = "context.holds.contains('{kind}')"


def policies(bound: Sequence[Bound]) -> str:
    """The set as Cedar text."""
    forbids = [
        f"forbid (principal, action, resource) unless {{ {_ask(one.rule.kind)} }};".replace("'", '"')
        for one in bound
    ]
    return "\n".join(["permit (principal, action, resource);", *forbids])


def context(facts: Facts, minute: int, counted: int, bound: Sequence[Bound]) -> dict[str, Any]:
    """What Cedar reads about a call: the same facts, with the minute of the callee's day and the count ready made."""
    script, trunk = facts.script, facts.trunk
    if script is None or trunk is None:
        raise ValueError("the call of the bench has a script and a trunk")
    licence, entrustment, number = facts.licences[0], facts.entrustments[0], facts.numbers[0]
    return {
        "now": to_us(facts.now),
        "minute": minute,
        "counted": counted,
        "purpose": facts.purpose.value,
        "product": facts.product,
        "enterprise": facts.enterprise,
        "agency": facts.agency or "",
        "carrier": trunk.carrier,
        "licence": {**_scope(licence), "status": licence.status, **_period(licence.period)},
        "entrustment": {**_scope(entrustment), "status": entrustment.status, **_period(entrustment.period)},
        "number": {
            "enterprise": number.enterprise,
            "agency": number.agency or "",
            "carrier": number.carrier,
            "purposes": [one.value for one in number.purposes],
            "status": number.status,
            **_period(number.period),
        },
        "script": {
            **_scope(script),
            "enterprise": script.enterprise,
            "status": script.status,
            "parts": sorted(script.parts),
            **_period(script.period),
        },
        "holds": sorted({one.rule.kind for one in bound} - set(ASKS)),
    }


def _ask(kind: str) -> str:
    return ASKS.get(kind) or READY_MADE.format(kind=kind)


def _scope(document: Any) -> dict[str, list[str]]:
    return {
        "purposes": [one.value for one in document.purposes],
        "products": sorted(document.products),
    }


def _period(period: Period) -> dict[str, int]:
    return {
        "from": to_us(period.start) if period.start else 0,
        "to": to_us(period.end) if period.end else 2**62,
    }
