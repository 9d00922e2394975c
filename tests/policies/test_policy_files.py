"""A policy folder is loaded whole or refused whole, and signed before use."""

from __future__ import annotations

import json
import shutil
import stat
from datetime import UTC, date, datetime
from pathlib import Path

import jsonschema
import pytest

from dialer.core.errors import BadInput
from dialer.core.facts import Facts
from dialer.core.rules import VOCABULARY
from dialer.documents import Document, load_yaml
from dialer.policy_files import (
    key_id,
    load_policy,
    load_rulebook,
    load_signed,
    make_key,
    sign,
    verify,
    write_signature,
)
from dialer.policy_listing import check, find, listing, pack_of, show

ROOT = Path(__file__).parents[2]
POLICIES = ROOT / "policies"
TODAY = date(2026, 11, 24)
HERE = Path(__file__).parent
AT = datetime(2026, 11, 24, 2, tzinfo=UTC)
HOURS = "house/marketing-hours"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped policies to spoil."""
    return Path(shutil.copytree(POLICIES, tmp_path / "policies"))


def _spoil(folder: Path, old: str, new: str, rule: str = HOURS) -> tuple[Path, int]:
    """Replace `old` by `new` in a rule file; gives the file and the line of `old`."""
    path = folder / f"{rule}.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path, text[: text.index(old)].count("\n") + 1


SPOILED = [
    ("kind: hours", "kind: hour", "unknown kind", "hour", "did you mean `hours`?"),
    ('start: "09:00"', 'begin: "09:00"', "unknown key", "begin", "known: days, end, start"),
    ('end: "20:00"', 'end: "08:00"', "a window must end after it starts", "", ""),
    ("grade: A", "grade: C", "wrong value", "C", "one of 'A' or 'B'"),
    ("  read_on:", "  red_on:", "unknown key", "red_on", "did you mean `read_on`?"),
    ("mode: enforce", "mode: 3", "wrong value", "3", "one of"),
    ("mode: enforce", "mode: enforce\nmode: warn", "double key", "mode", "keep one"),
    ("from: 2026-01-01", "from: 2026-01-01\n  to: 2026-01-01", "the end of a rule must come after", "", ""),
    ("from: 2026-01-01", "from: soon", "wrong type or form", "soon", "a date such as"),
    ("review_on: 2027", "review_on: 2025", "dates out of order", "2025-05-21", "the next review"),
    ("id: house/marketing-hours", "id: house/other", "a rule's id is", "house/other", f"write `{HOURS}`"),
    ("purposes: [marketing]", "purposes: []", "too few or too short", "[]", "at least 1"),
    ("article: null", 'article: "7"', "a house rule cites no article", "7", "nobody's law"),
    ("source: house", "source: CN-02", "force and source disagree", "CN-02", "a house rule has force"),
]


@pytest.mark.parametrize(("old", "new", "reason", "value", "hint"), SPOILED)
def test_a_fault_names_its_place(
    folder: Path, old: str, new: str, reason: str, value: str, hint: str
) -> None:
    """Each fault is told with file, line, value and hint, and the whole set is refused."""
    path, line = _spoil(folder, old, new)
    with pytest.raises(BadInput) as caught:
        load_policy(folder)
    fault = next(one for one in caught.value.faults if reason in one.reason)
    assert fault.place.file == str(path)
    assert abs(fault.place.line - line) <= 1
    assert value in fault.value
    assert hint in fault.hint


@pytest.mark.parametrize("key", ["citation:", "  grade:", "in_force:", "owner:", "review_on:", "binds:"])
def test_nothing_may_be_left_out(folder: Path, key: str) -> None:
    """A rule without citation, grade, dates, owner or party is refused as missing that key."""
    path = folder / f"{HOURS}.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(key))
    indent = len(key) - len(key.lstrip())
    end = start + 1
    while end < len(lines) and len(lines[end]) - len(lines[end].lstrip()) > indent:
        end += 1
    path.write_text("\n".join(lines[:start] + lines[end:]), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        load_policy(folder)
    assert key.strip(" :") in {one.value for one in caught.value.faults if one.reason == "missing key"}


def test_a_limit_of_zero_is_refused(folder: Path) -> None:
    """Zero calls a day is not a limit but a ban, and must be said as one."""
    _spoil(folder, "most: 3", "most: 0", "house/attempts-per-person")
    with pytest.raises(BadInput, match="a limit of zero is not a limit"):
        load_policy(folder)


@pytest.mark.parametrize(("status", "words"), [("draft", "not in force"), ("ended", "ended")])
def test_a_text_not_in_force_is_never_enforced(folder: Path, status: str, words: str) -> None:
    """A draft or ended text is refused as enforced; where it warns, its title says what it is."""
    rule = "cn-national/unanswered-per-number"
    _spoil(folder, "  grade: B", f"  grade: B\n  status: {status}", rule)
    found = find(load_policy(folder), rule)
    assert found is not None
    assert words in found.citation.title.en
    _spoil(folder, "mode: warn", "mode: enforce", rule)
    with pytest.raises(BadInput, match=f"the text cited is {status}"):
        load_policy(folder)


def test_all_faults_are_told_at_once(folder: Path) -> None:
    """Faults of several files come together, so that one round mends them."""
    _spoil(folder, "kind: hours", "kind: hour")
    _spoil(folder, "grade: B", "grade: M", "cn-jiangsu/licence-scope")
    (folder / "house" / "notes.txt").write_text("hello")
    (folder / "empty").mkdir()
    report = check(folder, TODAY)
    assert (report.packs, report.rules) == (0, 0)
    assert {Path(one.place.file).name for one in report.problems} == {
        "marketing-hours.yaml",
        "licence-scope.yaml",
        "notes.txt",
        "pack.yaml",
    }


def test_a_folder_without_packs_is_no_policy(tmp_path: Path) -> None:
    """Nothing at all permits nothing: an empty or missing folder is refused."""
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(BadInput):
            load_policy(folder)


def test_shipped_policies_are_in_order() -> None:
    """The shipped set has no problem, and every source that it cites has a row."""
    report = check(POLICIES, TODAY)
    assert report.problems == ()
    sources = (POLICIES / "SOURCES.md").read_text(encoding="utf-8")
    policy = load_policy(POLICIES)
    rows = listing(policy, TODAY)
    assert len(rows) == report.rules
    for row in rows:
        rule = find(policy, row.rule)
        assert rule is not None
        if rule.citation.source != "house":
            line = next(one for one in sources.splitlines() if one.startswith(f"| {rule.citation.source} |"))
            assert f"`{row.rule}`" in line
        assert not row.due
        pack = pack_of(policy, rule)
        assert rule.citation.title.zh in show(pack, rule, "zh")
        assert rule.title.en in show(pack, rule, "en")


def test_two_packs_cannot_share_a_rule(folder: Path) -> None:
    """A pack copied under another name is refused: its ids do not fit its folder."""
    shutil.copytree(folder / "house", folder / "house-2")
    with pytest.raises(BadInput, match="a pack's id is the name of its folder"):
        load_policy(folder)


def test_a_signed_set_is_loaded(folder: Path, tmp_path: Path) -> None:
    """The officer's signature under exactly this set makes it loadable; the private key is 0600."""
    private, public = tmp_path / "key.pem", tmp_path / "key.pub.pem"
    name = make_key(private, public)
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert key_id(public.read_bytes()) == name
    signature = sign(load_rulebook(folder, 4), private, "officer", AT)
    write_signature(signature, folder / "rulebook.sig.json")
    rulebook = load_signed(folder, folder / "rulebook.sig.json", {"any name": public.read_bytes()})
    assert (rulebook.revision, rulebook.digest) == (4, signature["digest"])
    assert signature["signed_at"] == "2026-11-24T02:00:00.000000Z"


