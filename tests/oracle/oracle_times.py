"""What each kind of rule about hours, wishes and how often says at one instant: (denied, code)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from oracle_clock import NAMES, civil, days_around, is_open, month, readings
from oracle_papers import Said, touching, within

from dialer.core.facts import Facts, PersonalHours

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def about_this_call(one: Any, facts: Facts) -> bool:
    """Whether a statement, where it names something, names what this call is."""
    for named, ours in (
        (one.enterprise, facts.enterprise),
        (one.purpose, facts.purpose),
        (one.product, facts.product),
        (one.channel, facts.channel),
    ):
        if named is not None and named != ours:
            return False
    return True


def kinds_of_day(day: date, country: str | None, facts: Facts) -> list[set[str]]:
    """Every way in which a day can be read, as the names it has then."""
    week = {"all", NAMES[day.weekday()]}
    if country is None:
        return [week]
    calendar = facts.calendars.get(country)
    weekend = calendar.weekend if calendar else {5, 6}
    rests = day.weekday() in weekend
    plain = {"restday"} if rests else {"workday"}
    off, made_up = {"restday", "holiday"}, {"workday", "makeup_workday"}
    if calendar is None or day.year not in calendar.years:
        return [week | plain, week | off, *([week | made_up] if rests else [])]
    for special in calendar.days:
        if special.day == day:
            return [week | (made_up if special.works else off)]
    return [week | plain]


def _open_by(params: Any, facts: Facts, zone: str, at: datetime, all_readings: bool) -> bool:
    """Whether `at` is open by every reading of its day, or by some."""
    for day in days_around(at, zone):
        open_by = [_open_minute(params, names, day, zone, at) for names in _readings(params, facts, day)]
        if all(open_by) if all_readings else any(open_by):
            return True
    return False


def _readings(params: Any, facts: Facts, day: date) -> list[set[str]]:
    return kinds_of_day(day, params.calendar, facts)


def _open_minute(params: Any, names: set[str], day: date, zone: str, at: datetime) -> bool:
    return any(
        is_open(at, day, start, end, zone)
        for start, end in touching([(one.start, one.end) for one in params.open if names & set(one.days)])
    )


def _wished(wishes: tuple[PersonalHours, ...], zone: str, at: datetime) -> bool:
    only = [one for one in wishes if one.kind == "only"]
    for day in days_around(at, zone):
        today = [one for one in wishes if {"all", NAMES[day.weekday()]} & set(one.days)]
        cut = [(one.start, one.end) for one in today if one.kind == "never"]
        kept = [(one.start, one.end) for one in today if one.kind == "only"] if only else [("00:00", "24:00")]
        if any(is_open(at, day, start, end, zone) for start, end in _cut(touching(kept), cut)):
            return True
    return False


def _cut(kept: list[tuple[str, str]], never: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The pieces of `kept` outside `never`, found at every edge."""
    edges = sorted({edge for one in (*kept, *never) for edge in one})
    pieces = [
        (start, end)
        for start, end in pairwise(edges)
        if any(one[0] <= start and end <= one[1] for one in kept)
        and not any(one[0] <= start and end <= one[1] for one in never)
    ]
    return iter(touching(pieces))


def hours(params: Any, facts: Facts, at: datetime) -> Said:
    """Open where the callee is, by the rule or by consent, and by the person's own wish."""
    zones = [one.zone for one in facts.zones]
    if not zones:
        return True, "hours.zone_unknown"
    if params.personal and facts.personal_hours:
        for zone in zones:
            if not _wished(facts.personal_hours, zone, at):
                return True, "hours.not_wanted"
    shut = [zone for zone in zones if not _open_by(params, facts, zone, at, True)]
    if not shut:
        return False, "hours.open"
    if params.unless_consent and _consents_at(facts, at, "hours"):
        return False, "hours.consented"
    if params.calendar is not None and _open_by(params, facts, shut[0], at, False):
        return True, "hours.day_unknown"
    return True, "hours.shut"


