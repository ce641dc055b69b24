"""How refunds look in the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from checkout.api.representations import moment
from checkout.core.currencies import exponent
from checkout.core.ids import encode
from checkout.refunds.queries import RefundView
from checkout.refunds.refund import Part
from checkout.refunds.words import FAILURES


def refund_json(view: RefundView) -> dict[str, Any]:
    return {
        **summary_json(view),
        "timeline": [
            {"status": step.to_status, "at": moment(step.at), "cause": step.cause} for step in view.steps
        ],
    }


def summary_json(view: RefundView) -> dict[str, Any]:
    refund = view.refund
    code = refund.failure_code
    return {
        "id": refund.public_id,
        "object": "refund",
        "payment": encode("pay", refund.payment_id),
        "kind": refund.kind,
        "status": refund.status,
        "amount": refund.amount.amount_minor,
        "to_card": refund.card.amount_minor,
        "to_wallet": refund.wallet.amount_minor,
        "currency": refund.currency,
        "currency_exponent": exponent(refund.currency),
        "destination": refund.destination,
        "reason": refund.reason,
        "note": refund.note,
        "metadata": dict(refund.metadata),
        "approval": encode("apr", refund.approval_id) if refund.approval_id else None,
        "orders": [_order(part, view) for part in view.parts],
        "failure": {"code": code, "message": FAILURES[code]} if code else None,
        "created_at": moment(refund.created_at),
        "succeeded_at": _moment_or_none(refund.succeeded_at),
        "failed_at": _moment_or_none(refund.failed_at),
    }


def _order(part: Part, view: RefundView) -> dict[str, Any]:
    return {
        "order": encode("ord", part.order_id),
        "seller": encode("sel", part.seller_id),
        "amount": part.amount.amount_minor,
        "to_card": part.card.amount_minor,
        "to_wallet": part.wallet.amount_minor,
        "commission_returned": part.commission.amount_minor,
        "logistics_fee_returned": part.logistics_fee.amount_minor,
        "tax_returned": part.tax.amount_minor,
        "lines": [
            {"line": encode("oli", line.line_id), "quantity": line.quantity}
            for line in view.lines
            if line.order_id == part.order_id
        ],
    }


def _moment_or_none(at: datetime | None) -> str | None:
    return None if at is None else moment(at)
