"""The number list as a spreadsheet (XLSX): text that stays text, dates that are dates, the same bytes each time."""

from __future__ import annotations

import io
import math
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from dialer.core.errors import BadInput, InputFault, Place
from dialer.number_list.template import Column, Template
from dialer.ports.number_list import Change, Json

MOST_ROWS = 1_000_000
_FONT = "SimSun"
# Points of one line of text.
_LINE = 16
_THIN = Side(style="thin", color="808080")
_BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_HEAD = PatternFill("solid", fgColor="D9E2F3")
_CENTRED = Alignment(horizontal="center", vertical="center", wrap_text=True)
_LEFT = Alignment(horizontal="left", vertical="center", wrap_text=True)
# Signs that no XLSX can hold, and with which a cell could still pass for a formula elsewhere.
_CONTROL = dict.fromkeys(range(32))
# The time stamp of each part of the file; the oldest that ZIP can say.
_STAMP = (1980, 1, 1, 0, 0, 0)

Value = str | int | date


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above the table. `zone` is that of the register's civil days."""

    submission: str
    enterprise: str
    regulator: str
    prepared_at: datetime
    zone: ZoneInfo


def workbook_bytes(changes: Sequence[Change], heading: Heading, template: Template) -> bytes:
    """The spreadsheet of a submission; the same input gives the same bytes. Raises BadInput for too many rows."""
    rows = list(_rows(changes, heading, template))
    if len(rows) > MOST_ROWS:
        hint = "submit each enterprise by itself, or over HTTP"
        raise BadInput([InputFault(Place("spreadsheet"), "more rows than fit", str(len(rows)), hint)])
    book = Workbook()
    sheet: Worksheet = book.worksheets[0]
    sheet.title = template.sheet
    first = _head(sheet, heading, template)
    body = _headers(sheet, first, template.columns)
    for number, row in enumerate(rows, start=body):
        for at, column in enumerate(template.columns, start=1):
            _put(sheet.cell(number, at), row[column.field], column)
        sheet.row_dimensions[number].height = _LINE * max(
            _lines(row[column.field], column.width) for column in template.columns
        )
    _foot(sheet, body + len(rows), template)
    _page(sheet, body, template)
    book.properties.creator = "dialer"
    book.properties.title = template.title
    book.properties.created = book.properties.modified = heading.prepared_at.replace(tzinfo=None)
    return _same_each_time(book)


def _rows(changes: Sequence[Change], heading: Heading, template: Template) -> Iterator[Mapping[str, Value]]:
    words, number = template.words, 0
    for change in changes:
        line = change.line.content
        liaison = line["liaison"] or {"name": "", "contact": ""}
        common: dict[str, Value] = {
            "number": line["number"],
            "kind": getattr(words.kind, line["kind"]),
            "enterprise": line["enterprise"]["full_name"],
            "agency": line["agency"]["full_name"] if line["agency"] else words.own,
            "uscc": line["enterprise"]["uscc"],
            "liaison": liaison["name"],
            "liaison_contact": liaison["contact"],
            "change": getattr(words.change, change.kind),
            "changed_on": change.changed_at.astimezone(heading.zone).date(),
            "regulator": heading.regulator,
            "submission": heading.submission,
        }
        for use in line["uses"]:
            number += 1
            yield {**common, "no": number, **_use(use, template)}


def _use(use: Json, template: Template) -> dict[str, Value]:
    words = template.words
    # The register's `to` is the day after the last; people write the last day.
    last = date.fromisoformat(use["to"]) - timedelta(days=1) if use["to"] else words.open_end
    return {
        "purposes": words.and_.join(getattr(words.purpose, one) for one in use["purposes"]),
        "carrier": use["carrier"],
        "from": date.fromisoformat(use["from"]),
        "to": last,
        "path": getattr(words.path, use["path"]),
    }


def _put(cell: Cell, value: Value, column: Column) -> None:
    if isinstance(value, str):
        _text(cell, value)
    else:
        cell.value = value
        cell.number_format = "yyyy-mm-dd" if isinstance(value, date) else "0"
    cell.font = Font(name=_FONT, size=10)
    cell.border = _BOX
    wide = column.field in ("enterprise", "agency", "purposes")
    cell.alignment = _LEFT if wide else _CENTRED


