"""What kinds about entrustments share: documents of a party, also those derived from another party's document."""

from __future__ import annotations

from datetime import datetime

from dialer.core.facts import Entrustment, Facts, Period
from dialer.core.rules.dated import Document, judge_covering
from dialer.core.verdict import Value, Verdict


def judge_entrusted(kind: str, party: str, facts: Facts) -> Verdict:
    """Permit a party with a document that covers this call today; `kind` prefixes the reason codes.

    A sub-entrustment counts while the enterprise's consent to it is on file and every document above it holds and
    covers the call: nobody passes on more than he was given. The finding names the link that is broken.
    """
    purpose, product = facts.purpose, facts.product
    values: dict[str, Value] = {
        "party": party,
        "enterprise": facts.enterprise,
        "purpose": purpose.value,
        "product": product,
    }
    documents: list[Document] = []
    derived = False
    for one in facts.entrustments:
        if one.party != party:
            continue
        if one.sub_of is None:
            covers = purpose in one.purposes and product in one.products
            documents.append((one.document, one.period, one.status, covers))
        else:
            derived = True
            documents.append(_derived(one, facts))
    verdict = judge_covering(kind, values, facts, documents)
    if derived:
        above = [one.sub_of for one in facts.entrustments if one.document == values["document"]]
        values["parent"] = next((one for one in above if one is not None), "")
    return verdict


def _derived(one: Entrustment, facts: Facts) -> Document:
    """A sub-entrustment as the document that it amounts to, named by the link that fails, if one does."""
    chain = [one]
    covers = _covers(one, facts)
    while (above := chain[-1].sub_of) is not None:
        link = chain[-1]
        if link.consent is None:
            return link.document, one.period, "sub_without_consent", covers
        parent = next((each for each in facts.entrustments if each.document == above), None)
        if parent is None or parent in chain:
            return link.document, one.period, "sub_of_nothing", covers
        chain.append(parent)
    start = max((each.period.start for each in chain if each.period.start is not None), default=None)
    end = min((each.period.end for each in chain if each.period.end is not None), default=None)
    if start is not None and end is not None and start >= end:
        return one.document, one.period, "sub_of_nothing", covers
    failing = _failing(chain, facts, start, end)
    covers = all(_covers(each, facts) for each in chain)
    return failing.document, Period(start, end), failing.status, covers


def _failing(
    chain: list[Entrustment], facts: Facts, start: datetime | None, end: datetime | None
) -> Entrustment:
    """The link to name: the first that is not valid, then what does not cover the call, then what is out of time."""
    for fails in (
        lambda each: each.status != "valid",
        lambda each: not _covers(each, facts),
        lambda each: end is not None and end <= facts.now and each.period.end == end,
        lambda each: start is not None and facts.now < start and each.period.start == start,
    ):
        found = next((each for each in chain if fails(each)), None)
        if found is not None:
            return found
    return chain[0]


def _covers(one: Entrustment, facts: Facts) -> bool:
    return facts.purpose in one.purposes and facts.product in one.products
