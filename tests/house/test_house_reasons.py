"""Every denial explains itself: a sentence in two languages, what would mend it, and who can."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from house_reading import ROOT, python_files, tree

from dialer.core.reasons import REASONS
from dialer.core.rules import KINDS, caller_id, script

CODE = re.compile(rf"^({'|'.join([*KINDS, 'rule'])})\.[a-z][a-z_]*[a-z]$")
FILE_NAME = re.compile(r"\.(csv|json|py|toml|wav|yaml)$")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
DATED = ("licence", "entrustment", "platform")
RATED = ("abandonment", "breaker")


def _is_code(text: str) -> bool:
    return bool(CODE.match(text)) and not FILE_NAME.search(text)


def _written() -> dict[str, str]:
    """Reason code -> where it is written, from every string of the program that has the shape of one."""
    found: dict[str, str] = {}
    for path in python_files("dialer"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_code(node.value):
                found[node.value] = f"{path.relative_to(ROOT)}:{node.lineno}"
    return found


def _composed() -> set[str]:
    """Codes that are put together: a kind with what `dated` or the checks of `caller_id` add."""
    dated = tree(ROOT / "dialer/core/rules/dated.py")
    nearest = next(n for n in ast.walk(dated) if isinstance(n, ast.FunctionDef) and n.name == "_nearest")
    returned = [node.value for node in ast.walk(nearest) if isinstance(node, ast.Return)]
    endings = {
        str(one.elts[1].value)
        for one in returned
        if isinstance(one, ast.Tuple) and isinstance(one.elts[1], ast.Constant)
    }
    scopes = script.Params().scope
    return (
        {f"{kind}.{ending}" for kind in DATED for ending in endings | {"holds"}}
        | {f"{kind}.{ending}" for kind in RATED for ending in ("no_campaign", "unknown", "above", "below")}
        | {f"caller_id.{ending}" for ending, _ in caller_id.CHECKS.values()}
        | {f"script.other_{name}" for name in scopes}
    )


def _permitting() -> Iterator[str]:
    """Codes of verdicts that say `denied=False`."""
    for path in python_files("dialer/core"):
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") != "Verdict":
                continue
            given = dict(zip(("code", "denied"), node.args, strict=False))
            given |= {word.arg: word.value for word in node.keywords if word.arg}
            code, denied = given["code"], given["denied"]
            if isinstance(denied, ast.Constant) and denied.value is True:
                continue
            for part in (each for one in _meant(code, path) for each in ast.walk(one)):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield from (
                        (f"{kind}{part.value}" for kind in (*DATED, *RATED))
                        if part.value.startswith(".")
                        else (part.value,)
                    )


def _meant(code: ast.AST, path: Path) -> list[ast.AST]:
    """The expression of a code, or where it is a name whatever that file assigns to the name."""
    if not isinstance(code, ast.Name):
        return [code]
    return [
        node.value
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Assign)
        and any(isinstance(one, ast.Name) and one.id == code.id for one in node.targets)
    ]


def test_every_reason_code_in_the_program_is_explained() -> None:
    """A code that is written or composed anywhere stands in the table."""
    unknown = {code: where for code, where in _written().items() if code not in REASONS}
    assert unknown == {}
    assert _composed() - set(REASONS) == set()


def test_what_has_no_remedy_is_what_permits() -> None:
    """A code without a remedy is one of a verdict that does not deny."""
    bare = {code for code, reason in REASONS.items() if not (reason.remedy.en and reason.remedy.zh)}
    assert bare - set(_permitting()) == set()


@pytest.mark.parametrize("code", REASONS)
def test_every_reason_speaks_both_languages(code: str) -> None:
    """Chinese is Chinese, English is not, both show the same values, and a remedy names who can give it."""
    reason = REASONS[code]
    for text in (reason.text, reason.remedy):
        if not text.en and not text.zh:
            continue
        assert CHINESE.search(text.zh)
        assert text.en
        assert not CHINESE.search(text.en)
        assert _shown(text.zh) == _shown(text.en)
    assert bool(reason.remedy.en) == bool(reason.who)


def _shown(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
