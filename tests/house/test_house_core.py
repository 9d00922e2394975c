"""Core is pure: no await, clock, chance, input, output or log. What it needs is handed to it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from house_reading import imported, python_files, tree

CORE = python_files("dialer/core")
IMPURE_MODULES = frozenset(
    {"asyncio", "concurrent", "contextvars", "fcntl", "getpass", "http", "io", "locale", "logging", "os"}
    | {"multiprocessing", "pathlib", "random", "secrets", "select", "shutil", "signal", "socket", "sqlite3"}
    | {"ssl", "subprocess", "sys", "tempfile", "threading", "time", "tomllib", "urllib", "warnings"}
)
IMPURE_CALLS = frozenset({"open", "print", "input", "exec", "eval", "__import__"})
IMPURE_METHODS = frozenset(
    {"now", "utcnow", "today", "localtime", "uuid1", "uuid4", "getenv", "read_text", "write_text"}
)


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.name)
def test_core_imports_no_module_that_touches_the_world(path: Path) -> None:
    """Clocks, chance, files, sockets, threads and logs are out of reach."""
    assert {name.split(".")[0] for name in imported(path)} & IMPURE_MODULES == set()


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.name)
def test_core_asks_no_clock_and_reads_nothing(path: Path) -> None:
    """No call of `datetime.now`, `uuid4`, `open` and their like."""
    found = []
    for node in ast.walk(tree(path)):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
            found.append(f"{node.lineno}: {node.func.id}")
        if isinstance(node.func, ast.Attribute) and node.func.attr in IMPURE_METHODS:
            found.append(f"{node.lineno}: .{node.func.attr}")
    assert found == []


@pytest.mark.parametrize("path", CORE, ids=lambda path: path.name)
def test_core_awaits_nothing(path: Path) -> None:
    """Nothing in core is asynchronous, so nothing in core can wait."""
    waiting = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    assert [node.lineno for node in ast.walk(tree(path)) if isinstance(node, waiting)] == []
