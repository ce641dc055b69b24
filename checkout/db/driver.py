"""Literal SQL straight to the driver. SQLAlchemy keeps the transactions, the rows and the classes of errors; of a
literal statement it has nothing to compile or convert, and its own way through costs twice the driver's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

import psycopg
from sqlalchemy import IteratorResult, PoolProxiedConnection, Result, Row, exc
from sqlalchemy.engine.result import SimpleResultMetaData, result_tuple

PLAN_OUTDATED: Final = "0A000"  # a migration changed what a statement returns: it stays prepared, and fails


def send(held: PoolProxiedConnection, sql: str, parameters: Mapping[str, Any]) -> Result[Any]:
    """Runs one statement and fetches its rows, as SQLAlchemy's result.

    Raises:
        DBAPIError: of the same classes as from SQLAlchemy. A connection that broke does not go back to the pool.
    """
    driver: Any = held.driver_connection
    try:
        cursor = driver.execute(sql, parameters)
        names = _names(cursor)
        return IteratorResult(_columns(names), iter(cursor.fetchall() if names else ()))
    except psycopg.Error as error:
        if driver.closed or error.sqlstate == PLAN_OUTDATED:
            held.invalidate(error)
        raise as_sqlalchemys(error, sql, parameters, lost=bool(driver.closed)) from error
    except BaseException as error:  # interrupted: nobody knows what the server was told
        held.invalidate(error)
        raise


def fetched(cursor: psycopg.Cursor[Any]) -> list[Row[Any]]:
    """The rows of a cursor alone: a result costs as much again as fetching one of them."""
    names = _names(cursor)
    return list(map(_row_of(names), cursor.fetchall())) if names else []


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
