"""Core statements compiled once and run on the driver's own connection.

SQLAlchemy's bookkeeping of each execution costs more than SQLite's work on these statements, and an admission runs a
dozen of them under the writer's lock. Columns are text, integers and bytes only, so no value needs converting.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Insert, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.elements import CompilerElement


class Prepared:
    """One statement. `rows` gives named tuples; an insert takes a value for every column."""

    def __init__(self, statement: CompilerElement) -> None:
        self._statement = statement
        self._sql = ""
        self._names: tuple[str, ...] = ()
        self._fixed: dict[str, Any] = {}
        self._row: Callable[[tuple[Any, ...]], Any] = tuple

    def rows(self, connection: Connection, values: Mapping[str, Any]) -> list[Any]:
        """Every row. Raises DBAPIError."""
        if not self._sql:
            self._compile(connection)
        known = {**self._fixed, **values} if self._fixed else values
        driver = connection.connection.dbapi_connection
        if driver is None:
            raise DBAPIError(self._sql, None, sqlite3.OperationalError("unable to open: connection is gone"))
        try:
            found = driver.execute(self._sql, [known[name] for name in self._names]).fetchall()
        except sqlite3.Error as error:
            raise DBAPIError(self._sql, None, error) from error
        make = self._row
        return [make(one) for one in found]

    def first(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """The first row, or None."""
        found = self.rows(connection, values)
        return found[0] if found else None

    def _compile(self, connection: Connection) -> None:
        compiled: Any = self._statement.compile(dialect=connection.dialect)
        binds = compiled.binds
        self._fixed = {name: binds[name].value for name in binds if not binds[name].required}
        self._names = tuple(compiled.positiontup)
        if isinstance(self._statement, Select):
            columns = [str(one.key) for one in self._statement.selected_columns]
            row: Any = namedtuple("Row", columns, rename=True)  # type: ignore[misc]
            self._row = row._make
        if isinstance(self._statement, Insert):
            self._fixed = {}
        self._sql = compiled.string


def say(connection: Connection, words: str) -> None:
    """BEGIN, SAVEPOINT, COMMIT and the like. Raises DBAPIError."""
    driver: Any = connection.connection.dbapi_connection
    try:
        driver.execute(words)
    except sqlite3.Error as error:
        raise DBAPIError(words, None, error) from error