def _lines(value: Value, width: int) -> int:
    """Over how many lines a value is broken in a column: programs measure a row only while somebody edits it."""
    signs = sum(2 if unicodedata.east_asian_width(one) in "WFA" else 1 for one in str(value))
    # A column is measured in signs of 11 points, and ours have 10.
    return max(1, math.ceil(signs / (width + 1)))


def _text(cell: Cell, value: str) -> None:
    """Text and nothing else: neither a formula nor a number, also once a person edits it."""
    cell.value = value.translate(_CONTROL)
    cell.data_type = "s"
    cell.number_format = "@"
    cell.quotePrefix = True


def _head(sheet: Worksheet, heading: Heading, template: Template) -> int:
    """Title and lines above the table; the first row of the headers."""
    across = len(template.columns)
    cell = sheet.cell(1, 1)
    _text(cell, template.title)
    cell.font, cell.alignment = Font(name=_FONT, size=16, bold=True), _CENTRED
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=across)
    sheet.row_dimensions[1].height = 2 * _LINE
    told = {
        "enterprise": heading.enterprise,
        "regulator": heading.regulator,
        "prepared_on": heading.prepared_at.astimezone(heading.zone).date().isoformat(),
        "submission": heading.submission,
    }
    for row, line in enumerate(template.head, start=2):
        cell = sheet.cell(row, 1)
        _text(cell, f"{line.label}：{told[line.field]}")
        cell.font, cell.alignment = Font(name=_FONT, size=10), Alignment(vertical="center")
        sheet.row_dimensions[row].height = _LINE
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=across)
    return 2 + len(template.head)


def _headers(sheet: Worksheet, row: int, columns: Sequence[Column]) -> int:
    """One row of headers, two where a group stands over some; the first row below them."""
    grouped = any(one.group for one in columns)
    last = row + 1 if grouped else row
    for line in range(row, last + 1):
        sheet.row_dimensions[line].height = 2 * _LINE / (last + 1 - row) + 4
    at = 1
    for name, members in groupby(columns, key=lambda one: one.group):
        several = list(members)
        for step, column in enumerate(several):
            for line in range(row, last + 1):
                _header(sheet.cell(line, at + step))
            _text(sheet.cell(last if name else row, at + step), column.header)
            if not name and grouped:
                sheet.merge_cells(start_row=row, start_column=at + step, end_row=last, end_column=at + step)
        if name:
            _text(sheet.cell(row, at), name)
            sheet.merge_cells(start_row=row, start_column=at, end_row=row, end_column=at + len(several) - 1)
        at += len(several)
    return last + 1


def _header(cell: Cell) -> None:
    cell.font = Font(name=_FONT, size=10, bold=True)
    cell.fill, cell.border, cell.alignment = _HEAD, _BOX, _CENTRED


def _foot(sheet: Worksheet, row: int, template: Template) -> None:
    if not template.foot:
        return
    cell = sheet.cell(row + 1, 1)
    _text(cell, template.foot)
    cell.font = Font(name=_FONT, size=10)
    sheet.merge_cells(start_row=row + 1, start_column=1, end_row=row + 1, end_column=len(template.columns))


def _page(sheet: Worksheet, body: int, template: Template) -> None:
    """Widths, frozen headers, and how it is printed: across one sheet, its headers on each page."""
    for at, column in enumerate(template.columns, start=1):
        sheet.column_dimensions[get_column_letter(at)].width = column.width
    sheet.freeze_panes = sheet.cell(body, 1).coordinate
    sheet.print_title_rows = f"{len(template.head) + 2}:{body - 1}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    margins = sheet.page_margins
    margins.left = margins.right = margins.top = 0.4
    margins.bottom = 0.7
    sheet.oddFooter.center.text = "第 &P 页，共 &N 页"


def _same_each_time(book: Workbook) -> bytes:
    raw, fixed = io.BytesIO(), io.BytesIO()
    # `Workbook.save` would write the present instant over ours.
    ExcelWriter(book, zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED)).save()
    with zipfile.ZipFile(raw) as made, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as out:
        for name in sorted(made.namelist()):
            out.writestr(zipfile.ZipInfo(name, _STAMP), made.read(name), zipfile.ZIP_DEFLATED)
    return fixed.getvalue()
