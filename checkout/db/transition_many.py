"""The transition of many rows at once, as a batch needs it: the same guard and history as transition(), one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.state_machine import StateMachine
from checkout.db.arrays import uuid_array
from checkout.db.driver import send


@dataclass(frozen=True, slots=True)
class Column:
    """A column with a value for each row, in the order of the ids; `type` is PostgreSQL's name for it."""

    type: str
    values: Sequence[Any]


def transition_many(
    connection: Connection,
    machine: StateMachine,
    ids: Sequence[UUID],
    *,
    to: str,
    cause: Cause,
    set: Mapping[str, Column] | None = None,
    at: datetime | None = None,
) -> frozenset[UUID]:
    """As transition(), for many rows in one statement, each under the same guard and with its own history row.

    Returns the ids that moved; the others have no edge to `to` from where they stand. Rows are locked in id order.
    """
    columns = dict(set or {})
    assert all(len(column.values) == len(ids) for column in columns.values()), "a value for each row"
    types = tuple(sorted((name, column.type) for name, column in columns.items()))
    parameters = {
        "ids": uuid_array(ids),
        "to": to,
        "sources": list(machine.sources(to)),
        "cause": str(cause),
        "at": at or utcnow(),
        **{f"set_{name}": list(column.values) for name, column in columns.items()},
    }
    statement = _many_statement(machine.table, machine.name, types)
    return frozenset(row[0] for row in send(connection.connection, statement, parameters))


@lru_cache(maxsize=64)
def _many_statement(table: str, name: str, columns: tuple[tuple[str, str], ...]) -> str:
    arrays = "".join(f", %(set_{column})s::{type}[]" for column, type in columns)
    names = "".join(f", {column}" for column, _ in columns)
    further = "".join(f", {column} = given.{column}" for column, _ in columns)
    return f"""
        WITH given AS (
            SELECT * FROM unnest(%(ids)s::uuid[]{arrays}) AS given (id{names})
        ), before AS (
            SELECT id, status FROM {table} WHERE id = ANY(%(ids)s::uuid[]) ORDER BY id FOR UPDATE
        ), moved AS (
            UPDATE {table} AS t
               SET status = %(to)s, version = t.version + 1, updated_at = %(at)s{further}
              FROM before JOIN given ON given.id = before.id
             WHERE t.id = before.id AND before.status = ANY(%(sources)s)
            RETURNING t.id, t.version, before.status AS from_status
        )
        INSERT INTO {name}_transitions ({name}_id, version, from_status, to_status, cause, at)
        SELECT id, version, from_status, %(to)s, %(cause)s, %(at)s FROM moved
        RETURNING {name}_id
    """
