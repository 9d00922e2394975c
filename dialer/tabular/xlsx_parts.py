"""The parts of an XLSX file around its sheets, read within bounds: where the sheets are, shared text, styles.

No document type is accepted in any part, so there are no entities to expand.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

CHUNK = 1 << 16
MOST_PARTS = 2000
MOST_EXPANDED = 2 << 30
MOST_SHARED = 128 << 20
MOST_SMALL = 16 << 20
MOST_SIGNS_IN_CELL = 32_767
SPACES = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
)
# Formats of dates that Chinese, Japanese and Korean programs have by number, without writing them down.
DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class NoWorkbook(Exception):
    """A part that is not as it must be; the words say why."""


@dataclass(frozen=True)
class Frame:
    """Sheet names in their order with their parts, which styles are dates, the shared text, and the epoch."""

    sheets: Mapping[str, str]
    dates: frozenset[int]
    shared: tuple[str, ...]
    since_1904: bool


def checked(archive: zipfile.ZipFile) -> None:
    """Refuse an archive that would expand beyond bounds. Raises NoWorkbook."""
    parts = archive.infolist()
    # What a part says of its size binds: no more of it is ever expanded.
    if len(parts) > MOST_PARTS or sum(one.file_size for one in parts) > MOST_EXPANDED:
        raise NoWorkbook(
            f"expands to more than {MOST_EXPANDED >> 30} GiB, or has more than {MOST_PARTS} parts"
        )


def frame_of(archive: zipfile.ZipFile) -> Frame:
    """What is needed to read the sheets. Raises NoWorkbook."""
    main = next(iter(_targets(archive, "_rels/.rels", "", "/officeDocument").values()), "xl/workbook.xml")
    folder, name = posixpath.split(main)
    linked = _targets(archive, f"{folder}/_rels/{name}.rels", folder, "")
    root = _small(archive, main)
    sheets = {}
    for one in root.iter():
        if _local(one.tag) == "sheet":
            link = next((value for key, value in one.attrib.items() if _local(key) == "id"), "")
            if link in linked:
                sheets[str(one.attrib.get("name", ""))] = linked[link]
    known = set(archive.namelist())
    sheets = {title: part for title, part in sheets.items() if part in known and "/worksheets/" in f"/{part}"}
    styles = next((part for part in linked.values() if part.endswith("styles.xml") and part in known), None)
    shared = next(
        (part for part in linked.values() if part.lower().endswith("sharedstrings.xml") and part in known),
        None,
    )
    since_1904 = any(
        one.attrib.get("date1904") in ("1", "true") for one in root.iter() if _local(one.tag) == "workbookPr"
    )
    return Frame(
        sheets,
        _date_styles(_small(archive, styles)) if styles else frozenset(),
        _shared(archive, shared) if shared else (),
        since_1904,
    )


def parsed(
    archive: zipfile.ZipFile,
    part: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
) -> Iterator[None]:
    """Hand the events of a part to three functions; yields after each chunk. Names are local. Raises NoWorkbook."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    names: dict[str, str] = {}

    def name_of(name: str) -> str:
        space, _, local = name.rpartition(" ")
        return names.setdefault(name, local if space in SPACES else "")

    def started(name: str, attributes: dict[str, str]) -> None:
        start(names.get(name) or name_of(name), attributes)

    def ended(name: str) -> None:
        end(names.get(name) or name_of(name))

    def no_doctype(*_: object) -> None:
        raise NoWorkbook("declares a document type")

    parser.StartElementHandler, parser.EndElementHandler = started, ended
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = no_doctype
    try:
        with archive.open(part) as file:
            while chunk := file.read(CHUNK):
                parser.Parse(chunk, False)
                yield
            parser.Parse(b"", True)
    except expat.ExpatError as trouble:
        raise NoWorkbook(f"holds no XML in `{part}`: {trouble}") from None


def unescaped(text: str) -> str:
    """Text without the escapes in which XLSX writes control characters."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


class _Shared:
    """The shared texts of a workbook, put together from the events of their XML."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._bits: list[str] = []
        self._take = self._phonetic = False

    def start(self, name: str, _: dict[str, str]) -> None:
        """An element begins."""
        if name == "si":
            self._bits = []
        elif name == "rPh":
            self._phonetic = True
        elif name == "t":
            self._take = not self._phonetic

    def text(self, data: str) -> None:
        """Text between tags."""
        if self._take:
            self._bits.append(data)

    def end(self, name: str) -> None:
        """An element ends."""
        if name == "si":
            self.found.append(unescaped("".join(self._bits)))
        elif name == "rPh":
            self._phonetic = False
        elif name == "t":
            self._take = False


def _shared(archive: zipfile.ZipFile, part: str) -> tuple[str, ...]:
    if archive.getinfo(part).file_size > MOST_SHARED:
        raise NoWorkbook(f"has more than {MOST_SHARED >> 20} MiB of shared text")
    reading = _Shared()
    for _ in parsed(archive, part, reading.start, reading.end, reading.text):
        pass
    return tuple(reading.found)


def _date_styles(root: Any) -> frozenset[int]:
    written = {
        int(one.attrib.get("numFmtId", 0)): str(one.attrib.get("formatCode", ""))
        for one in root.iter()
        if _local(one.tag) == "numFmt"
    }
    styles = next((one for one in root if _local(one.tag) == "cellXfs"), ())
    found = set()
    for index, style in enumerate(styles):
        number = int(style.attrib.get("numFmtId", 0))
        code = written.get(number, BUILTIN_FORMATS.get(number, ""))
        if number in DATE_FORMATS or (number in written and is_date_format(code)):
            found.add(index)
    return frozenset(found)


def _targets(archive: zipfile.ZipFile, part: str, folder: str, kind: str) -> dict[str, str]:
    if part not in archive.namelist():
        return {}
    found = {}
    for one in _small(archive, part):
        if str(one.attrib.get("Type", "")).endswith(kind) and one.attrib.get("TargetMode") != "External":
            target = str(one.attrib.get("Target", ""))
            whole = target if target.startswith("/") else posixpath.join(folder, target)
            found[str(one.attrib.get("Id", ""))] = posixpath.normpath(whole).lstrip("/")
    return found


def _small(archive: zipfile.ZipFile, part: str) -> Any:
    try:
        if archive.getinfo(part).file_size > MOST_SMALL:
            raise NoWorkbook(f"has a part `{part}` of more than {MOST_SMALL >> 20} MiB")
        return fromstring(archive.read(part), forbid_dtd=True)
    except KeyError:
        raise NoWorkbook(f"has no part `{part}`") from None
    except (ParseError, DefusedXmlException, ValueError) as trouble:
        raise NoWorkbook(f"holds no XML in `{part}`: {trouble}") from None


def _local(name: str) -> str:
    return name.rpartition("}")[2]
