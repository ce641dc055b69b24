"""Refunds as Stripe shows them, read into ours."""

from __future__ import annotations

from typing import Final

from checkout.psp.port import Refund, RefundStatus
from checkout.psp.stripe.reading import (
    Object,
    Unreadable,
    moment,
    money,
    nested,
    optional_text,
    reference_id,
    text,
)

REFUND_KEY: Final = "refund"  # in a refund's metadata

# requires_action waits for the shopper to say where the money shall go; a canceled one has come back to us.
STATUSES: Final[dict[str, RefundStatus]] = {
    "pending": "pending",
    "requires_action": "pending",
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}


def refund_of(made: Object) -> Refund:
    """A refund, whether its charge, intent and movements are expanded or only named.

    Raises:
        Unreadable: a field is not what it should be, the status is unknown, or it is a refund of nothing.
    """
    psp_status, amount = text(made, "status"), money(made, "amount")
    if psp_status not in STATUSES:
        raise Unreadable("an unknown status of a refund")
    if amount.amount_minor <= 0:
        raise Unreadable("a refund of nothing")
    return Refund(
        id=text(made, "id"),
        reference=optional_text(nested(made, "metadata"), REFUND_KEY),
        charge_id=reference_id(made, "charge"),
        intent_id=reference_id(made, "payment_intent"),
        amount=amount,
        status=STATUSES[psp_status],
        psp_status=psp_status,
        failure_reason=optional_text(made, "failure_reason"),
        balance_transaction=reference_id(made, "balance_transaction"),
        failure_balance_transaction=reference_id(made, "failure_balance_transaction"),
        created_at=moment(made, "created"),
    )
