"""What was said by a key: registered at once, and owed until it is, whatever becomes of the call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dialer.core.admission import Permit
from dialer.core.call import Event
from dialer.core.verdict import Value
from dialer.notes import Notes
from dialer.ports.calls import Record
from dialer.unbroken import unbroken


@dataclass(slots=True)
class Said:
    """The two things that outlive a call: he wants none, and he is not the one."""

    record: Record
    permit: Permit
    notes: Notes
    opted_out: bool = False
    wrong_person: bool = False
    _opt_out_owed: Mapping[str, Value] | None = None
    _wrong_person_owed: Mapping[str, Value] | None = None

    @property
    def anything(self) -> bool:
        """Whether the call is over by it."""
        return self.opted_out or self.wrong_person

    async def opt_out(self, heard: Mapping[str, Value]) -> None:
        """The key was heard. Raises Fault; the opt-out stays owed then."""
        if not self.opted_out:
            self.opted_out, self._opt_out_owed = True, heard
            await unbroken(self.register())

    async def somebody_else(self, heard: Mapping[str, Value]) -> None:
        """The other key was heard. Raises Fault; it stays owed then."""
        if not self.wrong_person:
            self.wrong_person, self._wrong_person_owed = True, heard
            await unbroken(self.register())

    async def register(self) -> None:
        """Register what is owed. Raises Fault; then again."""
        if (heard := self._opt_out_owed) is not None:
            await self.record.opt_out(self.permit, "key", heard)
            self._opt_out_owed = None
            self.notes.tell(Event.OPT_OUT_HEARD, heard)
        if (heard := self._wrong_person_owed) is not None:
            await self.record.wrong_person(self.permit, "key", heard)
            self._wrong_person_owed = None
            self.notes.tell(Event.WRONG_PERSON_SAID, heard)
