"""A payment as the pages see it, without a database: one view, changed where a test cares."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from checkout.core.money import Money
from checkout.orders.views import LineView, OrderView
from checkout.payments.views import PaymentView
from checkout.shoppers.details import Details

NOW = datetime(2026, 3, 14, 13, 2, tzinfo=UTC)
CREATED = NOW - timedelta(minutes=30)
ID = UUID("0190c7f4-0000-7000-8000-000000000001")


def order(seller: str = "Ada's Pottery", amount_minor: int = 2490, **changes: Any) -> OrderView:
    amount = Money(amount_minor, "EUR")
    made = OrderView(
        id=ID,
        payment_id=ID,
        storefront_id=ID,
        seller_id=ID,
        seller_name=seller,
        reference="1042-A",
        status="pending",
        version=1,
        amount=amount,
        commission=Money(0, "EUR"),
        logistics_fee=Money(0, "EUR"),
        tax_amount=Money(0, "EUR"),
        tax_collected_by="seller",
        amount_refunded=Money(0, "EUR"),
        delivery_from=date(2026, 3, 17),
        delivery_to=date(2026, 3, 19),
        lines=(LineView(ID, "item", "MUG", "Mug", 1, amount),),
        created_at=CREATED,
        updated_at=CREATED,
    )
    return replace(made, **changes)


def payment(**changes: Any) -> PaymentView:
    made = PaymentView(
        id=ID,
        client_payment_id=None,
        storefront_id=ID,
        storefront_name="Demo shop",
        shopper_id=ID,
        open_shopper=lambda: Details("jo@example.org", locale="en-GB"),
        livemode=False,
        status="awaiting_shopper",
        version=1,
        amount=Money(2490, "EUR"),
        amount_received=Money(0, "EUR"),
        amount_refunded=Money(0, "EUR"),
        return_url="https://shop.example/thanks",
        cancel_url="https://shop.example/cart",
        metadata={},
        psp="stripe",
        psp_session_id="cs_test_1",
        psp_charge_id=None,
        hosted_url="http://localhost:8100/pay/cs_test_1",
        session_expires_at=NOW + timedelta(minutes=30),
        method=None,
        last_error=None,
        cancel_requested_at=None,
        processing_at=None,
        succeeded_at=None,
        ended_at=None,
        last_synced_at=None,
        next_sync_at=None,
        late_capture=False,
        created_at=CREATED,
        updated_at=CREATED,
        orders=(order(),),
    )
    return replace(made, **changes)
