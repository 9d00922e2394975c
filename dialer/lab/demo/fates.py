"""The fates as data: who is called, how his phone behaves, what happens meanwhile, and what must come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from dialer.core.policy import Text

SHANGHAI = ZoneInfo("Asia/Shanghai")
# A working Tuesday. In New York it is 22:00 of the day before, where hours of collection end.
LAB_BEGINS = datetime(2027, 5, 18, 10, 0, tzinfo=SHANGHAI)

ENTERPRISE, PURPOSE, PRODUCT = "jiangsu-example", "collection", "credit"
CALLER_ID, TRUNK = "95000001", "telecom"
SCRIPT, SCRIPT_SPOKEN, SCRIPT_DRAFT = "collection-recorded", "collection-spoken", "collection-draft"
# Approved with SCRIPT for its replacement, and suspended before anybody is called.
SCRIPT_SUSPENDED = "collection-suspended"
AGENTS = ("1001", "1002")
# Agents who sign in nowhere and dial by hand, each from his own list.
DIALLERS = ("1003", "1004")
AGENT_TONE_HZ = 440
DAILY_LIMIT = 3


class Phone(StrEnum):
    """What rings at a person's: a pyVoIP phone in a process of its own, a SIPp scenario, or a peer on asyncio."""

    INTERACTIVE = "pyvoip"
    BUSY = "sipp busy"
    RINGS = "sipp rings"
    REJECTS = "sipp reject"
    WOULD_ANSWER = "peer"


class Hears(StrEnum):
    """What somebody waits for before he acts."""

    ANNOUNCEMENT = "announcement"
    AGENT = "agent"
    PERSON = "person"
    RINGING = "ringing"
    MISSED = "missed"


class Deed(StrEnum):
    """What he then does."""

    OPTS_OUT_BY_KEY = "press 9"
    SAYS_IT_IS_SAID = "press 1"
    HANGS_UP = "hang up"
    OPTS_OUT_ELSEWHERE = "opt out elsewhere"
    CASE_IS_HELD = "hold the case"
    IS_SOMEBODY_ELSE = "press 8"
    CALLS_BACK = "call back and press 9"


@dataclass(frozen=True, slots=True)
class Act:
    """`who` (`person` or `agent`) does `deed` once he has heard `hears` for `for_s`."""

    who: str
    hears: Hears
    for_s: float
    deed: Deed


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must come of a fate, in the record and at the phone.

    `code` and `rule`: a denying finding. `next_instant`: civil time in Shanghai, empty for never. `events`: of the
    attempt's entries, in this order; `never`: none of them. `announcement`: `none`, `part` or `whole`. `status`: the
    final SIP status. `opted_out_by`: the source of this person's opt-out in the record. `told_dialler`: the first
    prompts that the agent who dialled by hand hears. `calls_back`: he hears who it was when he calls back. `says`: the
    script that is said in place of the one asked for.
    """

    effect: str
    code: str = ""
    rule: str = ""
    next_instant: str = ""
    outcome: str = ""
    invites: int = 0
    status: int = 0
    announcement: str = "none"
    talked: bool = False
    events: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    person_pressed: str = ""
    agent_pressed: str = ""
    ended_by: str = ""
    opted_out_by: str = ""
    told_dialler: tuple[str, ...] = ()
    calls_back: bool = False
    says: str = ""

    def as_json(self) -> dict[str, Any]:
        """The same in JSON's own types."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Fate:
    """One item of the campaign. `row`: what it sets itself instead of the campaign's plan. `prior`: attempts that day
    before the campaign. `tone_hz`: the voice of the person's phone. `dialled_by`: the agent who dials him by hand, in
    place of the campaign."""

    id: str
    title: Text
    person_id: str
    name: str
    number: str
    expect: Expectation
    phone: Phone = Phone.WOULD_ANSWER
    row: Mapping[str, str] = field(default_factory=dict)
    acts: tuple[Act, ...] = ()
    tone_hz: int = 0
    prior: int = 0
    opted_out_at: str = ""
    dialled_by: str = ""


def denied(code: str, rule: str, next_instant: str = "", **more: Any) -> Expectation:
    """No by this finding: nothing rings."""
    return Expectation("deny", code, rule, next_instant, **more)


def unanswered(outcome: str, status: int, **more: Any) -> Expectation:
    """One ring that nobody answered: nothing is said, nobody is joined."""
    never = ("was_answered", "announcement_played", "agent_joined")
    return Expectation(
        "permit", outcome=outcome, invites=1, status=status,
        events=("admitted", "dial_begun", "settled"), never=never, **more,
    )  # fmt: skip


_TO_ANSWER = (
    "admitted",
    "dial_begun",
    "was_answered",
    "decided_again",
)
_TO_BRIDGE = (*_TO_ANSWER, "announcement_played", "decided_again", "agent_joined")


