"""What each kind of rule about papers, registers and words says at one instant: (denied, code)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from oracle_clock import NAMES, civil, days_around, is_open

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
    ours = [one for one in facts.entrustments if one.party == party]
    covering = [one for one in ours if all(_covers(each, facts) for each in _above(one, facts)[0])]
    for one in covering:
        links, broken = _above(one, facts)
        if not broken and all(each.status == "valid" and within(each.period, at) for each in links):
            return False, f"{kind}.holds"
    for one in covering:
        links, broken = _above(one, facts)
        if broken:
            return True, f"{kind}.{broken}"
        if any(each.status != "valid" for each in links):
            return True, f"{kind}.not_valid"
    if covering:
        links = _above(covering[0], facts)[0]
        ended = any(each.period.end is not None and each.period.end <= at for each in links)
        return True, f"{kind}.{'ended' if ended else 'not_begun'}"
    return True, f"{kind}.{'out_of_scope' if ours else 'none'}"


def _covers(one: Any, facts: Facts) -> bool:
    return facts.purpose in one.purposes and facts.product in one.products


def _above(one: Any, facts: Facts) -> tuple[list[Any], str]:
    """A document with all those it derives from; and what is wrong with its descent, whenever it is asked.

    Where its descent is wrong only its own scope counts.
    """
    links = [one]
    while links[-1].sub_of is not None:
        if links[-1].consent is None:
            return [one], "sub_without_consent"
        named = [each for each in facts.entrustments if each.document == links[-1].sub_of]
        if not named or named[0] in links:
            return [one], "sub_of_nothing"
        links.append(named[0])
    latest_start = [each.period.start for each in links if each.period.start is not None]
    first_end = [each.period.end for each in links if each.period.end is not None]
    if latest_start and first_end and max(latest_start) >= min(first_end):
        return [one], "sub_of_nothing"
    return links, ""


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
        if one.period.end is not None and one.period.end <= at:
            return True, "carrier.licence_ended"
        if one.period.start is not None and at < one.period.start:
            return True, "carrier.licence_not_begun"
    if not params.reviewed:
        return False, "carrier.licensed"
    if one.reviews is None:
        return _unknown(params, "carrier.unknown")
    licences = [each.number for each in facts.licences]
    parties = [each.document for each in facts.entrustments if each.party in (facts.agency, facts.platform)]
    ours = [
        each
        for each in one.reviews
        if each.what in params.reviewed and each.document in (licences if each.what == "licence" else parties)
    ]
    days = params.review_max_age_days
    old = [days is not None and at - each.reviewed_at >= timedelta(days=days) for each in ours]
    if any(each.reviewed_at <= at and not is_old for each, is_old in zip(ours, old, strict=True)):
        return False, "carrier.reviewed"
    return True, "carrier.review_ended" if ours and all(old) else "carrier.not_reviewed"


def caller_id(params: Any, facts: Facts, at: datetime) -> Said:
    """The number is of a series and stands in the register for this call."""
    number = facts.caller_id
    calls = facts.channel == "voice"
    if calls and params.series and not any(number.startswith(one) for one in params.series):
        return True, "caller_id.other_series"
    if calls and any(number.startswith(one) for one in params.barred):
        return True, "caller_id.barred_series"
    if not params.checks:
        return False, "caller_id.in_series"
    left = [one for one in facts.numbers if one.number == number]
    wanted = "voice" if calls else "sms_port"
    if left and all(one.kind != wanted for one in left):
        return True, "caller_id.sms_port" if calls else "caller_id.voice_number"
    left = [one for one in left if one.kind == wanted]
    if not left:
        return True, "caller_id.not_registered"
    for check, code in (
        ("enterprise", "other_enterprise"),
        ("agency", "other_agency"),
        ("purpose", "other_purpose"),
        ("status", "not_usable"),
        ("outbound", "takes_calls_only"),
        ("undertaking", "no_undertaking"),
        ("period", "ended"),
        ("windows", "outside_windows"),
        ("carrier", "other_carrier"),
    ):
        if check not in params.checks or (not calls and check in ("outbound", "undertaking")):
            continue
        passing = [one for one in left if _number_passes(check, params, one, facts, at)]
        if not passing:
            if check == "period":
                ended = any(one.period.end is not None and one.period.end <= at for one in left)
                code = "ended" if ended else "not_begun"
            return True, f"caller_id.{code}"
        left = passing
    return False, "caller_id.registered"


def _number_passes(check: str, params: Any, one: Any, facts: Facts, at: datetime) -> bool:
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
    if check == "undertaking":
        asked = facts.caller_id_class in params.undertaking_for
        if one.access_code and "access_code" in params.undertaking_for:
            asked = True
        return bool(one.undertaking) if asked else True
    if check == "period":
        return within(one.period, at)
    if check == "windows":
        return one.hours is None or _in_windows(one.hours, at)
    return facts.trunk is not None and facts.trunk.carrier == one.carrier


def _in_windows(hours: Any, at: datetime) -> bool:
    for day in days_around(at, hours.zone):
        names = {"all", NAMES[day.weekday()]}
        today = touching([(one.start, one.end) for one in hours.windows if names & set(one.days)])
        if any(is_open(at, day, start, end, hours.zone) for start, end in today):
            return True
    return False


def touching(windows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Windows that touch are one: a skipped hour between them is no gap in it."""
    found: list[tuple[str, str]] = []
    for start, end in sorted(windows):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def agency(params: Any, facts: Facts, at: datetime) -> Said:
    """The agency has not exited, has nothing overdue, and was inspected."""
    if facts.agency is None:
        return False, "agency.own"
    standing = facts.agency_standing
    if standing is None:
        return _unknown(params, "agency.unknown")
    is_so = standing.since is None or at >= standing.since
    if is_so and standing.status == "exited" and "active" in params.checks:
        return True, "agency.exited"
    if is_so and standing.status == "rectifying" and "not_rectifying" in params.checks:
        return True, "agency.rectifying"
    asks = [one for one in ("rectified", "inspected") if one in params.checks]
    if asks and standing.inspections is None:
        return _unknown(params, "agency.unknown")
    for one in standing.inspections or ():
        mended = one.rectified_at is not None and one.rectified_at <= at
        if "rectified" in asks and one.rectify_before is not None and one.rectify_before <= at and not mended:
            return True, "agency.rectification_overdue"
    if "inspected" in asks and not any(
        timedelta(0) <= at - one.at < timedelta(days=params.inspected_days)
        for one in standing.inspections or ()
    ):
        return True, "agency.not_inspected"
    return False, "agency.in_order"