def test_what_was_not_signed_is_refused(folder: Path, tmp_path: Path) -> None:
    """Unsigned, changed after signing, another key, another signer's name, another revision: all refused."""
    private, public, other = tmp_path / "a.pem", tmp_path / "a.pub", tmp_path / "b.pub"
    make_key(private, public)
    make_key(tmp_path / "b.pem", other)
    path = folder / "rulebook.sig.json"
    trusted = {"a": public.read_bytes()}
    with pytest.raises(BadInput, match="is not signed"):
        load_signed(folder, path, trusted)
    rulebook = load_rulebook(folder, 4)
    signature = sign(rulebook, private, "officer", AT)
    verify(rulebook, signature, trusted)
    with pytest.raises(BadInput, match="this key is not trusted"):
        verify(rulebook, signature, {"b": other.read_bytes()})
    for name, value in (
        ("signed_by", "somebody"),
        ("signed_at", "2026-11-25T02:00:00.000000Z"),
        ("signature", "AAAA"),
    ):
        with pytest.raises(BadInput, match="the signature is wrong"):
            verify(rulebook, {**signature, name: value}, trusted)
    with pytest.raises(BadInput, match="signed is another rulebook"):
        verify(load_rulebook(folder, 5), signature, trusted)
    with pytest.raises(BadInput, match="unknown key"):
        verify(rulebook, {**signature, "note": "x"}, trusted)
    write_signature(signature, path)
    _spoil(folder, 'end: "20:00"', 'end: "20:30"')
    with pytest.raises(BadInput, match="signed is another rulebook"):
        load_signed(folder, path, trusted)


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    """Making a key where one is fails and leaves it."""
    private = tmp_path / "key.pem"
    make_key(private, tmp_path / "key.pub")
    content = private.read_bytes()
    with pytest.raises(FileExistsError):
        make_key(private, tmp_path / "key.pub")
    assert private.read_bytes() == content


