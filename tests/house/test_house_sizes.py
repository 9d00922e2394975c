"""Files and functions that a reader can hold: a function is a screen, place_call is a page."""

from __future__ import annotations

import ast

from house_reading import ROOT, functions, python_files, tree

FILE_LINES = 450
FUNCTION_LINES = 60
PAGE_LINES = 90
# Tables of data, read by looking up and not from top to bottom.
TABLES = {"dialer/core/reasons.py": 1000}


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    """At most 450 lines a file; a table of data may be longer."""
    long = {}
    for path in python_files("dialer"):
        name, lines = str(path.relative_to(ROOT)), len(path.read_text().splitlines())
        if lines > TABLES.get(name, FILE_LINES):
            long[name] = lines
    assert long == {}


def test_a_table_holds_no_long_function() -> None:
    """The longer limit is for data: what a table file computes stays short."""
    assert [name for file in TABLES for name, lines in functions(ROOT / file) if lines > 20] == []


def test_every_function_fits_on_a_screen() -> None:
    """At most 60 lines a function, docstring included."""
    long = [
        f"{path.relative_to(ROOT)}: {name} has {lines}"
        for path in python_files("dialer")
        for name, lines in functions(path)
        if lines > FUNCTION_LINES
    ]
    assert long == []


def test_place_call_is_one_page() -> None:
    """The stanzas of a call, all functions of the file that bears its name, are at most about a page of code."""
    path = ROOT / "dialer/place_call.py"
    body = [node for node in tree(path).body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    main = [node for node in body if node.name == "place_call"]
    assert len(main) == 1
    assert (main[0].end_lineno or 0) - main[0].lineno + 1 <= PAGE_LINES
