"""What each kind of rule about papers, registers and words says at one instant: (denied, code)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from dialer.core.facts import Facts, Period

Said = tuple[bool, str]


def within(period: Period, at: datetime) -> bool:
    """Whether `at` lies in [start, end)."""
    if period.start is not None and at < period.start:
        return False
    return period.end is None or at < period.end


def _covered(kind: str, documents: list[tuple[Any, bool]], at: datetime) -> Said:
    """`documents`: (document with a period and a status, whether it is about this call)."""
    ours = [one for one, about in documents if about]
    if any(one.status == "valid" and within(one.period, at) for one in ours):
        return False, f"{kind}.holds"
    if any(one.status != "valid" for one in ours):
        return True, f"{kind}.not_valid"
    if ours:
        ended = ours[0].period.end is not None and ours[0].period.end <= at
        return True, f"{kind}.{'ended' if ended else 'not_begun'}"
    return True, f"{kind}.{'out_of_scope' if documents else 'none'}"


def _unknown(params: Any, code: str) -> Said:
    return params.unknown == "deny", code


def licence(params: Any, facts: Facts, at: datetime) -> Said:
    """A licence of the enterprise."""
    if not facts.enterprise_known:
        return True, "licence.enterprise_unknown"
    documents = []
    for one in facts.licences:
        about = True
        if "purpose" in params.scope and facts.purpose not in one.purposes:
            about = False
        if "product" in params.scope and facts.product not in one.products:
            about = False
        documents.append((one, about))
    return _covered("licence", documents, at)


def _entrusted(kind: str, party: str, facts: Facts, at: datetime) -> Said:
    documents = [
        (one, facts.purpose in one.purposes and facts.product in one.products)
        for one in facts.entrustments
        if one.party == party
    ]
    return _covered(kind, documents, at)


def entrustment(params: Any, facts: Facts, at: datetime) -> Said:
    """Authority of an agency or platform."""
    if params.party == "agency":
        if facts.agency is None:
            return False, "entrustment.own"
        if not facts.agency_known:
            return True, "entrustment.party_unknown"
        return _entrusted("entrustment", facts.agency, facts, at)
    if facts.platform is None:
        return False, "entrustment.own"
    return _entrusted("entrustment", facts.platform, facts, at)


def platform(params: Any, facts: Facts, at: datetime) -> Said:
    """The platform is registered and entrusted."""
    if facts.platform is None:
        return False, "platform.own"
    if "registered" in params.checks and facts.platform_known is not True:
        if facts.platform_known is False:
            return True, "platform.not_registered"
        if params.unknown == "deny":
            return True, "platform.unknown"
    if "entrusted" in params.checks:
        return _entrusted("platform", facts.platform, facts, at)
    return False, "platform.registered"


def carrier(params: Any, facts: Facts, at: datetime) -> Said:
    """The carrier is licensed and has looked at the papers."""
    one = facts.carrier
    if one is None:
        return _unknown(params, "carrier.unknown")
    if params.licensed:
        if one.status != "valid" or one.licence == "":
            return True, "carrier.not_licensed"
        if not within(one.period, at):
            return True, "carrier.licence_outside_period"
    if not params.reviewed:
        return False, "carrier.licensed"
    if one.reviews is None:
        return _unknown(params, "carrier.unknown")
    licences = [each.number for each in facts.licences]
    parties = [each.document for each in facts.entrustments if each.party in (facts.agency, facts.platform)]
    for review in one.reviews:
        fresh = True
        if params.review_max_age_days is not None:
            fresh = at - review.reviewed_at < timedelta(days=params.review_max_age_days)
        known = licences if review.what == "licence" else parties
        if review.what in params.reviewed and review.document in known and review.reviewed_at <= at and fresh:
            return False, "carrier.reviewed"
    return True, "carrier.not_reviewed"


def caller_id(params: Any, facts: Facts, at: datetime) -> Said:
    """The number is of a series and stands in the register for this call."""
    number = facts.caller_id
    if params.series and not any(number.startswith(one) for one in params.series):
        return True, "caller_id.other_series"
    if any(number.startswith(one) for one in params.barred):
        return True, "caller_id.barred_series"
    if not params.checks:
        return False, "caller_id.in_series"
    left = [one for one in facts.numbers if one.number == number]
    if not left:
        return True, "caller_id.not_registered"
    for check, code in (
        ("enterprise", "other_enterprise"),
        ("agency", "other_agency"),
        ("purpose", "other_purpose"),
        ("status", "not_usable"),
        ("outbound", "takes_calls_only"),
        ("period", "ended"),
        ("carrier", "other_carrier"),
    ):
        if check not in params.checks:
            continue
        passing = [one for one in left if _number_passes(check, one, facts, at)]
        if not passing:
            if check == "period":
                ended = any(one.period.end is not None and one.period.end <= at for one in left)
                code = "ended" if ended else "not_begun"
            return True, f"caller_id.{code}"
        left = passing
    return False, "caller_id.registered"


def _number_passes(check: str, one: Any, facts: Facts, at: datetime) -> bool:
    if check == "enterprise":
        return bool(one.enterprise == facts.enterprise)
    if check == "agency":
        return bool(one.agency == facts.agency)
    if check == "purpose":
        return facts.purpose in one.purposes
    if check == "status":
        return one.status == "allocated" or one.status == "reported"
    if check == "outbound":
        return bool(one.may_dial_out)
    if check == "period":
        return within(one.period, at)
    return facts.trunk is not None and facts.trunk.carrier == one.carrier


def number_list(params: Any, facts: Facts, _at: datetime) -> Said:
    """How far the list of the caller ID is."""
    codes = {
        "unsubmitted": "unsubmitted",
        "submitted": "not_acknowledged",
        "rejected": "rejected",
        "withdrawn": "withdrawn",
    }
    if facts.number_list not in codes and facts.number_list != "acknowledged":
        return _unknown(params, "number_list.unknown")
    if facts.number_list in params.denied_states:
        return True, f"number_list.{codes[facts.number_list]}"
    return False, "number_list.in_order"


def purpose(params: Any, facts: Facts, _at: datetime) -> Said:
    """The purpose is what the debt and the words say."""
    asks_debt, asks_words = params.most_overdue_days is not None, bool(params.barred_parts)
    if asks_debt and facts.overdue_days is not None and facts.overdue_days > params.most_overdue_days:
        return True, "purpose.is_collection"
    if asks_words and facts.script is not None and any(p in facts.script.parts for p in params.barred_parts):
        return True, "purpose.is_marketing"
    if (asks_debt and facts.overdue_days is None) or (asks_words and facts.script is None):
        return _unknown(params, "purpose.unknown")
    return False, "purpose.stands"


def script(params: Any, facts: Facts, at: datetime) -> Said:
    """Approved words, for this call, today."""
    one = facts.script
    if one is None:
        return True, "script.unknown"
    if one.status != "approved":
        return True, "script.not_approved"
    if "enterprise" in params.scope and one.enterprise != facts.enterprise:
        return True, "script.other_enterprise"
    if "product" in params.scope and facts.product not in one.products:
        return True, "script.other_product"
    if "purpose" in params.scope and facts.purpose not in one.purposes:
        return True, "script.other_purpose"
    if not within(one.period, at):
        return True, "script.outside_period"
    return False, "script.approved"


def disclosure(params: Any, facts: Facts, _at: datetime) -> Said:
    """Everything that must be said is said, in a way that is allowed."""
    if facts.script is None:
        return True, "disclosure.no_script"
    for part in params.parts:
        if part not in facts.script.parts:
            return True, "disclosure.part_missing"
    if facts.script.mode not in params.modes:
        return True, "disclosure.mode_not_allowed"
    return False, "disclosure.complete"


def recording(params: Any, facts: Facts, _at: datetime) -> Said:
    """What must be recorded can be."""
    if facts.recording_possible is False:
        return True, "recording.not_possible"
    if facts.recording_possible is None and params.unknown == "deny":
        return True, "recording.unknown"
    return False, "recording.obliged"


def retention(params: Any, facts: Facts, _at: datetime) -> Said:
    """Data is kept long enough."""
    if params.data not in facts.retention_days:
        return _unknown(params, "retention.unknown")
    days = facts.retention_days[params.data]
    if days is None or days >= params.least_days:
        return False, "retention.kept"
    return True, "retention.too_short"


def sound(_params: Any, facts: Facts, _at: datetime) -> Said:
    """The facts are whole."""
    return (True, facts.unsound[0].code) if facts.unsound else (False, "sound.whole")


def stop(_params: Any, facts: Facts, _at: datetime) -> Said:
    """No stop is in force."""
    return (True, "stop.active") if facts.stops else (False, "stop.none")


def in_flight(_params: Any, facts: Facts, at: datetime) -> Said:
    """No call is live: one that was overdue when asked stays, any other ends by its time."""
    left = [one for one in facts.live if one.live_until <= facts.now or at < one.live_until]
    if not left:
        return False, "in_flight.none"
    return True, f"in_flight.{max(left, key=lambda one: one.live_until).subject}"
