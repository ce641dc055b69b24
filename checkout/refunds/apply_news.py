"""What the PSP says of refunds, in whatever order and however often: of ours, and of those that were made with it.

A good fact is taken from the event's object; that a bank did not take the money is asked again first.
"""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.errors import NotFound
from checkout.core.ids import decode
from checkout.db.locks import lock_payments
from checkout.db.session import atomic, retrying
from checkout.db.statement import execute
from checkout.psp import PaymentServiceProvider, RefundNews
from checkout.psp import Refund as PspRefund
from checkout.refunds import settle
from checkout.refunds.external import is_booked, payment_named, record_external
from checkout.refunds.refund import Refund, lock_refund

# too_early: the payment is ours, and its money is not in the books yet; or nobody here asked, and nothing has moved yet.
Applied = Literal["applied", "unknown", "too_early"]


def apply_refund_news(news: RefundNews, *, psp: PaymentServiceProvider, cause: Cause) -> Applied:
    """Books what the event says. Owns its transactions.

    Raises:
        PspError: the PSP did not answer when asked again; later.
    """
    outcomes = {apply_refund(made, psp=psp, cause=cause) for made in _refunds_of(news, psp)}
    if "too_early" in outcomes:
        return "too_early"
    return "applied" if "applied" in outcomes else "unknown"


def apply_refund(made: PspRefund, *, psp: PaymentServiceProvider, cause: Cause) -> Applied:
    """What one object of the PSP says now; a bad end only as the PSP says it when asked. Owns its transaction."""
    if made.status == "failed":
        made = psp.fetch_refund(made.id)
    return retrying(lambda: _apply(psp.name, made, cause))


def _refunds_of(news: RefundNews, psp: PaymentServiceProvider) -> tuple[PspRefund, ...]:
    if news.refund is not None:
        return (news.refund,)
    return psp.list_refunds(news.intent_id) if news.intent_id else ()


def _apply(psp: str, made: PspRefund, cause: Cause) -> Applied:
    with atomic() as session:
        ours = _ours(session, psp, made)
        if ours is not None and _is_of(ours, made):
            settle.record(session, ours, made, cause=cause)
            return "applied"
        payment_id = ours.payment_id if ours is not None else payment_named(session, psp, made)
        if payment_id is None:
            return "unknown"
        lock_payments(session, [payment_id])
        known = _by_psp_id(session, psp, made.id)  # somebody may have booked it while we waited
        if known is not None:
            settle.record(session, lock_refund(session, known), made, cause=cause)
            return "applied"
        if not is_booked(session, payment_id, made):
            return "too_early"
        if made.balance_transaction is None:  # it has not moved anything yet, or never will
            return "applied" if made.status == "failed" else "too_early"
        record_external(session, payment_id, made, cause=cause)
        return "applied"


def _is_of(refund: Refund, made: PspRefund) -> bool:
    """Our refund's one object at the PSP. A second one under our reference, or one that was given up here, is booked as
    what it is: money that went without being asked for."""
    return refund.psp_refund_id in (None, made.id) and not settle.given_up(refund, made)


def _ours(session: Session, psp: str, made: PspRefund) -> Refund | None:
    """By the PSP's id where we have it, else by our own id that its object names; not where it gave back another
    payment's money, for whoever copies our words in the dashboard copies that id."""
    known = _by_psp_id(session, psp, made.id)
    try:
        found = lock_refund(session, known or decode("re", made.reference or ""))
    except NotFound:
        return None
    is_foreign = None not in (made.intent_id, found.psp_intent_id) and made.intent_id != found.psp_intent_id
    return None if known is None and is_foreign else found


def _by_psp_id(session: Session, psp: str, psp_refund_id: str) -> UUID | None:
    row = execute(
        session,
        "SELECT id FROM refunds WHERE psp = %(psp)s AND psp_refund_id = %(id)s",
        psp=psp,
        id=psp_refund_id,
    ).first()
    return row[0] if row else None
