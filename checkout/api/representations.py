"""How things look in the API: plain data in the documented order, amounts in minor units, times in UTC milliseconds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from checkout.core.clock import utcnow
from checkout.core.currencies import exponent
from checkout.core.ids import encode
from checkout.orders.holds import Hold
from checkout.orders.views import LineView, OrderView, ShipmentView
from checkout.payments.links import StatusLinks
from checkout.payments.timeline import TimelineItem
from checkout.payments.views import LastError, PaymentView
from checkout.sellers.bank_numbers import masked
from checkout.sellers.fees import FeePlan
from checkout.sellers.views import PayoutAccountView, SellerView

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def as_bytes(document: dict[str, Any]) -> bytes:
    """The same bytes for the same document: they are stored under idempotency keys and hashed for ETags."""
    return _ENCODER.encode(document).encode("utf-8")


def payment_json(view: PaymentView, links: StatusLinks) -> dict[str, Any]:
    return {
        "id": view.public_id,
        "object": "payment",
        "payment_id": str(view.client_payment_id) if view.client_payment_id else None,
        "purpose": view.purpose,
        "customer": view.customer_id,
        "status": view.status,
        "created_at": moment(view.created_at),
        "livemode": view.livemode,
        "amount": view.amount.amount_minor,
        "wallet_amount": view.wallet_amount.amount_minor,
        "amount_received": view.amount_received.amount_minor,
        "amount_refunded": view.amount_refunded.amount_minor,
        "currency": view.currency,
        "currency_exponent": exponent(view.currency),
        "orders": [order_json(order) for order in view.orders],
        "next_action": _next_action(view),
        "status_url": links.url(view.id),
        "last_error": _last_error(view.last_error),
        "dispute": None,
        "settlement": {"status": "not_settled"},
        "metadata": dict(view.metadata),
    }


def order_json(view: OrderView) -> dict[str, Any]:
    return {
        "id": view.public_id,
        "object": "order",
        "payment": encode("pay", view.payment_id),
        "seller": view.seller_public_id,
        "reference": view.reference,
        "status": view.status,
        "created_at": moment(view.created_at),
        "amount": view.amount.amount_minor,
        "card_part": view.card_part.amount_minor if view.card_part is not None else None,
        "wallet_part": view.wallet_part.amount_minor if view.wallet_part is not None else None,
        "commission": view.commission.amount_minor,
        "logistics_fee": view.logistics_fee.amount_minor,
        "tax_amount": view.tax_amount.amount_minor,
        "tax_collected_by": view.tax_collected_by,
        "seller_amount": view.seller_amount.amount_minor,
        "amount_refunded": view.amount_refunded.amount_minor,
        "currency": view.amount.currency,
        "currency_exponent": exponent(view.amount.currency),
        "lines": [_line_json(line) for line in view.lines],
        "estimated_delivery": _delivery(view.delivery_from, view.delivery_to),
        "shipments": [shipment_json(shipment) for shipment in view.shipments],
        "shipped_at": _moment_or_none(view.fulfilment.shipped_at),
        "delivered_at": _moment_or_none(view.fulfilment.delivered_at),
        "released_at": _moment_or_none(view.fulfilment.released_at),
        "hold": _hold(view.hold(utcnow())),
    }


def shipment_json(view: ShipmentView) -> dict[str, Any]:
    return {
        "id": view.public_id,
        "object": "shipment",
        "carrier": view.carrier,
        "tracking_number": view.tracking_number,
        "lines": [{"line": encode("oli", line), "quantity": quantity} for line, quantity in view.lines],
        "estimated_delivery": _delivery(view.delivery_from, view.delivery_to),
        "shipped_at": moment(view.shipped_at),
        "delivered_at": _moment_or_none(view.delivered_at),
    }


def _hold(hold: Hold | None) -> dict[str, Any] | None:
    if hold is None:
        return None
    return {
        "reason": hold.reason.value,
        "detail": hold.words,
        "releases_at": _moment_or_none(hold.releases_at),
    }


def seller_json(view: SellerView) -> dict[str, Any]:
    return {
        "id": view.public_id,
        "object": "seller",
        "name": view.name,
        "country": view.country,
        "status": view.status,
        "created_at": moment(view.created_at),
        "hold_days": view.hold_days,
        "payout_schedule": view.payout_schedule,
        "reserve_bps": view.reserve_bps,
        "reserve_days": view.reserve_days,
        "fee_plans": [_fee_plan_json(plan) for plan in view.fee_plans],
        "verification": {
            "status": view.verification.status,
            "requirements": list(view.verification.requirements),
            "reason": view.verification.reason,
        },
        "payouts_enabled": view.verification.payouts_enabled,
        "payout_accounts": [_payout_account_json(account) for account in view.payout_accounts],
    }


def _payout_account_json(account: PayoutAccountView) -> dict[str, Any]:
    return {
        "currency": account.currency,
        "country": account.country,
        "account": masked(account.last4),
        "status": account.status,
        "changed_at": moment(account.created_at),
        "payouts_paused_until": _moment_or_none(account.payouts_paused_until),
    }


def timeline_json(items: Sequence[TimelineItem]) -> dict[str, Any]:
    """All at once: a payment has some dozens."""
    return {
        "object": "list",
        "data": [
            {
                "at": moment(item.at),
                "kind": item.kind,
                "object": item.object,
                "name": item.name,
                "cause": item.cause,
                "data": {name: _timed(name, value) for name, value in item.data.items()},
            }
            for item in items
        ],
        "has_more": False,
        "next_cursor": None,
    }


def moment(at: datetime) -> str:
    """RFC 3339, UTC, milliseconds: 2026-11-21T09:30:00.000Z."""
    text = at.isoformat(timespec="milliseconds")
    assert text.endswith("+00:00"), "times are UTC everywhere"
    return f"{text[:-6]}Z"


def _moment_or_none(at: datetime | None) -> str | None:
    return None if at is None else moment(at)


def _timed(name: str, value: Any) -> Any:
    """PostgreSQL's JSON spells times in its own way; here they are spelt as everywhere."""
    if name.endswith("_at") and isinstance(value, str):
        return moment(datetime.fromisoformat(value).astimezone(UTC))
    return value


