"""The PSP's fee for a charge: read from its balance transaction, which may follow the charge, and booked under the
number that the PSP gave it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from checkout import tasks
from checkout.core.backoff import delay_seconds
from checkout.core.cause import Cause
from checkout.core.crash_points import crash_point
from checkout.core.ids import decode
from checkout.core.money import Money
from checkout.db.session import atomic, retrying
from checkout.db.statement import execute
from checkout.ledger import journal, recipes
from checkout.payments.locked import LockedPayment, lock_payment
from checkout.payments.telling import warn
from checkout.psp import BalanceTransaction, PspError, registry
from checkout.tasks import ClaimedTask

NOT_YET_SECONDS = (
    30  # a charge without its balance transaction: usually there within seconds, at times an hour
)
KINDS_OF_CHARGE = ("payment_captured", "payment_unapplied")


def book_fee(task: ClaimedTask) -> None:
    """Handles `payments.book_fee` {"payment": "pay_…", "charge": "ch_…"}."""
    payment_id, charge_id = decode("pay", task.args["payment"]), task.args["charge"]
    try:
        movement = registry.current().fetch_charge_balance_transaction(charge_id)
    except PspError as error:
        wait = max(error.retry_after_seconds or 0, delay_seconds(task.attempts))
        raise tasks.RetryLater(str(error), after_seconds=wait) from error
    if movement is None:
        wait = max(NOT_YET_SECONDS, delay_seconds(task.attempts))
        raise tasks.RetryLater("the charge has no balance transaction yet", after_seconds=wait)
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
    _compare(session, payment, charge_id, movement)


def _compare(session: Session, payment: LockedPayment, charge_id: str, movement: BalanceTransaction) -> None:
    """What the charge was booked as is what its movement says; where it is not, a person is told the difference."""
    row = execute(
        session,
        """
        SELECT amount_minor, currency FROM payment_facts
         WHERE payment_id = %(id)s AND source_key = %(charge_id)s
        """,
        id=payment.id,
        charge_id=charge_id,
    ).one()
    booked = Money(row.amount_minor, row.currency)
    if movement.amount.currency != booked.currency:
        detail = f"The PSP settled {booked} as {movement.amount}: the conversion is not booked by itself."
        warn(session, payment, "settled_in_other_currency", detail, amount=movement.amount, about=charge_id)
    elif movement.amount != booked:
        missing = movement.amount - booked
        detail = f"The charge was booked as {booked}; the PSP's movement says {movement.amount}."
        warn(
            session,
            payment,
            "movement_differs",
            detail,
            severity="critical",
            amount=missing,
            about=charge_id,
        )
