"""What changed between two policy sets, and whether the change can only deny more.

Sets are compared as plain JSON (`core.entry.plain`), so that one kept in the record can be compared with one just
loaded. A change that is not known to tighten counts as one that may loosen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dialer.core.civil_time import minute_of_day

Json = Mapping[str, Any]
Direction = Callable[[Any, Any], bool]
# What a reader or an owner needs to know of a rule, and no decision hangs on.
_TEXTS = frozenset({"id", "title", "citation", "owner", "review_on", "force", "binds", "note"})
_PACK_TEXTS = frozenset({"id", "title", "version", "rules"})


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `what`: `added|removed|changed`; `where` is the path within `subject`, a rule's or pack's id."""

    subject: str
    what: str
    where: str
    before: Any
    after: Any
    tightens: bool


def changes(before: Json, after: Json) -> tuple[Change, ...]:
    """Every difference between two policy sets, in order of ids and names."""
    return (*_pack_changes(before, after), *_rule_changes(_rules(before), _rules(after)))


def loosening(found: Sequence[Change]) -> tuple[Change, ...]:
    """Those changes that may permit what was denied."""
    return tuple(one for one in found if not one.tightens)


def _pack_changes(before: Json, after: Json) -> Iterator[Change]:
    old, new = ({pack["id"]: pack for pack in one["packs"]} for one in (before, after))
    for ident in sorted(old.keys() & new.keys()):
        for name in sorted((old[ident].keys() | new[ident].keys()) - _PACK_TEXTS):
            was, now = old[ident].get(name), new[ident].get(name)
            if was != now:
                yield Change(ident, "changed", name, was, now, name == "binding" and _binds_more(was, now))


def _rule_changes(old: Json, new: Json) -> Iterator[Change]:
    for ident in sorted(old.keys() | new.keys()):
        was, now = old.get(ident), new.get(ident)
        if was is None:
            yield Change(ident, "added", "", None, _summary(new[ident]), True)
        elif now is None:
            yield Change(ident, "removed", "", _summary(was), None, was["mode"] != "enforce")
        else:
            yield from _within(ident, was, now)


def _within(ident: str, was: Json, now: Json) -> Iterator[Change]:
    decided, decides = was["mode"] == "enforce", now["mode"] == "enforce"
    for name in sorted(was.keys() | now.keys()):
        if was.get(name) == now.get(name):
            continue
        if name in _TEXTS or not decided:
            # What did not decide before cannot have denied what the new rule permits.
            yield Change(ident, "changed", name, was.get(name), now.get(name), True)
        elif name == "mode":
            yield Change(ident, "changed", name, was[name], now[name], decides)
        elif name in ("params", "applies") and was["kind"] == now["kind"]:
            kind = was["kind"] if name == "params" else "applies"
            yield from _parts(ident, name, kind, was[name] or {}, now[name] or {})
        else:
            tightens = _RULE.get(name, _never)(was.get(name), now.get(name))
            yield Change(ident, "changed", name, was.get(name), now.get(name), tightens)


def _parts(ident: str, name: str, kind: str, was: Json, now: Json) -> Iterator[Change]:
    for part in sorted(was.keys() | now.keys()):
        if was.get(part) != now.get(part):
            direction = _DIRECTIONS.get((kind, part), _DIRECTIONS.get(("", part), _never))
            before, after = was.get(part), now.get(part)
            yield Change(ident, "changed", f"{name}.{part}", before, after, direction(before, after))


def _rules(policy: Json) -> dict[str, Json]:
    return {rule["id"]: rule for pack in policy["packs"] for rule in pack["rules"]}


def _summary(rule: Json) -> Json:
    return {"kind": rule["kind"], "params": rule["params"], "mode": rule["mode"]}


def _never(_before: Any, _after: Any) -> bool:
    return False


def _lower(before: Any, after: Any) -> bool:
    return isinstance(before, int) and isinstance(after, int) and after <= before


def _higher(before: Any, after: Any) -> bool:
    return _lower(after, before)


def _shorter_than_ever(before: Any, after: Any) -> bool:
    """None is without end."""
    return after is not None and (before is None or after <= before)


def _longer_up_to_ever(before: Any, after: Any) -> bool:
    """None is without end."""
    return _shorter_than_ever(after, before)


def _more(before: Any, after: Any) -> bool:
    return set(before or ()) <= set(after or ())


