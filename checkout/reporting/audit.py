"""The audit log as people read it: filtered, a page at a time, or as a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from checkout.core.errors import NotFound
from checkout.db.statement import run
from checkout.reporting.paging import COUNTED, EXPORTED, Cut, Page, page_of

OF_OBJECTS_SHOWN: Final = 100
MOST_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """None does not filter. `actor` and `action` match as a beginning: "person:", "payment."."""

    actor: str | None = None
    action: str | None = None
    object: str | None = None
    request_id: str | None = None
    at_from: datetime | None = None
    at_before: datetime | None = None

    @property
    def is_empty(self) -> bool:
        return all(getattr(self, field.name) is None for field in fields(self))


@dataclass(frozen=True, slots=True)
class AuditRow:
    """Who did what to which object; `before` and `after` as the action wrote them."""

    id: UUID
    sequence: int
    at: datetime
    actor: str
    role: str | None
    action: str
    object: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    reason: str | None
    ip: str | None
    request_id: str | None


COLUMNS: Final = (
    "a.id, a.sequence, a.at, a.actor, a.role, a.action, a.object, a.before, a.after, a.reason, host(a.ip) AS ip,"
    " a.request_id"
)
WHERE: Final = """
     WHERE (%(actor)s::text IS NULL OR starts_with(a.actor, %(actor)s))
       AND (%(action)s::text IS NULL OR starts_with(a.action, %(action)s))
       AND (%(object)s::text IS NULL OR a.object = %(object)s)
       AND (%(request_id)s::text IS NULL OR a.request_id = %(request_id)s)
       AND (%(at_from)s::timestamptz IS NULL OR a.at >= %(at_from)s)
       AND (%(at_before)s::timestamptz IS NULL OR a.at < %(at_before)s)
"""
NEWEST: Final = f"SELECT {COLUMNS} FROM audit_log a {WHERE} ORDER BY a.sequence DESC LIMIT %(limit)s"
OLDER: Final = f"SELECT {COLUMNS} FROM audit_log a {WHERE} AND a.sequence < %(edge)s ORDER BY a.sequence DESC LIMIT %(limit)s"
NEWER: Final = (
    f"SELECT {COLUMNS} FROM audit_log a {WHERE} AND a.sequence > %(edge)s ORDER BY a.sequence LIMIT %(limit)s"
)
COUNT: Final = f"SELECT count(*) FROM (SELECT FROM audit_log a {WHERE} LIMIT %(most)s) AS found"
OF_OBJECTS: Final = (
    f"SELECT {COLUMNS} FROM audit_log a WHERE a.object = ANY(%(objects)s) ORDER BY a.sequence LIMIT %(limit)s"
)


def list_audit(filters: AuditFilter, cut: Cut) -> Page[AuditRow]:
    """A page of the log; `cut` names rows by their sequence.

    Raises:
        NotFound: the cut is no sequence.
    """
    parameters = _parameters(filters)
    edge = cut.after or cut.before
    statement = NEWEST if edge is None else (OLDER if cut.after else NEWER)
    if edge is not None:
        parameters["edge"] = _sequence(edge)
    rows = [AuditRow(**row._mapping) for row in run(statement, limit=cut.limit + 1, **parameters)]
    total = int(run(COUNT, most=COUNTED + 1, **_parameters(filters))[0][0])
    return page_of(rows, cut, total=total, key=lambda row: str(row.sequence))


def export_audit(filters: AuditFilter) -> list[AuditRow]:
    """The newest EXPORTED rows of the filter."""
    return [AuditRow(**row._mapping) for row in run(NEWEST, limit=EXPORTED, **_parameters(filters))]


def audit_of(objects: Sequence[str]) -> list[AuditRow]:
    """The first 100 rows about the objects, oldest first."""
    rows = run(OF_OBJECTS, objects=list(objects), limit=OF_OBJECTS_SHOWN)
    return [AuditRow(**row._mapping) for row in rows]


def _sequence(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise NotFound("no such place in the log")
    return int(text)


def _parameters(filters: AuditFilter) -> dict[str, Any]:
    return {field.name: getattr(filters, field.name) for field in fields(filters)}
