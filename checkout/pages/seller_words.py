"""A seller's orders, payouts and movements in plain words. Sent is not arrived; unknown is still being prepared."""

from __future__ import annotations

from typing import Final

from checkout.explanations.words import word_of
from checkout.orders.holds import HoldReason
from checkout.pages.payment_words import StateWords
from checkout.payouts.states import PAYOUT

ORDER_WORDS: Final[dict[str, StateWords]] = {
    "pending": StateWords("Not paid yet", "calm"),
    "paid": StateWords("To ship", "care"),
    "shipped": StateWords("Shipped", "waiting"),
    "delivered": StateWords("Delivered", "good"),
    "released": StateWords("Released", "money"),
    "canceled": StateWords("Canceled", "calm"),
    "closed": StateWords("Closed", "calm"),
}
PREPARING: Final = StateWords("Preparing", "calm")
PAYOUT_WORDS: Final[dict[str, StateWords]] = {
    "scheduled": PREPARING,
    "awaiting_approval": StateWords("Preparing: needs approval", "care"),
    "reserved": PREPARING,
    "submitting": PREPARING,
    "transferred": PREPARING,
    "unknown": PREPARING,
    "in_transit": StateWords("Sent", "waiting"),
    "paid": StateWords("Arrived", "good"),
    "reversing": StateWords("Coming back", "care"),
    "failed": StateWords("Failed", "bad"),
    "returned": StateWords("Returned", "bad"),
    "canceled": StateWords("Canceled", "calm"),
}
KINDS: Final[dict[str, str]] = {"scheduled": "Scheduled", "manual": "Asked for", "instant": "Instant"}

HELD_CHOICES: Final[dict[HoldReason, str]] = {
    HoldReason.NOT_SHIPPED: "Not shipped",
    HoldReason.NOT_DELIVERED: "Not delivered",
    HoldReason.IN_HOLD: "Days after delivery",
    HoldReason.SELLER_NOT_VERIFIED: "Verification",
    HoldReason.DISPUTED: "Disputed",
    HoldReason.REFUND_IN_FLIGHT: "Refund under way",
    HoldReason.NOTHING_LEFT: "Nothing left",
    HoldReason.BEING_RELEASED: "Being released",
}
# What a payout's parts are, in the order in which they are shown; what is not named here is an adjustment.
GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "Orders": ("order_released", "reserve_released", "reserve_applied"),
    "Refunds": ("refund_requested", "refund_failed", "external_refund"),
    "Disputes": ("dispute_withdrawn", "dispute_reinstated", "seller_recharged"),
    "Fees": ("payout_fee_charged", "payout_fee_returned", "logistics_charged"),
    "Carried over": ("carried_over",),
}
ADJUSTMENTS: Final = "Adjustments"
MOVEMENTS: Final[dict[str, str]] = {
    "payment_captured": "Order paid by the shopper",
    "unapplied_applied": "Order paid by the shopper",
    "order_released": "Order released",
    "reserve_released": "Reserve released",
    "reserve_applied": "Reserve used for what was owed",
    "logistics_charged": "Logistics of a refunded order",
    "payout_created": "Payout made",
    "payout_released": "Payout given back",
    "payout_paid": "Payout arrived",
    "payout_returned": "Payout returned by the bank",
    "payout_fee_charged": "Fee of an instant payout",
    "payout_fee_returned": "Fee of an instant payout given back",
    "debt_recovered": "Debt recovered from a payout",
    "seller_debt_written_off": "Debt given up by the platform",
    "carried_over": "Carried over",
}
ACCOUNTS: Final[dict[str, str]] = {
    "available": "Available",
    "on_hold": "On hold",
    "reserved": "Reserve",
    "in_transit": "On the way",
}
assert PAYOUT_WORDS.keys() == PAYOUT.states, "every state of a payout has its words"


def group_of(kind: str) -> str:
    """Where a part of a payout is shown. Every kind of refund and dispute goes to its own."""
    for name, kinds in GROUPS.items():
        if kind in kinds:
            return name
    if kind.startswith("refund"):
        return "Refunds"
    return "Disputes" if kind.startswith("dispute") else ADJUSTMENTS


def movement_word(kind: str) -> str:
    return MOVEMENTS.get(kind) or word_of(kind)
