"""Deadlines of register, scripts and rules in force: asked for, as a calendar, and told by webhook once a bracket."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from dialer.core.errors import BadInput, Fault
from dialer.core.rulebook import Rulebook
from dialer.deadline_calendar import calendar_bytes
from dialer.deadlines import DatedRule, DatedScript, Deadline, all_deadlines, deadline_json, near
from dialer.policy_stored import restored
from dialer.ports.calls import Clock
from dialer.record import deadlines as kept
from dialer.record.store import RecordStore
from dialer.secrets import read_secret
from dialer.settings import Settings
from dialer.webhook import Webhook
from dialer.wiring.numbers import whole_register

log = logging.getLogger(__name__)

CALENDAR_DAYS = 400
TOLD_DAYS = 60
_NAMES = UUID("b7a0c9d4-0a43-4f6b-8d0e-52f0a5b6f1c7")


# When those who act begin their day.
TELL_AT_HOUR = 8


def deadlines_of(settings: Settings, store: RecordStore, rulebook: Rulebook, clock: Clock) -> SiteDeadlines:
    """The deadlines of a site, told where its settings say."""
    given = settings.webhook
    told = (
        Webhook(given.url, read_secret(given.secret_file).encode(), clock.now)
        if given.url and given.secret_file
        else None
    )
    return SiteDeadlines(store, rulebook, clock, (settings.site.name, settings.site.zone), told)


class SiteDeadlines:
    """What ends when. Implements `ports.numbers.Deadlines`."""

    def __init__(
        self,
        store: RecordStore,
        rulebook: Rulebook,
        clock: Clock,
        site: tuple[str, str],
        webhook: Webhook | None,
    ) -> None:
        """`rulebook` is looked at where the set in force cannot be read; `site`: its name and zone (IANA)."""
        self._store, self._rulebook, self._clock = store, rulebook, clock
        self._name, self._zone = site
        self._webhook = webhook

    async def deadlines(self, within_days: int, at: datetime | None = None) -> Sequence[dict[str, Any]]:
        """Soonest first."""
        found, today, _zone = await self._known(at)
        return [deadline_json(one, today) for one in near(found, today, within_days)]

    async def calendar(self) -> bytes:
        """Of the next 400 days and the last."""
        found, today, zone = await self._known(None)
        soon = near(found, today, CALENDAR_DAYS)
        return await asyncio.to_thread(calendar_bytes, soon, self._name, zone, self._clock.now())

    async def tell(self) -> int:
        """Post what entered a bracket and was not told in it; how many were taken. A receiver that fails ends it."""
        if self._webhook is None:
            return 0
        try:
            found, today, zone = await self._known(None)
            before = await self._store.read(kept.told)
            taken = 0
            for one in near(found, today, TOLD_DAYS):
                bracket = one.bracket(today)
                # An end that was moved is another one: its day is part of what is remembered.
                name = f"{one.id}/{one.last_day}"
                if bracket is None or (name, bracket) in before:
                    continue
                content = {"type": "deadline", "site": self._name, "zone": zone, **deadline_json(one, today)}
                if not await self._webhook.tell(str(uuid5(_NAMES, f"{name}/{bracket}")), content):
                    break
                await self._store.write(
                    partial(kept.keep_told, deadline=name, bracket_days=bracket, now=self._clock.now())
                )
                taken += 1
        except Fault as fault:
            log.error("deadlines could not be told: %s", fault)
            return 0
        return taken

    async def _known(self, at: datetime | None) -> tuple[list[Deadline], date, str]:
        """Every deadline, today and the zone of both."""
        in_force = await whole_register(self._store)
        register = in_force[1] if in_force else None
        zone_name = register["register"]["zone"] if register else self._zone
        zone = ZoneInfo(zone_name)
        today = (at or self._clock.now()).astimezone(zone).date()
        scripts = [
            DatedScript(
                one["id"], one["version"], one["enterprise"], one["owner"], _last_day(one["ends_at"], zone)
            )
            for one in await self._store.read(kept.ending_scripts)
        ]
        return all_deadlines(register, scripts, await self._rules(today)), today, zone_name

    async def _rules(self, today: date) -> list[DatedRule]:
        """The rules of the set in force that are not over."""
        book, current = self._rulebook, await self._store.in_force("policy")
        if current is not None and current[1]["digest"] != book.digest:
            try:
                book = await asyncio.to_thread(restored, current[1])
            except (BadInput, KeyError):
                log.warning("the set in force cannot be read: reviews are those of the signed one")
        return [
            DatedRule(rule.id, pack.id, rule.owner, rule.review_on)
            for pack in book.policy.packs
            for rule in pack.rules
            if rule.in_force_to is None or today < rule.in_force_to
        ]


def _last_day(ends_at: datetime, zone: ZoneInfo) -> date:
    """The civil day of the last instant before `ends_at`."""
    return (ends_at.astimezone(zone) - timedelta(microseconds=1)).date()
