"""The orders that an alert's payment is for, and whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import run

MOST: Final = 50
ORDERS: Final = """
    SELECT o.id, o.seller_id, s.name AS seller_name, o.status, o.reference, o.amount_minor, o.currency
      FROM orders o JOIN sellers s ON s.id = o.seller_id
     WHERE o.payment_id = %(payment)s ORDER BY o.id LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class AlertOrder:
    id: UUID
    seller_id: UUID
    seller_name: str
    status: str
    reference: str
    amount: Money

    @property
    def public_id(self) -> str:
        return encode("ord", self.id)

    @property
    def seller(self) -> str:
        return encode("sel", self.seller_id)


def orders_of(payment_id: UUID | None) -> Sequence[AlertOrder]:
    """None of an alert that is about no payment."""
    if payment_id is None:
        return ()
    return [
        AlertOrder(
            row.id,
            row.seller_id,
            row.seller_name,
            row.status,
            row.reference,
            Money(row.amount_minor, row.currency),
        )
        for row in run(ORDERS, payment=payment_id, most=MOST)
    ]
