"""Finding words in a reading, however they are disguised: one walk from each sign, of bounded depth and breadth.

A sign of a word is met by itself, by its two halves, by a sign that is known to be written for it, by its syllable in
letters, and, in words long enough to bear it, by any sign of the same sound or by its first letter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dialer.screening.reading import Reading, Sign
from dialer.screening.sign_tables import SignTables

# Signs of a word that may be replaced by any other of the same sound: words of two and fewer bear none.
_GUESSES = {0: 0, 1: 0, 2: 0, 3: 1}
_MOST_GUESSES = 2
# Foreign signs between two signs of a word that are passed over: `股1票`.
_MOST_FOREIGN = 1
_SYLLABLE_LETTERS = 6
_OF_WORDS = ("letter", "digit")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a list. `open_end`: more letters may follow, as in `guarantee*`.

    `plain`: it excuses or is required, so what only sounds like it is not it.
    """

    list_name: str
    signs: str
    open_end: bool
    han: bool
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A word found from sign `first` to sign `last`, both included.

    `disguised`: not written plainly. `broken`: a clause ends inside, and nothing else says that this was meant.
    """

    word: Word
    first: int
    last: int
    disguised: bool
    broken: bool


@dataclass(slots=True)
class _Node:
    children: dict[str, _Node] = field(default_factory=dict)
    by_sound: dict[str, list[tuple[str, _Node]]] = field(default_factory=dict)
    words: list[Word] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Step:
    """How far a walk has come: the next sign to read, and what it took to come here."""

    at: int
    node: _Node
    guesses: int = 0
    initials: int = 0
    sounded: bool = False
    disguised: bool = False
    gaps: int = 0
    broken: bool = False
    last: int = -1
    length: int = 0


class Trie:
    """The words of all lists."""

    def __init__(self, words: Iterable[Word], tables: SignTables) -> None:
        self._tables = tables
        self._root = _Node()
        for word in words:
            self._add(word)

    def _add(self, word: Word) -> None:
        node = self._root
        for sign in word.signs:
            child = node.children.get(sign)
            if child is None:
                child = node.children[sign] = _Node()
                for sound in self._tables.sounds.get(sign, ()):
                    node.by_sound.setdefault(sound, []).append((sign, child))
            node = child
        node.words.append(word)

    def hits(self, reading: Reading) -> list[Hit]:
        """Every word found, each place once."""
        found: dict[tuple[Word, int], Hit] = {}
        for first in range(len(reading.signs)):
            for hit in self._from(reading, first):
                known = found.get((hit.word, first))
                if known is None or (known.disguised and not hit.disguised):
                    found[hit.word, first] = hit
        return list(found.values())

    def _from(self, reading: Reading, first: int) -> Iterator[Hit]:
        signs = reading.signs
        if signs[first].kind in _OF_WORDS and _inside_word(signs, first):
            return
        waiting = [_Step(first, self._root)]
        while waiting:
            step = waiting.pop()
            for word in step.node.words:
                if _bounded(signs, first, step, word):
                    yield _hit(word, first, step)
            waiting += self._next(signs, step)

    def _next(self, signs: tuple[Sign, ...], step: _Step) -> Iterator[_Step]:
        at = _past_marks(signs, step)
        # A mark may stand for a letter, or only between two.
        for place in {step.at, at} if step.at < len(signs) else ():
            if place < len(signs):
                yield from self._read(signs, step, place)
        if step.last >= 0 and signs[step.last].kind == "han" and _foreign_between(signs, at):
            yield from self._read(signs, step, at + _MOST_FOREIGN, disguised=True)

    def _read(
        self, signs: tuple[Sign, ...], step: _Step, at: int, *, disguised: bool = False
    ) -> Iterator[_Step]:
        sign, node = signs[at], step.node
        if child := node.children.get(sign.symbol):
            yield _taken(signs, step, at, 1, child, disguised or sign.changed)
        for other in sign.others:
            if other != sign.symbol and (child := node.children.get(other)):
                yield _taken(signs, step, at, 1, child, True)
        if sign.kind == "han":
            yield from self._heard(signs, step, at)
        pair = sign.symbol + (signs[at + 1].symbol if at + 1 < len(signs) else "")
        if child := node.children.get(self._tables.halves.get(pair, "")):
            yield _taken(signs, step, at, 2, child, True)
        if sign.kind == "letter" and node.by_sound:
            yield from self._spelled(signs, step, at)

    def _heard(self, signs: tuple[Sign, ...], step: _Step, at: int) -> Iterator[_Step]:
        symbol = signs[at].symbol
        for sound in self._tables.sounds.get(symbol, ()):
            for meant, child in step.node.by_sound.get(sound, ()):
                if meant == symbol:
                    continue
                known = symbol in self._tables.alike.get(meant, ())
                if known or step.guesses < _MOST_GUESSES:
                    yield _taken(signs, step, at, 1, child, True, guesses=0 if known else 1, sounded=True)

    def _spelled(self, signs: tuple[Sign, ...], step: _Step, at: int) -> Iterator[_Step]:
        """Letters for Han signs: `gu票`, `比特b`."""
        letters = ""
        for one in signs[at : at + _SYLLABLE_LETTERS]:
            if one.kind != "letter" or (letters and not one.glued):
                break
            letters += one.symbol
            for _, child in step.node.by_sound.get(letters, ()):
                yield _taken(signs, step, at, len(letters), child, True, sounded=True)
        if len(letters) == 1 and step.initials == 0 and not _inside_word(signs, at):
            for sound, several in step.node.by_sound.items():
                if sound.startswith(letters) and sound != letters:
                    for _, child in several:
                        yield _taken(signs, step, at, 1, child, True, initials=1, sounded=True)


def _taken(
    signs: tuple[Sign, ...],
    step: _Step,
    at: int,
    width: int,
    child: _Node,
    disguised: bool,
    guesses: int = 0,
    initials: int = 0,
    sounded: bool = False,
) -> _Step:
    last = at + width - 1
    gap = step.last >= 0 and signs[at].start > signs[step.last].end
    broken = step.last >= 0 and signs[at].clause != signs[step.last].clause
    return _Step(
        at=last + 1,
        node=child,
        guesses=step.guesses + guesses,
        initials=step.initials + initials,
        sounded=step.sounded or sounded,
        disguised=step.disguised or disguised or (gap and signs[at].kind == "han"),
        gaps=step.gaps + gap,
        broken=step.broken or broken,
        last=last,
        length=step.length + 1,
    )


def _past_marks(signs: tuple[Sign, ...], step: _Step) -> int:
    at = step.at
    while step.last >= 0 and at < len(signs) and signs[at].kind == "mark" and at - step.at < 3:
        at += 1
    return at


def _foreign_between(signs: tuple[Sign, ...], at: int) -> bool:
    after = at + _MOST_FOREIGN
    return after < len(signs) and signs[at].kind != "han" and signs[after].kind == "han"


def _inside_word(signs: tuple[Sign, ...], at: int) -> bool:
    before = signs[at - 1].kind if at else ""
    # A figure that begins a word stands alone before it: the 3 of `13th` is no letter.
    return signs[at].glued and before in (("letter",) if signs[at].kind == "letter" else _OF_WORDS)


def _bounded(signs: tuple[Sign, ...], first: int, step: _Step, word: Word) -> bool:
    """Whether the word ends where it must, and is not too much guessed."""
    if step.guesses > _GUESSES.get(len(word.signs), _MOST_GUESSES) or (word.plain and step.sounded):
        return False
    if signs[step.last].kind not in _OF_WORDS or word.open_end or step.at >= len(signs):
        return True
    return not (signs[step.at].kind == "letter" and signs[step.at].glued)


def _hit(word: Word, first: int, step: _Step) -> Hit:
    # One comma between two signs is how people write; one between every two is not.
    spread = step.gaps + 1 >= len(word.signs) and len(word.signs) > 2
    long_han = word.han and len(word.signs) > 2
    return Hit(word, first, step.last, step.disguised, step.broken and not (spread or long_han))
