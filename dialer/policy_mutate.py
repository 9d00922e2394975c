"""Mutation of rules: each parameter is changed a little, and some case of the rule must notice.

A mutant that its own kind refuses is no mutant, nor is one that means the same. One that no case notices is a
survivor: a number in a rule that could be wrong without anybody seeing it.
"""

from __future__ import annotations

import inspect
import re
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from functools import partial
from typing import Any, Union, get_args, get_origin, get_type_hints

from dialer.core.facts import Facts
from dialer.core.policy import Rule
from dialer.policy_cases import Case, alone, answered, series_of
from dialer.policy_meaning import meaning
from dialer.policy_testing import Suite

_TIME_OF_DAY = re.compile(r"^\d\d:\d\d$")
_WORD = re.compile(r'"([a-z_]+)"')
# Under this name the pool holds the words in the module of a kind: those that it does not take are no mutants.
WORDS = "words"
ANY_WORD = "no-such-word"
_SCOPE = ("applies", "in_force_from", "in_force_to")
Path = tuple[str, ...]
Pool = Mapping[Path, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A rule with one value changed: `where` is its path, `before` and `after` as they would be written."""

    rule: Rule
    where: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.rule.id}: {self.where}: {self.before} -> {self.after}"


@dataclass(frozen=True, slots=True)
class Score:
    """How many mutants there were, and which of them no case noticed."""

    mutants: int
    survivors: tuple[Mutant, ...]

    @property
    def killed(self) -> int:
        """How many some case noticed."""
        return self.mutants - len(self.survivors)


def score(suites: Sequence[Suite], only: AbstractSet[str] = frozenset()) -> Score:
    """Mutate every rule of `suites`, or `only` those of these ids, and run its cases."""
    pool = words_of([one.rule for one in suites])
    count, survivors = 0, []
    for suite in (one for one in suites if not only or one.rule.id in only):
        for mutant in mutants(suite.rule, pool):
            count += 1
            if not _killed(suite, mutant):
                survivors.append(mutant)
    return Score(count, tuple(survivors))


def mutants(rule: Rule, pool: Pool) -> Iterator[Mutant]:
    """Every mutant of one rule: its parameters, what it applies to, and the dates it is in force."""
    yield from _of(rule, "params", partial(_with, rule, "params"), (rule.kind,), pool)
    for name in _SCOPE:
        yield from _of(rule, name, partial(_with, rule, name), (name,), pool)


def _of(rule: Rule, name: str, build: Callable[[Any], Rule], slot: Path, pool: Pool) -> Iterator[Mutant]:
    value = getattr(rule, name)
    hint = type(value) if name == "params" else get_type_hints(Rule)[name]
    seen = [value]
    found = list(variants(value, hint, slot, pool))
    # Where any word at all is taken there is no vocabulary to try the words of.
    free = {where for where, _, _, after in found if _newest(after) == ANY_WORD}
    for where, changed, before, after in found:
        word = _newest(after)
        if changed in seen or (where in free and word in pool[WORDS, rule.kind] and word != ANY_WORD):
            continue
        seen.append(changed)
        if name == "params" and meaning(rule, changed) == meaning(rule, value):
            continue
        yield Mutant(build(changed), ".".join((name, *where)), _written(before), _written(after))


def _newest(after: Any) -> Any:
    return after[-1] if isinstance(after, list) and after else after


def _with(rule: Rule, name: str, value: Any) -> Rule:
    changes: dict[str, Any] = {name: value}
    return replace(rule, **changes)


Variant = tuple[Path, Any, Any, Any]


def variants(value: Any, hint: Any, slot: Path, pool: Pool) -> Iterator[Variant]:
    """Every value that differs from `value` by one change: (where, the whole changed, the part before, and after).

    `slot` is the place of `value`, with `*` for any element; `pool` holds the words that may stand at a place.
    """
    hint, optional = _unwrapped(hint)
    if optional and value is not None:
        yield (), None, value, None
    if is_dataclass(value) and not isinstance(value, type):
        yield from _of_dataclass(value, slot, pool)
    elif isinstance(value, Mapping):
        yield from _of_mapping(value, hint, slot, pool)
    elif isinstance(value, (tuple, AbstractSet)):
        yield from _of_many(value, hint, slot, pool)
    else:
        for one in _others(value, hint, slot, pool):
            yield (), one, value, one


def _of_dataclass(value: Any, slot: Path, pool: Pool) -> Iterator[Variant]:
    hints = get_type_hints(type(value))
    for field in (one for one in fields(value) if one.init):
        inner = getattr(value, field.name)
        for where, changed, before, after in variants(inner, hints[field.name], (*slot, field.name), pool):
            try:
                yield (field.name, *where), replace(value, **{field.name: changed}), before, after
            except (ValueError, TypeError):
                continue  # the kind itself refuses it: no such rule can be


def _of_mapping(value: Mapping[Any, Any], hint: Any, slot: Path, pool: Pool) -> Iterator[Variant]:
    of = (get_args(hint) or (Any, Any))[1]
    for key, inner in value.items():
        yield (str(key),), {name: one for name, one in value.items() if name != key}, inner, None
        for where, changed, before, after in variants(inner, of, (*slot, "*"), pool):
            yield (str(key), *where), {**value, key: changed}, before, after


def _of_many(value: Any, hint: Any, slot: Path, pool: Pool) -> Iterator[Variant]:
    several = list(value)
    of = (get_args(hint) or (Any,))[0]
    make = tuple if isinstance(value, tuple) else frozenset
    for number, one in enumerate(several):
        rest = several[:number] + several[number + 1 :]
        yield (_name(one, number),), make(rest), one, None
        if is_dataclass(one):
            for where, changed, before, after in variants(one, of, (*slot, "*"), pool):
                yield (
                    (_name(one, number), *where),
                    make([*rest[:number], changed, *rest[number:]]),
                    before,
                    after,
                )
    for one in _others(None, of, (*slot, "*"), pool):
        if one not in several and not is_dataclass(one):
            yield (), make([*several, one]), value, make([*several, one])


def _others(value: Any, hint: Any, slot: Path, pool: Pool) -> list[Any]:
    """What else could stand here: neighbours of a number or date, other words of its vocabulary."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value - 1, value + 1]
    if isinstance(value, datetime):
        return [value - timedelta(minutes=1), value + timedelta(minutes=1)]
    if isinstance(value, date):
        return [value - timedelta(days=1), value + timedelta(days=1)]
    if isinstance(value, str) and _TIME_OF_DAY.match(value):
        return _minutes_beside(value)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return [one for one in hint if one is not value]
    known = [one for one in pool.get(slot, ()) if one != value and one is not None]
    if value is None and hint is not str:
        return known
    return [*known, *(one for one in pool.get((WORDS, slot[0]), ()) if one != value and one not in known)]


def _minutes_beside(text: str) -> list[str]:
    minute = int(text[:2]) * 60 + int(text[3:])
    beside = [one for one in (minute - 1, minute + 1) if 0 <= one <= 24 * 60]
    return [f"{one // 60:02}:{one % 60:02}" for one in beside]


def words_of(rules: Sequence[Rule]) -> Pool:
    """Every word that some rule of a kind has at a place of its parameters, and every word that the kind knows."""
    found: dict[Path, list[Any]] = {}
    for rule in rules:
        _collect(rule.params, (rule.kind,), found)
        _collect(rule.applies, ("applies",), found)
    for rule in rules:
        source = inspect.getsource(sys.modules[type(rule.params).__module__])
        found.setdefault((WORDS, rule.kind), [ANY_WORD, *sorted(set(_WORD.findall(source)))])
    return {slot: tuple(several) for slot, several in found.items()}


def _collect(value: Any, slot: Path, found: dict[Path, list[Any]]) -> None:
    if is_dataclass(value) and not isinstance(value, type):
        for field in (one for one in fields(value) if one.init):
            _collect(getattr(value, field.name), (*slot, field.name), found)
    elif isinstance(value, Mapping):
        for one in value.values():
            _collect(one, (*slot, "*"), found)
    elif isinstance(value, (tuple, AbstractSet)):
        for one in sorted(value, key=str):
            _collect(one, (*slot, "*"), found)
    elif value not in found.setdefault(slot, []):
        found[slot].append(value)


def _killed(suite: Suite, mutant: Mutant) -> bool:
    """Whether some case sees the difference. What the rule is asked about is read as the mutant would ask it."""
    rulebook = alone(suite.pack, mutant.rule)
    return not all(
        answered(rulebook, mutant.rule, case, _asked(suite, mutant, case))[0] for case in suite.cases
    )


def _asked(suite: Suite, mutant: Mutant, case: Case) -> Facts:
    """The touches of a case under the key that the mutant asks for, if it counts what the file says they are."""
    before, after = (getattr(one.params, "as_limit", None) for one in (suite.rule, mutant.rule))
    if before is None or after is None or before().key == after().key:
        return case.facts
    if suite.shape.series is not None and series_of(mutant.rule) != suite.shape.series:
        return case.facts
    return replace(case.facts, touches={after().key: case.facts.touches[before().key]})


def _unwrapped(hint: Any) -> tuple[Any, bool]:
    """A type without its `None`, and whether it had one."""
    if get_origin(hint) in (Union, types.UnionType):
        rest = [one for one in get_args(hint) if one is not type(None)]
        return (rest[0] if len(rest) == 1 else Any), len(rest) < len(get_args(hint))
    return hint, False


def _name(one: Any, number: int) -> str:
    return str(number) if is_dataclass(one) else _written(one)


def _written(value: Any) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, (tuple, AbstractSet)):
        return "[" + ", ".join(sorted(_written(one) for one in value)) + "]"
    if is_dataclass(value) and not isinstance(value, type):
        return (
            "{"
            + ", ".join(f"{one.name}: {_written(getattr(value, one.name))}" for one in fields(value))
            + "}"
        )
    return "none" if value is None else str(value)
