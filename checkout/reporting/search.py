"""Find by whatever somebody has in hand: one of our ids, one of the PSP's, an order's number, an email."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.statement import run
from checkout.identity.access import Reach
from checkout.reporting import shoppers
from checkout.reporting.search_ids import own_id, payments_behind

SHOWN: Final = 5  # of each kind; one more is read to tell that there are more


@dataclass(frozen=True, slots=True)
class FoundPayment:
    id: UUID
    status: str
    amount: Money
    storefront_name: str
    created_at: datetime

    @property
    def public_id(self) -> str:
        return encode("pay", self.id)


@dataclass(frozen=True, slots=True)
class FoundOrder:
    id: UUID
    payment_id: UUID
    status: str
    amount: Money
    reference: str | None
    seller_name: str
    created_at: datetime

    @property
    def public_id(self) -> str:
        return encode("ord", self.id)

    @property
    def payment_public_id(self) -> str:
        return encode("pay", self.payment_id)


@dataclass(frozen=True, slots=True)
class FoundSeller:
    id: UUID
    name: str
    status: str

    @property
    def public_id(self) -> str:
        return encode("sel", self.id)


PAYMENTS: Final = """
    SELECT p.id, p.status, p.amount_minor, p.currency, p.created_at, sf.name AS storefront_name
      FROM payments p JOIN storefronts sf ON sf.id = p.storefront_id
     WHERE (%(everything)s OR p.storefront_id = ANY(%(storefronts)s))
       AND (p.id = %(id)s::uuid OR p.client_payment_id = %(client_id)s::uuid
            OR p.psp_session_id = %(text)s OR p.psp_intent_id = %(text)s OR p.psp_charge_id = %(text)s
            OR p.id = ANY(%(behind)s)
            OR p.id IN (SELECT o.payment_id FROM orders o WHERE o.reference = %(text)s)
            OR p.shopper_id = ANY(%(shoppers)s::uuid[]))
     ORDER BY p.id DESC LIMIT %(limit)s
"""
ORDERS: Final = """
    SELECT o.id, o.payment_id, o.status, o.amount_minor, o.currency, o.reference, o.created_at,
           sel.name AS seller_name
      FROM orders o JOIN sellers sel ON sel.id = o.seller_id
     WHERE (%(everything)s OR o.storefront_id = ANY(%(storefronts)s) OR o.seller_id = ANY(%(sellers)s))
       AND (o.id = %(id)s::uuid OR o.reference = %(text)s)
     ORDER BY o.id DESC LIMIT %(limit)s
"""
SELLERS: Final = """
    SELECT s.id, s.name, s.status FROM sellers s
     WHERE (%(everything)s OR s.id = ANY(%(sellers)s))
       AND (s.id = %(id)s::uuid OR starts_with(lower(s.name), lower(%(text)s)))
     ORDER BY s.name, s.id LIMIT %(limit)s
"""


def find_payments(text: str, reach: Reach) -> Sequence[FoundPayment]:
    """By our id, the client's UUID, the PSP's ids, an order's number, the shopper's email, or an id of what belongs to it
    (search_ids.py); newest first."""
    rows = run(
        PAYMENTS,
        **_asked(text, "pay", reach),
        client_id=_uuid(text),
        behind=payments_behind(text),
        shoppers=shoppers.ids_of(text if "@" in text else None),
    )
    return [
        FoundPayment(
            row.id, row.status, Money(row.amount_minor, row.currency), row.storefront_name, row.created_at
        )
        for row in rows
    ]


def find_orders(text: str, reach: Reach) -> Sequence[FoundOrder]:
    """By our id or the shop's own number; newest first."""
    rows = run(ORDERS, **_asked(text, "ord", reach), sellers=list(reach.sellers))
    return [
        FoundOrder(
            id=row.id,
            payment_id=row.payment_id,
            status=row.status,
            amount=Money(row.amount_minor, row.currency),
            reference=row.reference,
            seller_name=row.seller_name,
            created_at=row.created_at,
        )
        for row in rows
    ]


def find_sellers(text: str, reach: Reach) -> Sequence[FoundSeller]:
    """By our id or the beginning of the name."""
    rows = run(SELLERS, **_asked(text, "sel", reach), sellers=list(reach.sellers))
    return [FoundSeller(row.id, row.name, row.status) for row in rows]


def _asked(text: str, prefix: str, reach: Reach) -> dict[str, Any]:
    return {
        "text": text,
        "id": own_id(prefix, text),
        "everything": reach.everything,
        "storefronts": list(reach.storefronts),
        "limit": SHOWN + 1,
    }


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
