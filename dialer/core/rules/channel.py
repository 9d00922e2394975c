"""On which channels a rule looks at a contact; whatever is new on a channel is looked at until somebody says not."""

from __future__ import annotations

VOICE = frozenset({"voice"})
SMS = frozenset({"sms"})
EVERY = VOICE | SMS
