"""Literal SQL with psycopg's %(name)s parameters: in the caller's transaction, or one statement by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CursorResult, Row
from sqlalchemy.orm import Session

from checkout.db.session import engine


def execute(session: Session, sql: str, **parameters: Any) -> CursorResult[Any]:
    """Runs one statement in the transaction of the session."""
    return session.connection().exec_driver_sql(sql, parameters)


def run(sql: str, **parameters: Any) -> Sequence[Row[Any]]:
    """Runs one statement by itself, on an AUTOCOMMIT connection: read or write, it is whole or not at all.

    Returns its rows; an empty list where it returns none.
    """
    with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        result = connection.exec_driver_sql(sql, parameters)
        return result.all() if result.returns_rows else []
