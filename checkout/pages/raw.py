"""Documents as they are stored, for those who want to see them, without personal data and without secrets."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from checkout.core.ids import encode
from checkout.core.text import DIGIT_RUN, contains_card_number
from checkout.pages.payment_words import shopper_word
from checkout.payments.views import PaymentView

MOST_CHARACTERS: Final = 20_000  # of one document; the rest is left out, and said so
MOST_DEPTH: Final = 20
HIDDEN: Final = "[hidden]"
# Members of a PSP's object that name or reach a person, or open something.
PERSONAL: Final = frozenset(
    """
    address billing_details city client_secret customer_details customer_email email fingerprint holder_name ip line1
    line2 name phone postal_code receipt_email receipt_url secret shipping url
    """.split()
)
_EMAIL: Final = re.compile(r"[^\s\"'<>@:,;()\\]+@[^\s\"'<>@:,;()\\]+")


def redacted(document: Any, depth: int = 0) -> Any:
    """The document with what is personal hidden: by the member's name, and wherever text looks like it."""
    if depth > MOST_DEPTH:
        return HIDDEN
    if isinstance(document, Mapping):
        return {
            str(name): HIDDEN if str(name) in PERSONAL and value else redacted(value, depth + 1)
            for name, value in document.items()
        }
    if isinstance(document, list | tuple):
        return [redacted(each, depth + 1) for each in document]
    if isinstance(document, str):
        return DIGIT_RUN.sub(_hide_card_number, _EMAIL.sub("[email]", document))
    return document


def pretty(document: Any) -> str:
    """The document as text, cut where it is longer than a page bears."""
    text = json.dumps(document, indent=2, ensure_ascii=False, default=str)
    if len(text) <= MOST_CHARACTERS:
        return text
    return f"{text[:MOST_CHARACTERS]}\n… {len(text) - MOST_CHARACTERS} more characters"


def payment_document(view: PaymentView) -> dict[str, Any]:
    """What is stored of a payment: plain data, amounts in minor units, the shopper's address masked."""
    return {
        "id": view.public_id,
        "payment_id": str(view.client_payment_id) if view.client_payment_id else None,
        "status": view.status,
        "version": view.version,
        "livemode": view.livemode,
        "storefront": encode("sto", view.storefront_id),
        "amount": view.amount.amount_minor,
        "amount_received": view.amount_received.amount_minor,
        "amount_refunded": view.amount_refunded.amount_minor,
        "currency": view.currency,
        "shopper": {"email": shopper_word(view.shopper_email), "country": view.shopper_country},
        "psp": view.psp,
        "method": view.method,
        "last_error": redacted({"code": view.last_error.code, "psp_code": view.last_error.psp_code,
                                "message": view.last_error.message}) if view.last_error else None,
        "created_at": _moment(view.created_at),
        "succeeded_at": _moment(view.succeeded_at),
        "ended_at": _moment(view.ended_at),
        "next_sync_at": _moment(view.next_sync_at),
        "metadata": redacted(dict(view.metadata)),
        "orders": [
            {
                "id": order.public_id,
                "seller": order.seller_public_id,
                "reference": order.reference,
                "status": order.status,
                "amount": order.amount.amount_minor,
                "commission": order.commission.amount_minor,
                "logistics_fee": order.logistics_fee.amount_minor,
                "tax_amount": order.tax_amount.amount_minor,
                "tax_collected_by": order.tax_collected_by,
                "seller_amount": order.seller_amount.amount_minor,
                "amount_refunded": order.amount_refunded.amount_minor,
                "estimated_delivery": _window(order.delivery_from, order.delivery_to),
            }
            for order in view.orders
        ],
    }  # fmt: skip


def _window(first: date | None, last: date | None) -> dict[str, str] | None:
    return {"from": first.isoformat(), "to": last.isoformat()} if first and last else None


def _moment(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z") if at else None


def _hide_card_number(match: re.Match[str]) -> str:
    return "[card number]" if contains_card_number(match.group()) else match.group()
