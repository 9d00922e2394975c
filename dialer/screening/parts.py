"""What a text must hold: who calls, where to reach them, how to refuse, and the whole range of a loan's yearly rate."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from dialer.core.policy import Text
from dialer.screening.hits import Hits
from dialer.screening.reading import Reading, read
from dialer.screening.shapes import Finding, Subject
from dialer.screening.sign_tables import sign_tables
from dialer.screening.trie import Hit, Word
from dialer.screening.word_tables import PartEntry

LOANS = frozenset({"credit", "loan", "信贷", "贷款"})
_FIGURES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_DIGITS = {word: str(figure) for figure, word in enumerate(_FIGURES)}
_DIGITS |= {sign: str(figure) for figure, sign in enumerate("零一二三四五六七八九")} | {
    "〇": "0",
    "幺": "1",
    "两": "2",
}
_DIGIT = re.compile("|".join(_DIGITS))
_ANY_NUMBER = re.compile(r"\d{5,}")
_REFUSAL_WITHIN, _RATE_WITHIN, _BETWEEN_RATES = 40, 40, 24
# Letters of scripts that the tables do not read, beyond which nobody can say what a text holds.
_UNREAD_SHARE, _UNREAD_LEAST = 0.3, 8


def names_in(reading: Reading, subject: Subject) -> list[Hit]:
    """Where the enterprise's registered names stand."""
    found = []
    for name in subject.names:
        signs = _signs_of(name)
        word = Word("$names", signs, open_end=False, han=False)
        places = re.finditer(re.escape(signs), reading.flat) if signs else ()
        found += [Hit(word, one.start(), one.end() - 1, False, False) for one in places]
    return sorted(found, key=lambda one: one.first)


@lru_cache(maxsize=256)
def _signs_of(name: str) -> str:
    return read(name, sign_tables()).flat


def lacking(hits: Hits, subject: Subject, parts: Mapping[str, PartEntry]) -> list[Finding]:
    """A finding for each part that an opening needs, or that the script says it has, and that its text has not."""
    found = [name for name, wrong in _WHOLE.items() if wrong(hits.reading, subject)]
    if subject.role == "opening":
        found += [
            name
            for name, (needed, holds) in _PARTS.items()
            if _asked(name, subject, parts[name], needed(hits, subject)) and not holds(hits, subject)
        ]
    return [_finding(name, parts[name]) for name in found]


def _asked(name: str, subject: Subject, part: PartEntry, needed: bool) -> bool:
    spoken = subject.mode in part.modes
    return spoken and (name in subject.parts or (needed and not subject.purposes.isdisjoint(part.purposes)))


def _always(hits: Hits, subject: Subject) -> bool:
    return True


def _offers_loan(hits: Hits, subject: Subject) -> bool:
    loan = not subject.products or not subject.products.isdisjoint(LOANS)
    return loan and bool(hits.named("$offers_loan"))


def _named(hits: Hits, subject: Subject) -> bool:
    return bool(hits.named("$names") if subject.names else hits.named("$institution"))


def _reachable(hits: Hits, subject: Subject) -> bool:
    figures = _DIGIT.sub(lambda found: _DIGITS[found.group()], hits.reading.flat)
    wanted = re.sub(r"\D", "", subject.contact)
    return wanted in figures if wanted else bool(_ANY_NUMBER.search(figures))


def _refusable(hits: Hits, subject: Subject) -> bool:
    return _together(hits, hits.named("$refuse"), ("$way",), _REFUSAL_WITHIN)


def _rate_range(hits: Hits, subject: Subject) -> bool:
    rates = hits.named("$rate")
    pairs = [
        Hit(one.word, one.first, other.last, False, False)
        for one, other in pairwise(rates)
        if other.first - one.last <= _BETWEEN_RATES
    ]
    ranges = sorted((*pairs, *hits.named("$range")), key=lambda one: one.first)
    return _together(hits, ranges, ("$annual",), _RATE_WITHIN)


def _together(hits: Hits, ones: Sequence[Hit], others: Sequence[str], within: int) -> bool:
    """Whether one of `ones` has a hit of the lists `others` at most `within` signs away, to either side."""
    return any(
        any(True for _ in hits.starting(others, one.first - within, one.last + within + 1)) for one in ones
    )


def _unreadable(reading: Reading, subject: Subject) -> bool:
    letters = [one for one in reading.text if one.isalpha()]
    read_as_is = sum(one.isascii() or "\u2e80" <= one <= "\uffef" or _latin(one) for one in letters)
    unread = len(letters) - read_as_is
    return unread >= _UNREAD_LEAST and unread > _UNREAD_SHARE * len(letters)


def _latin(one: str) -> bool:
    return "\u00c0" <= one <= "\u024f" or "\u1e00" <= one <= "\u1eff"


def _other_language(reading: Reading, subject: Subject) -> bool:
    if subject.language is None or not reading.signs:
        return False
    han = sum(one.kind == "han" for one in reading.signs)
    letters = sum(one.kind == "letter" for one in reading.signs)
    # An English word takes about five letters, a Chinese one two signs.
    return (han * 2.5 >= letters) != (subject.language == "zh") and han + letters > 0


_WHOLE: dict[str, Callable[[Reading, Subject], bool]] = {
    "unreadable": _unreadable,
    "other_language": _other_language,
}
_PARTS: dict[str, tuple[Callable[[Hits, Subject], bool], Callable[[Hits, Subject], bool]]] = {
    "enterprise_name": (_always, _named),
    "contact": (_always, _reachable),
    "refusal_method": (_always, _refusable),
    "annual_rate": (_offers_loan, _rate_range),
}


def _finding(name: str, part: PartEntry) -> Finding:
    why, suggestion = part.why, part.suggestion
    return Finding(
        rule=f"{part.category}/{name}",
        category=part.category,
        severity=part.severity,
        marks=(),
        words=(),
        why=Text(why.zh, why.en),
        suggestion=Text(suggestion.zh, suggestion.en),
        source=part.source,
        grade=part.grade,
    )
