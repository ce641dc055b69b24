"""Refunds and disputes as Stripe's objects, and the events that tell of them: what a webhook would carry."""

from __future__ import annotations

from typing import Any

from checkout.core.money import Money
from checkout.psp import Dispute, DisputeMovement, Refund
from checkout.psp.stripe.reading import to_wire
from tests.psp.deliveries import event


def refund_object(refund: Refund) -> dict[str, Any]:
    """The refund as GET /v1/refunds/{refund} would answer."""
    shown: dict[str, Any] = {
        "id": refund.id,
        "object": "refund",
        "amount": to_wire(refund.amount),
        "currency": refund.amount.currency.lower(),
        "balance_transaction": refund.balance_transaction,
        "charge": refund.charge_id,
        "created": int(refund.created_at.timestamp()),
        "customer": None,
        "customer_account": None,
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": {} if refund.reference is None else {"refund": refund.reference},
        "payment_intent": refund.intent_id,
        "payment_method": None,
        "reason": None,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": refund.psp_status,
        "transfer_reversal": None,
    }
    if refund.failure_reason:
        shown["failure_reason"] = refund.failure_reason
    if refund.failure_balance_transaction:
        shown["failure_balance_transaction"] = refund.failure_balance_transaction
    return shown


def dispute_object(dispute: Dispute) -> dict[str, Any]:
    """The dispute as GET /v1/disputes/{dispute} would answer."""
    due = dispute.evidence_due_at
    return {
        "id": dispute.id,
        "object": "dispute",
        "amount": to_wire(dispute.amount),
        "currency": dispute.amount.currency.lower(),
        "balance_transactions": [_movement_object(moved, dispute.id) for moved in dispute.movements],
        "charge": dispute.charge_id,
        "created": int(dispute.created_at.timestamp()),
        "enhanced_eligibility_types": [],
        "evidence": {"customer_name": None, "uncategorized_text": None},
        "evidence_details": {
            "due_by": 0 if due is None else int(due.timestamp()),
            "enhanced_eligibility": {},
            "has_evidence": dispute.has_evidence,
            "past_due": dispute.past_due,
            "submission_count": dispute.submission_count,
        },
        "is_charge_refundable": dispute.charge_is_refundable,
        "livemode": False,
        "metadata": {},
        "payment_intent": dispute.intent_id,
        "payment_method_details": _means(dispute),
        "reason": dispute.reason,
        "status": dispute.status,
    }


def refund_event(refund: Refund, type: str = "refund.updated", *, id: str = "evt_re_1") -> dict[str, Any]:
    """refund.created, .updated, .failed or charge.refund.updated."""
    return event(type, refund_object(refund), id=id)


def refunded_charge_event(refund: Refund, *, id: str = "evt_ch_1") -> dict[str, Any]:
    """charge.refunded: it says which charge, and no refund."""
    charge = {
        "id": refund.charge_id,
        "object": "charge",
        "payment_intent": refund.intent_id,
        "refunded": True,
    }
    return event("charge.refunded", charge, id=id)


def dispute_event(dispute: Dispute, kind: str = "created", *, id: str = "evt_dp_1") -> dict[str, Any]:
    """created, updated, closed, funds_withdrawn or funds_reinstated."""
    return event(f"charge.dispute.{kind}", dispute_object(dispute), id=id)


def _movement_object(moved: DisputeMovement, dispute_id: str) -> dict[str, Any]:
    return {
        "id": moved.number,
        "object": "balance_transaction",
        "amount": to_wire(moved.amount),
        "fee": to_wire(moved.fee),
        "net": to_wire(moved.amount - moved.fee),
        "currency": moved.amount.currency.lower(),
        "created": int(moved.created_at.timestamp()),
        "available_on": int(moved.created_at.timestamp()),
        "balance_type": "payments",
        "description": None,
        "exchange_rate": None,
        "fee_details": _fee_details(moved.fee),
        "reporting_category": "dispute"
        if moved.amount < Money.zero(moved.amount.currency)
        else "dispute_reversal",
        "source": dispute_id,
        "status": "available",
        "type": "adjustment",
    }


def _fee_details(fee: Money) -> list[dict[str, Any]]:
    if not fee:
        return []
    return [
        {
            "amount": to_wire(fee),
            "application": None,
            "currency": fee.currency.lower(),
            "description": "Dispute fee",
            "type": "stripe_fee",
        }
    ]


def _means(dispute: Dispute) -> dict[str, Any] | None:
    if dispute.method is None:
        return None
    if dispute.method != "card":
        return {"type": dispute.method}
    card = {
        "brand": "visa",
        "case_type": "inquiry" if dispute.status.startswith("warning") else "chargeback",
        "network": "visa",
        "network_reason_code": dispute.network_reason_code,
    }
    return {"type": "card", "card": card}
