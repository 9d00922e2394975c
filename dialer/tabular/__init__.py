"""Tables that people bring and take away: CSV and XLSX, read as streams, written so that nothing is evaluated."""

from dialer.tabular.cells import Cell, NotText, inert, taken_text
from dialer.tabular.columns import (
    MOST_SIGNS,
    Column,
    Meaning,
    Row,
    Taken,
    Wrong,
    digest_of,
    rejected,
    stream,
    table,
    take,
)
from dialer.tabular.writing import Heading, Sheet, Value, csv_to, replacing, write_csv, write_xlsx
from dialer.tabular.xlsx_rows import Book, is_workbook, opened

__all__ = [
    "MOST_SIGNS",
    "Book",
    "Cell",
    "Column",
    "Heading",
    "Meaning",
    "NotText",
    "Row",
    "Sheet",
    "Taken",
    "Value",
    "Wrong",
    "csv_to",
    "digest_of",
    "inert",
    "is_workbook",
    "opened",
    "rejected",
    "replacing",
    "stream",
    "table",
    "take",
    "taken_text",
    "write_csv",
    "write_xlsx",
]
