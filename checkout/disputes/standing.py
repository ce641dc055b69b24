"""How a dispute stands: opened in whatever state it is first seen, moved by what the PSP says when it is asked, with the
counters that hold its orders and limit refunds."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import psp as port
from checkout.core.cause import Cause
from checkout.core.ids import new_uuid
from checkout.db.statement import execute
from checkout.db.transitions import transition
from checkout.disputes.dispute import Dispute, again, lock_by_psp_id
from checkout.disputes.states import COUNTED, DISPUTE, OPEN, kind_of, state_of
from checkout.disputes.telling import ENDED, tell_opened, tell_state, warn_contradiction
from checkout.disputes.whose import currency_of
from checkout.orders.shares import change_share, lock_shares

INSERT: Final = """
    INSERT INTO disputes (id, payment_id, psp, psp_dispute_id, psp_charge_id, kind, status, amount_minor, currency,
                          reason, network_reason_code, method, evidence_due_at, past_due, has_evidence,
                          submission_count, opened_at, closed_at, created_at, updated_at)
    VALUES (%(id)s, %(payment_id)s, %(psp)s, %(psp_dispute_id)s, %(psp_charge_id)s, %(kind)s, %(status)s,
            %(amount_minor)s, %(currency)s, %(reason)s, %(network_reason_code)s, %(method)s, %(evidence_due_at)s,
            %(past_due)s, %(has_evidence)s, %(submission_count)s, %(opened_at)s, %(closed_at)s, %(now)s, %(now)s)
"""
# Stripe says the method of a dispute only where it is a card's or a wallet's: a debit's is the payment's own.
METHOD: Final = "SELECT method FROM payments WHERE id = %(id)s"
INSERT_FIRST_STEP: Final = """
    INSERT INTO dispute_transitions (dispute_id, version, from_status, to_status, cause, at)
    VALUES (%(id)s, 1, NULL, %(status)s, %(cause)s, %(now)s)
"""
INSERT_ORDERS: Final = """
    INSERT INTO dispute_orders (dispute_id, order_id, seller_id, fee_borne_by)
    SELECT %(id)s, o.id, o.seller_id, sel.dispute_fee_borne_by
      FROM orders o JOIN sellers sel ON sel.id = o.seller_id WHERE o.payment_id = %(payment_id)s
"""
KEEP: Final = """
    UPDATE disputes SET reason = %(reason)s, network_reason_code = %(network_reason_code)s, method = COALESCE(%(method)s, method),
           reminded_hours = CASE WHEN evidence_due_at IS DISTINCT FROM %(evidence_due_at)s THEN NULL
                                 ELSE reminded_hours END,
           evidence_due_at = %(evidence_due_at)s, past_due = %(past_due)s, has_evidence = %(has_evidence)s,
           submission_count = %(submission_count)s, readings = readings + 1, updated_at = %(now)s
     WHERE id = %(id)s
"""


def find_or_open(
    session: Session, payment_id: UUID, psp: str, told: port.Dispute, *, cause: Cause, now: datetime
) -> Dispute:
    """The dispute under its lock; where it is new, in the state that the PSP tells. The caller has the payment's lock."""
    known = lock_by_psp_id(session, psp, told.id)
    if known is not None:
        return known
    id, status = new_uuid(), state_of(told.status, None)
    method = told.method or execute(session, METHOD, id=payment_id).scalar()
    execute(
        session,
        INSERT,
        id=id,
        payment_id=payment_id,
        psp=psp,
        psp_dispute_id=told.id,
        psp_charge_id=told.charge_id,
        kind=kind_of(told.status, method),
        status=status,
        amount_minor=told.amount.amount_minor,
        currency=told.amount.currency,
        opened_at=told.created_at,
        closed_at=now if status in ENDED else None,
        now=now,
        **(_particulars(told) | {"method": method}),
    )
    execute(session, INSERT_FIRST_STEP, id=id, status=status, cause=str(cause), now=now)
    execute(session, INSERT_ORDERS, id=id, payment_id=payment_id)
    opened = lock_by_psp_id(session, psp, told.id)
    assert opened is not None, "it was just written"
    count(session, opened, now=now)
    tell_opened(session, opened, cause=cause)
    tell_state(session, opened, cause=cause)
    return opened


def follow(
    session: Session, dispute: Dispute, reading: port.Dispute, *, cause: Cause, now: datetime
) -> Dispute:
    """Takes the state that the PSP's answer implies, and keeps its particulars."""
    execute(session, KEEP, id=dispute.id, now=now, **_particulars(reading))
    to = state_of(reading.status, dispute.status)
    if to == dispute.status:
        return again(session, dispute)
    columns: dict[str, Any] = {"closed_at": now if to in ENDED else None}
    if dispute.kind == "inquiry" and to != "warning_closed":
        columns["kind"] = kind_of(reading.status, reading.method or dispute.method)
    moved = transition(session.connection(), DISPUTE, dispute.id, to=to, cause=cause, at=now, set=columns)
    if moved is None:
        warn_contradiction(session, dispute, reading.status)
        return again(session, dispute)
    followed = again(session, dispute)
    count(session, followed, now=now)
    tell_state(session, followed, cause=cause)
    return followed


def count(session: Session, dispute: Dispute, *, now: datetime) -> None:
    """Brings the orders' and the payment's counters to what the dispute's state asks for."""
    holds = dispute.status in OPEN
    is_counted = dispute.status in COUNTED and dispute.currency == currency_of(session, dispute)
    counted = dispute.amount.amount_minor if is_counted else 0
    if holds != dispute.holds_orders:
        for share in lock_shares(session, dispute.payment_id):
            change_share(session, share.id, now=now, open_disputes=1 if holds else -1)
    if counted != dispute.counted.amount_minor:
        execute(
            session,
            """
            UPDATE payments SET amount_disputed_minor = amount_disputed_minor + %(more)s, updated_at = %(now)s
             WHERE id = %(id)s
            """,
            id=dispute.payment_id,
            more=counted - dispute.counted.amount_minor,
            now=now,
        )
    execute(
        session,
        "UPDATE disputes SET holds_orders = %(holds)s, counted_minor = %(counted)s WHERE id = %(id)s",
        id=dispute.id,
        holds=holds,
        counted=counted,
    )


def _particulars(told: port.Dispute) -> dict[str, Any]:
    return {
        "reason": told.reason,
        "network_reason_code": told.network_reason_code,
        "method": told.method,
        "evidence_due_at": told.evidence_due_at,
        "past_due": told.past_due,
        "has_evidence": told.has_evidence,
        "submission_count": told.submission_count,
    }
