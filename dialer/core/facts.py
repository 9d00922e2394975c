"""The frozen snapshot that a decision is made from: everything the rules may read, and nothing else.

Only surrogates and derived values stand here (class of a number, zone, province): never a number or name of a
person. Caller IDs belong to enterprises and stand in clear. All instants are aware, in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from dialer.core.calendars import Calendar
from dialer.core.entry import lasting
from dialer.core.message import Message
from dialer.core.policy import Moment, Purpose


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` (inclusive) to `end` (exclusive); None is open."""

    start: datetime | None = None
    end: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether `at` lies in the period."""
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)


@lasting
@dataclass(frozen=True, slots=True)
class Licence:
    """A financial licence of an enterprise: approved purposes and products, status `valid|suspended|revoked`."""

    number: str
    purposes: frozenset[Purpose]
    products: frozenset[str]
    period: Period
    status: str = "valid"


@lasting
@dataclass(frozen=True, slots=True)
class Entrustment:
    """Written authority of an enterprise for an agency or a platform (`party`), status `valid|suspended|revoked`.

    `sub_of`: the document that this one is derived from, where an agency passed on what it was given; `consent`: the
    document by which the enterprise agreed to that, None where it did not.
    """

    document: str
    party: str
    purposes: frozenset[Purpose]
    products: frozenset[str]
    period: Period
    status: str = "valid"
    sub_of: str | None = None
    consent: str | None = None


@dataclass(frozen=True, slots=True)
class Inspection:
    """One inspection of an agency. Overdue from `rectify_before` on, until `rectified_at`; None: nothing to mend."""

    at: datetime
    by: str
    rectify_before: datetime | None = None
    rectified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How an agency stands: `status` `active|rectifying|exited` since `since` (None: ever since).

    `inspections` None: nobody told us of any.
    """

    status: str
    since: datetime | None = None
    inspections: tuple[Inspection, ...] | None = None


@dataclass(frozen=True, slots=True)
class WeeklyWindow:
    """One window of a week: `days` `all` or `mon` … `sun`, `start` and `end` `HH:MM`, [start, end)."""

    days: tuple[str, ...]
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """Windows of every week, in `zone` (IANA)."""

    zone: str
    windows: tuple[WeeklyWindow, ...]


@lasting
@dataclass(frozen=True, slots=True)
class NumberEntry:
    """One row of the number register.

    `agency` is None where the enterprise uses the number itself. `path`: `special_segment|reported_existing`.
    `status`: `applied|allocated|reported|disabled|suspended`; a number is usable when allocated or reported.
    `kind`: `voice|sms_port`. `access_code`: a call-centre access number. `undertaking`: the outbound undertaking
    given for it; `document`: where the entry is written. `hours`: its own, beside those of any rule; None is any.
    """

    number: str
    enterprise: str
    agency: str | None
    carrier: str
    purposes: frozenset[Purpose]
    period: Period
    path: str
    status: str
    may_dial_out: bool = True
    kind: str = "voice"
    access_code: bool = False
    undertaking: str | None = None
    document: str | None = None
    hours: WeeklyHours | None = None


@lasting
@dataclass(frozen=True, slots=True)
class Trunk:
    """A route: its carrier and its access place (ISO 3166-2)."""

    name: str
    carrier: str
    place: str


@lasting
@dataclass(frozen=True, slots=True)
class ZoneSource:
    """A zone the callee may be in (IANA name) and where that is known from: `number|address|declared`."""

    source: str
    zone: str


@dataclass(frozen=True, slots=True)
class Preference:
    """One statement of a person's will that is in scope of this call. `kind`: `accept|opt_out`.

    None in `enterprise`, `purpose`, `product`, `channel` means all of them.
    """

    id: str
    kind: str
    enterprise: str | None
    purpose: Purpose | None
    product: str | None
    channel: str | None
    source: str
    stated_at: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Live:
    """A live attempt that reaches the same `subject` (`person|line`); it ends by `live_until` at the latest."""

    subject: str
    attempt: str
    live_until: datetime


