"""The only way to change a status: one guarded statement that also writes the history row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.state_machine import StateMachine
from checkout.db.driver import send


def transition(
    connection: Connection,
    machine: StateMachine,
    id: UUID,
    *,
    to: str,
    cause: Cause,
    set: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> int | None:
    """Moves a row to `to` if an edge leads there from its present status; returns its new version, else None.

    The row is updated, its version raised by one and the history row inserted in one statement, so two callers at
    the same moment are put in a row by the row's lock. `set` names further columns to write with it. The caller
    decides whether None is a late event or an error.
    """
    changes = set or {}
    statement = _statement(machine.table, machine.name, tuple(sorted(changes)))
    parameters = parameters_of(machine, id, to=to, cause=cause, set=changes, at=at or utcnow())
    row = send(connection.connection, statement, parameters).first()
    return row[0] if row is not None else None


def guarded_move(table: str, name: str, columns: tuple[str, ...]) -> str:
    """The transition as common table expressions, for a statement that does more in the same breath: `moved` and
    `history` have a row with the new version where the edge was taken, and none where there is no such edge."""
    further = "".join(f", {column} = %(set_{column})s" for column in columns)
    return f"""
        before AS (
            SELECT id, status FROM {table} WHERE id = %(id)s FOR UPDATE
        ), moved AS (
            UPDATE {table} AS t
               SET status = %(to)s, version = t.version + 1, updated_at = %(at)s{further}
              FROM before
             WHERE t.id = before.id AND before.status = ANY(%(sources)s)
            RETURNING t.id, t.version, before.status AS from_status
        ), history AS (
            INSERT INTO {name}_transitions ({name}_id, version, from_status, to_status, cause, at)
            SELECT id, version, from_status, %(to)s, %(cause)s, %(at)s FROM moved
            RETURNING version
        )"""


def parameters_of(
    machine: StateMachine, id: UUID, *, to: str, cause: Cause, set: Mapping[str, Any], at: datetime
) -> dict[str, Any]:
    """What guarded_move() is run with."""
    return {
        "id": id,
        "to": to,
        "sources": list(machine.sources(to)),
        "cause": str(cause),
        "at": at,
        **{f"set_{column}": value for column, value in set.items()},
    }


@lru_cache(maxsize=256)
def _statement(table: str, name: str, columns: tuple[str, ...]) -> str:
    return f"WITH {guarded_move(table, name, columns)} SELECT version FROM history"