def talked(outcome: str, *events: str, **more: Any) -> Expectation:
    """The opening is heard whole, then person and agent hear each other."""
    return Expectation(
        "permit", outcome=outcome, invites=1, status=200, announcement="whole", talked=True,
        events=(*_TO_BRIDGE, *events), **more,
    )  # fmt: skip


def cut_short(outcome: str, *events: str, **more: Any) -> Expectation:
    """It ends during the opening: nobody is ever joined."""
    return Expectation(
        "permit", outcome=outcome, invites=1, status=200, announcement="part",
        events=(*_TO_ANSWER, *events), never=("announcement_played", "agent_joined"), **more,
    )  # fmt: skip


def _caller_id(number: str, trunk: str = TRUNK) -> dict[str, str]:
    return {"caller_id": number, "trunk": trunk}


_AGENT = {"agent": "any"}

FATES: tuple[Fate, ...] = (
    Fate(
        "bridged",
        Text("播报后接通坐席，双方通话", "announced, then talks with an agent"),
        "C0001", "示例甲", "13800000101",
        talked("conversed", "settled", ended_by="callee"),
        Phone.INTERACTIVE, _AGENT,
        (Act("person", Hears.AGENT, 2.0, Deed.HANGS_UP),),
        tone_hz=620,
    ),
    Fate(
        "agent_spoken",
        Text("坐席口播，按键确认已告知", "the agent says it, and ticks it off"),
        "C0018", "示例未", "13800000118",
        talked("conversed", "agent_ticked", "settled", agent_pressed="1", ended_by="callee"),
        Phone.INTERACTIVE, {**_AGENT, "script": SCRIPT_SPOKEN},
        (
            Act("agent", Hears.PERSON, 0.8, Deed.SAYS_IT_IS_SAID),
            Act("person", Hears.AGENT, 3.0, Deed.HANGS_UP),
        ),
        tone_hz=860,
    ),
    Fate(
        "caller_id_not_registered",
        Text("主叫号码未登记", "caller ID not registered"),
        "C0002", "示例乙", "13800000102",
        denied("caller_id.not_registered", "cn-national/true-calling-number"),
        row=_caller_id("95000099"),
    ),
    Fate(
        "caller_id_other_purpose",
        Text("主叫号码登记为营销用途", "caller ID registered for marketing"),
        "C0003", "示例丙", "13800000103",
        denied("caller_id.other_purpose", "cn-jiangsu/promised-purpose"),
        row=_caller_id("95000002"),
    ),
    Fate(
        "caller_id_expired",
        Text("主叫号码合作期已过", "caller ID's period is over"),
        "C0004", "示例丁", "13800000104",
        denied("caller_id.ended", "cn-jiangsu/number-list"),
        row=_caller_id("95000003"),
    ),
    Fate(
        "caller_id_other_carrier",
        Text("主叫号码属另一电信企业的中继", "caller ID of another carrier's trunk"),
        "C0005", "示例戊", "13800000105",
        denied("caller_id.other_carrier", "cn-national/true-calling-number"),
        row=_caller_id("95000004"),
    ),
    Fate(
        "out_of_hours",
        Text("本人在纽约，当地为夜间", "is in New York, where it is night"),
        "C0006", "示例己", "13800000106",
        denied("hours.shut", "cn-national/collection-hours", "2027-05-18 20:00"),
        row={"zone": "America/New_York"},
    ),
    Fate(
        "opted_out_before",
        Text("三天前已拒绝来电", "opted out three days ago"),
        "C0007", "示例庚", "13800000107",
        denied("preference.opted_out", "house/collection-after-opt-out", "2027-05-22 15:30", opted_out_by="sms"),
        opted_out_at="2027-05-15 15:30",
    ),
    Fate(
        "over_daily_limit",
        Text("当日已拨打 3 次", "called three times today"),
        "C0008", "示例辛", "13800000108",
        denied("frequency.full", "house/attempts-per-person", "2027-05-19 08:00"),
        Phone.BUSY,
        prior=DAILY_LIMIT,
    ),
    Fate(
        "agency_without_authority",
        Text("外呼单位没有书面委托", "agency without authority"),
        "C0009", "示例壬", "13800000109",
        denied("entrustment.none", "cn-jiangsu/entrusted-agency"),
        row={"agency": "nanjing-example", **_caller_id("95000006")},
    ),
    Fate(
        "script_not_approved",
        Text("话术尚未批准", "script not approved"),
        "C0010", "示例癸", "13800000110",
        denied("script.not_approved", "house/approved-script"),
        row={"script": SCRIPT_DRAFT},
    ),
    Fate(
        "busy",
        Text("占线", "busy"),
        "C0011", "示例子", "13800000111",
        unanswered("busy", 486, ended_by="callee"),
        Phone.BUSY,
    ),
    Fate(
        "no_answer",
        Text("无人接听", "no answer"),
        "C0012", "示例丑", "13800000112",
        unanswered("no_answer", 487, ended_by="caller"),
        Phone.RINGS,
    ),
    Fate(
        "rejected",
        Text("拒接", "rejects the call"),
        "C0013", "示例寅", "13800000113",
        unanswered("rejected", 603, ended_by="callee"),
        Phone.REJECTS,
    ),
    Fate(
        "opts_out_during_announcement",
        Text("播报中按键拒绝", "opts out by key during the announcement"),
        "C0014", "示例卯", "13800000114",
        cut_short("opted_out", "opt_out_heard", "settled", person_pressed="9", ended_by="caller", opted_out_by="key"),
        Phone.INTERACTIVE, _AGENT,
        (Act("person", Hears.ANNOUNCEMENT, 0.8, Deed.OPTS_OUT_BY_KEY),),
        tone_hz=680,
    ),
    Fate(
        "opts_out_while_talking",
        Text("通话中按键拒绝", "opts out by key while talking"),
        "C0015", "示例辰", "13800000115",
        talked("opted_out", "opt_out_heard", "settled", person_pressed="9", ended_by="caller", opted_out_by="key"),
        Phone.INTERACTIVE, _AGENT,
        (Act("person", Hears.AGENT, 1.5, Deed.OPTS_OUT_BY_KEY),),
        tone_hz=740,
    ),
    Fate(
        "hangs_up_during_announcement",
        Text("播报中挂断，坐席未接入", "hangs up during the announcement"),
        "C0016", "示例巳", "13800000116",
        cut_short("left_early", "settled", ended_by="callee"),
        Phone.INTERACTIVE, _AGENT,
        (Act("person", Hears.ANNOUNCEMENT, 0.8, Deed.HANGS_UP),),
        tone_hz=800,
    ),
    Fate(
        "opts_out_elsewhere_while_ringing",
        Text("振铃中经其他途径拒绝", "opts out elsewhere while it rings"),
        "C0017", "示例午", "13800000117",
        unanswered("revoked", 487, ended_by="caller", opted_out_by="web"),
        Phone.RINGS, _AGENT,
        (Act("person", Hears.RINGING, 0.6, Deed.OPTS_OUT_ELSEWHERE),),
    ),
    Fate(
        "wrong_person",
        Text("接听者称并非本人", "says that it is somebody else"),
        "C0019", "示例申", "13800000119",
        cut_short("wrong_person", "wrong_person_said", "settled", person_pressed="8", ended_by="caller"),
        Phone.INTERACTIVE, _AGENT,
        (Act("person", Hears.ANNOUNCEMENT, 0.8, Deed.IS_SOMEBODY_ELSE),),
        tone_hz=920,
    ),
    Fate(
        "calls_back",
        Text("漏接后回拨，听明来电者并拒绝", "misses it, calls back, hears who it was, refuses"),
        "C0020", "示例酉", "13800000120",
        unanswered("busy", 486, ended_by="callee", opted_out_by="inbound", calls_back=True),
        Phone.BUSY,
        acts=(Act("person", Hears.MISSED, 1.0, Deed.CALLS_BACK),),
    ),
    Fate(
        "dialled_by_hand",
        Text("坐席手动拨号，准予", "an agent dials by hand, and may"),
        "C0021", "示例戌", "13800000121",
        talked("conversed", "settled", ended_by="callee"),
        Phone.INTERACTIVE,
        acts=(Act("person", Hears.AGENT, 2.0, Deed.HANGS_UP),),
        tone_hz=980, dialled_by=DIALLERS[0],
    ),
    Fate(
        "dialled_by_hand_denied",
        Text("坐席手动拨号，不予，听到理由", "an agent dials by hand, may not, hears why"),
        "C0022", "示例亥", "13800000122",
        denied(
            "hours.shut", "cn-national/collection-hours", "2027-05-18 20:00",
            told_dialler=("denied", "reason.hours", "next"),
        ),
        row={"zone": "America/New_York"},
        dialled_by=DIALLERS[1],
    ),
    Fate(
        "case_held_while_ringing",
        Text("振铃中案件停催", "the case is held while it rings"),
        "C0023", "示例天", "13800000123",
        unanswered("revoked", 487, ended_by="caller"),
        Phone.RINGS, {**_AGENT, "debt": "D0023"},
        (Act("enterprise", Hears.RINGING, 0.6, Deed.CASE_IS_HELD),),
    ),
    Fate(
        "script_replaced",
        Text("话术已停用，改播批准的替换话术", "script suspended, its approved replacement is said"),
        "C0024", "示例地", "13800000124",
        talked("conversed", "settled", ended_by="callee", says=SCRIPT),
        Phone.INTERACTIVE, {**_AGENT, "script": SCRIPT_SUSPENDED},
        (Act("person", Hears.AGENT, 2.0, Deed.HANGS_UP),),
        tone_hz=1040,
    ),
)  # fmt: skip
