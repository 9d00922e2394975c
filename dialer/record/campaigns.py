"""Campaigns, their lists, runs and progress in the record. Implements `ports.campaigns.CampaignStore`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from dialer.core.admission import Actor
from dialer.core.entry import canonical, from_us, to_us
from dialer.core.errors import BadInput, InputFault, Place
from dialer.ports.calls import Clock
from dialer.ports.campaigns import (
    Campaign,
    CampaignState,
    Item,
    ItemState,
    Progress,
    RejectedRow,
    Run,
    RunState,
)
from dialer.record import log
from dialer.record.tables import campaign_runs, campaigns, items, lists, run_items

T = TypeVar("T")


class Access(Protocol):
    """The record's two ways in."""

    def write(self, work: Callable[[Connection], T]) -> Awaitable[T]:
        """Run on the writer thread; returns after the commit."""
        ...

    def read(self, work: Callable[[Connection], T]) -> Awaitable[T]:
        """Run on a connection that cannot write."""
        ...


class CampaignTables:
    """Every change of a campaign or of its runs leaves an entry; the progress of items is evidenced by admissions."""

    def __init__(self, record: Access, clock: Clock, owner: Actor) -> None:
        self._record = record
        self._clock = clock
        self._owner = owner

    async def put(
        self,
        campaign: str,
        plan: Mapping[str, Any],
        items: Sequence[Item],
        rejected: Sequence[RejectedRow],
        actor: Actor,
    ) -> None:
        """Keep a new campaign. The same again changes nothing; raises BadInput for another content."""
        now = self._clock.now()
        await self._record.write(
            lambda connection: _put(connection, campaign, plan, items, rejected, actor, now)
        )

    async def all(self) -> Sequence[Campaign]:
        """Every campaign, oldest first."""
        return await self._record.read(lambda connection: _campaigns(connection, None))

    async def get(self, campaign: str) -> Campaign | None:
        """One campaign."""
        found = await self._record.read(lambda connection: _campaigns(connection, campaign))
        return found[0] if found else None

    async def items(self, campaign: str) -> Sequence[Item]:
        """Its items in the order of its list."""
        return await self._record.read(lambda connection: _items(connection, campaign))

    async def move(self, campaign: str, state: CampaignState, at: datetime, actor: Actor) -> None:
        """Change its state; a start or resumption is the instant from which its schedule is owed."""
        await self._record.write(lambda connection: _move(connection, campaign, state, at, actor))

    async def claim(self, run: Run) -> bool:
        """Keep a run. False where (campaign, scheduled_at) was claimed before."""
        now = self._clock.now()
        return await self._record.write(lambda connection: _claim(connection, run, self._owner, now))

    async def end(self, run: UUID, state: RunState) -> None:
        """Close a run."""
        now = self._clock.now()
        await self._record.write(lambda connection: _end(connection, run, state, self._owner, now))

    async def runs(self, campaign: str) -> Sequence[Run]:
        """Its runs, oldest first."""
        return await self._record.read(lambda connection: _runs(connection, campaign))

    async def progress(self, run: UUID) -> Sequence[Progress]:
        """What is known of a run's items."""
        return await self._record.read(lambda connection: _progress(connection, run))

    async def advance(self, run: UUID, progress: Progress) -> None:
        """Replace what is known of one item."""
        await self._record.write(lambda connection: _advance(connection, run, progress))


def _put(
    connection: Connection,
    campaign: str,
    plan: Mapping[str, Any],
    rows: Sequence[Item],
    rejected: Sequence[RejectedRow],
    actor: Actor,
    now: datetime,
) -> None:
    content = canonical({"plan": plan, "items": rows, "rejected": rejected})
    digest = hashlib.sha256(content).hexdigest()
    before = connection.execute(
        select(lists.c.digest)
        .join(campaigns, campaigns.c.list == lists.c.id)
        .where(campaigns.c.id == campaign)
    ).scalar()
    if before == digest:
        return
    if before is not None:
        raise BadInput(
            [
                InputFault(
                    Place("plan", path="id"),
                    "a campaign of this id has another content",
                    campaign,
                    "choose another id",
                )
            ]
        )
    list_id = str(uuid4())
    connection.execute(
        insert(lists).values(id=list_id, name=campaign, digest=digest, imported_us=to_us(now), actor=actor.id)
    )
    connection.execute(insert(items), [_item_row(list_id, one) for one in rows])
    settings = {
        "plan": dict(plan),
        "rejected": [asdict(one) for one in rejected],
        "since_us": None,
        "brought_us": to_us(now),
    }
    connection.execute(
        insert(campaigns).values(
            id=campaign,
            name=str(plan.get("title") or campaign),
            list=list_id,
            settings=_json(settings),
            schedule=_json(plan["schedule"]) if plan.get("schedule") else None,
            state=CampaignState.IMPORTED.value,
            actor=actor.id,
        )
    )
    body = {"campaign": campaign, "digest": digest, "items": len(rows), "set_aside": len(rejected)}
    log.append(connection, "campaign_imported", now, actor, body, about=campaign)


def _item_row(list_id: str, item: Item) -> dict[str, Any]:
    fields = {
        "person": str(item.person),
        "line": str(item.line),
        "debt": str(item.debt) if item.debt else None,
        "shown_person": item.shown_person,
        "shown_number": item.shown_number,
        "overrides": dict(item.overrides),
    }
    return {
        "id": f"{list_id}/{item.no}",
        "list": list_id,
        "row": item.no,
        "fields": _json(fields),
        "state": "ready",
    }


