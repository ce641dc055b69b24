"""Lists of files and runs, newest first, a page at a time; differences are listed by alert_lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from checkout.core.errors import NotFound
from checkout.db.statement import run
from checkout.reconciliation.desk.alert_lists import (
    AlertFilters,
    AlertView,
    get_alert,
    list_alerts,
    view_alert,
)
from checkout.reconciliation.queries import FILE_COLUMNS, SettlementFile

__all__ = [
    "AlertFilters",
    "AlertView",
    "RunView",
    "get_alert",
    "get_run",
    "list_alerts",
    "list_files",
    "list_runs",
    "view_alert",
]

Edge = tuple[datetime, UUID]

_FILES: Final = f"SELECT {FILE_COLUMNS} FROM settlement_files"
_RUNS: Final = "SELECT id, psp, business_on, status, started_at, finished_at, report FROM reconciliation_runs"


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
