"""What a text message holds: its signature, names, number, way to refuse and links, however they are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from dialer.core.message import Message
from dialer.screening.hosts import hosts_in

_FIRST, _LAST = re.compile(r"^【([^】]*)】"), re.compile(r"【([^】]*)】$")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s\-()]+(?=\d)")
_REFUSE = r"(?:退订|拒收|拒绝|取消|unsubscribe|opt[ -]?out|refuse|stop)"
_REPLY = (
    r"(?:回复?|发送?|编辑|reply|text|send)\s*[\"“‘'「]?\s*"
    r"(?:td|t|r|n|qx|stop|退订|拒收|\d{1,4})(?![a-z0-9])"
)
_OPT_OUT = re.compile(
    rf"{_REFUSE}[^。！？!?]{{0,12}}{_REPLY}|{_REPLY}[^。！？!?]{{0,16}}{_REFUSE}|(?:回复?)\s*(?:退订|拒收)"
)


@dataclass(frozen=True, slots=True)
class TextRead:
    """A text as a reader sees it; `stops` are the rules of screening that would stop it."""

    plain: str
    signatures: tuple[str, ...]
    hosts: tuple[str, ...]
    opt_out: bool
    stops: tuple[str, ...]

    def as_message(self, names: Sequence[str], contact: str, sites: Sequence[str]) -> Message:
        """What it holds, for an enterprise: `names` the full one first, then the short ones; `sites` are hosts."""
        registered = [plain(one) for one in names]
        digits = re.sub(r"\D", "", contact)
        return Message(
            signature=_signature(self.signatures, registered),
            named=any(one and one in self.plain for one in registered),
            contact=bool(digits) and digits in _BETWEEN_DIGITS.sub("", self.plain),
            opt_out=self.opt_out,
            strange_hosts=tuple(one for one in self.hosts if one not in sites),
            forbidden=self.stops,
        )


def text_read(text: str, stops: Sequence[str] = ()) -> TextRead:
    """Read `text`. Only what the reader of the message sees counts: no invisible signs, no forms of width."""
    seen = plain(text)
    signatures = [found[1].strip() for pattern in (_FIRST, _LAST) if (found := pattern.search(seen))]
    return TextRead(
        plain=seen,
        signatures=tuple(dict.fromkeys(signatures)),
        hosts=tuple(dict.fromkeys((*hosts_in(seen), *hosts_in(plain(unquote(seen)))))),
        opt_out=bool(_OPT_OUT.search(seen)),
        stops=tuple(dict.fromkeys(stops)),
    )


def plain(text: str) -> str:
    """`text` in small letters of ordinary width, without signs that nobody sees."""
    seen = "".join(one for one in text if one in "\n\t" or unicodedata.category(one) not in ("Cf", "Cc"))
    return unicodedata.normalize("NFKC", seen).strip().lower()


def _signature(found: Sequence[str], registered: Sequence[str]) -> str:
    if not found:
        return "none"
    if any(one not in registered for one in found):
        return "other"
    return "full_name" if found[0] == registered[0] else "short_name"
