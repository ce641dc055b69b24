"""Closing a difference that is explained: its alert, what hung on it as its cause, and the decision nobody needs any more."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import approvals
from checkout.alerts import desk, resolve_alert
from checkout.alerts.close_many import resolve_alerts
from checkout.core.cause import Cause
from checkout.core.errors import NotFound
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.arrays import uuid_array
from checkout.db.statement import execute
from checkout.events import DomainEvent, emit, emit_many
from checkout.reconciliation.desk.rest import lock, over_explained, unexplained

WRITE_OFF: Final = "settlement.write_off"
CLOSE: Final = "settlement.close"  # it stays unexplained, and two persons let it
WITH_ITS_CAUSE: Final = "cause_resolved"
CHILDREN_MOST: Final = 500
DIFFERS_NO_MORE: Final = "Compared again, it does not differ any more."
BATCH: Final = 500  # alerts a statement

LOCK: Final = "SELECT 1 FROM alerts WHERE id = ANY(%(ids)s::uuid[]) ORDER BY id FOR UPDATE"
# Nothing was posted for them or joined with them, nobody was asked about them, and no other alert hangs on them.
UNTOUCHED: Final = """
    SELECT a.id FROM unnest(%(ids)s::uuid[], %(names)s::text[]) AS a(id, name)
     WHERE NOT EXISTS (SELECT FROM journal_entries e WHERE e.source = a.name)
       AND NOT EXISTS (SELECT FROM alert_links k WHERE k.alert_id = a.id)
       AND NOT EXISTS (SELECT FROM alerts c WHERE c.parent_id = a.id AND c.status <> 'resolved')
       AND NOT EXISTS (SELECT FROM settlement_differences d WHERE d.alert_id = a.id AND d.gone_at IS NULL)
       AND NOT EXISTS (SELECT FROM approvals p
                        WHERE p.subject = a.name AND p.status = 'pending' AND p.kind = ANY(%(kinds)s::text[]))
"""

PENDING: Final = """
    SELECT id FROM approvals WHERE subject = %(subject)s AND status = 'pending' AND kind = ANY(%(kinds)s::text[])
"""
CHILDREN: Final = """
    SELECT id, amount_minor FROM alerts WHERE parent_id = %(id)s AND status <> 'resolved' ORDER BY id LIMIT %(most)s
"""

TELL: Final = """
    UPDATE alerts SET amount_minor = %(minor)s, currency = %(currency)s, detail = %(detail)s WHERE id = %(id)s
"""


def close(session: Session, alert_id: UUID, *, kind: str, note: str, by: Cause) -> None:
    """Closes the alert, which the caller has locked and found explained, or had approved; then those that hang on it and
    have nothing unexplained of their own.

    Raises:
        InvalidAlertState: it is resolved. InvalidParameter: no note.
    """
    desk.resolve(session, alert_id, kind=kind, note=note, by=by)
    withdraw_proposals(session, alert_id, by=by)
    close_children(session, alert_id, by=by)


def close_gone(session: Session, alert_id: UUID, *, by: Cause) -> None:
    """Compared again it does not differ any more: its alert is closed with that word, whatever hung on it and was asked
    about it with it. One that is resolved stays as it is. What was posted for it, or joined with it, stands against nothing
    now: with that the alert stays open, or is opened again."""
    row = execute(session, "SELECT status FROM alerts WHERE id = %(id)s FOR UPDATE", id=alert_id).one()
    if left := over_explained(session, alert_id):
        _tell_over_explained(session, alert_id, left, resolved=row.status == "resolved", by=by)
        return
    if row.status == "resolved":
        return
    resolve_alert(session, alert_id, resolution=DIFFERS_NO_MORE, by="system")
    event = DomainEvent("reconciliation.alert_resolved", encode("alr", alert_id), data={"way": "gone"})
    emit(session, event, cause=by)
    withdraw_proposals(session, alert_id, by=by)
    close_children(session, alert_id, by=by)


def close_all_gone(session: Session, alert_ids: Sequence[UUID], *, by: Cause) -> None:
    """The same of many. Nearly always nothing was done about such an alert, and nothing hangs on it: those are closed
    together."""
    ids = sorted(alert_ids)
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        execute(session, LOCK, ids=uuid_array(batch))
        plain = set(_untouched(session, batch))
        _close_untouched(session, sorted(plain), by)
        for id in batch:
            if id not in plain:
                close_gone(session, id, by=by)


def _untouched(session: Session, alert_ids: Sequence[UUID]) -> Sequence[UUID]:
    names = [encode("alr", id) for id in alert_ids]
    kinds = [WRITE_OFF, CLOSE]
    rows = execute(session, UNTOUCHED, ids=uuid_array(alert_ids), names=names, kinds=kinds)
    return rows.scalars().all()


def _close_untouched(session: Session, alert_ids: Sequence[UUID], by: Cause) -> None:
    closed = resolve_alerts(session, alert_ids, resolution=DIFFERS_NO_MORE, by="system")
    told = [
        DomainEvent("reconciliation.alert_resolved", encode("alr", id), data={"way": "gone"}) for id in closed
    ]
    if told:
        emit_many(session, told, cause=by)


def _tell_over_explained(session: Session, alert_id: UUID, left: Money, *, resolved: bool, by: Cause) -> None:
    said = f"It does not differ any more, but more was explained than there is: {left} by what was posted for it."
    execute(session, TELL, id=alert_id, minor=left.amount_minor, currency=left.currency, detail=said)
    if resolved:
        with suppress(desk.InvalidAlertState):  # the same difference has a newer alert, which tells of it
            desk.reopen(session, alert_id, reason=said, by=by)
    else:
        desk.add_note(session, alert_id, text=said, by=by)
    withdraw_proposals(session, alert_id, by=by)


def withdraw_proposals(session: Session, alert_id: UUID, *, by: Cause) -> None:
    """What a second person was asked about is over."""
    subject = encode("alr", alert_id)
    for row in execute(session, PENDING, subject=subject, kinds=[WRITE_OFF, CLOSE]).all():
        approvals.withdraw(session, row.id, by=by, reason="Nothing of the difference is left.")


def close_children(session: Session, parent_id: UUID, *, by: Cause) -> int:
    """Closes what hangs on a resolved cause, where its own difference is zero; returns how many. The others stay."""
    rows = execute(session, CHILDREN, id=parent_id, most=CHILDREN_MOST).all()
    lock(session, [row.id for row in rows])
    done = 0
    for row in rows:
        if _is_zero(session, row.id, row.amount_minor):
            note = f"Its cause {encode('alr', parent_id)} is resolved."
            desk.resolve(session, row.id, kind=WITH_ITS_CAUSE, note=note, by=by)
            done += 1
    return done


def _is_zero(session: Session, alert_id: UUID, amount_minor: int | None) -> bool:
    """One of no settlement states an amount, or none."""
    try:
        return not unexplained(session, alert_id).stays
    except NotFound:
        return not amount_minor
