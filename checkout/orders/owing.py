"""A seller's balance that falls below zero: told once for each crossing, and paid first from what was held back of the
seller's own orders.

Who takes from what a seller has already earned (a refund or a dispute after the release) calls `tell_if_owing()` in the
same transaction, after posting.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.events import DomainEvent, emit
from checkout.ledger import journal
from checkout.ledger.release_recipes import reserve_applied
from checkout.tasks import ClaimedTask

BALANCE_NEGATIVE: Final = "seller.balance_negative"
RESERVES_AT_MOST: Final = 500  # in one transaction

OWED: Final = """
    SELECT greatest(0, account_balance(id)) FROM ledger_accounts
     WHERE kind = 'seller_available' AND owner = %(owner)s AND currency = %(currency)s
"""
OPEN_RESERVES: Final = """
    SELECT order_id, amount_minor FROM reserves
     WHERE seller_id = %(seller_id)s AND currency = %(currency)s AND ended_at IS NULL
     ORDER BY due_at, order_id LIMIT %(limit)s FOR UPDATE
"""


def owed(session: Session, seller_id: UUID, currency: str) -> Money:
    """What the seller owes; zero where the balance is not below zero."""
    owner = encode("sel", seller_id)
    minor = execute(session, OWED, owner=owner, currency=currency).scalar()
    return Money(minor or 0, currency)


def tell_if_owing(
    session: Session, sellers: Iterable[UUID], currency: str, *, cause: Cause, now: datetime
) -> None:
    """Tells of each balance that is below zero and was not told to be; one that is above again may be told anew.

    The row that says so is what two who take at the same moment wait for: one of them tells.
    """
    for seller_id in sorted(set(sellers)):
        debt = owed(session, seller_id, currency)
        if not debt:
            _forget(session, seller_id, currency)
            continue
        first = execute(
            session,
            """
            INSERT INTO told_debts (seller_id, currency, told_at) VALUES (%(seller_id)s, %(currency)s, %(now)s)
            ON CONFLICT DO NOTHING RETURNING seller_id
            """,
            seller_id=seller_id,
            currency=currency,
            now=now,
        ).first()
        if first is not None:
            _tell(session, seller_id, debt, cause)


def _tell(session: Session, seller_id: UUID, debt: Money, cause: Cause) -> None:
    event = DomainEvent(
        type=BALANCE_NEGATIVE,
        object=encode("sel", seller_id),
        seller_id=seller_id,
        data={"owed": debt.amount_minor, "currency": debt.currency},
    )
    emit(session, event, cause=cause)


def look_after_debts(session: Session, task: ClaimedTask) -> None:
    """Handles `orders.look_after_debts`: a debt that was paid meanwhile, by whatever way, is told again when it comes
    again; one that has grown takes what was held back since."""
    now = utcnow()
    for row in execute(
        session, "SELECT seller_id, currency FROM told_debts ORDER BY seller_id, currency"
    ).all():
        if owed(session, row.seller_id, row.currency):
            execute(session, "SELECT id FROM sellers WHERE id = %(id)s FOR UPDATE", id=row.seller_id)
            _apply(session, row.seller_id, row.currency, cause=task.cause, now=now)
        else:
            _forget(session, row.seller_id, row.currency)


def apply_reserves(session: Session, task: ClaimedTask) -> None:
    """Handles `orders.apply_reserves` {"object": "sel_…"}: what the seller owes in each currency is paid from what was
    held back of its orders, the soonest due first. Of each order once; what a debt does not need stays held back."""
    seller_id, now = decode("sel", task.args["object"]), utcnow()
    execute(session, "SELECT id FROM sellers WHERE id = %(id)s FOR UPDATE", id=seller_id)
    told = execute(
        session,
        "SELECT currency FROM told_debts WHERE seller_id = %(seller_id)s ORDER BY currency",
        seller_id=seller_id,
    )
    for currency in [row.currency for row in told]:
        _apply(session, seller_id, currency, cause=task.cause, now=now)


def _apply(session: Session, seller_id: UUID, currency: str, *, cause: Cause, now: datetime) -> None:
    debt = owed(session, seller_id, currency)
    open_ones = execute(
        session, OPEN_RESERVES, seller_id=seller_id, currency=currency, limit=RESERVES_AT_MOST
    ).all()
    for row in open_ones:
        taken = min(debt, Money(row.amount_minor, currency))
        if not taken or journal.find(session, "reserve_applied", encode("ord", row.order_id)) is not None:
            continue
        _take(session, row.order_id, taken, is_all=taken.amount_minor == row.amount_minor, now=now)
        entry = reserve_applied(order_id=row.order_id, seller_id=seller_id, amount=taken, effective_at=now)
        journal.post(session, entry, cause=cause)
        debt = debt - taken
    if not debt:
        _forget(session, seller_id, currency)


def _take(session: Session, order_id: UUID, taken: Money, *, is_all: bool, now: datetime) -> None:
    if is_all:
        sql = "UPDATE reserves SET ended_at = %(now)s WHERE order_id = %(order_id)s"
        execute(session, sql, order_id=order_id, now=now)
    else:
        sql = "UPDATE reserves SET amount_minor = amount_minor - %(taken)s WHERE order_id = %(order_id)s"
        execute(session, sql, order_id=order_id, taken=taken.amount_minor)


def _forget(session: Session, seller_id: UUID, currency: str) -> None:
    execute(
        session,
        "DELETE FROM told_debts WHERE seller_id = %(seller_id)s AND currency = %(currency)s",
        seller_id=seller_id,
        currency=currency,
    )
