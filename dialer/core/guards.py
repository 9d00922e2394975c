"""What the engine itself asks of every call, whatever the packs say. No policy can loosen these.

They have the shape of rules so that a denial by one of them names its reason and remedy like any other.
"""

from __future__ import annotations

from datetime import date

from dialer.core.policy import Applies, Citation, Force, Grade, Mode, Moment, Party, Purpose, Rule, Text

_BEGINNING = date(2026, 1, 1)
_EVERY_CALL = frozenset(Purpose)
_BOUND = frozenset({Party.ENTERPRISE, Party.AGENCY})


def _guard(kind: str, title: Text, topic: Text, moments: frozenset[Moment] = frozenset(Moment)) -> Rule:
    return Rule(
        id=f"engine.{kind}",
        title=title,
        binds=_BOUND,
        applies=Applies(purposes=_EVERY_CALL, moments=moments),
        kind=kind,
        params=None,
        force=Force.HOUSE,
        mode=Mode.ENFORCE,
        in_force_from=_BEGINNING,
        in_force_to=None,
        citation=Citation(
            source="dialer",
            title=Text("外呼控制器设计说明", "design of this controller"),
            article=None,
            topic=topic,
            address="docs/adr",
            grade=Grade.A,
            read_on=_BEGINNING,
        ),
        owner="dialer",
        review_on=date(2027, 12, 1),
    )


GUARDS: tuple[Rule, ...] = (
    _guard(
        "sound",
        Text("事实完整可信", "the facts are sound"),
        Text("缺失、损坏、未知或矛盾即不予外呼", "missing, broken, unknown or contradictory means no call"),
    ),
    _guard(
        "stop",
        Text("紧急停呼", "emergency stop"),
        Text("停呼期间不予外呼", "no call while stopped"),
    ),
    _guard(
        "in_flight",
        Text("同一人、同一号码同时仅一通", "one live attempt for a person and for a line"),
        Text("同时仅一通", "one at a time"),
        frozenset({Moment.ADMIT}),
    ),
)
