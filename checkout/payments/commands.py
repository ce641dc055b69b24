"""What a storefront asks for when it starts a checkout. Values only: `start.start_payment` checks and executes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal
from uuid import UUID

from checkout.core.money import Money

Purpose = Literal["checkout", "wallet_top_up"]
CHECKOUT: Final = "checkout"
TOP_UP: Final = "wallet_top_up"


@dataclass(frozen=True, slots=True)
class NewLine:
    """One line of an order: what the shopper sees on the PSP's page."""

    name: str
    quantity: int
    unit_amount: Money
    sku: str | None = None
    kind: Literal["item", "shipping"] = "item"
    category: str | None = None


@dataclass(frozen=True, slots=True)
class NewOrder:
    """One seller's part. `seller_id` None: the text given was no seller id, which is refused as an unknown one is."""

    seller_id: UUID | None
    amount: Money
    reference: str | None = None
    logistics_fee: Money | None = None
    tax_amount: Money | None = None
    tax_collected_by: Literal["seller", "platform"] = "seller"
    lines: tuple[NewLine, ...] = ()
    delivery_from: date | None = None
    delivery_to: date | None = None


@dataclass(frozen=True, slots=True)
class Customer:
    email: str
    name: str | None = None
    locale: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class StartPayment:
    """A checkout of one or more sellers' orders. `fingerprint` is idempotency.fingerprint() of the request: the
    same client `payment_id` with another fingerprint is refused.

    `wallet_amount`: what of the amount is paid with the customer's store credit. A top-up has no orders: what is paid
    becomes store credit."""

    storefront_id: UUID
    livemode: bool
    amount: Money
    orders: tuple[NewOrder, ...]
    customer: Customer
    return_url: str
    fingerprint: bytes
    cancel_url: str | None = None
    payment_id: UUID | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    wallet_amount: Money | None = None
    purpose: Purpose = CHECKOUT

    @property
    def card_amount(self) -> Money:
        """What is charged at the PSP."""
        return self.amount - self.wallet_amount if self.wallet_amount else self.amount
