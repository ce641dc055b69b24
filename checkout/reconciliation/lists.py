"""Lists of files, runs and differences, newest first, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.errors import NotFound
from checkout.core.money import Money
from checkout.db.statement import execute, run
from checkout.reconciliation.queries import FILE_COLUMNS, SettlementFile

Edge = tuple[datetime, UUID]

_FILES: Final = f"SELECT {FILE_COLUMNS} FROM settlement_files"
_RUNS: Final = "SELECT id, psp, business_on, status, started_at, finished_at, report FROM reconciliation_runs"
_ALERTS: Final = """
    SELECT a.id, a.code, a.severity, a.status, a.detail, a.resolution, a.created_at, a.assignee, a.snoozed_until,
           a.times_reopened, d.psp, d.business_on, d.file_id,
           d.line, d.entry_id, d.payment_id, d.number, d.source_id, d.ours_minor, d.theirs_minor, d.difference_minor,
           d.currency
      FROM settlement_differences d JOIN alerts a ON a.id = d.alert_id
"""


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as lists show it. `report` is empty while it is under way."""

    id: UUID
    psp: str
    business_on: date
    status: str
    started_at: datetime
    finished_at: datetime | None
    report: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AlertView:
    """A difference with its alert. difference = ours − theirs."""

    id: UUID
    code: str
    severity: str
    status: str
    psp: str
    business_on: date
    difference: Money
    ours_minor: int | None
    theirs_minor: int | None
    payment_id: UUID | None
    entry_id: UUID | None
    file_id: UUID | None
    line: int | None
    number: str
    source_id: str
    detail: str
    resolution: str | None
    created_at: datetime
    assignee: str | None
    snoozed_until: datetime | None
    times_reopened: int


def list_files(filters: Mapping[str, Any], **page: Any) -> list[SettlementFile]:
    """By psp, business_on and status, where they are not None."""
    rows = _page(_FILES, filters, "received_at", "id", **page)
    return [SettlementFile(**row._mapping) for row in rows]


def list_runs(filters: Mapping[str, Any], **page: Any) -> list[RunView]:
    """By psp and business_on."""
    return [RunView(**row._mapping) for row in _page(_RUNS, filters, "started_at", "id", **page)]


def get_run(run_id: UUID) -> RunView:
    """
    Raises:
        NotFound: there is none.
    """
    rows = run(f"{_RUNS} WHERE id = %(id)s", id=run_id)
    if not rows:
        raise NotFound("no such run")
    return RunView(**rows[0]._mapping)


def list_alerts(filters: Mapping[str, Any], **page: Any) -> list[AlertView]:
    """By d.psp, d.business_on, a.status and a.code."""
    return [_alert(row) for row in _page(_ALERTS, filters, "a.created_at", "a.id", **page)]


def get_alert(alert_id: UUID) -> AlertView:
    """
    Raises:
        NotFound: there is none, or it is no difference of a settlement.
    """
    rows = run(f"{_ALERTS} WHERE a.id = %(id)s", id=alert_id)
    if not rows:
        raise NotFound("no such alert")
    return _alert(rows[0])


def view_alert(session: Session, alert_id: UUID) -> AlertView:
    """As the caller's transaction has left it; there is one."""
    return _alert(execute(session, f"{_ALERTS} WHERE a.id = %(id)s", id=alert_id).one())


def _alert(row: Row[Any]) -> AlertView:
    columns = {name: row._mapping[name] for name in AlertView.__slots__ if name != "difference"}
    return AlertView(**columns, difference=Money(row.difference_minor, row.currency))


def _page(
    statement: str,
    filters: Mapping[str, Any],
    time: str,
    id: str,
    *,
    limit: int,
    after: Edge | None = None,
    before: Edge | None = None,
) -> Sequence[Row[Any]]:
    """`filters` are column names of ours, never a client's text; those that are None filter nothing."""
    given = {column: value for column, value in filters.items() if value is not None}
    where = [f"{column} = %({column.replace('.', '_')})s" for column in given]
    parameters: dict[str, Any] = {column.replace(".", "_"): value for column, value in given.items()}
    newest = before is None
    edge = after or before
    if edge is not None:
        where.append(f"({time}, {id}) {'<' if newest else '>'} (%(edge_at)s, %(edge_id)s)")
        parameters |= {"edge_at": edge[0], "edge_id": edge[1]}
    order = "DESC" if newest else "ASC"
    rows = run(
        f"{statement} {'WHERE ' + ' AND '.join(where) if where else ''}"
        f" ORDER BY {time} {order}, {id} {order} LIMIT %(limit)s",
        limit=limit,
        **parameters,
    )
    return rows if newest else list(reversed(rows))