def preference(params: Any, facts: Facts, at: datetime) -> Said:
    """The newest word of the person that still holds."""
    said = [one for one in facts.preferences if about_this_call(one, facts)]
    said.sort(key=lambda one: (one.stated_at, one.kind == "opt_out"))
    while said:
        newest = said.pop()
        over = newest.until is not None and newest.until <= at
        if newest.kind == "accept":
            if not over:
                return False, "preference.accepted"
            continue
        days = params.after_opt_out_days
        if not over and (days is None or at - newest.stated_at < days * DAY):
            return True, "preference.opted_out"
        break
    return (
        (True, "preference.no_consent")
        if params.silence == "deny"
        else (False, "preference.nothing_registered")
    )


def _consents_at(facts: Facts, at: datetime, covers: str) -> list[Any]:
    found = []
    for one in facts.consents:
        holds = one.given_at <= at and (one.until is None or at < one.until)
        withdrawn = any(
            other.kind == "opt_out"
            and about_this_call(other, facts)
            and one.given_at <= other.stated_at <= at
            for other in facts.preferences
        )
        if covers in one.covers and about_this_call(one, facts) and holds and not withdrawn:
            found.append(one)
    return found


def consent(params: Any, facts: Facts, at: datetime) -> Said:
    """Enough kinds of proof that the person agreed."""
    kinds = {
        one.evidence
        for one in _consents_at(facts, at, params.covers)
        if one.evidence in params.evidence
        and (params.max_age_days is None or at - one.given_at < params.max_age_days * DAY)
    }
    if len(kinds) >= params.kinds:
        return False, "consent.given"
    return True, "consent.too_few" if kinds else "consent.none"


def external_registry(params: Any, facts: Facts, at: datetime) -> Said:
    """The line was looked up lately and is not listed."""
    if params.consent_overrides:
        named = [one for one in _consents_at(facts, at, "calls") if one.enterprise is not None]
        if named:
            return False, "external_registry.consented"
    found = facts.registries.get(params.registry)
    if found is None:
        return params.unknown == "deny", "external_registry.unknown"
    if found.listed:
        return True, "external_registry.listed"
    if params.max_age_days is not None and at - found.scrubbed_at >= params.max_age_days * DAY:
        return True, "external_registry.stale"
    return False, "external_registry.not_listed"


def _in_window(params: Any, touch: datetime, zone: str, at: datetime) -> bool:
    if params.window == "rolling_hours":
        return at - touch < params.window_n * HOUR
    if params.window == "calendar_month":
        return month(at, zone) - month(touch, zone) < params.window_n
    return (civil(at, zone) - civil(touch, zone)).days < params.window_n


def frequency(params: Any, facts: Facts, at: datetime) -> Said:
    """Fewer touches in the window than allowed, unless a fresh consent excuses one more."""
    touches = facts.touches[params.as_limit().key]
    zones = [one.zone for one in facts.zones]
    if not zones:
        return True, "hours.zone_unknown"
    counted = max(len([one for one in touches if _in_window(params, one, zone, at)]) for zone in zones)
    if counted < params.most:
        return False, "frequency.below"
    for one in _consents_at(facts, at, "calls"):
        fresh = all(
            (civil(at, zone) - civil(one.given_at, zone)).days < params.direct_prior_consent_days
            for zone in zones
        )
        if fresh:
            return False, "frequency.consented"
    return True, "frequency.full"


def cooldown(params: Any, facts: Facts, at: datetime) -> Said:
    """The interval after each event is over."""
    zones = [one.zone for one in facts.zones]
    if not zones:
        return True, "hours.zone_unknown"
    events = [one.at for one in facts.events if one.kind == params.after]
    if params.after == "conversation":
        events += facts.touches[params.as_limit().key]
    if params.after == "opt_out":
        events += _opt_outs(facts, at)
    for event in events:
        if params.hours is not None and event <= at < event + params.hours * HOUR:
            return True, "cooldown.begun"
        if params.days is not None and event <= at:
            for zone in zones:
                if (civil(at, zone) - civil(event, zone)).days < params.days:
                    return True, "cooldown.begun"
    return False, "cooldown.over"


def _opt_outs(facts: Facts, at: datetime) -> list[datetime]:
    """Those that no later consent outweighs at this instant."""
    said = [one for one in facts.preferences if about_this_call(one, facts)]
    return [
        one.stated_at
        for one in said
        if one.kind == "opt_out"
        and not any(
            other.kind == "accept"
            and other.stated_at > one.stated_at
            and (other.until is None or at < other.until)
            for other in said
        )
    ]


