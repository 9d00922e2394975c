"""What is known of a text message before it is sent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """What a text message holds, its words left out.

    `signature`: what stands in 【】 at its beginning and end: `full_name|short_name` of the register, `other`, `none`.
    `named`: a registered name stands in it; `contact`: so does the registered number; `opt_out`: and how to refuse by
    reply. `strange_hosts`: links to hosts that are not filed. `forbidden`: what screening would stop.
    """

    signature: str = "none"
    named: bool = False
    contact: bool = False
    opt_out: bool = False
    strange_hosts: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
