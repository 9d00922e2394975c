"""Deadlines as iCalendar (RFC 5545): an all-day event on each last day, alarms 60, 30 and 7 days before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from icalendar import Alarm, Calendar, Event

from dialer.deadlines import BRACKETS, KINDS, Deadline

_NAMES = UUID("6f0c1f2c-4a57-4a4e-9a55-0f6c6f3b9d21")


def calendar_bytes(deadlines: Iterable[Deadline], name: str, zone: str, now: datetime) -> bytes:
    """The calendar. An event keeps its UID when its day is moved, so that it moves in the reader's calendar too."""
    calendar = Calendar()
    calendar.add("prodid", "-//dialer//deadlines//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", zone)
    for one in deadlines:
        calendar.add_component(_event(one, now))
    return bytes(calendar.to_ical())


def _event(one: Deadline, now: datetime) -> Event:
    zh, en = KINDS[one.kind]
    event = Event()
    event.add("uid", f"{uuid5(_NAMES, one.id)}@dialer")
    event.add("dtstamp", now.replace(microsecond=0))
    event.add("dtstart", one.last_day)
    event.add("dtend", one.last_day + timedelta(days=1))
    event.add("summary", f"{zh}：{one.subject}（{one.of}）")
    event.add("description", "\n".join((f"{en}: {one.subject}, {one.of}", one.owner, *one.includes)))
    event.add("categories", [one.kind])
    event.add("transp", "TRANSPARENT")
    for days in BRACKETS:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", f"{zh}：{one.subject}")
        alarm.add("trigger", timedelta(days=-days))
        event.add_component(alarm)
    return event
