"""The demo shop's cart: kept in a signed cookie, so the shop needs no table. Pure but for the signature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from itsdangerous import BadSignature, URLSafeSerializer

from checkout.core.money import Money, total
from checkout.pages.demo_goods import BY_SKU, CURRENCY, SELLERS, DemoSeller, Good

SALT = "demo-cart"
MAX_OF_ONE = 20


@dataclass(frozen=True, slots=True)
class CartLine:
    good: Good
    quantity: int

    @property
    def amount(self) -> Money:
        return Money(self.good.price.amount_minor * self.quantity, CURRENCY)


@dataclass(frozen=True, slots=True)
class SellerPart:
    seller: DemoSeller
    lines: tuple[CartLine, ...]

    @property
    def amount(self) -> Money:
        return total([line.amount for line in self.lines], CURRENCY)


@dataclass(frozen=True, slots=True)
class Cart:
    """`payment_id` names the checkout of exactly these goods: a second click asks for the same payment."""

    quantities: Mapping[str, int] = field(default_factory=dict)
    payment_id: UUID = field(default_factory=uuid4)

    def with_one_more(self, sku: str) -> Cart:
        return self._with(sku, min(self.quantities.get(sku, 0) + 1, MAX_OF_ONE))

    def without(self, sku: str) -> Cart:
        return self._with(sku, 0)

    def anew(self) -> Cart:
        """The same goods for another payment: the last one has ended."""
        return replace(self, payment_id=uuid4())

    @property
    def parts(self) -> tuple[SellerPart, ...]:
        """By seller, in the shop's order; sellers without goods are left out."""
        lines = [CartLine(BY_SKU[sku], quantity) for sku, quantity in self.quantities.items()]
        parts = [
            SellerPart(seller, tuple(line for line in lines if line.good.seller is seller))
            for seller in SELLERS
        ]
        return tuple(part for part in parts if part.lines)

    @property
    def amount(self) -> Money:
        return total([part.amount for part in self.parts], CURRENCY)

    def _with(self, sku: str, quantity: int) -> Cart:
        quantities = {**self.quantities, sku: quantity}
        return Cart({key: count for key, count in quantities.items() if count})


class CartCookie:
    """Writes and reads the cart as signed text. A text that was tampered with is an empty cart."""

    def __init__(self, secret_key: str) -> None:
        self._serializer = URLSafeSerializer(secret_key, salt=SALT)

    def write(self, cart: Cart) -> str:
        text = self._serializer.dumps({"items": dict(cart.quantities), "payment": cart.payment_id.hex})
        return text if isinstance(text, str) else text.decode("ascii")

    def read(self, text: str) -> Cart:
        try:
            stored = self._serializer.loads(text)
            quantities = {sku: int(count) for sku, count in stored["items"].items() if sku in BY_SKU}
            return Cart(quantities, UUID(hex=stored["payment"]))
        except (BadSignature, KeyError, ValueError, TypeError, AttributeError):
            return Cart()


def payment_request(
    cart: Cart, *, seller_ids: Mapping[str, str], email: str, locale: str, shop_url: str, today: date
) -> dict[str, Any]:
    """The body of POST /v1/payments for this cart: what any storefront would send."""
    return {
        "payment_id": str(cart.payment_id),
        "amount": cart.amount.amount_minor,
        "currency": CURRENCY,
        "orders": [_order(part, index, cart, seller_ids, today) for index, part in enumerate(cart.parts)],
        "customer": {"email": email, "locale": locale},
        "return_url": f"{shop_url}/thanks",
        "cancel_url": shop_url,
    }


def _order(
    part: SellerPart, index: int, cart: Cart, seller_ids: Mapping[str, str], today: date
) -> dict[str, Any]:
    first, last = (today + timedelta(days=days) for days in part.seller.arrives_in_days)
    return {
        "seller": seller_ids[part.seller.name],
        "reference": f"{cart.payment_id.int % 10_000:04d}-{'AB'[index]}",
        "amount": part.amount.amount_minor,
        "logistics_fee": part.seller.logistics_fee.amount_minor,
        "lines": [
            {
                "sku": line.good.sku,
                "name": line.good.name,
                "quantity": line.quantity,
                "unit_amount": line.good.price.amount_minor,
            }
            for line in part.lines
        ],
        "estimated_delivery": {"from": first.isoformat(), "to": last.isoformat()},
    }
