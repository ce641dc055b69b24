"""The email of a parcel: what is in it, who carries it, when it should come; once for each parcel."""

from __future__ import annotations

from datetime import date
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast
from uuid import UUID

import pytest

from checkout.core.cause import Cause
from checkout.core.ids import encode, new_uuid
from checkout.db.session import atomic
from checkout.notifications.parcel_email import send_parcel_email
from checkout.orders.ship import Parcel, ship_order
from checkout.tasks import ClaimedTask
from tests.conftest import Database
from tests.notifications.conftest import configure
from tests.orders.conftest import paid_order, psp, shop

__all__ = ["paid_order", "psp", "shop"]


def sent(db: Database) -> list[EmailMessage]:
    rows = db.rows("SELECT raw FROM mailbox_messages ORDER BY id")
    return [cast(EmailMessage, message_from_bytes(bytes(row["raw"]), policy=default)) for row in rows]


def text(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def ship(order: UUID, parcel: Parcel) -> UUID:
    with atomic() as session:
        return ship_order(session, order, parcel, cause=Cause("cli", "test"))


def tell(shipment: UUID) -> None:
    args: dict[str, Any] = {
        "event": str(new_uuid()),
        "type": "shipment.created",
        "object": encode("shp", shipment),
    }
    send_parcel_email(ClaimedTask(new_uuid(), "mail", "notifications.parcel_email", args, 1, 8, 1))


@pytest.fixture(autouse=True)
def _office(db: Database) -> None:
    configure()


def test_each_parcel_has_its_email(db: Database, paid_order: Any) -> None:
    """Two parcels: two Message-IDs from the parcels; told twice each, sent once."""
    order = paid_order(3)
    line = order.lines[0].id
    first = ship(order.id, Parcel("DHL", "JJD-1", {line: 2}, date(2026, 12, 2), date(2026, 12, 3)))
    second = ship(order.id, Parcel("UPS", "1Z-2"))
    for shipment in (first, first, second, second):
        tell(shipment)

    one, two = sent(db)
    assert str(one["Message-ID"]) == f"<parcel_sent.{encode('shp', first)}@pay.example>"
    assert str(one["To"]) == "jo@example.org"
    assert str(one["Subject"]) == "Demo shop: order 1042-A, on its way"
    for kind in ("plain", "html"):
        said = text(one, kind)
        assert "A parcel of your order is on its way" in said
        for part in ("DHL", "JJD-1", "2.–3. Dez", "Goods 0"):
            assert part in said
    assert "2 x Goods 0" in text(one)
    assert "1 x Goods 0" in text(two)


def test_all_in_one_says_so_and_the_first_estimate_stands(db: Database, paid_order: Any) -> None:
    """No new estimate, and none at checkout: nothing is invented. The email stands in the order's story."""
    order = paid_order(1)
    tell(ship(order.id, Parcel("DHL", "JJD-1")))

    (message,) = sent(db)
    assert "Your order is on its way" in text(message)
    assert "Delivery date not known yet" in text(message)
    assert db.value("SELECT object FROM emails") == order.public_id


def test_hostile_names_stay_text(db: Database, paid_order: Any) -> None:
    """A carrier and a number full of markup."""
    order = paid_order(1)
    tell(ship(order.id, Parcel("<script>alert(1)</script>", '"><b>')))

    (message,) = sent(db)
    assert "<script>" not in text(message, "html")
    assert '"><b>' not in text(message, "html")
