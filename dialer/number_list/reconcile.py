"""Both sides of a number list beside each other: what the regulator holds, and what it acknowledged."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dialer.core.entry import canonical
from dialer.ports.number_list import Json, Key, Known


@dataclass(frozen=True, slots=True)
class Compared:
    """`differing` numbers are held otherwise than acknowledged; `strays` were never submitted from here.

    `doubles` counts what the regulator holds twice in the same words: nothing is wrong with it, and nothing lost.
    """

    differing: tuple[Key, ...]
    strays: tuple[Key, ...]
    doubles: int
    unreadable: int

    @property
    def equal(self) -> bool:
        """Whether both sides say the same."""
        return not (self.differing or self.strays or self.unreadable)


def compared(held: Sequence[Json], known: Mapping[Key, Known], enterprise: str) -> Compared:
    """The regulator's lines of an enterprise beside what it acknowledged of them."""
    found: dict[Key, list[str]] = {}
    unreadable = 0
    for content in held:
        try:
            key = _key_of(content)
            digest = hashlib.sha256(canonical(content)).hexdigest()
        except (KeyError, TypeError):
            unreadable += 1
            continue
        found.setdefault(key, []).append(digest)
    strays = {key for key in found if key not in known or key.enterprise != enterprise}
    differing = [
        key
        for key in sorted({*known, *found} - strays)
        if set(found.get(key, ())) != ({known[key].held} - {None})
    ]
    doubles = sum(len(digests) - len(set(digests)) for digests in found.values())
    return Compared(tuple(differing), tuple(sorted(strays)), doubles, unreadable)


def _key_of(content: Json) -> Key:
    agency = content["agency"]
    return Key(
        str(content["enterprise"]["id"]),
        str(content["number"]),
        str(content["kind"]),
        "" if agency is None else str(agency["id"]),
    )


def to_replay(
    differing: Iterable[Key], truth: Mapping[Key, str], lines: Mapping[str, Sequence[Key]]
) -> list[str]:
    """Submissions to be sent once more, in the order of `lines` (oldest first), so that each number ends right.

    `truth` is the submission that says what must be held of a number. A submission sent again tells its other numbers
    again too, so those that say newer things of them follow it.
    """
    wanted = {truth[key] for key in differing if key in truth}
    waiting = list(wanted)
    while waiting:
        for key in lines.get(waiting.pop(), ()):
            newer = truth.get(key)
            if newer is not None and newer not in wanted:
                wanted.add(newer)
                waiting.append(newer)
    return [one for one in lines if one in wanted]
