"""Each order's share of its payment, under the payment's lock: what refunds and disputes may take of it, and from where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.locks import lock_payments
from checkout.db.statement import execute
from checkout.ledger.money_back_recipes import HeldIn


@dataclass(frozen=True, slots=True)
class OrderShare:
    """An order's money while nobody else may move it.

    `tax` is what the platform keeps. `refunded` counts what is asked for and what has arrived, on the card and in the
    wallet together, `set_aside_minor` of it waits for a second person; `withdrawn` what banks have taken less what they
    gave back. The parts are zero until it is paid.
    """

    id: UUID
    payment_id: UUID
    storefront_id: UUID
    seller_id: UUID
    position: int
    status: str
    shipped_at: datetime | None
    amount: Money
    commission: Money
    logistics_fee: Money
    tax: Money
    card_part: Money
    wallet_part: Money
    refunded: Money
    refunded_to_wallet: Money
    withdrawn: Money
    logistics_returned: Money
    refunds_in_flight: int
    open_disputes: int
    set_aside_minor: int = 0

    @property
    def public_id(self) -> str:
        return encode("ord", self.id)

    @property
    def let_go(self) -> Money:
        """What was refunded without what still waits for a second person: it has given back no fee yet."""
        return self.refunded - Money(self.set_aside_minor, self.amount.currency)

    @property
    def left(self) -> Money:
        """What was neither refunded nor withdrawn."""
        return self.amount - self.refunded - self.withdrawn

    @property
    def card_left(self) -> Money:
        """What may still go back to the card: its part, less what went back to it or was taken by its bank."""
        of_the_card = self.card_part - (self.refunded - self.refunded_to_wallet) - self.withdrawn
        return max(Money.zero(self.amount.currency), min(self.left, of_the_card))

    @property
    def held_in(self) -> HeldIn:
        """Where its money lies. What comes back to a canceled order is nobody's."""
        if self.status == "released":
            return "available"
        return "unapplied" if self.status in ("pending", "canceled") else "pending"


def lock_shares(session: Session, payment_id: UUID) -> tuple[OrderShare, ...]:
    """The orders of a payment, in their order. Takes the payment's lock first, which covers them all."""
    lock_payments(session, [payment_id])
    rows = execute(
        session,
        """
        SELECT id, payment_id, storefront_id, seller_id, position, status, shipped_at, currency, amount_minor,
               commission_minor, logistics_fee_minor,
               CASE tax_collected_by WHEN 'platform' THEN tax_amount_minor ELSE 0 END AS tax_minor,
               coalesce(card_part_minor, 0) AS card_part_minor, coalesce(wallet_part_minor, 0) AS wallet_part_minor,
               amount_refunded_minor, refunded_to_wallet_minor, amount_withdrawn_minor, logistics_returned_minor,
               refunds_in_flight, open_disputes, CASE WHEN refunds_in_flight > 0 THEN coalesce((
                   SELECT sum(x.card_minor + x.wallet_minor) FROM refund_parts x JOIN refunds r ON r.id = x.refund_id
                    WHERE x.order_id = orders.id AND r.status = 'awaiting_approval'), 0)::bigint ELSE 0 END
                   AS set_aside_minor
          FROM orders WHERE payment_id = %(payment_id)s ORDER BY position
        """,
        payment_id=payment_id,
    )
    return tuple(map(_share, rows))


def change_share(
    session: Session,
    order_id: UUID,
    *,
    now: datetime,
    refunded: int = 0,
    refunded_to_wallet: int = 0,
    withdrawn: int = 0,
    logistics_returned: int = 0,
    refunds_in_flight: int = 0,
    open_disputes: int = 0,
) -> None:
    """Counts what has changed, in minor units, with its sign. `refunded` includes what goes to the wallet.

    The caller holds the payment's lock. The table refuses what would be beyond the order.
    """
    execute(
        session,
        """
        UPDATE orders SET updated_at = %(now)s,
               amount_refunded_minor = amount_refunded_minor + %(refunded)s,
               refunded_to_wallet_minor = refunded_to_wallet_minor + %(refunded_to_wallet)s,
               amount_withdrawn_minor = amount_withdrawn_minor + %(withdrawn)s,
               logistics_returned_minor = logistics_returned_minor + %(logistics_returned)s,
               refunds_in_flight = refunds_in_flight + %(refunds_in_flight)s,
               open_disputes = open_disputes + %(open_disputes)s
         WHERE id = %(id)s
        """,
        id=order_id,
        now=now,
        refunded=refunded,
        refunded_to_wallet=refunded_to_wallet,
        withdrawn=withdrawn,
        logistics_returned=logistics_returned,
        refunds_in_flight=refunds_in_flight,
        open_disputes=open_disputes,
    )


def _share(row: Row[Any]) -> OrderShare:
    def money(minor: int) -> Money:
        return Money(minor, row.currency)

    return OrderShare(
        id=row.id,
        payment_id=row.payment_id,
        storefront_id=row.storefront_id,
        seller_id=row.seller_id,
        position=row.position,
        status=row.status,
        shipped_at=row.shipped_at,
        amount=money(row.amount_minor),
        commission=money(row.commission_minor),
        logistics_fee=money(row.logistics_fee_minor),
        tax=money(row.tax_minor),
        card_part=money(row.card_part_minor),
        wallet_part=money(row.wallet_part_minor),
        refunded=money(row.amount_refunded_minor),
        refunded_to_wallet=money(row.refunded_to_wallet_minor),
        withdrawn=money(row.amount_withdrawn_minor),
        logistics_returned=money(row.logistics_returned_minor),
        refunds_in_flight=row.refunds_in_flight,
        open_disputes=row.open_disputes,
        set_aside_minor=row.set_aside_minor,
    )