def number_health(params: Any, facts: Facts, at: datetime) -> Said:
    """Nothing that counts is held against the number."""
    one = facts.number_health
    if one is None:
        return _unknown(params, "number_health.unknown")
    if params.suspended and one.suspended_since is not None and at >= one.suspended_since:
        return True, "number_health.suspended"
    if params.noticed and one.notice is not None:
        return True, "number_health.noticed"
    cleared = params.appealed and one.appeal == "upheld"
    if not cleared and params.most_complaints is not None and one.complaints > params.most_complaints:
        return True, "number_health.complained"
    if not cleared and params.most_labels is not None and len(one.labels) > params.most_labels:
        return True, "number_health.labelled"
    return False, "number_health.in_order"


def number_cap(params: Any, facts: Facts, at: datetime) -> Said:
    """The number has calls left on this civil day."""
    if params.zone not in facts.number_calls:
        return True, "number_cap.unknown"
    counted = facts.number_calls[params.zone]
    today = civil(at, params.zone)
    full = counted.calls >= params.most and counted.day >= today
    return full, "number_cap.full" if full else "number_cap.below"


def same_number(_params: Any, facts: Facts, _at: datetime) -> Said:
    """The number is the one of the first call."""
    if facts.kept_caller_id is None:
        return False, "same_number.first"
    if facts.kept_caller_id == facts.caller_id:
        return False, "same_number.kept"
    return True, "same_number.other"


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
    if one.period.end is not None and one.period.end <= at:
        return True, "script.ended"
    if one.period.start is not None and at < one.period.start:
        return True, "script.not_begun"
    return False, "script.approved"


def message(params: Any, facts: Facts, _at: datetime) -> Said:
    """The message holds what is asked, and nothing forbidden."""
    one = facts.message
    if one is None:
        return True, "message.unknown"
    if "words" in params.checks and len(one.forbidden) > 0:
        return True, "message.forbidden_words"
    if "links" in params.checks and len(one.strange_hosts) > 0:
        return True, "message.strange_link"
    if "signature" in params.checks and one.signature == "none":
        return True, "message.no_signature"
    if "signature" in params.checks and one.signature == "other":
        return True, "message.other_signature"
    for check, held in (("name", one.named), ("contact", one.contact), ("opt_out", one.opt_out)):
        if check in params.checks and not held:
            return True, f"message.no_{check}"
    return False, "message.in_order"


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