def _campaigns(connection: Connection, wanted: str | None) -> list[Campaign]:
    size = select(func.count()).where(items.c.list == campaigns.c.list).scalar_subquery()
    asked = select(campaigns, size.label("size"))
    if wanted is not None:
        asked = asked.where(campaigns.c.id == wanted)
    found = [(json.loads(row.settings), row) for row in connection.execute(asked)]
    found.sort(key=lambda one: (one[0]["brought_us"], one[1].id))
    return [
        Campaign(
            id=row.id,
            plan=settings["plan"],
            state=CampaignState(row.state),
            since=from_us(settings["since_us"]) if settings["since_us"] is not None else None,
            rejected=tuple(RejectedRow(**one) for one in settings["rejected"]),
            items=row.size,
        )
        for settings, row in found
    ]


def _items(connection: Connection, campaign: str) -> list[Item]:
    asked = (
        select(items.c.row, items.c.fields)
        .join(campaigns, campaigns.c.list == items.c.list)
        .where(campaigns.c.id == campaign)
        .order_by(items.c.row)
    )
    return [item_of(row.row, json.loads(row.fields)) for row in connection.execute(asked)]


def item_of(no: int, fields: Mapping[str, Any]) -> Item:
    """The item that a row of a list keeps."""
    return Item(
        no=no,
        person=UUID(fields["person"]),
        line=UUID(fields["line"]),
        debt=UUID(fields["debt"]) if fields["debt"] else None,
        shown_person=fields["shown_person"],
        shown_number=fields["shown_number"],
        overrides=fields["overrides"],
    )


def _move(connection: Connection, campaign: str, state: CampaignState, at: datetime, actor: Actor) -> None:
    row = connection.execute(select(campaigns.c.settings).where(campaigns.c.id == campaign)).one()
    settings = json.loads(row.settings)
    if state is CampaignState.STARTED:
        settings["since_us"] = to_us(at)
    values = {"state": state.value, "settings": _json(settings)}
    connection.execute(update(campaigns).where(campaigns.c.id == campaign).values(values))
    log.append(connection, f"campaign_{state.value}", at, actor, {"campaign": campaign}, about=campaign)


def _claim(connection: Connection, run: Run, actor: Actor, now: datetime) -> bool:
    begun = run.state is RunState.RUNNING
    row = {
        "id": str(run.id),
        "campaign": run.campaign,
        "scheduled_us": to_us(run.scheduled_at),
        "state": run.state.value,
        "started_us": to_us(now) if begun else None,
    }
    if not connection.execute(upsert(campaign_runs).values(row).on_conflict_do_nothing()).rowcount:
        return False
    body = {"campaign": run.campaign, "run": str(run.id), "scheduled_at": run.scheduled_at}
    log.append(connection, "run_begun" if begun else "run_missed", now, actor, body, about=run.campaign)
    return True


def _end(connection: Connection, run: UUID, state: RunState, actor: Actor, now: datetime) -> None:
    this = (campaign_runs.c.id == str(run)) & (campaign_runs.c.state == RunState.RUNNING.value)
    if connection.execute(
        update(campaign_runs).where(this).values(state=state.value, ended_us=to_us(now))
    ).rowcount:
        log.append(connection, f"run_{state.value}", now, actor, {"run": str(run)}, about=str(run))


def _runs(connection: Connection, campaign: str) -> list[Run]:
    asked = (
        select(campaign_runs, campaigns.c.settings)
        .join(campaigns, campaigns.c.id == campaign_runs.c.campaign)
        .where(campaign_runs.c.campaign == campaign)
        .order_by(campaign_runs.c.scheduled_us)
    )
    return [_run(row) for row in connection.execute(asked)]


def _run(row: Row[Any]) -> Run:
    scheduled_at = from_us(row.scheduled_us)
    window = timedelta(seconds=json.loads(row.settings)["plan"]["window_s"])
    return Run(UUID(row.id), row.campaign, scheduled_at, scheduled_at + window, RunState(row.state))


def _progress(connection: Connection, run: UUID) -> list[Progress]:
    asked = (
        select(run_items, items.c.row)
        .join(items, items.c.id == run_items.c.item)
        .where(run_items.c.run == str(run))
        .order_by(items.c.row)
    )
    return [
        Progress(
            item=row.row,
            state=ItemState(row.state),
            tries=row.tries,
            not_before=from_us(row.next_us) if row.next_us is not None else None,
            attempt=UUID(row.attempt) if row.attempt else None,
            **json.loads(row.why or "{}"),
        )
        for row in connection.execute(asked)
    ]


def _advance(connection: Connection, run: UUID, progress: Progress) -> None:
    of_run = select(campaigns.c.list).join(campaign_runs, campaign_runs.c.campaign == campaigns.c.id)
    list_id = connection.execute(of_run.where(campaign_runs.c.id == str(run))).scalar_one()
    told = {
        "dialled": progress.dialled,
        "effect": progress.effect,
        "decision": progress.decision,
        "outcome": progress.outcome,
        "why": progress.why,
    }
    row = {
        "run": str(run),
        "item": f"{list_id}/{progress.item}",
        "tries": progress.tries,
        "state": progress.state.value,
        "attempt": str(progress.attempt) if progress.attempt else None,
        "next_us": to_us(progress.not_before) if progress.not_before else None,
        "why": _json(told),
    }
    connection.execute(
        upsert(run_items).values(row).on_conflict_do_update(index_elements=["run", "item"], set_=row)
    )


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
