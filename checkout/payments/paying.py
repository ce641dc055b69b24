"""A payment has its money: it succeeds, its orders are paid or its customer's wallet is filled, and the store credit that
it held is used up. The caller posts the entry, which differs by where the money lay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.money import Money
from checkout.db.transitions import transition
from checkout.ledger.recipes import OrderPart, WalletPart
from checkout.orders.settle import mark_paid, parts_of
from checkout.payments.locked import LockedPayment
from checkout.payments.states import PAYMENT
from checkout.payments.telling import tell
from checkout.wallets import balance, hold


@dataclass(frozen=True, slots=True)
class Paid:
    """The legs of the entry: each order's money, and what of it the wallet gave."""

    orders: tuple[OrderPart, ...] = ()
    wallet: WalletPart | None = None


def succeed(
    session: Session,
    payment: LockedPayment,
    *,
    received: Money,
    columns: Mapping[str, Any],
    cause: Cause,
    now: datetime,
) -> Paid:
    """Takes the payment to succeeded. `received`: what the PSP took for it in all; the wallet's part is added."""
    together = received + payment.wallet_amount
    changes = {
        "amount_received_minor": together.amount_minor,
        "last_error": None,
        "succeeded_at": now,
        "next_sync_at": None,
        **columns,
    }
    moved = transition(
        session.connection(), PAYMENT, payment.id, to="succeeded", cause=cause, at=now, set=changes
    )
    assert moved is not None, "every live state leads to succeeded, and the row is locked"
    if payment.is_top_up:
        tell(session, payment, "payment.succeeded", cause=cause)
        balance.credit(session, shopper_id=payment.shopper_id, amount=payment.amount, now=now)
        return Paid()
    return _pay_orders(session, payment, cause=cause, now=now)


def _pay_orders(session: Session, payment: LockedPayment, *, cause: Cause, now: datetime) -> Paid:
    wallet = None
    parts = parts_of(session, payment.id)
    mark_paid(session, parts, from_wallet=payment.wallet_amount, cause=cause, now=now)
    tell(session, payment, "payment.succeeded", cause=cause)
    if payment.wallet_amount:
        wallet = hold.capture(session, payment.id, now=now)
        assert wallet is not None, "a live payment holds its store credit until it ends"
    return Paid(tuple(OrderPart(part.order_id, part.seller_id, part.amount) for part in parts), wallet)