def _fewer(before: Any, after: Any) -> bool:
    return _more(after, before)


def _more_or_all(before: Any, after: Any) -> bool:
    """An empty list means all there are."""
    return not after or (bool(before) and _more(before, after))


def _becomes(wanted: Any) -> Direction:
    return lambda _before, after: after == wanted


def _earlier(before: Any, after: Any) -> bool:
    return str(after) <= str(before)


def _later_or_never(before: Any, after: Any) -> bool:
    return after is None or (before is not None and str(after) >= str(before))


def _shorter_hours(before: Any, after: Any) -> bool:
    """Every minute open after was open before, by days named alike; kinds of day are compared by name alone."""
    was, now = _minutes(before), _minutes(after)
    return all(minutes <= was.get(day, set()) | was.get("all", set()) for day, minutes in now.items())


def _minutes(windows: Sequence[Json]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for one in windows:
        for day in one["days"]:
            span = range(minute_of_day(one["start"]), minute_of_day(one["end"]))
            found.setdefault(day, set()).update(span)
    return found


def _counts_more(before: Any, after: Any) -> bool:
    wider = {
        "contacts": {"attempts", "rang", "unanswered", "conversed"},
        "attempts": {"rang", "unanswered"},
    }
    return before in wider.get(after, set())


def _binds_more(before: Json, after: Json) -> bool:
    if not any(after.values()):
        return True
    return any(before.values()) and all(_more(before[name], after.get(name)) for name in before)


_RULE: Mapping[str, Direction] = {"in_force_from": _earlier, "in_force_to": _later_or_never}
# What of which kind tightens how. ("", part) is any kind.
_DIRECTIONS: Mapping[tuple[str, str], Direction] = {
    ("applies", "purposes"): _more,
    ("applies", "moments"): _more,
    ("applies", "products"): _more_or_all,
    ("", "unknown"): _becomes("deny"),
    ("", "checks"): _more,
    ("", "scope"): _more,
    ("", "at_least"): _lower,
    ("", "most_permille"): _lower,
    ("consent", "max_age_days"): _shorter_than_ever,
    ("caller_id", "series"): lambda before, after: bool(after) and (not before or _fewer(before, after)),
    ("caller_id", "barred"): _more,
    ("carrier", "licensed"): _becomes(True),
    ("carrier", "review_max_age_days"): _shorter_than_ever,
    ("case", "statuses"): _fewer,
    ("case", "told_days"): _higher,
    ("caller_id", "undertaking_for"): _more,
    ("agency", "inspected_days"): _lower,
    ("case", "tell_debtor"): _becomes(False),
    ("number_cap", "most"): _lower,
    ("number_health", "suspended"): _becomes(True),
    ("number_health", "noticed"): _becomes(True),
    ("number_health", "most_complaints"): _shorter_than_ever,
    ("number_health", "most_labels"): _shorter_than_ever,
    ("number_health", "appealed"): _becomes(False),
    ("consent", "kinds"): _higher,
    ("consent", "evidence"): _fewer,
    ("cooldown", "days"): _higher,
    ("cooldown", "hours"): _higher,
    ("disclosure", "parts"): _more,
    ("disclosure", "modes"): _fewer,
    ("external_registry", "consent_overrides"): _becomes(False),
    ("frequency", "most"): _lower,
    ("frequency", "counts"): _counts_more,
    ("frequency", "window_n"): _higher,
    ("frequency", "purposes"): _more_or_all,
    ("frequency", "same_enterprise"): _becomes(False),
    ("frequency", "direct_prior_consent_days"): _becomes(0),
    ("hours", "open"): _shorter_hours,
    ("hours", "unless_consent"): _becomes(False),
    ("hours", "personal"): _becomes(True),
    ("hours", "talk_over"): _becomes("end"),
    ("number_list", "denied_states"): _more,
    ("preference", "silence"): _becomes("deny"),
    ("preference", "after_opt_out_days"): _longer_up_to_ever,
    ("purpose", "barred_parts"): _more,
    ("purpose", "most_overdue_days"): _shorter_than_ever,
    ("retention", "least_days"): _higher,
    ("third_party", "like_debtor"): _fewer,
    ("third_party", "after_failures"): _longer_up_to_ever,
    ("third_party", "stop_on_request"): _becomes(True),
}
