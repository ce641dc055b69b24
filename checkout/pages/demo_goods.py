"""The demo shop's goods: two sellers, a handful of things, prices in cents. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from checkout.core.money import Money

CURRENCY: Final = "EUR"


@dataclass(frozen=True, slots=True)
class DemoSeller:
    """`arrives_in_days`: first and last day of the delivery window, counted from today."""

    name: str
    logistics_fee: Money
    arrives_in_days: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Good:
    sku: str
    name: str
    about: str
    price: Money
    seller: DemoSeller
    picture: str


ADA: Final = DemoSeller("Ada's Pottery", logistics_fee=Money(300, CURRENCY), arrives_in_days=(3, 5))
BAO: Final = DemoSeller("Bao Tea", logistics_fee=Money(0, CURRENCY), arrives_in_days=(2, 2))
SELLERS: Final = (ADA, BAO)

GOODS: Final = (
    Good("MUG", "Mug", "Stoneware, 0.3 l, speckled glaze", Money(1500, CURRENCY), ADA, "mug"),
    Good("BOWL", "Bowl", "Stoneware, for soup or noodles", Money(2400, CURRENCY), ADA, "bowl"),
    Good("TEA", "Tea", "Green sencha, 100 g", Money(990, CURRENCY), BAO, "tea"),
    Good("POT", "Teapot", "Cast iron, 0.8 l", Money(6450, CURRENCY), BAO, "pot"),
)
BY_SKU: Final = {good.sku: good for good in GOODS}