@dataclass(frozen=True, slots=True)
class Stop:
    """An emergency stop in force for this call; `scope` is `all`, `enterprise`, `agency` or `campaign`."""

    id: str
    scope: str
    since: datetime
    reason: str


@lasting
@dataclass(frozen=True, slots=True)
class Script:
    """A script as registered. `status`: `draft|submitted|approved|withdrawn`; `mode`: `recorded|agent_spoken`.

    `parts` are what its opening says: `enterprise_name`, `contact`, `refusal_method`, …
    """

    id: str
    version: int
    enterprise: str
    purposes: frozenset[Purpose]
    products: frozenset[str]
    status: str
    period: Period
    mode: str
    parts: frozenset[str]
    audio_sha256: str
    duration_ms: int


@lasting
@dataclass(frozen=True, slots=True)
class Carrier:
    """The telecom enterprise of the caller ID: its telecom licence, and what it reviewed before it serves.

    `reviews` None: nobody told us. `status`: `valid|suspended|revoked`.
    """

    id: str
    licence: str
    period: Period = Period()
    status: str = "valid"
    reviews: tuple[Review, ...] | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """A carrier looked at a document of the party it serves. `what`: `licence|entrustment`; `by` is a role."""

    what: str
    document: str
    reviewed_at: datetime
    by: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """The debt as the enterprise's own system tells it. `status`: one of `rules.case.STATUSES`.

    `assigned_to` is an agency, None the enterprise itself. `holds` are times in which nobody calls (bereavement,
    hospital, disaster …). `debtor_told_at`: when the debtor was told who collects; `told_how`: by which way
    (`sms|call|letter|app|contract|other`), None where nobody wrote it down.
    """

    status: str
    assigned_to: str | None
    holds: tuple[Hold, ...] = ()
    debtor_told_at: datetime | None = None
    told_how: str | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Nobody calls about this case in `period`; an open end is until somebody lifts it."""

    period: Period
    reason: str


@dataclass(frozen=True, slots=True)
class Consent:
    """One proof that the person agreed. `evidence`: `sms|telephone|writing|web|other`; `covers`: `calls`, `hours`.

    None in `enterprise`, `purpose`, `product`, `channel` means all of them. Holds in [given_at, until).
    """

    id: str
    evidence: str
    enterprise: str | None
    purpose: Purpose | None
    product: str | None
    channel: str | None
    covers: frozenset[str]
    given_at: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class PersonalHours:
    """A weekly window of the person's own. `kind`: `only` these, or `never` these; days `mon` … `sun`, `HH:MM`.

    [start, end) where the person is; `24:00` is the end of the day.
    """

    kind: str
    days: tuple[str, ...]
    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What an external registry said of this line, and when it was asked."""

    listed: bool
    scrubbed_at: datetime


@dataclass(frozen=True, slots=True)
class Happened:
    """What a cool-down begins with. `kind`: `conversation|opt_out|complaint|stop_request`.

    A `stop_request` is that of a third person who wants no more calls about somebody else.
    """

    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LostContact:
    """How the debtor's own numbers fail: consecutive attempts without contact, or a number that is invalid."""

    failures: int
    since: datetime
    number_invalid: bool = False


@dataclass(frozen=True, slots=True)
class Reassigned:
    """Whether the line has gone to another subscriber since consent, and when that was looked up."""

    reassigned: bool
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class DayTally:
    """One civil day of a campaign or enterprise: how many calls a person answered, how many of them count."""

    day: date
    answered: int
    counted: int


@dataclass(frozen=True, slots=True)
class NumberHealth:
    """What is held against a caller ID. `complaints` are those still open; `labels` name who marks it as spam.

    `notice`: a notice of the carrier that nobody has answered. `suspended_since`: the carrier suspended it, at once
    and whatever the register says. `appeal`: `none|filed|upheld|rejected`.
    """

    complaints: int = 0
    labels: tuple[str, ...] = ()
    notice: str | None = None
    suspended_since: datetime | None = None
    appeal: str = "none"


@dataclass(frozen=True, slots=True)
class DayCalls:
    """Calls of one civil day; where many were made, at least so many."""

    day: date
    calls: int


