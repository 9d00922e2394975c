"""`dialer script screen`: exit code 0 for a clean text only, the words shown where they stand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import dialer.lab
from dialer.cli import app
from dialer.commands.screening_pages import marked

SAMPLE = Path(dialer.lab.__file__).parent / "sample"
CORPUS = Path(__file__).parent / "corpus"
CLEAN = "示例消金来电，电话4000000001，拒绝来电请按九"


def run(*words: str, typed: str | None = None) -> tuple[int, str]:
    """Exit code and output of `dialer script screen`."""
    done = CliRunner().invoke(
        app, ["script", "screen", *words], input=typed, env={"COLUMNS": "160", "LANG": "C.UTF-8"}
    )
    return done.exit_code, done.output


def test_a_clean_text(tmp_path: Path) -> None:
    """Exit 0, from a file or from standard input."""
    file = tmp_path / "script.txt"
    file.write_text(CLEAN, encoding="utf-8")
    assert run(str(file))[0] == 0
    assert run("-", typed=CLEAN)[0] == 0


def test_findings(tmp_path: Path) -> None:
    """Exit 1 for what stops and for what only warns; the words, their places and the reason are printed."""
    file = tmp_path / "script.txt"
    file.write_text(f"{CLEAN}，稳\u200b赚不赔", encoding="utf-8")
    code, out = run(str(file), "--lang", "zh")
    assert code == 1
    assert "稳<U+200B>赚不赔" in out
    assert "不得承诺收益" in out
    code, out = run(str(file), "--json")
    (text,) = json.loads(out)["texts"]
    assert (code, text["findings"][0]["words"]) == (1, ["稳\u200b赚不赔"])
    assert run("-", typed=f"{CLEAN}，加微信")[0] == 1


def test_a_script_file_with_its_register() -> None:
    """The sample's scripts are clean, by the names and the number that its register gives."""
    words = (str(SAMPLE / "scripts.yaml"), "--register", str(SAMPLE / "register.yaml"), "--json")
    code, out = run(*words)
    told = json.loads(out)
    assert code == 0, told
    assert len(told["texts"]) == 6


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("no-such-file.txt",),
        ("-", "--role", "song"),
        ("-", "--language", "fr"),
        ("--corpus", "no-such-folder"),
    ],
)
def test_bad_input(words: tuple[str, ...]) -> None:
    """Exit 2 for nothing to screen, an empty text, and values that there are not."""
    assert run(*words, typed="")[0] == 2


def test_the_figures_of_the_corpus(tmp_path: Path) -> None:
    """Printed as JSON; exit 1 where a forbidden line passes."""
    code, out = run("--corpus", str(CORPUS), "--json")
    told = json.loads(out)
    assert (code, told["missed"]) == (0, 0)
    (tmp_path / "x.tsv").write_text(
        "forbidden\tthreat\tzh\tcollection\tline\t感谢您的接听\n", encoding="utf-8"
    )
    code, out = run("--corpus", str(tmp_path))
    assert code == 1
    assert "感谢您的接听" in out


def test_the_marks_stand_on_the_words() -> None:
    """What is coloured in the terminal is what was found; a stop lies over a warning."""
    findings = [{"severity": "warn", "marks": [[0, 4]]}, {"severity": "stop", "marks": [[1, 3]]}]
    shown = marked("甲乙丙丁戊", findings)
    styles = {shown.plain[span.start : span.end]: str(span.style) for span in shown.spans}
    assert [styles.get(sign, "") for sign in "甲乙丙丁戊"] == [
        "black on yellow",
        "bold white on red",
        "bold white on red",
        "black on yellow",
        "",
    ]
