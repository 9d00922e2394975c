"""What holds for every test: a skip is a failure, and tests that share a controller share a worker."""

from __future__ import annotations

from collections.abc import Generator

import pytest

# Tests of these folders share one controller, which each worker would start for itself.
TOGETHER = frozenset({"cli"})
# What takes long begins first: else one worker ends with it while the other has nothing left to do.
LONG_FIRST = ("cli", "oracle", "walk", "faults", "lab", "policies")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--long`: stop controllers for 10 s instead of 3 s (see docs/faults.md). `--runs`: decisions of the oracle."""
    parser.addoption("--long", action="store_true", help="stop controllers for 10 s instead of 3 s")
    parser.addoption("--runs", type=int, default=20_000, help="random decisions that the oracle checks")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep the tests of one shared fixture on one worker: the mark must be there before xdist names the groups."""
    if (folder := _folder(item)) in TOGETHER:
        item.add_marker(pytest.mark.xdist_group(folder))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long ones first, each in the order of its folder."""
    places = {name: place for place, name in enumerate(LONG_FIRST)}
    items.sort(key=lambda item: places.get(_folder(item), len(LONG_FIRST)))


def _folder(item: pytest.Item) -> str:
    tests = item.config.rootpath / "tests"
    return item.path.relative_to(tests).parts[0] if item.path.is_relative_to(tests) else ""


def _not_run(words: object) -> str:
    said = words[2] if isinstance(words, tuple) else words
    return f"not run, which is a failure here: {said}"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn every skip and xfail of a test into a failure that names it."""
    report = yield
    if report.skipped:
        report.longrepr = _not_run(getattr(report, "wasxfail", None) or report.longrepr)
        report.outcome = "failed"
        report.__dict__.pop("wasxfail", None)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turn the skip of a whole module into a failure."""
    report = yield
    if report.outcome == "skipped":
        report.longrepr = _not_run(report.longrepr)
        report.outcome = "failed"
    return report
