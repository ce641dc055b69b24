"""A person ends a review: approved, the money that waited becomes the orders'; rejected, they are canceled and the money
is to be given back."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from checkout import audit, tasks
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import InvalidParameter
from checkout.core.money import Money
from checkout.events.subscribers import GIVE_BACK
from checkout.ledger import journal, recipes
from checkout.ledger.entry import Entry
from checkout.ledger.recipes import WalletPart
from checkout.ledger.wallet_recipes import unapplied_topped_up
from checkout.payments.errors import InvalidPaymentState
from checkout.payments.locked import LockedPayment, lock_payment
from checkout.payments.paying import Paid, succeed
from checkout.payments.telling import calm_review, warn
from checkout.payments.waiting import close_review, unapplied_amounts

REASON_LENGTH = 500


def approve_review(session: Session, payment_id: UUID, *, reason: str, cause: Cause) -> None:
    """The orders are paid from the money that waited. What was taken beyond the amount stays apart, to be given back.

    Raises:
        NotFound. InvalidPaymentState: not in review, or less was taken than is due, or in another currency.
        InvalidParameter: no reason.
    """
    payment = _in_review(session, payment_id, reason)
    received = {each.currency: each for each in unapplied_amounts(session, payment_id)}
    have = received.get(payment.amount.currency, Money.zero(payment.amount.currency))
    if have < payment.card_amount:
        raise InvalidPaymentState(
            f"{payment.card_amount} is due, and {have} was received: it can only be rejected"
        )
    paid = succeed(session, payment, received=payment.amount_received, columns={}, cause=cause, now=utcnow())
    calm_review(session, payment, "The review was approved.", cause=cause)
    _give_back_the_rest(session, payment, received, cause)
    _record(session, payment, "payment.review_approve", "succeeded", reason, cause)
    journal.post(session, _applied(payment, paid), cause=cause)


def _applied(payment: LockedPayment, paid: Paid) -> Entry:
    if payment.is_top_up:
        wallet = WalletPart(payment.shopper_id, payment.amount)
        return unapplied_topped_up(payment_id=payment.id, wallet=wallet)
    return recipes.unapplied_applied(
        payment_id=payment.id, amount=payment.card_amount, orders=paid.orders, wallet=paid.wallet
    )


def reject_review(session: Session, payment_id: UUID, *, reason: str, cause: Cause) -> None:
    """The orders are canceled; an alert says what to give back.

    Raises:
        NotFound. InvalidPaymentState: not in review. InvalidParameter: no reason.
    """
    payment = _in_review(session, payment_id, reason)
    close_review(session, payment, cause=cause, now=utcnow())
    _record(session, payment, "payment.review_reject", "canceled", reason, cause)


def _in_review(session: Session, payment_id: UUID, reason: str) -> LockedPayment:
    if not 1 <= len(reason.strip()) <= REASON_LENGTH:
        raise InvalidParameter.at("/reason", f"a reason of 1 to {REASON_LENGTH} characters")
    payment = lock_payment(session, payment_id)
    if payment.status != "in_review":
        raise InvalidPaymentState(f"{payment.public_id} is {payment.status}, not in review")
    return payment


def _give_back_the_rest(
    session: Session, payment: LockedPayment, received: dict[str, Money], cause: Cause
) -> None:
    """What was taken beyond what is due goes back by itself; an alert says so, for it should not have been taken."""
    for amount in received.values():
        rest = amount - payment.card_amount if amount.currency == payment.amount.currency else amount
        if rest:
            detail = (
                f"The review was approved, and {rest} more was taken than is due: it goes back by itself."
            )
            warn(
                session,
                payment,
                "give_back",
                detail,
                severity="critical",
                amount=rest,
                about=f"{payment.public_id}:{rest.currency}",
            )
            tasks.enqueue(
                session,
                GIVE_BACK,
                {"object": payment.public_id},
                dedupe_key=f"{GIVE_BACK}:{payment.public_id}",
                cause=cause,
            )


def _record(
    session: Session, payment: LockedPayment, action: str, status: str, reason: str, cause: Cause
) -> None:
    audit.record(
        session,
        actor=str(cause),
        action=action,
        object=payment.public_id,
        before={"status": payment.status},
        after={"status": status},
        reason=reason.strip(),
    )
