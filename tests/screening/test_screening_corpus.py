"""Our own corpus: no forbidden line passes, hardly a lawful one is stopped."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from dialer.core.errors import BadInput
from dialer.screening.corpus import Line, figures, read_corpus, screened

CORPUS = Path(__file__).parent / "corpus"
LINES = read_corpus(CORPUS)
FIGURES = figures(LINES)
FORBIDDEN = [line for line in LINES if line.forbidden]
CATEGORIES = {
    *("stock_tips", "precious_metals", "virtual_currency", "forex_margin", "illegal_fundraising"),
    *("unapproved_products", "promised_returns", "threat", "insult", "impersonation", "debt_in_opening"),
    *("missing_name", "missing_contact", "missing_opt_out", "missing_rate"),
}


def test_the_corpus_is_broad() -> None:
    """At least 300 lines, lawful and not, in both languages, of every category."""
    assert len(LINES) >= 300
    assert {line.category for line in FORBIDDEN} == CATEGORIES
    each = Counter((line.forbidden, line.language) for line in LINES)
    assert all(each[forbidden, language] >= 40 for forbidden in (True, False) for language in ("zh", "en"))
    assert len({line.text for line in LINES}) == len(LINES)


@pytest.mark.parametrize("category", sorted(CATEGORIES))
def test_no_forbidden_line_passes(category: str) -> None:
    """Something stops each line of the category, and at least nine in ten are stopped under its own name."""
    found = {line: screened(line) for line in FORBIDDEN if line.category == category}
    assert [line.text for line, one in found.items() if not one.stopped] == []
    named = sum(category in {each.category for each in one.findings} for one in found.values())
    assert named >= 0.9 * len(found)


def test_at_most_two_in_a_hundred_lawful_lines_are_stopped() -> None:
    """And those that are stopped are told with place and text."""
    told = FIGURES
    assert told["falsely_stopped_percent"] <= 2
    assert len(told["false_stops"]) == told["falsely_stopped"]
    assert told["lines"] == told["forbidden"] + told["lawful"] == len(LINES)


def test_the_lines_held_out_are_no_worse_than_told() -> None:
    """As docs/screening.md tells: said in other words much passes, and little goes unseen."""
    told = figures(read_corpus(CORPUS.parent / "held-out"))
    assert (told["forbidden"], told["lawful"]) == (45, 66)
    assert told["missed"] <= 17
    assert told["unseen"] <= 6
    assert told["falsely_stopped"] == 0


def test_the_figures_tell_what_was_missed(tmp_path: Path) -> None:
    """A line whose label is wrong is counted against us, not passed over."""
    (tmp_path / "x.tsv").write_text(
        "forbidden\tthreat\tzh\tcollection\tline\t感谢您的接听\nlawful\t-\tzh\tmarketing\tline\t保本保息\n"
    )
    told = figures(read_corpus(tmp_path))
    assert (told["missed"], told["unseen"]) == (1, 1)
    assert (told["falsely_stopped"], told["falsely_stopped_percent"]) == (1, 100.0)
    assert told["misses"][0]["text"] == "感谢您的接听"


@pytest.mark.parametrize(
    "row", ["lawful\t-\tzh", "maybe\t-\tzh\tmarketing\tline\tx", "lawful\t-\tzh\tfun\tline\tx"]
)
def test_a_broken_line_refuses_the_corpus(tmp_path: Path, row: str) -> None:
    """With its number; an empty folder is refused too."""
    (tmp_path / "x.tsv").write_text(f"# a comment\n{row}\n")
    with pytest.raises(BadInput) as caught:
        read_corpus(tmp_path)
    assert caught.value.faults[0].place.line == 2
    with pytest.raises(BadInput, match="holds no corpus"):
        read_corpus(tmp_path / "empty")


def test_lawful_and_forbidden_rates_are_told_apart() -> None:
    """The same eight per cent is lawful as what a borrower pays and forbidden as what an investor is promised."""

    def stopped(text: str) -> bool:
        return screened(Line("", 0, True, "", "zh", "marketing", "line", text)).stopped

    assert not stopped("贷款年化利率8%至24%")
    assert stopped("年化收益率8%")
    assert stopped("理财年化利率8%，到期本息一起给您")
    assert stopped("保本保息")
    assert not stopped("borrow at an annual percentage rate of eight per cent")
    assert stopped("a return of eight per cent a year")
