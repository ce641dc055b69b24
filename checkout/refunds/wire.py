"""The one request of a refund, under the refund's own id as its key, as it was written down when the refund was made."""

from __future__ import annotations

from uuid import UUID

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.psp import CreateRefund
from checkout.psp.port.refunds import RefundReason
from checkout.refunds.refund import Refund

# What the PSP has words for; any other reason is ours alone.
_PSP_REASONS: dict[str, RefundReason] = {
    "requested_by_customer": "requested_by_customer",
    "duplicate": "duplicate",
    "fraudulent": "fraudulent",
}


def new_request(
    refund_id: UUID,
    payment_id: UUID,
    amount: Money,
    *,
    intent_id: str | None,
    charge_id: str | None,
    reason: str | None,
) -> CreateRefund:
    reference = encode("re", refund_id)
    return CreateRefund(
        reference=reference,
        payment_reference=encode("pay", payment_id),
        idempotency_key=reference,
        intent_id=intent_id or "",
        charge_id=charge_id,
        amount=amount,
        reason=_PSP_REASONS.get(reason or ""),
    )


def request_of(refund: Refund) -> CreateRefund:
    assert refund.psp_request is not None, "what is sent was written down before"
    return CreateRefund(
        reference=refund.public_id,
        payment_reference=encode("pay", refund.payment_id),
        idempotency_key=refund.public_id,
        intent_id=refund.psp_intent_id or "",
        charge_id=refund.psp_charge_id,
        amount=refund.card,
        reason=_PSP_REASONS.get(refund.reason or ""),
        wire=refund.psp_request,
    )
