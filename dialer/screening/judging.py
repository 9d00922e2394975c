"""The hits of the words weighed by the rules of the tables: together, in one sentence, and not in a negation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dialer.core.policy import Text
from dialer.screening.hits import LONGEST, Hits, apart
from dialer.screening.shapes import Finding, Mark, Severity, Subject
from dialer.screening.trie import Hit
from dialer.screening.word_tables import RuleEntry, TableEntry, excusing, list_names

# How far before the words a negation may stand, directly before them, and how far behind them, in signs.
_BEFORE, _DIRECTLY, _AFTER = 60, 6, 32
# A Han sign as texts are weighed, and the lightest sign there is.
_WEIGHT, _LIGHTEST = 10, 4


def judged(hits: Hits, subject: Subject, tables: Sequence[TableEntry]) -> list[Finding]:
    """The findings of all tables that concern the subject."""
    found: list[Finding] = []
    for table in tables:
        if subject.purposes.isdisjoint(table.purposes) or subject.role not in table.roles:
            continue
        of_table = [
            _finding(hits, table, rule, group)
            for rule in table.rules
            for group in _groups(hits, table, rule)
            if not _excused(hits, table, rule, group)
        ]
        found += _largest([one for one in of_table if one is not None], len(hits.reading.text))
    return found


def _groups(hits: Hits, table: TableEntry, rule: RuleEntry) -> Iterator[tuple[Hit, ...]]:
    """For each word of the first place, itself with the nearest word of each other place."""
    first, *others = list_names(rule, table.category)
    for hit in hits.named(*first):
        group = [hit]
        for place in others:
            near = _nearest(hits, hit, place, rule.within)
            if near is None:
                break
            group.append(near)
        else:
            yield tuple(group)


def _nearest(hits: Hits, hit: Hit, place: Sequence[str], within: int) -> Hit | None:
    """The word of `place` that is nearest, apart from `hit`, near enough and in the same sentence."""
    start, end = hits.sentence(hit.first)
    reach = within * _WEIGHT // _LIGHTEST + 1
    around = hits.starting(place, max(start, hit.first - reach - LONGEST), min(end, hit.last + reach + 1))
    gaps = [(gap, other) for other in around if (gap := hits.gap(hit, other)) is not None]
    near = [one for one in gaps if one[0] <= within * _WEIGHT]
    return min(near, key=lambda one: one[0])[1] if near else None


def _excused(hits: Hits, table: TableEntry, rule: RuleEntry, group: Sequence[Hit]) -> bool:
    covering = (*excusing(rule, table.category, "except"), "$names")
    if any(hits.covers(covering, hit) for hit in group):
        return True
    if not rule.without:
        return False
    beside = excusing(rule, table.category, "without")
    signs = hits.reading.signs
    clauses = {signs[hit.first].clause for hit in group}
    near = hits.starting(beside, *hits.sentence(group[0].first))
    return any(signs[one.first].clause in clauses and apart(one, group) for one in near)


def _finding(hits: Hits, table: TableEntry, rule: RuleEntry, group: Sequence[Hit]) -> Finding | None:
    reading, severity = hits.reading, rule.severity
    if table.negation and _negated(hits, table.negation, group):
        if severity is Severity.WARN:
            return None
        severity = Severity.WARN
    if any(hit.broken for hit in group):
        severity = Severity.WARN
    marks = tuple(
        sorted((Mark(*reading.span(hit.first, hit.last)) for hit in group), key=lambda one: one.start)
    )
    why, suggestion = rule.why or table.why, rule.suggestion or table.suggestion
    return Finding(
        rule=f"{table.category}/{rule.id}",
        category=table.category,
        severity=severity,
        marks=marks,
        words=tuple(reading.text[mark.start : mark.end] for mark in marks),
        why=Text(why.zh, why.en),
        suggestion=Text(suggestion.zh, suggestion.en),
        source=table.source,
        grade=table.grade,
        disguised=any(hit.disguised for hit in group),
    )


def _negated(hits: Hits, negation: str, group: Sequence[Hit]) -> bool:
    """Whether a cue of the lists of `negation` reaches the words; one inside a word of `$no_negation` is none."""
    signs = hits.reading.signs
    low, high = min(hit.first for hit in group), max(hit.last for hit in group)
    clauses = {signs[hit.first].clause for hit in group}
    start, end = hits.sentence(low)

    def stands(cue: Hit, begin: int, until: int) -> bool:
        turned = any(turn.last < until for turn in hits.starting(("$contrast",), begin, until))
        return apart(cue, group) and not turned and not hits.covers(("$no_negation",), cue)

    before = hits.starting((f"${negation}_before",), max(start, low - _BEFORE), high)
    if any(signs[cue.first].clause in clauses and stands(cue, cue.last + 1, low) for cue in before):
        return True
    all_along = hits.starting((f"${negation}_sentence",), start, low)
    if any(stands(cue, cue.last + 1, low) for cue in all_along):
        return True
    directly = hits.starting(("$directly",), low - _DIRECTLY, low)
    if any(cue.last == low - 1 and stands(cue, low, low) for cue in directly):
        return True
    after = hits.starting((f"${negation}_after",), high + 1, min(end, high + _AFTER))
    return any(signs[cue.first].clause in clauses and stands(cue, high + 1, cue.first) for cue in after)


def _largest(findings: Sequence[Finding], length: int) -> list[Finding]:
    """Without those whose words are all marked already by findings as grave; `length` is the text's."""
    order = {Severity.STOP: 0, Severity.WARN: 1}
    marked = bytearray(length)
    kept: list[Finding] = []
    for one in sorted(findings, key=lambda one: (order[one.severity], -_width(one), one.marks[0].start)):
        if all(all(marked[mark.start : mark.end]) for mark in one.marks):
            continue
        kept.append(one)
        for mark in one.marks:
            marked[mark.start : mark.end] = b"\x01" * (mark.end - mark.start)
    return kept


def _width(finding: Finding) -> int:
    return sum(mark.end - mark.start for mark in finding.marks)