@dataclass(frozen=True, slots=True)
class Unsound:
    """Something about the facts themselves that forbids a decision to permit: see `core.reasons` `sound.*`."""

    code: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything one decision reads. `touches` maps a limit's key to the newest N+1 counted instants, newest first.

    What may be unknown has a default that says so, and denies where a rule needs it. `platform_known` None: not
    looked up. `overdue_days`: days of the debt past due, 0 is not due. `registries`: external registry -> what it
    says. `callee_party`: `debtor|guarantor|third_party_liable|third_party|unknown`. `retention_days`: kind of data
    (`recording|call_detail|consent|decision`) -> days it is kept, None without end; a kind that is absent is unknown.
    `number_list`: how far the caller ID's list is: `unsubmitted|submitted|acknowledged|rejected|withdrawn|unknown`.
    `number_health` and `agency_standing` None: nobody told us. `number_calls`: zone -> the calls of this caller ID on
    the newest civil day there. `kept_caller_id`: the one with which this unit first called this person about this
    case, while it may be used. `channel`: `voice|sms`; `message`: what an SMS holds.
    """

    now: datetime
    moment: Moment
    purpose: Purpose
    product: str
    enterprise: str
    enterprise_known: bool
    enterprise_seat: str
    licences: tuple[Licence, ...]
    agency: str | None
    agency_known: bool
    agency_seat: str
    platform: str | None
    entrustments: tuple[Entrustment, ...]
    caller_id: str
    caller_id_class: str
    numbers: tuple[NumberEntry, ...]
    trunk: Trunk | None
    line_class: str
    callee_country: str
    zones: tuple[ZoneSource, ...]
    preferences: tuple[Preference, ...]
    touches: Mapping[str, tuple[datetime, ...]]
    live: tuple[Live, ...]
    stops: tuple[Stop, ...]
    script_id: str
    script: Script | None
    unsound: tuple[Unsound, ...] = ()
    # Every region the callee may be in (ISO 3166-2, or a city such as `US-NYC`): each of them may bind.
    callee_regions: tuple[str, ...] = ()
    platform_known: bool | None = None
    carrier: Carrier | None = None
    case: Case | None = None
    overdue_days: int | None = None
    consents: tuple[Consent, ...] = ()
    personal_hours: tuple[PersonalHours, ...] = ()
    registries: Mapping[str, Listing] = field(default_factory=dict)
    events: tuple[Happened, ...] = ()
    callee_party: str = "unknown"
    lost_contact: LostContact | None = None
    recording_possible: bool | None = None
    retention_days: Mapping[str, int | None] = field(default_factory=dict)
    number_list: str = "unknown"
    number_health: NumberHealth | None = None
    number_calls: Mapping[str, DayCalls] = field(default_factory=dict)
    kept_caller_id: str | None = None
    agency_standing: Standing | None = None
    reassigned: Reassigned | None = None
    campaign: str | None = None
    channel: str = "voice"
    message: Message | None = None
    # A rate's key -> its days, newest first; a key that is absent is unknown.
    tallies: Mapping[str, tuple[DayTally, ...]] = field(default_factory=dict)
    # By country, of the rulebook that judges: its digest covers them, so entries leave them out.
    calendars: Mapping[str, Calendar] = field(
        default_factory=dict, repr=False, compare=False, metadata={"canonical": False}
    )

    def told(self, instant: datetime) -> str:
        """`instant` in ISO 8601 by the first zone the callee may be in; UTC where none is known."""
        return _told(self.zones[0].zone if self.zones else "UTC", instant)

    def at(self, instant: datetime) -> Facts:
        """The same facts at a later instant, with nothing else having happened.

        A live attempt has ended once its `live_until` has come; one that is overdue already stays.
        """
        live = tuple(one for one in self.live if not self.now < one.live_until <= instant)
        return replace(self, now=instant, live=live)


# Findings show the same dates of the same documents again and again.
@lru_cache(maxsize=4096)
def _told(zone: str, instant: datetime) -> str:
    return instant.astimezone(UTC if zone == "UTC" else ZoneInfo(zone)).isoformat()
