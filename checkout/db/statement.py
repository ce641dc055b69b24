"""Literal SQL with psycopg's %(name)s parameters: in the caller's transaction, or one statement by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Result, Row
from sqlalchemy.orm import Session

from checkout.db.driver import send
from checkout.db.session import single_statements


def execute(session: Session, sql: str, **parameters: Any) -> Result[Any]:
    """Runs one statement in the transaction of the session."""
    return send(session.connection().connection, sql, parameters)


def run(sql: str, **parameters: Any) -> Sequence[Row[Any]]:
    """Runs one statement by itself, on an AUTOCOMMIT connection: read or write, it is whole or not at all.

    Returns its rows; an empty list where it returns none.
    """
    return single_statements().run(sql, parameters)
