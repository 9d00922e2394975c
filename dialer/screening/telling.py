"""Findings as data, for the record, the API and `--json`."""

from __future__ import annotations

from typing import Any

from dialer.core.errors import InputFault, Place
from dialer.screening.shapes import Finding, Screened, Severity


def finding_json(finding: Finding) -> dict[str, Any]:
    """One finding; `marks` are `[start, end)` in characters of the text."""
    return {
        "rule": finding.rule,
        "category": finding.category,
        "severity": finding.severity.value,
        "marks": [[one.start, one.end] for one in finding.marks],
        "words": list(finding.words),
        "why": {"zh": finding.why.zh, "en": finding.why.en},
        "suggestion": {"zh": finding.suggestion.zh, "en": finding.suggestion.en},
        "source": finding.source,
        "grade": finding.grade,
        "disguised": finding.disguised,
    }


def screened_json(screened: Screened) -> dict[str, Any]:
    """The whole answer."""
    return {
        "clean": screened.clean,
        "stopped": screened.stopped,
        "findings": [finding_json(one) for one in screened.findings],
    }


def faults_of(screened: Screened, place: Place) -> list[InputFault]:
    """What refuses the text, as faults at `place`, each with the positions of its words."""
    return [_fault(one, place) for one in screened.findings if one.severity is Severity.STOP]


def _fault(finding: Finding, place: Place) -> InputFault:
    where = ", ".join(f"{one.start}-{one.end}" for one in finding.marks)
    at = Place(place.file, place.line, f"{place.path}[{where}]" if where else place.path)
    reason = f"{finding.category}: {finding.why.en} ({finding.why.zh})"
    return InputFault(
        at, reason, " … ".join(finding.words), f"{finding.suggestion.en} ({finding.suggestion.zh})"
    )