def _next_action(view: PaymentView) -> dict[str, Any] | None:
    """Where to send the shopper: only while there is something to pay."""
    if view.status != "awaiting_shopper" or view.hosted_url is None:
        return None
    return {"type": "redirect", "url": view.hosted_url, "expires_at": moment(view.session_expires_at)}


def _last_error(error: LastError | None) -> dict[str, Any] | None:
    if error is None:
        return None
    return {
        "code": error.code,
        "psp_code": error.psp_code,
        "message": error.message,
        "at": moment(error.at),
    }


def _line_json(line: LineView) -> dict[str, Any]:
    return {
        "id": line.public_id,
        "kind": line.kind,
        "sku": line.sku,
        "name": line.name,
        "quantity": line.quantity,
        "unit_amount": line.unit_amount.amount_minor,
        "category": line.category,
        "shipped_quantity": line.shipped_quantity,
        "refunded_quantity": line.refunded_quantity,
    }


def _delivery(first: date | None, last: date | None) -> dict[str, str] | None:
    if first is None or last is None:
        return None
    return {"from": first.isoformat(), "to": last.isoformat()}


def _fee_plan_json(plan: FeePlan) -> dict[str, Any]:
    return {
        "currency": plan.currency,
        "currency_exponent": exponent(plan.currency) if plan.currency else None,
        "version": plan.version,
        "commission_bps": plan.commission_bps,
        "commission_fixed": plan.commission_fixed_minor,
        "commission_minimum": plan.commission_minimum_minor,
        "categories": dict(sorted(plan.category_bps.items())),
        "valid_from": moment(plan.valid_from),
    }
