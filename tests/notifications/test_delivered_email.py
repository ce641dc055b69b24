"""The email of an order that has arrived: when each parcel came, or that nobody has confirmed it; once for each order."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from checkout.core.ids import encode, new_uuid
from checkout.notifications.delivered_email import send_delivered_email
from checkout.orders.release_periodic import deliver_unconfirmed
from checkout.orders.ship import Parcel
from checkout.tasks import ClaimedTask
from tests.conftest import Database
from tests.notifications.conftest import configure
from tests.notifications.test_parcel_email import sent, text
from tests.orders.conftest import deliver, in_days, paid_order, psp, ship, shop

__all__ = ["paid_order", "psp", "shop"]


def tell(order: UUID) -> None:
    args: dict[str, Any] = {
        "event": str(new_uuid()),
        "type": "order.delivered",
        "object": encode("ord", order),
    }
    send_delivered_email(ClaimedTask(new_uuid(), "mail", "notifications.delivered_email", args, 1, 8, 1))


@pytest.fixture(autouse=True)
def _office(db: Database) -> None:
    configure()


def test_an_order_that_has_arrived_is_told_once(db: Database, paid_order: Any) -> None:
    """Two parcels of 2 and 1 goods: one email, under the order's own Message-ID, however often it is told."""
    order = paid_order(3)
    ship(order.id, Parcel("DHL", "JJD-1", {order.lines[0].id: 2}))
    ship(order.id, Parcel("UPS", "1Z-2"))
    deliver(order.id)

    assert db.value("SELECT count(*) FROM tasks WHERE kind = 'notifications.delivered_email'") == 1
    tell(order.id)
    tell(order.id)

    (message,) = sent(db)
    assert str(message["Message-ID"]) == f"<order_delivered.{order.public_id}@pay.example>"
    assert str(message["Subject"]) == "Demo shop: order 1042-A, arrived"
    for kind in ("plain", "html"):
        said = text(message, kind)
        assert "Your order has arrived" in said
        assert "delivered on" in said
        for part in ("DHL JJD-1", "UPS 1Z-2", "Goods 0"):
            assert part in said
        assert "nobody has confirmed" not in said
    assert "2 x Goods 0" in text(message)
    assert "1 x Goods 0" in text(message)


def test_what_nobody_confirmed_is_not_said_to_be_there(db: Database, paid_order: Any) -> None:
    """The delivery window has passed: the email says so, and where to turn."""
    order = paid_order(1)
    ship(order.id)
    in_days(15)
    deliver_unconfirmed()
    tell(order.id)

    (message,) = sent(db)
    assert str(message["Subject"]) == "Demo shop: order 1042-A, should be there"
    for kind in ("plain", "html"):
        said = text(message, kind)
        assert "Your order should have arrived" in said
        assert "nobody has confirmed the delivery" in said
        assert "/help" in said
    assert "not confirmed" in text(message)


def test_hostile_names_stay_text(db: Database, paid_order: Any) -> None:
    """A carrier and a number full of markup."""
    order = paid_order(1)
    ship(order.id, Parcel("<script>alert(1)</script>", '"><b>'))
    deliver(order.id)
    tell(order.id)

    (message,) = sent(db)
    assert "<script>" not in text(message, "html")
