"""A list that somebody else keeps (a do-not-call registry, a list of a carrier or ministry): one number a row.

The list is dated: how old it may be is asked by the rule that looks at it.
"""

from __future__ import annotations

from collections.abc import Iterator

from dialer.core.errors import InputFault, Place
from dialer.core.phone import Line
from dialer.list_files import number_of
from dialer.record.hashing import subject_hash
from dialer.record.said import AS_OF
from dialer.staged import Item, Task
from dialer.tabular import Column, Row, stream

COLUMNS = (Column("number", ("号码", "电话号码"), "a number on the list", True, True),)


def make(task: Task) -> Iterator[Item | InputFault]:
    """The rows of a batch: the date of the list, and every line on it. `options`: name, as_of_us, region."""
    key, name, region = task.secrets.subject_key, str(task.options["name"]), str(task.options["region"])
    listed = False
    for row in stream(task.spool, COLUMNS, {"number": lambda text: number_of(text, region)}):
        if isinstance(row, Row):
            line, listed = row.meant["number"], True
            assert isinstance(line, Line)
            yield Item(subject_hash(key, "line", "", line.e164), {})
        else:
            yield InputFault(Place(name, row.row, row.column), row.reason, row.value, row.hint)
    # A file of nobody stays one without a row: its date alone would take everybody off the list.
    if listed:
        yield Item(AS_OF, {"at_us": int(task.options["as_of_us"])})
