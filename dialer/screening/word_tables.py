"""The tables of words in `words/`, read once: what is forbidden, why, on whose authority, and what excuses it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import as_file, files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from dialer.core.policy import Purpose
from dialer.documents import load_yaml, validated
from dialer.screening.reading import read
from dialer.screening.shapes import Role, Severity
from dialer.screening.sign_tables import sign_tables
from dialer.screening.trie import Trie, Word

_OTHERS = ("lists.yaml", "parts.yaml")
Words = tuple[Annotated[str, Field(min_length=1, max_length=60)], ...]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{1,40}$")]


class Said(BaseModel):
    """A text in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    zh: str
    en: str


class RuleEntry(BaseModel):
    """What is found: a word of `words`, or one word of each list of `near` within `within` signs of a sentence.

    A list of `near` may name a list: `$rate`, `$times`, `$sum`, or one of `lists.yaml`. `without` are words that
    excuse it when they stand in one clause with it, `except` those that excuse it when they cover it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    id: Name
    words: Words = ()
    near: tuple[Words, ...] = ()
    within: Annotated[int, Field(ge=1, le=60)] = 12
    without: Words = ()
    except_: Words = Field((), alias="except")
    severity: Severity = Severity.STOP
    why: Said | None = None
    suggestion: Said | None = None

    @cached_property
    def shared(self) -> Mapping[str, tuple[str, ...]]:
        """The named lists at each place (`0`, `1` …) and under `without` and `except`."""
        places = {str(no): words for no, words in enumerate(self.near or (self.words,))}
        given = {**places, "without": self.without, "except": self.except_}
        return {name: tuple(one for one in words if one.startswith("$")) for name, words in given.items()}


class TableEntry(BaseModel):
    """One category. `negation` names the lists of cues that turn a mention into a warning: before it, behind it,
    and in its sentence (`topic`: `$topic_before` …); none: nothing does.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    category: Name
    source: str
    grade: str
    why: Said
    suggestion: Said
    purposes: frozenset[Purpose] = frozenset(Purpose)
    roles: frozenset[Role] = frozenset({"opening", "closing", "line"})
    negation: Name | None = None
    rules: Annotated[tuple[RuleEntry, ...], Field(min_length=1)]


class PartEntry(BaseModel):
    """A part that a text must hold, or why the text as a whole cannot be taken."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    category: Name
    severity: Severity = Severity.STOP
    purposes: frozenset[Purpose] = frozenset(Purpose)
    modes: frozenset[str] = frozenset({"recorded", "agent_spoken"})
    source: str
    grade: str
    why: Said
    suggestion: Said


class ListsEntry(BaseModel):
    """Lists of words that several tables name."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    lists: Mapping[Name, Words]


@cache
def tables_digest() -> str:
    """SHA-256 (hex) over every table of words and signs: which tables a text was screened with."""
    digest = hashlib.sha256()
    for folder in ("signs", "words"):
        for path in sorted((files("dialer.screening") / folder).iterdir(), key=lambda one: one.name):
            content = path.read_bytes()
            digest.update(f"{folder}/{path.name}\n{len(content)}\n".encode() + content)
    return digest.hexdigest()


@dataclass(frozen=True)
class WordTables:
    """All categories, the required parts, and one trie that finds every word of them and of the named lists."""

    tables: tuple[TableEntry, ...]
    parts: Mapping[str, PartEntry]
    trie: Trie


@cache
def word_tables() -> WordTables:
    """Read and checked. Raises BadInput for a table that is broken: nothing is screened by half a table."""
    with as_file(files("dialer.screening") / "words") as folder:
        lists = validated(load_yaml(folder / "lists.yaml"), ListsEntry).lists
        parts = validated(load_yaml(folder / "parts.yaml"), dict[str, PartEntry])
        paths = sorted(path for path in folder.glob("*.yaml") if path.name not in _OTHERS)
        tables = tuple(validated(load_yaml(path), TableEntry) for path in paths)
    words = {*_words_of_lists(lists), *(word for table in tables for word in _words_of(table))}
    return WordTables(
        tables, parts, Trie(sorted(words, key=lambda one: (one.list_name, one.signs)), sign_tables())
    )


def excusing(rule: RuleEntry, category: str, which: str) -> tuple[str, ...]:
    """The lists of a rule's `without` or `except`."""
    return (f"{category}/{rule.id}/{which}", *rule.shared[which])


def list_names(rule: RuleEntry, category: str) -> tuple[tuple[str, ...], ...]:
    """For each place of a rule, the lists whose words fill it: one place for `words`, several for `near`."""
    return tuple((f"{category}/{rule.id}/{no}", *rule.shared[str(no)]) for no in range(len(rule.near) or 1))


def _words_of(table: TableEntry) -> Iterator[Word]:
    for rule in table.rules:
        for (own, *_), place in zip(
            list_names(rule, table.category), rule.near or (rule.words,), strict=True
        ):
            yield from (word_of(own, one) for one in place if not one.startswith("$"))
        for which, written in (("without", rule.without), ("except", rule.except_)):
            own = f"{table.category}/{rule.id}/{which}"
            yield from (word_of(own, one) for one in written if not one.startswith("$"))


def _words_of_lists(lists: Mapping[str, Words]) -> Iterator[Word]:
    for name, words in lists.items():
        yield from (word_of(f"${name}", one) for one in words)


def word_of(list_name: str, written: str) -> Word:
    """A word as tables write it; `*` at its end lets more letters follow."""
    signs = read(written, sign_tables()).signs
    symbols = "".join(one.symbol for one in signs)
    plain = list_name.startswith("$") or list_name.endswith(("/except", "/without"))
    return Word(list_name, symbols, written.endswith("*"), all(one.kind == "han" for one in signs), plain)
