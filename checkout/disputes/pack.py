"""The evidence that collects itself: what we know of the sale, put into the fields that a bank reads.

What a person has written stands before it; nothing here is made up, so where we know nothing the field stays empty.
Words are plain English, times in UTC, whatever the shopper's language: a bank's clerk reads them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from checkout.core.money import Money
from checkout.db.statement import run
from checkout.disputes.fields import FIELDS
from checkout.payments.queries import get_view
from checkout.payments.views import OrderView, PaymentView

EARLIER_SHOWN: Final = 10

# What the same shopper bought before with the same method and never disputed: a stranger's card is new to a shop.
EARLIER: Final = """
    SELECT p.id, p.amount_minor, p.currency, p.succeeded_at, count(*) OVER () AS whole
      FROM payments p
     WHERE p.shopper_id = %(shopper_id)s AND p.method IS NOT DISTINCT FROM %(method)s AND p.id <> %(id)s
       AND p.succeeded_at < %(before)s AND NOT EXISTS (SELECT FROM disputes d WHERE d.payment_id = p.id)
     ORDER BY p.succeeded_at DESC LIMIT %(limit)s
"""
EMAILS: Final = """
    SELECT template, sent_at FROM emails
     WHERE sent_at IS NOT NULL AND shopper_id = %(shopper_id)s AND object = ANY(%(objects)s) ORDER BY sent_at
"""


def collect(payment_id: UUID) -> dict[str, str]:
    """Texts by field of evidence. Owns its statements.

    Raises:
        NotFound: there is no such payment.
    """
    view = get_view(payment_id)
    shopper = view.open_shopper()
    person = {
        "customer_name": (shopper.name if shopper else None) or "",
        "customer_email_address": shopper.email if shopper else "",
    }
    return _fields(view, person, [_receipt(view), _deliveries(view), _emails(view), _earlier(view)])


def collect_for_seller(payment_id: UUID) -> dict[str, str]:
    """The same, without what only the platform knows of the shopper: who it is, and what it bought elsewhere."""
    view = get_view(payment_id)
    return _fields(view, {}, [_receipt(view), _deliveries(view)])


def _fields(view: PaymentView, person: Mapping[str, str], told: Sequence[str]) -> dict[str, str]:
    found = {
        "product_description": "\n".join(line for order in view.orders for line in _goods(order)),
        **person,
        **_shipping(view.orders),
        "uncategorized_text": "\n\n".join(part for part in told if part),
    }
    return {name: _cut(name, words) for name, words in found.items() if words}


def merged(collected: Mapping[str, str], written: Mapping[str, str]) -> dict[str, str]:
    """What is submitted: a person's words instead of ours, and before them where both may stand."""
    both = {**collected, **written}
    free = [part for part in (written.get("uncategorized_text"), collected.get("uncategorized_text")) if part]
    if free:
        both["uncategorized_text"] = _cut("uncategorized_text", "\n\n".join(free))
    return both


def _goods(order: OrderView) -> list[str]:
    return [
        f"{line.quantity} x {line.name}, {line.amount}, sold by {order.seller_name}" for line in order.lines
    ]


def _shipping(orders: Sequence[OrderView]) -> dict[str, str]:
    parcels = [parcel for order in orders for parcel in order.shipments]
    return {
        "shipping_carrier": ", ".join(dict.fromkeys(parcel.carrier for parcel in parcels)),
        "shipping_tracking_number": ", ".join(parcel.tracking_number for parcel in parcels),
        "shipping_date": ", ".join(dict.fromkeys(f"{parcel.shipped_at:%Y-%m-%d}" for parcel in parcels)),
    }


def _receipt(view: PaymentView) -> str:
    paid = f", paid at {_at(view.succeeded_at)}" if view.succeeded_at else ""
    method = f" by {view.method}" if view.method else ""
    lines = [f"Receipt {view.public_id}: {view.amount}{method}{paid}, from {view.storefront_name}."]
    lines += [
        f"Order {order.public_id}"
        + (f" ({order.reference})" if order.reference else "")
        + f": {order.amount} to {order.seller_name}, refunded {order.amount_refunded}."
        for order in view.orders
    ]
    return "\n".join(lines)


def _deliveries(view: PaymentView) -> str:
    """Only what was confirmed: that a window has passed proves no delivery."""
    return "\n".join(
        f"Parcel {parcel.tracking_number} of {order.public_id} left with {parcel.carrier} at {_at(parcel.shipped_at)}"
        + (f" and was delivered at {_at(parcel.delivered_at)}." if parcel.delivered_at else ".")
        for order in view.orders
        for parcel in order.shipments
    )


def _emails(view: PaymentView) -> str:
    objects = [view.public_id, *(order.public_id for order in view.orders)]
    objects += [parcel.public_id for order in view.orders for parcel in order.shipments]
    rows = run(EMAILS, shopper_id=view.shopper_id, objects=objects)
    sent = [f"{_email_words(row)} at {_at(row.sent_at)}" for row in rows]
    return f"Emails sent to the shopper: {'; '.join(sent)}." if sent else ""


def _earlier(view: PaymentView) -> str:
    if view.succeeded_at is None:
        return ""
    rows = run(
        EARLIER,
        shopper_id=view.shopper_id,
        method=view.method,
        id=view.id,
        before=view.succeeded_at,
        limit=EARLIER_SHOWN,
    )
    if not rows:
        return ""
    named = "; ".join(f"{Money(row.amount_minor, row.currency)} at {_at(row.succeeded_at)}" for row in rows)
    return (
        f"The same shopper paid here before by the same method, and disputed none of it: {rows[0].whole} "
        f"payments, the last of them: {named}."
    )


def _email_words(row: Row[Any]) -> str:
    words: str = row.template.replace(".", " ").replace("_", " ")
    return words


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _cut(name: str, words: str) -> str:
    """Never more than the field takes: the end of a long list is left out."""
    length = FIELDS[name].length
    assert length is not None, "only texts are collected"
    return words if len(words) <= length else f"{words[: length - 1]}…"
