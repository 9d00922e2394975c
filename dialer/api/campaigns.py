"""Campaigns over HTTP."""

from __future__ import annotations

from dialer.api.models import DecideQuery, StartOrder
from dialer.api.operations import LARGE, Answer, Asked, Operation
from dialer.campaigns.lists import ListedCampaign


async def bring(asked: Asked) -> Answer:
    """A plan with its list; faulty rows are set aside."""
    items, rejected = await asked.house.lists.take(asked.body)
    return await asked.house.campaigns.bring(asked.body.plan, items, rejected, asked.actor)


async def everything(asked: Asked) -> Answer:
    """Every campaign, short."""
    return {"campaigns": await asked.house.campaigns.all()}


async def status(asked: Asked) -> Answer:
    """Every item of its newest run."""
    return await asked.house.campaigns.status(asked.names["campaign"])


async def preview(asked: Asked) -> Answer:
    """Places nothing."""
    return await asked.house.campaigns.preview(asked.names["campaign"], asked.query.at)


async def start(asked: Asked) -> Answer:
    """At once, or by its schedule."""
    return await asked.house.campaigns.start(
        asked.names["campaign"], asked.actor, accept_rejected=asked.body.accept_rejected
    )


async def pause(asked: Asked) -> Answer:
    """Live calls end by themselves."""
    return await asked.house.campaigns.pause(asked.names["campaign"], asked.actor)


async def resume(asked: Asked) -> Answer:
    """Where it was paused."""
    return await asked.house.campaigns.resume(asked.names["campaign"], asked.actor)


async def cancel(asked: Asked) -> Answer:
    """For good."""
    return await asked.house.campaigns.cancel(asked.names["campaign"], asked.actor)


_ONE = "/v1/campaigns/{campaign}"
OPERATIONS = (
    Operation(
        "bring_campaign",
        "POST",
        "/v1/campaigns",
        "A campaign with its list",
        bring,
        body=ListedCampaign,
        body_most=LARGE,
    ),
    Operation("campaigns", "GET", "/v1/campaigns", "Every campaign, short", everything),
    Operation("campaign", "GET", _ONE, "A campaign, its runs, the items of its newest run", status),
    Operation(
        "preview_campaign",
        "GET",
        f"{_ONE}/preview",
        "What would be decided for each item; places nothing",
        preview,
        query=DecideQuery,
    ),
    Operation("start_campaign", "POST", f"{_ONE}/start", "Start it", start, body=StartOrder),
    Operation("pause_campaign", "POST", f"{_ONE}/pause", "Begin no other item", pause),
    Operation("resume_campaign", "POST", f"{_ONE}/resume", "Go on", resume),
    Operation("cancel_campaign", "POST", f"{_ONE}/cancel", "End it for good", cancel),
)
