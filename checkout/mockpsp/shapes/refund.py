"""A refund."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import object_ids

Json = dict[str, Any]
_UNSET: Final = (
    "balance_transaction customer_account payment_method pending_reason receipt_number "
    "source_transfer_reversal transfer_reversal"
).split()


def refund(charged: Json, params: Json, *, amount: int, now: int) -> Json:
    """A refund of which nothing is decided yet: pending, and without a balance transaction."""
    of_card = charged["payment_method_details"]["type"] == "card"
    return dict.fromkeys(_UNSET) | {
        "id": object_ids.refund_id(of_card=of_card),
        "object": "refund",
        "amount": amount,
        "charge": charged["id"],
        "created": now,
        "currency": charged["currency"],
        "customer": charged["customer"],
        "destination_details": _destination(of_card),
        "metadata": params.get("metadata", {}),
        "payment_intent": charged["payment_intent"],
        "reason": params.get("reason"),
        "status": "pending",
    }


def _destination(of_card: bool) -> Json:
    if not of_card:
        return {"type": "sepa_debit"}
    arrives = {"reference_status": "pending", "reference_type": "acquirer_reference_number", "type": "refund"}
    return {"card": arrives, "type": "card"}
