"""What is shown of an order: amounts as Money, its lines, its parcels, its seller's name. No statement lives here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.orders.holds import Fulfilment, Hold, hold_of

NOTHING_YET = Fulfilment()


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of an order; `kind` is item or shipping."""

    id: UUID
    kind: str
    sku: str | None
    name: str
    quantity: int
    unit_amount: Money
    category: str | None = None
    shipped_quantity: int = 0
    refunded_quantity: int = 0

    @property
    def public_id(self) -> str:
        return encode("oli", self.id)

    @property
    def left_to_ship(self) -> int:
        """How many are neither on their way nor refunded; none of what is no goods."""
        return (
            max(0, self.quantity - self.shipped_quantity - self.refunded_quantity)
            if self.kind == "item"
            else 0
        )

    @property
    def amount(self) -> Money:
        return Money(self.unit_amount.amount_minor * self.quantity, self.unit_amount.currency)


@dataclass(frozen=True, slots=True)
class ShipmentView:
    """One parcel: who carries it, what is in it (line id, quantity), when it should come and when it came."""

    id: UUID
    carrier: str
    tracking_number: str
    lines: tuple[tuple[UUID, int], ...]
    delivery_from: date | None
    delivery_to: date | None
    shipped_at: datetime
    delivered_at: datetime | None

    @property
    def public_id(self) -> str:
        return encode("shp", self.id)


@dataclass(frozen=True, slots=True)
class OrderView:
    """One seller's order with the economics frozen when its payment was created."""

    id: UUID
    payment_id: UUID
    storefront_id: UUID
    seller_id: UUID
    seller_name: str
    reference: str | None
    status: str
    version: int
    amount: Money
    commission: Money
    logistics_fee: Money
    tax_amount: Money
    tax_collected_by: str
    amount_refunded: Money
    delivery_from: date | None
    delivery_to: date | None
    lines: tuple[LineView, ...]
    created_at: datetime
    updated_at: datetime
    fulfilment: Fulfilment = NOTHING_YET
    shipments: tuple[ShipmentView, ...] = ()
    card_part: Money | None = None  # both are fixed when the money is captured
    wallet_part: Money | None = None

    @property
    def public_id(self) -> str:
        return encode("ord", self.id)

    @property
    def seller_public_id(self) -> str:
        return encode("sel", self.seller_id)

    @property
    def platform_tax(self) -> Money:
        """The tax the platform keeps back; tax that the seller collects is information only."""
        return self.tax_amount if self.tax_collected_by == "platform" else Money.zero(self.amount.currency)

    @property
    def seller_amount(self) -> Money:
        """What the seller earns: the order less commission, logistics fee and the tax the platform collects."""
        kept = self.commission.amount_minor + self.logistics_fee.amount_minor + self.platform_tax.amount_minor
        return Money(self.amount.amount_minor - kept, self.amount.currency)

    @property
    def amount_left(self) -> Money:
        """The order less what was refunded and charged back."""
        withdrawn = Money(self.fulfilment.withdrawn_minor, self.amount.currency)
        return self.amount - self.amount_refunded - withdrawn

    @property
    def is_to_ship(self) -> bool:
        """Whether there is something that a parcel could hold: not while a refund of all that is left is under way."""
        is_given_back = self.fulfilment.refunds_in_flight > 0 and self.amount_left.amount_minor <= 0
        return self.status == "paid" and not is_given_back and any(line.left_to_ship for line in self.lines)

    def hold(self, now: datetime) -> Hold | None:
        """Why the seller's money is still held; None where none is."""
        gone = self.amount_refunded.amount_minor + self.fulfilment.withdrawn_minor
        return hold_of(self.status, self.amount.amount_minor - gone, self.fulfilment, now)
