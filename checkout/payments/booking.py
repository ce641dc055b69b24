"""Book a charge of the PSP's, once: onto the orders it pays, or apart from them where it belongs to no live order.

A charge is a good fact: it is booked whatever the payment's state, keyed by the charge's id.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from checkout import tasks
from checkout.core.cause import Cause
from checkout.db.statement import execute
from checkout.db.transitions import transition
from checkout.ledger import journal, recipes
from checkout.ledger.entry import Entry
from checkout.ledger.wallet_recipes import wallet_topped_up
from checkout.payments.locked import LockedPayment
from checkout.payments.paying import Paid, succeed
from checkout.payments.states import ENDED_WITHOUT_MONEY, LIVE, PAYMENT
from checkout.payments.telling import tell, warn
from checkout.psp import Charge

BOOK_FEE: Final = "payments.book_fee"
CLOSE_PAGE: Final = "payments.close_page"
PATIENT_ATTEMPTS: Final = 30  # with the default backoff most of a day: a PSP that is away is waited for
CAPTURED: Final = "captured"
LATE_CAPTURE: Final = "late_capture"
AMOUNT_MISMATCH: Final = "amount_mismatch"
SECOND_CHARGE: Final = "second_charge"

WHY: Final = {
    LATE_CAPTURE: "The PSP took {amount} after the payment had ended ({status}): it goes back by itself.",
    AMOUNT_MISMATCH: "The PSP took {amount} where {wanted} was asked for: look at it, approve or reject the review.",
    SECOND_CHARGE: "The PSP took another {amount} for a payment that has its money ({status}): it goes back by itself.",
}

IN_REVIEW: Final = (
    "The PSP took {amount} for a payment in review: whoever approves or rejects it decides on this too."
)


def book_charge(
    session: Session, payment: LockedPayment, charge: Charge, *, cause: Cause, now: datetime
) -> str:
    """Books the charge if it is new, and returns the status the payment has then."""
    kind = judge(payment, charge)
    if not _record_fact(session, payment, charge, kind, cause=cause, now=now):
        return payment.status
    if kind == CAPTURED:
        _capture(session, payment, charge, cause=cause, now=now)
        return "succeeded"
    return _keep_apart(session, payment, charge, kind, cause=cause, now=now)


def judge(payment: LockedPayment, charge: Charge) -> str:
    """What the charge is to the payment: its money, or money that came late, wrong or twice. Pure."""
    if payment.status in ENDED_WITHOUT_MONEY:
        return LATE_CAPTURE
    if payment.status not in LIVE:
        return SECOND_CHARGE
    return CAPTURED if charge.amount == payment.card_amount else AMOUNT_MISMATCH


def _capture(
    session: Session, payment: LockedPayment, charge: Charge, *, cause: Cause, now: datetime
) -> None:
    """The money is the orders': the payment has succeeded, the sellers may ship. A top-up's is the customer's."""
    columns = {
        "psp_charge_id": charge.id,
        "psp_intent_id": charge.intent_id or payment.psp_intent_id,
        "method": charge.method,
    }
    paid = succeed(session, payment, received=charge.amount, columns=columns, cause=cause, now=now)
    _stage_fee(session, payment, charge, cause)
    journal.post(session, _captured(payment, charge, paid), cause=cause)


def _captured(payment: LockedPayment, charge: Charge, paid: Paid) -> Entry:
    if payment.is_top_up:
        return wallet_topped_up(
            payment_id=payment.id,
            psp=payment.psp,
            charge_id=charge.id,
            customer_id=payment.shopper_id,
            amount=charge.amount,
            effective_at=charge.created_at,
        )
    return recipes.payment_captured(
        payment_id=payment.id,
        psp=payment.psp,
        charge_id=charge.id,
        amount=charge.amount,
        orders=paid.orders,
        wallet=paid.wallet,
        effective_at=charge.created_at,
    )


