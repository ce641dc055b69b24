"""What a checkout holds of a wallet: taken when the payment is written, used up by its capture, or free again when it
ends without money. Whoever calls has the payment's row locked, or has just written it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.money import Money
from checkout.db.arrays import integer_array, uuid_array
from checkout.db.statement import execute
from checkout.ledger import journal
from checkout.ledger.recipes import WalletPart
from checkout.ledger.wallet_recipes import wallet_held, wallet_hold_released
from checkout.wallets import statements
from checkout.wallets.errors import WalletTooSmall
from checkout.wallets.expire import expire_in

POINTER = "/wallet_amount"


def hold(
    session: Session, *, payment_id: UUID, shopper_id: UUID, amount: Money, cause: Cause, now: datetime
) -> None:
    """Sets the amount aside for the payment: promotional credit first, what expires soonest before the rest.

    Raises:
        WalletTooSmall: the caller's transaction must not commit.
    """
    wallet: dict[str, Any] = {"shopper_id": shopper_id, "currency": amount.currency}
    if execute(session, statements.LOCK, **wallet).first() is None:
        raise WalletTooSmall.at(POINTER)
    expire_in(session, [(shopper_id, amount.currency)], cause=cause, now=now)
    wanted = {**wallet, "amount": amount.amount_minor, "now": now}
    taken = execute(session, statements.TAKE_CREDITS, **wallet, amount=amount.amount_minor).all()
    promotional = sum(row.amount_minor for row in taken)
    if execute(session, statements.TAKE, **wanted, promotional=promotional).first() is None:
        raise WalletTooSmall.at(POINTER)
    execute(
        session,
        statements.HELD,
        **wanted,
        payment_id=payment_id,
        ids=uuid_array(row.id for row in taken),
        amounts=integer_array(row.amount_minor for row in taken),
    )
    entry = wallet_held(payment_id=payment_id, wallet=WalletPart(shopper_id, amount))
    journal.post(session, entry, cause=cause)


def capture(session: Session, payment_id: UUID, *, now: datetime) -> WalletPart | None:
    """Uses the hold up: the caller posts payment_captured with this part. None where nothing is held."""
    ended = execute(session, statements.CAPTURE, payment_id=payment_id, now=now).first()
    if ended is None:
        return None
    part = _part(ended)
    _count(session, statements.USED, part, now=now)
    execute(session, statements.USED_CREDITS, payment_id=payment_id)
    return part


def release(session: Session, payment_id: UUID, *, cause: Cause, now: datetime) -> WalletPart | None:
    """Gives the hold back to the wallet, each promotional credit its own part. None where nothing is held."""
    ended = execute(session, statements.RELEASE, payment_id=payment_id, now=now).first()
    if ended is None:
        return None
    part = _part(ended)
    _count(session, statements.BACK, part, now=now, payment_id=payment_id)
    execute(session, statements.BACK_CREDITS, payment_id=payment_id)
    journal.post(session, wallet_hold_released(payment_id=payment_id, wallet=part), cause=cause)
    return part


def _part(row: Row[Any]) -> WalletPart:
    return WalletPart(row.shopper_id, Money(row.amount_minor, row.currency))


def _count(session: Session, statement: str, part: WalletPart, **more: Any) -> None:
    execute(
        session,
        statement,
        shopper_id=part.customer_id,
        currency=part.amount.currency,
        amount=part.amount.amount_minor,
        **more,
    )
