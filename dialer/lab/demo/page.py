"""The same story as one HTML file: self-contained, in both languages, for screen and print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dialer.core.phone import masked
from dialer.lab.demo import words
from dialer.lab.demo.fates import SHANGHAI
from dialer.lab.demo.witnesses import Verdict

TEMPLATE = "page.html.j2"


def render(verdicts: Sequence[Verdict], *, lang: str, began: datetime, real: datetime, took_s: float) -> str:
    """The page. `began` is on the lab clock, `real` is when that was; both aware."""
    pages = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return pages.get_template(TEMPLATE).render(
        verdicts=verdicts,
        agreed=sum(1 for one in verdicts if one.agree),
        lang=lang,
        began=words.civil(began, seconds=True),
        real=real.astimezone().strftime("%Y-%m-%d %H:%M:%S %z"),
        took_s=took_s,
        masked=masked,
        word=words.word,
        saw=words.saw,
        authority=words.authority,
        who=words.who,
        decisive=words.decisive,
        phone_of=words.phone_of,
        civil=words.civil,
        clock=_clock,
        entry_name=_entry_name,
    )


def _clock(at: str | datetime) -> str:
    """Time of day in Shanghai, to the millisecond."""
    when = datetime.fromisoformat(at) if isinstance(at, str) else at
    return when.astimezone(SHANGHAI).strftime("%H:%M:%S.%f")[:-3]


def _entry_name(entry: Mapping[str, Any]) -> str:
    return str(entry["type"]).replace("_", " ")
