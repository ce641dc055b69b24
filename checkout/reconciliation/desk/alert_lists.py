"""Differences with their alerts: found by what is asked, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.clock import utcnow
from checkout.core.errors import NotFound
from checkout.core.money import Money
from checkout.db.statement import execute, run

Edge = tuple[datetime, UUID]
Sort = Literal["newest", "severity", "amount", "age", "due"]

# Whole days that an alert is old: from, and below.
AGES: Final[Mapping[str, tuple[int, int | None]]] = {
    "0-1": (0, 2), "2-3": (2, 4), "4-7": (4, 8), "8-30": (8, 31), "31+": (31, None),
}  # fmt: skip
UNRESOLVED: Final = "unresolved"

_ALERTS: Final = """
    SELECT a.id, a.code, a.severity, a.status, a.detail, a.resolution, a.created_at, a.assignee, a.snoozed_until,
           a.times_reopened, a.due_on, a.parent_id, a.escalated_at, d.psp, d.business_on, d.file_id,
           d.line, d.entry_id, d.payment_id, d.number, d.source_id, d.ours_minor, d.theirs_minor, d.difference_minor,
           d.currency,
           (SELECT n.text FROM alert_notes n WHERE n.alert_id = a.id ORDER BY n.at DESC, n.id DESC LIMIT 1) AS last_note
      FROM settlement_differences d JOIN alerts a ON a.id = d.alert_id
"""
_ONE: Final = f"{_ALERTS} WHERE a.id = %(id)s ORDER BY d.found_at DESC LIMIT 1"
_FOUND: Final = f"""{_ALERTS}
     WHERE (%(psp)s::text IS NULL OR d.psp = %(psp)s)
       AND (%(business_on)s::date IS NULL OR d.business_on = %(business_on)s)
       AND (%(code)s::text IS NULL OR a.code = %(code)s)
       AND (%(severity)s::text IS NULL OR a.severity = %(severity)s)
       AND (%(status)s::text IS NULL OR a.status = %(status)s
            OR (%(status)s = 'unresolved' AND a.status <> 'resolved'))
       AND (%(assignee)s::text IS NULL OR coalesce(a.assignee, '') = %(assignee)s)
       AND (%(created_by)s::timestamptz IS NULL OR a.created_at <= %(created_by)s)
       AND (%(created_after)s::timestamptz IS NULL OR a.created_at > %(created_after)s)
       AND (%(currency)s::text IS NULL OR d.currency = %(currency)s)
       AND (%(minimum_minor)s::bigint IS NULL OR abs(d.difference_minor) >= %(minimum_minor)s)
       AND (%(maximum_minor)s::bigint IS NULL OR abs(d.difference_minor) <= %(maximum_minor)s)
       AND (%(run_id)s::uuid IS NULL OR (d.psp, d.business_on) = (
            SELECT r.psp, r.business_on FROM reconciliation_runs r WHERE r.id = %(run_id)s))
       AND (%(seller_id)s::uuid IS NULL OR EXISTS (
            SELECT FROM orders o WHERE o.payment_id = a.payment_id AND o.seller_id = %(seller_id)s))
       AND (%(due_by)s::date IS NULL OR a.due_on <= %(due_by)s)
       AND (%(parent_id)s::uuid IS NULL OR a.parent_id = %(parent_id)s)
"""
# What comes first: the worst, the largest (in minor units), the oldest, the soonest due; and the newest, which is the
# oldest backwards.
_WORST: Final = "array_position(ARRAY['critical', 'high', 'medium', 'low'], {0}.severity)"
_KEYS: Final[Mapping[Sort, tuple[str, ...]]] = {
    "newest": ("{0}.created_at", "{0}.id"),
    "severity": (_WORST, "{0}.created_at", "{0}.id"),
    "amount": ("-abs(coalesce({0}.amount_minor, 0))", "{0}.created_at", "{0}.id"),
    "age": ("{0}.created_at", "{0}.id"),
    "due": ("coalesce({0}.due_on, DATE '9999-12-31')", _WORST, "{0}.created_at", "{0}.id"),
}
SORTS: Final = tuple(_KEYS)


@dataclass(frozen=True, slots=True)
class AlertFilters:
    """Which alerts; None does not filter. status: one of theirs, or "unresolved". assignee: "person:usr_…", "" for
    nobody. age: one of AGES. minimum_minor, maximum_minor: of the difference without its sign, in minor units, so that
    they mean something with a currency. run_id: the day of a PSP that this run compared."""

    psp: str | None = None
    business_on: date | None = None
    code: str | None = None
    severity: str | None = None
    status: str | None = None
    assignee: str | None = None
    age: str | None = None
    currency: str | None = None
    minimum_minor: int | None = None
    maximum_minor: int | None = None
    run_id: UUID | None = None
    seller_id: UUID | None = None
    due_by: date | None = None
    parent_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AlertView:
    """A difference with its alert. difference = ours − theirs. age_days: whole ones; parent_id: the cause it hangs on."""

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
    due_on: date | None
    age_days: int
    parent_id: UUID | None
    escalated_at: datetime | None
    last_note: str | None


def list_alerts(
    filters: AlertFilters,
    *,
    limit: int,
    sort: Sort = "newest",
    after: Edge | None = None,
    before: Edge | None = None,
) -> list[AlertView]:
    """A page in the order asked for; of an edge, the id counts."""
    assert after is None or before is None, "a page has one edge"
    edge, forwards = after or before, before is None
    ascending = forwards is not (sort == "newest")
    parameters = _parameters(filters) | {"limit": limit}
    further = ""
    if edge is not None:
        parameters["edge"] = edge[1]
        further = f"""AND ({_keys(sort, "a")}) {">" if ascending else "<"}
            (SELECT {_keys(sort, "e")} FROM alerts e WHERE e.id = %(edge)s)"""
    order = _keys(sort, "a", "ASC" if ascending else "DESC")
    rows = run(f"{_FOUND} {further} ORDER BY {order} LIMIT %(limit)s", **parameters)
    now = utcnow()
    found = [_alert(row, now) for row in rows]
    return found if forwards else found[::-1]


def get_alert(alert_id: UUID) -> AlertView:
    """
    Raises:
        NotFound: there is none, or it is no difference of a settlement.
    """
    rows = run(_ONE, id=alert_id)
    if not rows:
        raise NotFound("no such alert")
    return _alert(rows[0], utcnow())


def view_alert(session: Session, alert_id: UUID) -> AlertView:
    """As the caller's transaction has left it; there is one."""
    return _alert(execute(session, _ONE, id=alert_id).one(), utcnow())


def _keys(sort: Sort, table: str, direction: str = "") -> str:
    return ", ".join(f"{key.format(table)} {direction}" for key in _KEYS[sort])


def _parameters(filters: AlertFilters) -> dict[str, Any]:
    low, high = AGES[filters.age] if filters.age else (0, None)
    now = utcnow()
    given = {name: getattr(filters, name) for name in AlertFilters.__slots__ if name != "age"}
    return given | {
        "created_by": now - timedelta(days=low) if low else None,
        "created_after": now - timedelta(days=high) if high else None,
    }


def _alert(row: Row[Any], now: datetime) -> AlertView:
    columns = {
        name: row._mapping[name] for name in AlertView.__slots__ if name not in ("difference", "age_days")
    }
    return AlertView(
        **columns,
        difference=Money(row.difference_minor, row.currency),
        age_days=max(0, (now - row.created_at).days),
    )
