"""Payments in any state, written straight into the tables: what the pages show must not depend on how it came about."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from checkout.core import ids
from checkout.shoppers import Details
from tests.conftest import Database
from tests.shoppers.reading import add_shopper

NOW = datetime(2026, 3, 14, 13, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Line:
    name: str
    unit_minor: int
    quantity: int = 1


@dataclass(frozen=True)
class Part:
    """One seller's order."""

    seller: str
    amount_minor: int
    reference: str | None
    lines: tuple[Line, ...] = ()
    delivery: tuple[date, date] | None = None
    status: str = "pending"
    tax_minor: int = 0


MUG_AND_TEA = (
    Part("Ada's Pottery", 1500, "1042-A", (Line("Mug", 1500),), (date(2026, 3, 17), date(2026, 3, 19))),
    Part("Bao Tea", 990, "1042-B", (Line("Tea", 990),), (date(2026, 3, 20), date(2026, 3, 20))),
)


@dataclass(frozen=True)
class Seeded:
    """`columns` are further columns of the payment."""

    status: str = "awaiting_shopper"
    currency: str = "EUR"
    locale: str | None = "en-GB"
    email: str = "jo@example.org"
    shop: str = "Demo shop"
    parts: tuple[Part, ...] = MUG_AND_TEA
    age: timedelta = timedelta(minutes=2)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    columns: dict[str, Any] = field(default_factory=dict)


def seed(db: Database, wanted: Seeded | None = None, /, **changes: Any) -> UUID:
    """Writes the payment with its shop, shopper, sellers and orders; returns its id."""
    wanted = wanted or Seeded(**changes)
    created = wanted.now - wanted.age
    payment, storefront, shopper = ids.new_uuid(), ids.new_uuid(), ids.new_uuid()
    amount = sum(part.amount_minor for part in wanted.parts)
    db.rows(
        "INSERT INTO storefronts (id, name, created_at) VALUES (%(id)s, %(name)s, %(at)s)",
        id=storefront,
        name=wanted.shop,
        at=created,
    )
    add_shopper(db, shopper, storefront, Details(wanted.email, locale=wanted.locale), at=created)
    columns: dict[str, Any] = {
        "id": payment,
        "storefront_id": storefront,
        "shopper_id": shopper,
        "fingerprint": b"\x00",
        "livemode": False,
        "status": wanted.status,
        "amount_minor": amount,
        "currency": wanted.currency,
        "return_url": "https://shop.example/thanks?cart=7",
        "cancel_url": "https://shop.example/cart",
        "psp": "stripe",
        "psp_idempotency_key": f"{uuid4()}:register",
        "psp_request": "{}",
        "hosted_url": "http://localhost:8100/pay/cs_test_1",
        "session_expires_at": created + timedelta(hours=1),
        "created_at": created,
        "updated_at": wanted.now,
        **_by_status(wanted, amount, created),
        **wanted.columns,
    }
    if isinstance(columns.get("last_error"), dict):
        columns["last_error"] = json.dumps({"at": created.isoformat(), **columns["last_error"]})
    names = ", ".join(columns)
    values = ", ".join(f"%({name})s" for name in columns)
    db.rows(f"INSERT INTO payments ({names}) VALUES ({values})", **columns)
    for position, part in enumerate(wanted.parts):
        _order(db, payment, storefront, position, part, wanted, created)
    return payment


def _by_status(wanted: Seeded, amount: int, created: datetime) -> dict[str, Any]:
    match wanted.status:
        case "succeeded":
            return {"amount_received_minor": amount, "succeeded_at": wanted.now - timedelta(minutes=1)}
        case "failed" | "expired" | "canceled":
            return {"ended_at": wanted.now - timedelta(minutes=1)}
        case "processing":
            return {"processing_at": created, "next_sync_at": wanted.now + timedelta(seconds=15)}
        case "unknown":
            return {"next_sync_at": wanted.now + timedelta(minutes=3)}
        case _:
            return {}


def _order(
    db: Database, payment: UUID, shop: UUID, position: int, part: Part, wanted: Seeded, created: datetime
) -> None:
    seller, plan, order = ids.new_uuid(), ids.new_uuid(), ids.new_uuid()
    db.rows(
        "INSERT INTO sellers (id, name, hold_days, created_at) VALUES (%(id)s, %(name)s, 0, %(at)s)",
        id=seller,
        name=part.seller,
        at=created,
    )
    db.rows(
        "INSERT INTO fee_plans (id, seller_id, version, commission_bps, valid_from, created_at)"
        " VALUES (%(id)s, %(seller)s, 1, 1000, %(at)s, %(at)s)",
        id=plan,
        seller=seller,
        at=created,
    )
    status = "paid" if wanted.status == "succeeded" else part.status
    first, last = part.delivery or (None, None)
    db.rows(
        "INSERT INTO orders (id, payment_id, storefront_id, seller_id, position, reference, status, amount_minor,"
        " currency, commission_minor, tax_amount_minor, fee_plan_id, delivery_from, delivery_to, created_at, updated_at)"
        " VALUES (%(id)s, %(payment)s, %(shop)s, %(seller)s, %(position)s, %(reference)s, %(status)s, %(amount)s,"
        " %(currency)s, 0, %(tax)s, %(plan)s, %(first)s, %(last)s, %(at)s, %(at)s)",
        id=order, payment=payment, shop=shop, seller=seller, position=position, reference=part.reference,
        status=status, amount=part.amount_minor, currency=wanted.currency, tax=part.tax_minor, plan=plan,
        first=first, last=last, at=created,
    )  # fmt: skip
    for index, line in enumerate(part.lines):
        db.rows(
            "INSERT INTO order_lines (id, order_id, position, kind, name, quantity, unit_amount_minor)"
            " VALUES (%(id)s, %(order)s, %(position)s, 'item', %(name)s, %(quantity)s, %(unit)s)",
            id=ids.new_uuid(), order=order, position=index, name=line.name, quantity=line.quantity,
            unit=line.unit_minor,
        )  # fmt: skip
