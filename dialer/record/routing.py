"""From which caller ID and over which trunk a call goes, and what is known of that number."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, func, literal_column, null, select

from dialer.core.civil_time import date_start
from dialer.core.entry import to_us
from dialer.core.facts import DayCalls, NumberEntry, NumberHealth, Trunk, Unsound
from dialer.core.phone import caller_id_class, canonical_caller_id
from dialer.core.rulebook import Rulebook
from dialer.core.rules.rates import civil_day
from dialer.record.health import health_of
from dialer.record.prepared import Prepared
from dialer.record.register import Register
from dialer.record.restricted import Restricted
from dialer.record.tables import touches

if TYPE_CHECKING:
    from dialer.record.reading import Asked

_T = touches.c
_ATTEMPTS = (
    # Written out, so that SQLite sees that the partial index serves.
    literal_column("touches.reversed") == literal_column("0"),
    _T.kind == literal_column("'attempt'"),
    _T.id != bindparam("leave_out"),
)
_FIRST = Prepared(
    select(_T.caller_id)
    .where(
        _T.person == bindparam("person"),
        *_ATTEMPTS,
        _T.debt.is_not_distinct_from(bindparam("debt")),
        _T.agency.is_not_distinct_from(bindparam("agency")),
        _T.caller_id.is_not(null()),
    )
    .order_by(_T.at_us)
    .limit(literal_column("1"))
)
_OF_THE_DAY = Prepared(
    select(func.count()).select_from(
        select(literal_column("1"))
        .where(_T.caller_id == bindparam("number"), *_ATTEMPTS, _T.at_us >= bindparam("since"))
        .limit(bindparam("most"))
        .subquery()
    )
)


@dataclass(frozen=True, slots=True)
class Route:
    """Caller ID and trunk; `facts` is what the rules read of them, `number_format` how the trunk is told."""

    caller_id: str
    numbers: tuple[NumberEntry, ...] = ()
    trunk: Trunk | None = None
    unsound: tuple[Unsound, ...] = ()
    number_format: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


def routed(
    connection: Connection, register: Register | None, asked: Asked, rulebook: Rulebook, now: datetime
) -> Route:
    """The route asked for, or as the register says; what cannot be found, or is restricted, is unsound.

    Where nobody names a caller ID it is the one with which this unit first called this person about this case, while
    that may be used, or the first that fits; one that its carrier suspended is passed over while there is another.
    """
    if asked.channel == "voice":
        kept = _kept(connection, register, asked, now)
        route, health = _healthy(connection, register, asked, kept, now)
    else:
        kept, route = None, _port(register, asked)
        health = health_of(connection, route.caller_id, now)
    facts: dict[str, Any] = {
        "caller_id": route.caller_id,
        "caller_id_class": caller_id_class(route.caller_id) or "",
        "numbers": route.numbers,
        "trunk": route.trunk,
        "number_health": health,
        "kept_caller_id": kept,
        "number_calls": _calls(connection, rulebook, asked, route.caller_id, now),
    }
    unsound = (*_restricted(register, asked, route, now), *route.unsound)
    return Route(route.caller_id, route.numbers, route.trunk, unsound, route.number_format, facts)


def _port(register: Register | None, asked: Asked) -> Route:
    """The number that a message comes from and whose it is: of the carrier asked for, else as registered.

    No trunk of ours carries it: one of that carrier stands for where it enters the network.
    """
    number = canonical_caller_id(asked.caller_id) if asked.caller_id else None
    if register is None or number is None:
        return Route("", unsound=(Unsound("sound.no_caller_id", {}),))
    numbers = register.numbers(number)
    own = [one for one in numbers if one.enterprise == asked.enterprise] or list(numbers)
    carrier = asked.carrier or next((one.carrier for one in own), None)
    if carrier is None:
        return Route(number, numbers)
    trunk = register.trunk_of(carrier)
    return Route(number, numbers, Trunk(asked.channel, carrier, trunk.place if trunk else ""))


def _kept(connection: Connection, register: Register | None, asked: Asked, now: datetime) -> str | None:
    about = {
        "person": asked.person,
        "debt": asked.debt,
        "agency": asked.agency,
        "leave_out": asked.attempt,
    }
    row = _FIRST.first(connection, about)
    if row is None or register is None:
        return None
    number: str = row[0]
    unit = (asked.enterprise, asked.agency)
    for one in register.numbers(number):
        if (one.enterprise, one.agency) == unit and register.usable(one, asked.purpose, now):
            health = health_of(connection, number, now)
            return None if _suspended(health, now) else number
    return None


def _healthy(
    connection: Connection, register: Register | None, asked: Asked, kept: str | None, now: datetime
) -> tuple[Route, NumberHealth]:
    passed: set[str] = set()
    first: tuple[Route, NumberHealth] | None = None
    while True:
        route = _route(register, asked, kept, passed, now)
        health = health_of(connection, route.caller_id, now)
        first = first or (route, health)
        if route.caller_id in passed or not route.caller_id:
            return first
        if asked.caller_id is not None or not _suspended(health, now):
            return route, health
        passed.add(route.caller_id)


def _suspended(health: NumberHealth, now: datetime) -> bool:
    return health.suspended_since is not None and health.suspended_since <= now


def _route(
    register: Register | None, asked: Asked, kept: str | None, passed: set[str], now: datetime
) -> Route:
    if register is None:
        return Route("", unsound=(Unsound("sound.no_caller_id", {}),))
    wanted = asked.caller_id or kept or _chosen(register, asked, passed, now)
    caller_id = canonical_caller_id(wanted) if wanted else None
    if caller_id is None:
        return Route("", unsound=(Unsound("sound.no_caller_id", {}),))
    numbers = register.numbers(caller_id)
    if asked.trunk is not None:
        trunk = register.trunk(asked.trunk)
        why = f"trunk {asked.trunk} is not registered"
    else:
        own = [one for one in numbers if one.enterprise == asked.enterprise] or list(numbers)
        trunk = next((found for one in own if (found := register.trunk_of(one.carrier))), None)
        why = "no trunk of the carrier of this caller ID"
    if trunk is None:
        return Route(caller_id, numbers, None, (Unsound("sound.no_trunk", {"why": why}),))
    return Route(caller_id, numbers, trunk, (), register.number_format(trunk.name))


def _chosen(register: Register, asked: Asked, passed: set[str], now: datetime) -> str | None:
    unit = (asked.enterprise, asked.agency, asked.purpose, now)
    if not passed:
        return register.choose_caller_id(*unit)

    def left(entry: NumberEntry) -> NumberEntry | None:
        if entry.number in passed:
            return None
        return register.number(entry) if isinstance(register, Restricted) else entry

    return register.choose_caller_id(*unit, left)


def _calls(
    connection: Connection, rulebook: Rulebook, asked: Asked, number: str, now: datetime
) -> dict[str, DayCalls]:
    found = {}
    for name, most in rulebook.caps(asked.purpose).items():
        zone = ZoneInfo(name)
        day = civil_day(now, zone)
        since = to_us(date_start(day, zone))
        about = {"number": number, "leave_out": asked.attempt, "since": since, "most": most}
        found[name] = DayCalls(day, _OF_THE_DAY.first(connection, about)[0])
    return found


def _restricted(register: Register | None, asked: Asked, route: Route, now: datetime) -> list[Unsound]:
    """Every restriction that forbids this call."""
    if not isinstance(register, Restricted):
        return []
    carriers = {one.carrier for one in route.numbers if one.enterprise == asked.enterprise}
    links = [
        ("enterprise", asked.enterprise),
        ("agency", asked.agency),
        ("platform", asked.platform),
        *(("carrier", one) for one in sorted(carriers)),
        ("trunk", route.trunk.name if route.trunk else None),
        ("number", route.caller_id or None),
        ("script", asked.script),
    ]
    return register.unsound(links, (asked.enterprise, asked.purpose, asked.product), now)
