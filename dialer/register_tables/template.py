"""An empty register to fill in: the headers, what each column wants, and which words may stand in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from dialer.register_tables.shape import Field, Section, every
from dialer.register_tables.words import ABOUT, SEVERAL, about, choices, header, sheet_name
from dialer.register_tables.writing import Format, headings, write_folder
from dialer.tabular import Heading, Sheet, Value, replacing, write_xlsx

_ABOUT_HEADINGS = {
    "zh": ("表", "列", "英文列名", "必填", "怎么填", "可填的值"),
    "en": ("sheet", "column", "Chinese header", "required", "what to write", "words that may stand there"),
}
_WIDTHS = (18, 20, 26, 10, 48, 48)
_REQUIRED = {"zh": "是", "en": "yes"}


def write_template(path: Path, form: Format, lang: str = "zh") -> None:
    """Write an empty register to a file, or for CSV to a folder. Raises BadInput."""
    if form == "yaml":
        with replacing(path) as part:
            part.write_text("".join(_yaml_lines(lang)), encoding="utf-8")
        return
    empty = [
        Sheet(sheet_name(section, lang), headings(section, above, lang), ()) for section, above in every()
    ]
    if form == "xlsx":
        write_xlsx(path, [*empty, about_sheet(lang)])
    else:
        write_folder(path, [*empty, about_sheet(lang)])


def about_sheet(lang: str) -> Sheet:
    """The sheet that explains the others; it is never read."""
    named = zip(_ABOUT_HEADINGS[lang], _WIDTHS, strict=True)
    return Sheet(ABOUT[lang], tuple(Heading(text, width=width) for text, width in named), _lines(lang), True)


def _lines(lang: str) -> Iterator[list[Value]]:
    other = "en" if lang == "zh" else "zh"
    for section, above in every():
        for field in section.columns(part=above is not None):
            yield [
                sheet_name(section, lang),
                header(section, field, lang),
                header(section, field, other),
                _REQUIRED[lang] if field.required else None,
                about(section, field, lang),
                _allowed(field, lang),
            ]


def _allowed(field: Field, lang: str) -> str | None:
    words = choices(field, lang)
    if not words:
        return None
    return f"{SEVERAL[lang] if field.several else ''}{' / '.join(words)}"


def _yaml_lines(lang: str) -> Iterator[str]:
    for section, above in every():
        if above is None:
            off = "" if section.single else "# "
            yield f"# {sheet_name(section, lang)}\n{off}{section.name}:\n"
            yield from _yaml_row(section, lang, off, "  ")


def _yaml_row(section: Section, lang: str, off: str, indent: str) -> Iterator[str]:
    """The keys of one row; `off` is the comment sign of what nobody need fill in."""
    begin, tables = ("" if section.single else "- "), set[str]()
    deep = "" if section.single else "  "
    for field in section.fields:
        if field.form == "none":
            continue
        if len(field.path) > 1 and field.path[0] not in tables:
            tables.add(field.path[0])
            yield f"{off}{indent}{begin}{field.path[0]}:\n"
            begin = deep
        told = [header(section, field, lang), about(section, field, lang), " / ".join(field.choices)]
        lead = f"{off}{indent}{begin}{'  ' * (len(field.path) - 1)}"
        yield f"{lead}{field.path[-1]}: {'[]' if field.several else chr(34) * 2}   # {'; '.join(filter(None, told))}\n"
        begin = deep
    for part in section.parts:
        inner = part.path[len(section.path) :]
        yield f"{off}{indent}{deep}{inner[-1]}:   # {sheet_name(part, lang)}\n"
        yield from _yaml_row(part, lang, off, f"{indent}{deep}  ")
