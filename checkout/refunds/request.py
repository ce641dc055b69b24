"""Ask for a refund: the whole of a payment or a part of it, onto the card or into the wallet.

First transaction: what goes back is taken from the orders, and the PSP's request is written down. A task sends it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import approvals, audit, tasks
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.currencies import exponent
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import encode, new_uuid
from checkout.core.money import CurrencyMismatch, Money, total
from checkout.db.statement import execute
from checkout.db.transitions import transition
from checkout.orders.closing import close_spent
from checkout.orders.shares import OrderShare, lock_shares
from checkout.orders.ship_rest import ship_rest
from checkout.payments.errors import InvalidPaymentState
from checkout.psp import InvalidRequest, PaymentServiceProvider
from checkout.refunds import books, statements
from checkout.refunds.commands import RequestRefund
from checkout.refunds.payment import RefundedPayment, count_out, payment_of
from checkout.refunds.refund import Refund, lock_refund
from checkout.refunds.spread import Line, Wanted, cards, spread
from checkout.refunds.states import REFUND
from checkout.refunds.telling import tell
from checkout.refunds.wire import new_request
from checkout.refunds.write import NewRefund, part_of_share, write
from checkout.wallets import balance

FirstStatus = Literal["awaiting_approval", "requested"]

SUBMIT: Final = "refunds.submit"
APPROVAL_KIND: Final = "refund.send"
APPROVAL_UNITS: Final = (
    10_000  # above so many units of the currency a second person approves what a person asks for
)
NOTE_LENGTH: Final = 500


def request_refund(
    session: Session, command: RequestRefund, *, psp: PaymentServiceProvider, cause: Cause
) -> UUID:
    """Writes the refund down and takes its money from the orders; what goes to the wallet is there at once, what goes to
    the card is sent by a task. Above the limit a second person lets a person's refund go. Returns the refund's id.

    Joins the caller's transaction and takes the payment's lock: two who ask at the same moment share what is left.

    Raises:
        NotFound: no such payment, or no order of it that may be touched.
        InvalidPaymentState: it has not succeeded. PaymentDisputed, RefundExceedsCaptured: less is left.
        InvalidParameter, CurrencyMismatch: pointing at what is wrong with the command.
    """
    refund = write_down(session, command, psp=psp, cause=cause, status=_first_status)
    if refund.status == "awaiting_approval":
        _propose(session, refund, cause)
        return refund.id
    let_go(session, refund, cause=cause)
    close_spent(session, refund.payment_id, cause=cause, now=utcnow())
    ship_rest(session, refund.payment_id, cause=cause, now=utcnow())
    return refund.id


def refund_canceled(
    session: Session, command: RequestRefund, *, psp: PaymentServiceProvider, cause: Cause
) -> UUID:
    """As request_refund(), of an order that the caller cancels in the same transaction: no second person is asked, for
    it is the shopper's own money, untouched; and the order is left for the caller to end."""
    refund = write_down(session, command, psp=psp, cause=cause, status=lambda amount, cause: "requested")
    let_go(session, refund, cause=cause)
    return refund.id


def write_down(
    session: Session,
    command: RequestRefund,
    *,
    psp: PaymentServiceProvider,
    cause: Cause,
    status: Callable[[Money, Cause], FirstStatus],
) -> Refund:
    """What is asked for is counted as gone, and the PSP's request is kept; no money is moved yet."""
    now = utcnow()
    shares = _reachable(lock_shares(session, command.payment_id), command)
    payment = payment_of(session, command.payment_id)
    _check(command, payment, shares)
    wanted = spread(command, shares, _lines_of(session, payment, command))
    amount = total([each.amount for each in wanted], payment.currency)
    new = _new_refund(command, payment, wanted, psp, status=status(amount, cause))
    _refuse_credit_of_nobody(session, new)
    count_out(session, payment, new.amount, now=now)
    write(session, new, cause=cause, now=now)
    refund = lock_refund(session, new.id)
    _record(session, refund, cause)
    tell(session, refund, "refund.created", cause=cause, status=refund.status)
    return refund


def let_go(session: Session, refund: Refund, *, cause: Cause) -> None:
    """The money is taken from the orders; a refund wholly into the wallet has succeeded with it."""
    now = utcnow()
    books.take(session, refund, cause=cause, now=now)
    if refund.card:
        stage(session, refund, cause)
        return
    columns = {"succeeded_at": now}
    transition(session.connection(), REFUND, refund.id, to="succeeded", cause=cause, at=now, set=columns)
    if refund.in_flight:  # it waited for a second person
        end_flight(session, refund, now=now)
    tell(session, refund, "refund.succeeded", cause=cause)


def end_flight(session: Session, refund: Refund, *, now: datetime) -> None:
    """Its orders do not wait for it any more."""
    execute(
        session,
        """
        WITH landed AS (
            UPDATE refunds SET in_flight = false WHERE id = %(id)s AND in_flight RETURNING id)
        UPDATE orders o SET refunds_in_flight = o.refunds_in_flight - 1, updated_at = %(now)s
          FROM refund_parts p JOIN landed ON landed.id = p.refund_id WHERE o.id = p.order_id
        """,
        id=refund.id,
        now=now,
    )


