"""The hosts that a text leads to, also where it tries not to look like a link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

_HAN = "\u2e80-\u2fff\u3400-\u9fff\uf900-\ufaff"
# A sign of a label: any letter or digit but a Han sign, so that `登录bank.com` ends where the Chinese does.
_SIGN = rf"[^\W_{_HAN}]"
_LABEL = rf"{_SIGN}(?:(?:{_SIGN}|[-_])*{_SIGN})?"
_RUN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+")
_HAN_RUN = re.compile(rf"[{_HAN}]+(?:\.[{_HAN}]+)*\.({_LABEL})")
_SCHEME = re.compile(r"h\s*[tx*]\s*[tx*]\s*p\s*s?\s*[::]\s*[/\\]\s*[/\\]\s*")
_AUTHORITY = re.compile(rf"[^\s/\\?#、，。！；（）《》“”{_HAN}]+|[{_HAN}.]+")
_ADDRESS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}")
# What stands for a dot: a full-width one is one already, the others only before the end of a name.
_DOTS = r"\s*(?:\[\s*\.\s*\]|\(\s*\.\s*\)|[\[(]?\s*(?:dot|点|點)\s*[\])]?|[.。｡·•・])\s*"


@cache
def _endings() -> tuple[frozenset[str], re.Pattern[str]]:
    lines = (files("dialer.screening") / "signs" / "endings.txt").read_text("utf-8").splitlines()
    words = [one.split() for one in lines if one and not one.startswith("#")]
    alone = sorted(name for kind, *names in words if kind == "name" for name in names)
    every = frozenset(name for _, *names in words for name in names)
    # `bank . com` is a name written apart; `call us. to refuse` is English.
    return every, re.compile(rf"(?<=[\w]){_DOTS}(?=(?:{'|'.join(alone)})(?![a-z0-9]))")


def hosts_in(text: str) -> list[str]:
    """Every host that `text` (small letters, ordinary width) names, in order; a part of it where it cannot be read."""
    endings, apart = _endings()
    whole = apart.sub(".", text)
    found: dict[str, None] = {}
    for one in (*_after_schemes(whole), *_bare(whole, endings)):
        found[one] = None
    return list(found)


def _after_schemes(text: str) -> Iterator[str]:
    for scheme in _SCHEME.finditer(text):
        named = _AUTHORITY.match(text, scheme.end())
        if named is None:
            yield scheme.group().strip()
            continue
        host = named.group().rpartition("@")[2]
        name, colon, port = host.rpartition(":")
        yield (name if colon and port.isdigit() else host).rstrip(".,;:!?)\"'")


def _bare(text: str, endings: frozenset[str]) -> Iterator[str]:
    for one in _RUN.finditer(text):
        labels = one.group().split(".")
        if (
            labels[0] == "www"
            or any(_ends(label, endings) for label in labels[1:])
            or _ADDRESS.fullmatch(one.group())
        ):
            yield one.group()
    for one in _HAN_RUN.finditer(text):
        if _ends(one[1], endings):
            yield one.group()


def _ends(label: str, endings: frozenset[str]) -> bool:
    return label in endings or label.startswith("xn--")