def _keep_apart(
    session: Session, payment: LockedPayment, charge: Charge, kind: str, *, cause: Cause, now: datetime
) -> str:
    """No order is touched: the money waits in `unapplied` until a person decides, and an alert says how much."""
    in_review = kind == AMOUNT_MISMATCH and open_review(session, payment, cause=cause, now=now)
    if charge.amount.currency == payment.amount.currency:
        execute(
            session,
            """
            UPDATE payments SET amount_received_minor = amount_received_minor + %(amount)s, updated_at = %(now)s,
                   psp_charge_id = COALESCE(psp_charge_id, %(charge_id)s), method = COALESCE(method, %(method)s)
             WHERE id = %(id)s
            """,
            id=payment.id,
            amount=charge.amount.amount_minor,
            charge_id=charge.id,
            method=charge.method,
            now=now,
        )
    why = IN_REVIEW if payment.status == "in_review" else WHY[kind]
    detail = why.format(amount=charge.amount, status=payment.status, wanted=payment.card_amount)
    warn(session, payment, kind, detail, severity="critical", amount=charge.amount, about=charge.id)
    received = {
        "reason": kind,
        "received": charge.amount.amount_minor,
        "received_currency": charge.amount.currency,
    }
    tell(session, payment, "payment.unapplied", cause=cause, data=received)
    _stage_fee(session, payment, charge, cause)
    entry = recipes.payment_unapplied(
        payment_id=payment.id,
        psp=payment.psp,
        charge_id=charge.id,
        amount=charge.amount,
        effective_at=charge.created_at,
    )
    journal.post(session, entry, cause=cause)
    return "in_review" if in_review else payment.status


def open_review(session: Session, payment: LockedPayment, *, cause: Cause, now: datetime) -> bool:
    """A person must look before anything else happens, and nobody may pay meanwhile: the PSP's page is closed. False
    where the payment is beyond that."""
    columns = {"review_opened_at": now, "next_sync_at": None}
    moved = transition(
        session.connection(), PAYMENT, payment.id, to="in_review", cause=cause, at=now, set=columns
    )
    if moved is None:
        return False
    tell(session, payment, "payment.review_opened", cause=cause)
    tasks.enqueue(
        session,
        CLOSE_PAGE,
        {"payment": payment.public_id},
        max_attempts=PATIENT_ATTEMPTS,
        dedupe_key=f"{CLOSE_PAGE}:{payment.public_id}",
        cause=cause,
    )
    return True


def _record_fact(
    session: Session, payment: LockedPayment, charge: Charge, kind: str, *, cause: Cause, now: datetime
) -> bool:
    """The charge is this to the payment; False where it was booked before, as whatever it was then. The payment's
    lock is held: nobody else looks at the same moment."""
    row = execute(
        session,
        """
        INSERT INTO payment_facts (payment_id, kind, source_key, amount_minor, currency, data, cause, at)
        SELECT %(id)s, %(kind)s, %(charge_id)s, %(amount)s, %(currency)s, %(data)s, %(cause)s, %(now)s
         WHERE NOT EXISTS (
               SELECT FROM payment_facts WHERE payment_id = %(id)s AND source_key = %(charge_id)s)
        RETURNING 1
        """,
        id=payment.id,
        kind=kind,
        charge_id=charge.id,
        amount=charge.amount.amount_minor,
        currency=charge.amount.currency,
        data=Jsonb({"intent": charge.intent_id, "method": charge.method}),
        cause=str(cause),
        now=now,
    ).first()
    return row is not None


def _stage_fee(session: Session, payment: LockedPayment, charge: Charge, cause: Cause) -> None:
    """The PSP's fee for the charge is learnt from its balance transaction, which may follow later."""
    tasks.enqueue(
        session,
        BOOK_FEE,
        {"payment": payment.public_id, "charge": charge.id},
        max_attempts=PATIENT_ATTEMPTS,
        dedupe_key=f"{BOOK_FEE}:{charge.id}",
        cause=cause,
    )
