"""What Asterisk still has of this application, listed after a start or a lost link."""

from __future__ import annotations

import asyncio
from uuid import UUID

from dialer.ari.connection import AriConnection
from dialer.ari.errors import AriError, AriRejected
from dialer.core.errors import Fault
from dialer.ports.reconcile import Standing, TalkStanding

TALK = "talk-"
AGENT = "agent-"


def attempt_id(text: str) -> UUID | None:
    """The attempt that a channel is named after, or None."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None


def agent_name(channel: str) -> str | None:
    """The agent whose leg this channel is (`agent-NAME-HEX`), or None."""
    head, _, tail = channel.rpartition("-")
    return head.removeprefix(AGENT) if channel.startswith(AGENT) and len(tail) == 32 else None


async def list_standing(asterisk: AriConnection) -> Standing:
    """Channels and bridges of this application. Raises Fault where Asterisk cannot be asked."""
    try:
        channels, bridges, ours = await asyncio.gather(
            asterisk.channels.list(), asterisk.bridges.list(), _ours(asterisk)
        )
    except AriError as error:
        raise Fault("sound.link_down", str(error)) from None
    there = {channel.id for channel in channels}
    attempts = {found for channel in there & ours if (found := attempt_id(channel)) is not None}
    talks: dict[UUID, TalkStanding] = {}
    for bridge in bridges:
        attempt = attempt_id(bridge.id.removeprefix(TALK)) if bridge.id.startswith(TALK) else None
        # Bridges are listed whosever they are: those of another controller on this Asterisk are none of ours.
        members = ours.intersection(bridge.channel_ids)
        if attempt is None or str(attempt) not in members:
            continue
        for member in members:
            if (name := agent_name(member)) is not None:
                talks[attempt] = TalkStanding(name, member)
    with_agents = {talk.channel for talk in talks.values()}
    others = {one for one in there & ours if attempt_id(one) is None} - with_agents
    return Standing(frozenset(attempts), frozenset(others), talks)


async def _ours(asterisk: AriConnection) -> set[str]:
    try:
        return set((await asterisk.applications.get(asterisk.app)).channel_ids)
    except AriRejected as error:
        if error.status == 404:
            return set()
        raise
