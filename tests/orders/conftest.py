"""Orders are made by payments: the same shop. Its sellers' orders in any state, by the use cases that lead there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from checkout.core import clock
from checkout.core.cause import Cause
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.orders.deliver import deliver_order
from checkout.orders.queries import get_order
from checkout.orders.ship import Parcel, ship_order
from checkout.orders.views import OrderView
from checkout.payments.commands import NewLine
from tests.conftest import Database
from tests.payments.conftest import psp, shop

__all__ = ["psp", "shop"]

CAUSE = Cause("cli", "test")
PARCEL = Parcel("DHL", "JJD-1")


def ship(order: UUID, parcel: Parcel = PARCEL) -> UUID:
    with atomic() as session:
        return ship_order(session, order, parcel, cause=CAUSE)


def deliver(order: UUID) -> bool:
    with atomic() as session:
        return deliver_order(session, order, cause=CAUSE)


def in_days(days: float) -> None:
    """The business clock, so many days from now."""
    clock.configure(offset_seconds=int(timedelta(days=days).total_seconds()))


def verify_sellers(db: Database) -> None:
    """As after the PSP's word: they may be given money."""
    db.rows("UPDATE sellers SET verification_status = 'verified', payouts_enabled = true")


@pytest.fixture
def paid_order(db, shop) -> Callable[..., OrderView]:
    """Ada's order of a paid checkout; `quantities` are those of its lines, at 1.00 each."""

    verify_sellers(db)

    def make(*quantities: int, amount: int = 1500, currency: str = "EUR") -> OrderView:
        command = shop.command((amount,), currency)
        if quantities:
            lines = tuple(NewLine(f"Goods {n}", q, Money(100, currency)) for n, q in enumerate(quantities))
            total = Money(100 * sum(quantities), currency)
            order = replace(command.orders[0], lines=lines, amount=total, logistics_fee=None)
            command = replace(command, orders=(order,), amount=total)
        payment = shop.view(shop.start(command))
        shop.hears(shop.psp.captured(payment.psp_session_id))
        return get_order(payment.orders[0].id)

    return make


@pytest.fixture
def delivered_order(paid_order) -> Callable[..., OrderView]:
    def make(*quantities: int, **options) -> OrderView:
        order = paid_order(*quantities, **options)
        ship(order.id)
        deliver(order.id)
        return get_order(order.id)

    return make
