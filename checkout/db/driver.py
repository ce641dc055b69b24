"""Literal SQL straight to the driver. SQLAlchemy keeps the transactions, the rows and the classes of errors; of a
literal statement it has nothing to compile or convert, and its own way through costs twice the driver's."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import length_hint
from typing import Any, Final

import psycopg
from psycopg.types.json import set_json_dumps, set_json_loads
from sqlalchemy import IteratorResult, PoolProxiedConnection, Result, Row, exc
from sqlalchemy.engine.result import SimpleResultMetaData, result_tuple

PLAN_OUTDATED: Final = "0A000"  # a migration changed what a statement returns: it stays prepared, and fails
CURSORS_KEPT: Final = 200  # of a connection: as many as it keeps prepared statements, twice
ROWS_KEPT: Final = 200  # a cursor holds the rows of its last answer: of a file's worth of them none is kept
LENGTH_KEPT: Final = (
    10_000  # nor what it was sent, where that is long: a night's lines would stay on each connection
)
_DECODE: Final = json.JSONDecoder().decode
_CURSORS: Final = (
    "checkout_cursors"  # in the notes that SQLAlchemy's pool keeps of a connection as long as it lives
)


def _read_json(document: str | bytes) -> Any:
    return _DECODE(document if isinstance(document, str) else str(document, "utf-8"))


# The driver's own way looks at each document for the encoding it came in, and at each one to be written for how:
# PostgreSQL answers in UTF-8, and all are written in one way.
set_json_loads(_read_json)
set_json_dumps(json.JSONEncoder(separators=(",", ":")).encode)


class Cursors:
    """A connection with a cursor for each statement: it remembers how the parameters and columns are converted."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self._cursors: dict[str, psycopg.Cursor[Any]] = {}

    def run(self, sql: str, parameters: Mapping[str, Any]) -> tuple[tuple[bytes, ...], list[Any]]:
        """Runs one statement; the names of its columns and its rows, none of either where it answers nothing."""
        cursor = self._cursors.get(sql)
        if cursor is None:
            if len(self._cursors) >= CURSORS_KEPT:
                self._cursors.clear()
            cursor = self._cursors[sql] = self.connection.cursor()
        cursor.execute(sql, parameters)
        names = _names(cursor)
        rows = cursor.fetchall() if names else []
        if len(rows) > ROWS_KEPT or _longest(parameters) > LENGTH_KEPT:
            del self._cursors[sql]
        return names, rows

    def fetch(self, sql: str, parameters: Mapping[str, Any]) -> list[Row[Any]]:
        """Runs one statement; its rows alone: a result costs as much again as fetching one of them."""
        names, rows = self.run(sql, parameters)
        return list(map(_row_of(names), rows)) if names else []


def send(held: PoolProxiedConnection, sql: str, parameters: Mapping[str, Any]) -> Result[Any]:
    """Runs one statement and fetches its rows, as SQLAlchemy's result.

    Raises:
        DBAPIError: of the same classes as from SQLAlchemy. A connection that broke does not go back to the pool.
    """
    driver: Any = held.driver_connection
    try:
        names, rows = _cursors_of(held, driver).run(sql, parameters)
        return IteratorResult(_columns(names), iter(rows))
    except psycopg.Error as error:
        if driver.closed or error.sqlstate == PLAN_OUTDATED:
            held.invalidate(error)
        raise as_sqlalchemys(error, sql, parameters, lost=bool(driver.closed)) from error
    except BaseException as error:  # interrupted: nobody knows what the server was told
        held.invalidate(error)
        raise


def _longest(parameters: Mapping[str, Any]) -> int:
    """What has no length is 0. Each statement's values go through it: in one call for all."""
    return max(map(length_hint, parameters.values()), default=0)


def _cursors_of(held: PoolProxiedConnection, driver: Any) -> Cursors:
    kept: Cursors | None = held.info.get(_CURSORS)
    if kept is None or kept.connection is not driver:
        kept = held.info[_CURSORS] = Cursors(driver)
    return kept


def as_sqlalchemys(
    error: psycopg.Error, sql: str | None, parameters: Mapping[str, Any] | None, *, lost: bool = False
) -> BaseException:
    """The driver's error as SQLAlchemy would raise it."""
    return exc.DBAPIError.instance(
        sql,
        dict(parameters or {}),
        error,
        psycopg.Error,
        connection_invalidated=lost,
    )


def _names(cursor: psycopg.Cursor[Any]) -> tuple[bytes, ...]:
    found: Any = cursor.pgresult
    return tuple(map(found.fname, range(found.nfields))) if found else ()


@lru_cache(maxsize=1_000)
def _columns(names: tuple[bytes, ...]) -> SimpleResultMetaData:
    return SimpleResultMetaData([name.decode() for name in names])


@lru_cache(maxsize=1_000)
def _row_of(names: tuple[bytes, ...]) -> Callable[[Any], Row[Any]]:
    return result_tuple([name.decode() for name in names])