def _rate(kind: str, group: str, counted: str, params: Any, facts: Facts, at: datetime) -> Said:
    if group == "campaign" and facts.campaign is None:
        return False, f"{kind}.no_campaign"
    tallies = facts.tallies.get(f"{group}:{counted}:{params.days}:{params.zone}")
    if tallies is None:
        return True, f"{kind}.unknown"
    recent = [one for one in tallies if (civil(at, params.zone) - one.day).days < params.days]
    answered, bad = sum(one.answered for one in recent), sum(one.counted for one in recent)
    if answered >= params.at_least and bad / answered > params.most_permille / 1000:
        return True, f"{kind}.above"
    return False, f"{kind}.below"


def abandonment(params: Any, facts: Facts, at: datetime) -> Said:
    """Few enough answered calls found nobody there."""
    return _rate("abandonment", params.per.value, "abandoned", params, facts, at)


def breaker(params: Any, facts: Facts, at: datetime) -> Said:
    """Few enough answered calls ended in a refusal or complaint."""
    return _rate("breaker", params.per.value, params.counts.value, params, facts, at)


def reassigned(params: Any, facts: Facts, at: datetime) -> Said:
    """The line is still the person's, as looked up lately."""
    found = facts.reassigned
    if found is None:
        return params.unknown == "deny", "reassigned.unknown"
    if found.reassigned:
        return True, "reassigned.other_subscriber"
    if at - found.checked_at >= params.max_age_days * DAY:
        return params.unknown == "deny", "reassigned.stale"
    return False, "reassigned.same_subscriber"


def case(params: Any, facts: Facts, at: datetime) -> Said:
    """The debt is open, ours, not on hold, and the debtor was told."""
    one = facts.case
    if one is None:
        return params.unknown == "deny", "case.unknown"
    if "status" in params.checks and one.status not in params.statuses:
        return True, "case.not_open"
    if "assignee" in params.checks and one.assigned_to != facts.agency:
        return True, "case.assigned_elsewhere"
    if "hold" in params.checks and any(within(hold.period, at) for hold in one.holds):
        return True, "case.on_hold"
    if "told" in params.checks and facts.agency is not None:
        script = facts.script
        tells = script is not None and script.status == "approved" and "agency_told" in script.parts
        if one.debtor_told_at is None and params.tell_debtor and tells:
            return False, "case.tells_debtor"
        if one.debtor_told_at is None:
            return True, "case.debtor_not_told"
        if at - one.debtor_told_at < params.told_days * DAY:
            return True, "case.debtor_told_late"
    return False, "case.open"


def third_party(params: Any, facts: Facts, at: datetime) -> Said:
    """Who is no debtor is called only after loss of contact, not after his request, and of no debt."""
    party, lost = facts.callee_party, facts.lost_contact
    if party not in ("debtor", "guarantor", "third_party_liable", "third_party"):
        return params.unknown == "deny", "third_party.unknown"
    if party in params.like_debtor:
        return False, "third_party.like_debtor"
    if params.after_failures is None:
        return True, "third_party.never"
    requests = [one.at for one in facts.events if one.kind == "stop_request" or one.kind == "opt_out"]
    requests += [
        one.stated_at for one in facts.preferences if one.kind == "opt_out" and about_this_call(one, facts)
    ]
    if params.stop_on_request and requests and min(requests) <= at:
        return True, "third_party.asked_to_stop"
    if lost is None or (lost.failures < params.after_failures and not lost.number_invalid):
        return True, "third_party.debtor_reachable"
    if facts.script is None or "debt_detail" in facts.script.parts:
        return True, "third_party.script_tells_debt"
    return False, "third_party.after_lost_contact"


def edges(clocks: set[str], zone: str, first: date, days: int) -> Iterator[datetime]:
    """Every instant at which a wall clock in `zone` may show one of `clocks`, over so many days and one before."""
    for number in range(-1, days + 1):
        for clock in clocks:
            yield from readings(first + number * DAY, clock, zone)
