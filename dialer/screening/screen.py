"""Screening (机审): a text in, findings out. Knows only the text and the tables beside it; no clock, no chance."""

from __future__ import annotations

from dialer.screening.hits import Hits
from dialer.screening.judging import judged
from dialer.screening.parts import lacking, names_in
from dialer.screening.rates import numbers_in
from dialer.screening.reading import read
from dialer.screening.shapes import Screened, Subject
from dialer.screening.sign_tables import sign_tables
from dialer.screening.word_tables import word_tables


def screen(text: str, subject: Subject) -> Screened:
    """What is wrong with `text`. The time it takes grows with its length and no faster.

    It can miss what no table knows: a person approves every script, however clean. Raises BadInput where a table of
    words cannot be read.
    """
    tables = word_tables()
    reading = read(text, sign_tables())
    found_words = (*tables.trie.hits(reading), *numbers_in(reading), *names_in(reading, subject))
    hits = Hits(reading, found_words)
    found = judged(hits, subject, tables.tables)
    found.sort(key=lambda one: (one.marks[0].start, one.marks[-1].end, one.rule))
    return Screened((*found, *lacking(hits, subject, tables.parts)))
