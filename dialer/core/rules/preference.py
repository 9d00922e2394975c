"""Answer preferences: an opt-out ends it, and where consent is asked for, silence is a no."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from dialer.core.facts import Consent, Facts, Preference
from dialer.core.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Params:
    """`silence`: what holds for a person who registered nothing, `permit` or `deny`.

    `after_opt_out_days`: None, an opt-out holds until the person consents again; a number, it holds for that many
    days of 24 hours and then a call is possible again.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}
    silence: str
    after_opt_out_days: int | None = None

    def __post_init__(self) -> None:
        if self.silence not in ("permit", "deny"):
            raise ValueError("silence is permit or deny")
        if self.after_opt_out_days is not None and self.after_opt_out_days < 1:
            raise ValueError("an interval after an opt-out is at least one day")


def judge(params: Params, facts: Facts) -> Verdict:
    """Judge by what the person last said about calls of this purpose and product by this enterprise.

    Read from the newest statement back: a consent that has run out is passed over, so that an older opt-out shows
    again; an opt-out that is over leaves silence, and no older consent revives.
    """
    about = {"purpose": facts.purpose.value, "enterprise": facts.enterprise}
    mine = [one for one in facts.preferences if in_scope(one, facts)]
    for one in sorted(mine, key=lambda one: (one.stated_at, one.kind == "opt_out"), reverse=True):
        values = {**about, "source": one.source, "stated_at": facts.told(one.stated_at)}
        if one.kind == "accept":
            if one.until is None or facts.now < one.until:
                closes_at = _closes_at(params, facts, one.until)
                return Verdict("preference.accepted", False, facts.now, closes_at=closes_at, values=values)
            continue
        end = _end(params, one)
        if end is None or facts.now < end:
            values["until"] = facts.told(end) if end else ""
            # What follows an opt-out is silence, and where silence denies its end opens nothing.
            return Verdict(
                "preference.opted_out", True, end if params.silence == "permit" else None, values=values
            )
        break
    if params.silence == "deny":
        return Verdict("preference.no_consent", True, None, values=about)
    return Verdict("preference.nothing_registered", False, facts.now, values=about)


def _closes_at(params: Params, facts: Facts, until: datetime | None) -> datetime | None:
    """When a consent that holds until `until` is followed by a denial: then, later, or not at all."""
    if until is None:
        return None
    following = judge(params, facts.at(until))
    return until if following.denied else following.closes_at


def in_scope(one: Preference | Consent, facts: Facts) -> bool:
    """Whether a statement is about this enterprise, purpose, product and channel; None means all."""
    return (
        one.enterprise in (None, facts.enterprise)
        and one.purpose in (None, facts.purpose)
        and one.product in (None, facts.product)
        and one.channel in (None, facts.channel)
    )


def _end(params: Params, opt_out: Preference) -> datetime | None:
    """When an opt-out stops holding: by the interval of the policy or by its own end, the earlier."""
    ends = [opt_out.until] if opt_out.until is not None else []
    if params.after_opt_out_days is not None:
        ends.append(opt_out.stated_at + timedelta(days=params.after_opt_out_days))
    return min(ends, default=None)