@pytest.mark.parametrize("content", [b"hello", b"x" * 31])
def test_what_is_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    """A file that holds no Ed25519 key is named, and never a traceback."""
    path = tmp_path / "key.pem"
    path.write_bytes(content)
    with pytest.raises(BadInput, match="is no private key"):
        sign(load_rulebook(POLICIES, 1), path, "officer", AT)
    with pytest.raises(BadInput, match="is no public key"):
        key_id(content)


def _schema(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((ROOT / "docs" / "schema" / f"{name}.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def _documents() -> list[tuple[str, Document]]:
    rules = [path for path in sorted(POLICIES.glob("*/*.yaml")) if path.name != "pack.yaml"]
    return [
        *(("pack", load_yaml(path)) for path in sorted(POLICIES.glob("*/pack.yaml"))),
        *(("rule", load_yaml(path)) for path in rules),
        *(("case", load_yaml(path)) for path in sorted(HERE.glob("*/*.yaml"))),
        ("facts", load_yaml(HERE / "facts.yaml")),
    ]


def test_every_file_follows_its_schema() -> None:
    """All packs, rules, cases and the base facts validate; with a key too many none of them does."""
    for name, document in _documents():
        schema = _schema(name)
        schema.validate(document.data)
        assert not schema.is_valid({**document.data, "unknown_key": 1}), document.file


def test_the_schemas_are_those_of_the_code() -> None:
    """The schema of a rule knows the kinds of this engine, that of facts its fields."""
    assert set(_schema("rule").schema["properties"]["kind"]["enum"]) == set(VOCABULARY)
    assert set(_schema("facts").schema["properties"]) == set(Facts.__dataclass_fields__)
    rule = load_yaml(POLICIES / f"{HOURS}.yaml").data
    assert not _schema("rule").is_valid({**rule, "params": {"openn": []}})