def stage(session: Session, refund: Refund, cause: Cause) -> None:
    """Somebody goes on with it, once."""
    tasks.enqueue(
        session,
        SUBMIT,
        {"refund": refund.public_id},
        dedupe_key=f"{SUBMIT}:{refund.public_id}",
        cause=cause,
    )


def needs_approval(amount: Money, cause: Cause) -> bool:
    """A program's refunds are its storefront's affair; a person's mistake, or theft, is looked at by another one."""
    units: int = 10 ** exponent(amount.currency)
    return cause.kind == "person" and amount.amount_minor > APPROVAL_UNITS * units


def _first_status(amount: Money, cause: Cause) -> FirstStatus:
    return "awaiting_approval" if needs_approval(amount, cause) else "requested"


def _reachable(shares: Sequence[OrderShare], command: RequestRefund) -> list[OrderShare]:
    only = command.only_sellers
    found = [share for share in shares if only is None or share.seller_id in only]
    if only is not None and not found:
        raise NotFound("no such payment")
    return found


def _check(command: RequestRefund, payment: RefundedPayment, shares: Sequence[OrderShare]) -> None:
    if payment.status != "succeeded" or not shares:
        why = "has no orders to be refunded" if payment.status == "succeeded" else f"is {payment.status}"
        raise InvalidPaymentState(f"{payment.public_id} {why}", extra={"payment_status": payment.status})
    if command.currency not in (None, payment.currency):
        raise CurrencyMismatch(payment.currency, command.currency or "")
    if command.note is not None and not 1 <= len(command.note.strip()) <= NOTE_LENGTH:
        raise InvalidParameter.at("/note", f"a note of 1 to {NOTE_LENGTH} characters", "invalid_length")
    if command.reason == "other" and command.note is None:
        raise InvalidParameter.at("/note", "another reason is said in a note", "required")


def _refuse_credit_of_nobody(session: Session, new: NewRefund) -> None:
    """Store credit of somebody who was erased could never be spent. Who is not, is held against it until the credit is
    written, and has some then."""
    if new.wallet and not balance.hold_owner(session, new.payment.shopper_id):
        detail = (
            f"{new.wallet} of it would be store credit of a customer who was erased: refund to the card only"
        )
        raise InvalidParameter.at("/destination", detail, "customer_erased")


def _lines_of(session: Session, payment: RefundedPayment, command: RequestRefund) -> list[Line]:
    if not command.lines:
        return []
    rows = execute(session, statements.LINES, id=payment.id)
    return [
        Line(
            row.id,
            row.order_id,
            row.quantity,
            row.refunded_quantity,
            Money(row.unit_amount_minor, payment.currency),
        )
        for row in rows
    ]


def _new_refund(
    command: RequestRefund,
    payment: RefundedPayment,
    wanted: Sequence[Wanted],
    psp: PaymentServiceProvider,
    *,
    status: FirstStatus,
) -> NewRefund:
    step = psp.capabilities.currencies[payment.currency].refund_step_minor
    to_card = cards(wanted, command.destination, step)
    parts = [
        part_of_share(each.share, card, each.amount - card, with_logistics=command.return_logistics)
        for each, card in zip(wanted, to_card, strict=True)
    ]
    new = NewRefund(
        id=new_uuid(),
        kind="requested",
        status=status,
        payment=payment,
        parts=parts,
        beside=Money.zero(payment.currency),
        excess=Money.zero(payment.currency),
        destination=command.destination,
        reason=command.reason,
        note=command.note.strip() if command.note else None,
        metadata=command.metadata,
        intent_id=payment.psp_intent_id,
        charge_id=payment.psp_charge_id,
        lines={id: quantity for each in wanted for id, quantity in each.lines.items()},
    )
    return replace(new, request=_wire(new, psp)) if new.card else new


def _wire(new: NewRefund, psp: PaymentServiceProvider) -> dict[str, str]:
    request = new_request(
        new.id,
        new.payment.id,
        new.card,
        intent_id=new.intent_id,
        charge_id=new.charge_id,
        reason=new.reason,
    )
    try:
        return psp.refund_wire(request)
    except InvalidRequest as error:
        raise InvalidParameter.at("/amount", error.detail, "not_sendable") from error


def _record(session: Session, refund: Refund, cause: Cause) -> None:
    audit.record(
        session,
        actor=str(cause),
        action="refund.request",
        object=refund.public_id,
        after={
            "payment": encode("pay", refund.payment_id),
            "amount": refund.amount.amount_minor,
            "to_wallet": refund.wallet.amount_minor,
            "currency": refund.currency,
            "reason": refund.reason,
        },
    )


def _propose(session: Session, refund: Refund, cause: Cause) -> None:
    approval_id = approvals.propose(
        session,
        kind=APPROVAL_KIND,
        subject=refund.public_id,
        proposal={
            "payment": encode("pay", refund.payment_id),
            "amount": refund.amount.amount_minor,
            "currency": refund.currency,
            "destination": refund.destination,
        },
        proposer=cause,
    )
    execute(
        session,
        "UPDATE refunds SET approval_id = %(approval_id)s WHERE id = %(id)s",
        approval_id=approval_id,
        id=refund.id,
    )
