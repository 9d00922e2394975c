"""Who comes to us: the channel that the dialplan hands over, and whose it is by the endpoint it came from."""

from __future__ import annotations

import re

from dialer.ari import events as ari
from dialer.ari.errors import AriError
from dialer.ari.leg import AriLeg
from dialer.core.errors import Fault
from dialer.ports.calls import HungUp, LegEvent
from dialer.ports.ways_in import Arrival, ArrivedLeg, Way


class ArrivedAriLeg(AriLeg):
    """A channel that Asterisk made: it rings here until we answer it.

    Asterisk tells an application of the end of a channel that it made itself only by `StasisEnd`: the subscription
    ends with it, and `ChannelDestroyed` goes unheard.
    """

    def _read(self, event: ari.Event) -> tuple[LegEvent, ...]:
        if isinstance(event, ari.StasisEnd):
            self.unbind()
            return (HungUp(None),)
        return super()._read(event)

    async def answer(self) -> None:
        """Answer it. Raises Fault where it is gone."""
        try:
            await self._asterisk.channels.answer(self.id)
        except AriError as error:
            raise Fault("sound.link_down", str(error)) from None

    async def tone(self, name: str) -> str:
        """Start a tone of Asterisk's `indications.conf`, such as `congestion`; the playback's id. Raises Fault."""
        return await self._play(f"tone:{name}")


def arrived(event: ari.StasisStart, leg: ArrivedLeg, trunk_form: str, agent_form: str) -> Arrival | None:
    """Who entered by `Stasis(app,inbound|agent,EXTEN)`; None where the endpoint is not one of that kind.

    Whose channel it is says its name, which Asterisk makes of the endpoint that was authenticated: what a phone shows
    as its number proves nothing.
    """
    way, called = (*event.args, "", "")[:2]
    forms = {Way.AGENT: (agent_form, "agent"), Way.INBOUND: (trunk_form, "trunk")}
    if way not in forms:
        return None
    found = names_of(*forms[Way(way)]).match(event.channel.name)
    if found is None:
        return None
    return Arrival(Way(way), leg, found[1], called, event.channel.caller_number)


def names_of(endpoint: str, field: str) -> re.Pattern[str]:
    """What channels of an endpoint are called, from its form such as `PJSIP/{number}@trunk-{trunk}`; group 1 is
    what stands for `field`."""
    technology, _, rest = endpoint.partition("/")
    named = re.escape(rest.partition("@")[2] or rest).replace(re.escape(f"{{{field}}}"), "(.+)")
    return re.compile(f"^{re.escape(technology)}/{named}-[0-9a-f]+$")
