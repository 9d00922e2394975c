"""`policies/` -> PolicySet -> Rulebook. A set with one fault is refused whole, every fault with line and hint.

A pack is a folder with `pack.yaml` and one rule a file; a rule's id is `<pack>/<file stem>`.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dialer.calendar_files import load_calendars
from dialer.core.errors import BadInput, InputFault, Place
from dialer.core.policy import Applies, Binding, Citation, Force, Mode, Pack, PolicySet, Rule, Text
from dialer.core.rulebook import Rulebook
from dialer.core.rules import VOCABULARY
from dialer.document_faults import nearest
from dialer.documents import Document, load_yaml, validated
from dialer.policy_shapes import HOUSE_SOURCE, CitationShape, PackShape, RuleShape, Status, TextShape
from dialer.policy_signature import (
    SIGNATURE_FILE,
    key_id,
    make_key,
    read_signature,
    sign,
    verify,
    write_signature,
)

__all__ = [
    "PACK_FILE",
    "SIGNATURE_FILE",
    "key_id",
    "load_policy",
    "load_rulebook",
    "load_signed",
    "make_key",
    "sign",
    "verify",
    "write_signature",
]

PACK_FILE = "pack.yaml"
_SUFFIX = {
    Status.DRAFT: Text("（草案，未生效）", " (draft, not in force)"),
    Status.ENDED: Text("（已失效）", " (ended)"),
}


def load_policy(folder: Path) -> PolicySet:
    """Every pack in `folder`, in order of ids. Raises BadInput with all faults of all files."""
    faults: list[InputFault] = []
    packs = [pack for one in _pack_folders(folder) if (pack := _load_pack(one, faults)) is not None]
    if not packs and not faults:
        faults.append(
            InputFault(Place(str(folder)), "no pack here", hint=f"a pack is a folder with a `{PACK_FILE}`")
        )
    if faults:
        raise BadInput(faults)
    return PolicySet(tuple(sorted(packs, key=lambda pack: pack.id)))


def load_rulebook(folder: Path, revision: int) -> Rulebook:
    """The rulebook of `folder` at `revision` (from 1), with the zone data that this process uses from now on.

    Zones are read from the installed `tzdata` only, whatever the system has: the digest names its version.
    """
    zoneinfo.reset_tzpath(())
    zoneinfo.ZoneInfo.clear_cache()
    policy = load_policy(folder)
    return Rulebook(
        policy=policy,
        revision=revision,
        zones=f"tzdata {version('tzdata')}",
        calendars=load_calendars(folder, policy),
    )


def load_signed(folder: Path, signature_path: Path, trusted: Mapping[str, bytes]) -> Rulebook:
    """The rulebook of `folder` at its signed revision; `trusted`: key id -> public key, raw or PEM.

    Raises BadInput where it is unsigned, signed by a key not trusted, or another set was signed.
    """
    signature = read_signature(signature_path)
    rulebook = load_rulebook(folder, signature.revision)
    verify(rulebook, signature.model_dump(), trusted, str(signature_path))
    return rulebook


def _pack_folders(folder: Path) -> list[Path]:
    try:
        return sorted(one for one in folder.iterdir() if one.is_dir() and not one.name.startswith("."))
    except OSError as error:
        reason = f"cannot be read: {(error.strerror or 'unknown').lower()}"
        raise BadInput(
            [InputFault(Place(str(folder)), reason, hint="name the folder of the packs")]
        ) from None


def _load_pack(folder: Path, faults: list[InputFault]) -> Pack | None:
    begun = len(faults)
    pack_file = folder / PACK_FILE
    shape: PackShape | None = None
    try:
        document = load_yaml(pack_file)
        shape = validated(document, PackShape)
        if shape.id != folder.name:
            faults.append(
                _fault(document, ("id",), "a pack's id is the name of its folder", shape.id, folder.name)
            )
    except BadInput as error:
        faults.extend(error.faults)
    rules = []
    for path in sorted(folder.iterdir()):
        if path.name == PACK_FILE or path.name.startswith("."):
            continue
        if path.suffix != ".yaml":
            hint = "a pack holds `pack.yaml` and rule files that end in `.yaml`"
            faults.append(InputFault(Place(str(path)), "is no rule file", path.name, hint))
            continue
        try:
            rules.append(_load_rule(path, f"{folder.name}/{path.stem}"))
        except BadInput as error:
            faults.extend(error.faults)
    if not rules and len(faults) == begun:
        hint = "rule files end in `.yaml`; a pack without any would permit whatever it is about"
        faults.append(InputFault(Place(str(folder)), "no rule here", hint=hint))
    if shape is None or len(faults) > begun:
        return None
    return Pack(
        id=shape.id,
        title=_text(shape.title),
        version=shape.version,
        zone=shape.zone,
        binding=Binding(**shape.binds.model_dump()),
        rules=tuple(rules),
    )


def _load_rule(path: Path, expected_id: str) -> Rule:
    document = load_yaml(path)
    shape = validated(document, RuleShape)
    faults = list(_rule_faults(document, shape, expected_id))
    params: Any = None
    kind = VOCABULARY.get(shape.kind)
    if kind is None or kind.params is None:
        faults.append(
            _fault(document, ("kind",), "unknown kind", shape.kind, nearest(shape.kind, VOCABULARY))
        )
    else:
        try:
            params = validated(document, kind.params, ("params",))
        except BadInput as error:
            faults.extend(error.faults)
    if faults:
        raise BadInput(faults)
    return Rule(
        id=shape.id,
        title=_text(shape.title),
        binds=shape.binds,
        applies=Applies(shape.applies.purposes, shape.applies.products, shape.applies.moments),
        kind=shape.kind,
        params=params,
        force=shape.force,
        mode=shape.mode,
        in_force_from=shape.in_force.begin,
        in_force_to=shape.in_force.end,
        citation=_citation(shape.citation),
        owner=shape.owner,
        review_on=shape.review_on,
    )


def _rule_faults(document: Document, shape: RuleShape, expected_id: str) -> Iterable[InputFault]:
    """What no single field shows."""
    cited = shape.citation
    if shape.id != expected_id:
        yield _fault(
            document, ("id",), "a rule's id is <pack>/<file name>", shape.id, f"write `{expected_id}`"
        )
    if cited.status is not Status.IN_FORCE and shape.mode is Mode.ENFORCE:
        hint = "set mode to observe or warn: only a text in force is enforced"
        yield _fault(document, ("mode",), f"the text cited is {cited.status.value}", shape.mode.value, hint)
    if (shape.force is Force.HOUSE) != (cited.source == HOUSE_SOURCE):
        hint = "a house rule has force `house` and source `house`, and nothing else has"
        yield _fault(document, ("citation", "source"), "force and source disagree", cited.source, hint)
    if shape.force is Force.HOUSE and cited.article is not None:
        hint = "write `article: null`: a house rule is nobody's law"
        yield _fault(document, ("citation", "article"), "a house rule cites no article", cited.article, hint)
    if shape.review_on <= cited.read_on:
        hint = "the next review comes after the last reading"
        yield _fault(document, ("review_on",), "dates out of order", shape.review_on.isoformat(), hint)


def _fault(document: Document, path: tuple[str | int, ...], reason: str, value: str, hint: str) -> InputFault:
    where = Place(document.file, document.line_of(path), ".".join(str(one) for one in path))
    return InputFault(where, reason, value, hint)


def _citation(shape: CitationShape) -> Citation:
    suffix = _SUFFIX.get(shape.status, Text("", ""))
    return Citation(
        source=shape.source,
        title=Text(shape.title.zh + suffix.zh, shape.title.en + suffix.en),
        article=shape.article,
        topic=_text(shape.topic),
        address=shape.address,
        grade=shape.grade,
        read_on=shape.read_on,
    )


def _text(shape: TextShape) -> Text:
    return Text(shape.zh, shape.en)
