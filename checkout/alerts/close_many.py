"""Many alerts at once, as a night that is compared again finds them: closed, or opened again, with the rows that
resolve_alert() and desk.reopen() would write for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import audit
from checkout.alerts.notes import write_many
from checkout.alerts.states import ALERT
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import encode
from checkout.db.arrays import uuid_array
from checkout.db.statement import execute
from checkout.db.transition_many import Column, transition_many
from checkout.events import DomainEvent, emit_many

LOCK: Final = """
    SELECT id, status, times_reopened FROM alerts WHERE id = ANY(%(ids)s::uuid[]) ORDER BY id FOR UPDATE
"""


def resolve_alerts(session: Session, alert_ids: Sequence[UUID], *, resolution: str, by: str) -> list[UUID]:
    """Closes those that are not closed; which they are."""
    rows = execute(session, LOCK, ids=uuid_array(sorted(alert_ids))).all()
    waiting = [row for row in rows if row.status != "resolved"]
    if not waiting:
        return []
    ids = [row.id for row in waiting]
    told = [(encode("alr", row.id), {"status": row.status}, {"status": "resolved"}) for row in waiting]
    audit.record_many(session, told, actor=by, action="alert.resolve", reasons=[resolution] * len(ids))
    columns = {
        "resolution": Column("text", [resolution] * len(ids)),
        "resolved_by": Column("text", [by] * len(ids)),
        "resolved_at": Column("timestamptz", [utcnow()] * len(ids)),
        "snoozed_until": Column("timestamptz", [None] * len(ids)),
    }
    transition_many(
        session.connection(), ALERT, ids, to="resolved", cause=Cause("system", by[:60]), set=columns
    )
    return ids


def reopen_alerts(session: Session, reasons: Mapping[UUID, str], *, by: Cause) -> None:
    """Opens those of them again that are resolved, each for its reason, which mentions nobody. None has a newer alert."""
    found = execute(session, LOCK, ids=uuid_array(sorted(reasons))).all() if reasons else ()
    rows = [row for row in found if row.status == "resolved"]
    ids = [row.id for row in rows]
    if not ids:
        return
    nothing = [None] * len(ids)
    columns = {
        "resolved_at": Column("timestamptz", nothing),
        "resolved_by": Column("text", nothing),
        "resolution": Column("text", nothing),
        "resolution_kind": Column("text", nothing),
        "times_reopened": Column("integer", [row.times_reopened + 1 for row in rows]),
    }
    moved = transition_many(session.connection(), ALERT, ids, to="open", cause=by, set=columns)
    assert len(moved) == len(ids), "the rows are locked, and their edge was looked at"
    told = [(encode("alr", id), {"status": "resolved"}, {"status": "open"}) for id in ids]
    why = [reasons[id] for id in ids]
    audit.record_many(session, told, actor=str(by), action="alert.reopen", reasons=why)
    write_many(session, ids, "reopened", by, why)
    events = [
        DomainEvent(
            "reconciliation.alert_reopened", encode("alr", row.id), data={"times": row.times_reopened + 1}
        )
        for row in rows
    ]
    emit_many(session, events, cause=by)
