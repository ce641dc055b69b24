"""The PSP's fee for a charge: read from its balance transaction, which may follow the charge, and booked under the
number that the PSP gave it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from checkout import tasks
from checkout.core.cause import Cause
from checkout.core.crash_points import crash_point
from checkout.core.ids import decode
from checkout.db.session import atomic, retrying
from checkout.ledger import journal, recipes
from checkout.payments.locked import LockedPayment, lock_payment
from checkout.payments.telling import warn
from checkout.psp import BalanceTransaction, PspError, registry
from checkout.tasks import ClaimedTask

NOT_YET_SECONDS = 30  # a charge without its balance transaction: usually there within seconds
KINDS_OF_CHARGE = ("payment_captured", "payment_unapplied")


def book_fee(task: ClaimedTask) -> None:
    """Handles `payments.book_fee` {"payment": "pay_…", "charge": "ch_…"}."""
    payment_id, charge_id = decode("pay", task.args["payment"]), task.args["charge"]
    try:
        movement = registry.current().fetch_charge_balance_transaction(charge_id)
    except PspError as error:
        raise tasks.RetryLater(str(error), after_seconds=error.retry_after_seconds) from error
    if movement is None:
        raise tasks.RetryLater("the charge has no balance transaction yet", after_seconds=NOT_YET_SECONDS)
    crash_point("payments.book_fee.after_psp_answer")
    retrying(lambda: _record(payment_id, charge_id, movement, task.cause))


def _record(payment_id: UUID, charge_id: str, movement: BalanceTransaction, cause: Cause) -> None:
    with atomic() as session:
        _book(session, lock_payment(session, payment_id), charge_id, movement, cause=cause)
        crash_point("payments.book_fee.before_commit")


def _book(
    session: Session, payment: LockedPayment, charge_id: str, movement: BalanceTransaction, *, cause: Cause
) -> None:
    """The number is learnt for the charge's entry; its fee is an entry of its own."""
    found = [journal.find(session, kind, charge_id) for kind in KINDS_OF_CHARGE]
    entry_id = next(entry for entry in found if entry is not None)
    journal.learn_number(session, payment.psp, movement.id, entry_id)
    if movement.fee:
        fee = recipes.psp_fee(
            source=payment.public_id,
            psp=payment.psp,
            number=movement.id,
            fee=movement.fee,
            effective_at=movement.created_at,
        )
        journal.post(session, fee, cause=cause)
    if movement.amount.currency != payment.amount.currency:
        detail = f"The PSP settled the charge as {movement.amount}: the conversion is not booked by itself."
        warn(session, payment, "settled_in_other_currency", detail, amount=movement.amount, about=charge_id)
