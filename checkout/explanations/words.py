"""What kinds of journal entries are called where a seller reads them: closed lists. Pure."""

from __future__ import annotations

from typing import Final

KIND_WORDS: Final[dict[str, str]] = {
    "payment_captured": "Paid by the shopper",
    "unapplied_applied": "Paid by the shopper, after a review",
    "order_released": "Released order",
    "logistics_charged": "Logistics of an order refunded before its release",
    "reserve_released": "Reserve released",
    "reserve_applied": "Reserve used for what was owed",
    "refund_requested": "Refund",
    "refund_failed": "Refund that did not reach the shopper",
    "external_refund": "Refund made at the payment provider",
    "dispute_withdrawn": "Dispute",
    "dispute_reinstated": "Dispute won",
    "seller_recharged": "Cost of a dispute, or of money given back twice, charged by the platform",
    "seller_debt_written_off": "Debt given up by the platform",
    "payout_fee_charged": "Fee of an instant payout",
    "payout_fee_returned": "Fee of an instant payout, given back",
    "payout_created": "Payout",
    "payout_released": "Payout that did not arrive",
    "payout_paid": "Arrived at the bank",
    "payout_returned": "Came back from the bank",
    "debt_recovered": "Debt taken back from a payout",
    "suspense_cleared": "Correction",
    "suspense_booked": "Put in suspense",
    "psp_fee": "Fee of the payment provider",
    "psp_payout_sent": "Sent to our bank by the payment provider",
    "psp_payout_received": "Shown by our bank's statement",
    "psp_payout_returned": "Sent back by our bank",
    "psp_payout_failed": "Back at the payment provider",
    "bank_fee": "Cost of our bank",
    "psp_claimed": "Claimed from the payment provider",
    "settlement_written_off": "Difference given up",
    "rounding_booked": "Rounding",
    "fx_settled": "Settled in another currency",
    "fx_converted": "Sold for another currency",
    "psp_topped_up": "Sent to the payment provider",
    "carried_over": "Left over by the payout's step",
    "amount_reclassified": "Put onto another account",
    "reversal": "Reversal of an entry",
}


def word_of(kind: str) -> str:
    """The words of a kind; a kind without any says its own name."""
    return KIND_WORDS.get(kind, kind.replace("_", " ").capitalize())
