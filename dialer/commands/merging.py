"""`dialer register merge`: several enterprises' number lists as one, with every conflict."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dialer.commands.options import DENIED, DONE, AsJson, Lang, fail, language, say_json
from dialer.commands.registers import register
from dialer.commands.stock import written
from dialer.core.errors import BadInput, DialerError, InputFault, Place

if TYPE_CHECKING:
    from dialer.merging import Claim, Conflict, Merged

HEADERS = (
    "序号", "号码", "类型", "用途", "金融企业全称", "委托合作单位全称", "统一社会信用代码", "电信企业",
    "合作开始", "合作结束", "来源", "联络员", "文件", "行", "冲突",
)  # fmt: skip
KIND_WORDS = {"voice": "话音", "sms_port": "短信端口"}
PATH_WORDS = {"special_segment": "专用号段", "reported_existing": "存量报备", "": ""}


@register.command("merge")
def merge(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="number lists and registers")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="write the merged list: .csv, .xlsx or .json")
    ] = None,
    lang: Lang = "",
    as_json: AsJson = False,
) -> None:
    """Number lists of several enterprises as one; exit 1 where two of them contradict each other."""
    from dialer.list_claims import load_claims
    from dialer.merging import merge as merged_of

    faults: list[InputFault] = []
    claims: list[Claim] = []
    try:
        if out is not None and out.suffix.lower() not in (".csv", ".xlsx", ".json"):
            hint = "end it in .csv, .xlsx or .json"
            raise BadInput([InputFault(Place(str(out)), "no format is known by this name", hint=hint)])
        for file in files:
            try:
                claims += load_claims(file)
            except BadInput as error:
                faults += error.faults
        if faults:
            raise BadInput(faults)
        merged = merged_of(claims)
        if out is not None:
            _write(out, merged)
    except DialerError as error:
        fail(error)
    if as_json:
        say_json(_told(merged))
    else:
        from dialer.commands.stock_pages import show_merge

        show_merge(_told(merged), language(lang))
    raise SystemExit(DENIED if merged.conflicts else DONE)


def _told(merged: Merged) -> dict[str, Any]:
    from dialer.merging import KINDS, OF_ENTERPRISES

    return {
        "same": merged.same,
        "claims": [_claim_json(one) for one in merged.claims],
        "conflicts": [
            {
                "kind": one.kind,
                "about": one.one.uscc if one.kind in OF_ENTERPRISES else one.one.number,
                "text": dict(zip(("zh", "en"), KINDS[one.kind][0], strict=True)),
                "remedy": dict(zip(("zh", "en"), KINDS[one.kind][1], strict=True)),
                "between": [
                    {"file": claim.file, "row": claim.row, "enterprise": claim.enterprise, "says": says}
                    for claim, says in zip((one.one, one.other), one.says, strict=True)
                ],
            }
            for one in merged.conflicts
        ],
    }


def _claim_json(one: Claim) -> dict[str, Any]:
    return {
        "number": one.number,
        "kind": one.kind,
        "uscc": one.uscc,
        "enterprise": one.enterprise,
        "agency": one.agency,
        "carrier": one.carrier,
        "purposes": sorted(one.purposes),
        "from": one.start.isoformat(),
        "to": one.to.isoformat() if one.to else None,
        "path": one.path or None,
        "liaison": one.liaison or None,
        "file": one.file,
        "row": one.row,
    }


def _write(out: Path, merged: Merged) -> None:
    from dialer.tabular.writing import Heading, Sheet, write_csv, write_xlsx

    suffix = out.suffix.lower()
    if suffix == ".json":
        written(
            out, (json.dumps(_told(merged), ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()
        )
    elif suffix == ".csv":
        write_csv(out, HEADERS, _rows(merged))
    else:
        write_xlsx(out, [Sheet("号码清单", tuple(Heading(one) for one in HEADERS), _rows(merged))])


def _rows(merged: Merged) -> Iterator[list[str | int | None]]:
    """The merged list as it can be read again; days as people write them, the last one included."""
    from dialer.merging import KINDS
    from dialer.use_columns import PURPOSE_WORDS

    held: dict[int, list[Conflict]] = {}
    for conflict in merged.conflicts:
        for claim in (conflict.one, conflict.other):
            held.setdefault(id(claim), []).append(conflict)
    for no, one in enumerate(merged.claims, start=1):
        yield [
            no,
            one.number,
            KIND_WORDS[one.kind],
            "、".join(PURPOSE_WORDS[purpose] for purpose in sorted(one.purposes)),
            one.enterprise,
            one.agency or "本单位自用",
            one.uscc,
            one.carrier,
            one.start.isoformat(),
            (one.to - timedelta(days=1)).isoformat() if one.to else "长期",
            PATH_WORDS[one.path],
            one.liaison,
            one.file,
            one.row,
            "；".join(dict.fromkeys(KINDS[found.kind][0][0] for found in held.get(id(one), ()))),
        ]
