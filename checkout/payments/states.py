"""A payment's life, as data. Succeeded, failed, expired and canceled are final; money that comes after an end is a
fact booked beside it, never a way back."""

from __future__ import annotations

from typing import Final

from checkout.core.state_machine import StateMachine

PAYMENT = StateMachine(
    name="payment",
    table="payments",
    initial="created",
    edges={
        "created": {"awaiting_shopper", "processing", "succeeded", "unknown", "failed", "in_review"},
        "unknown": {
            "awaiting_shopper",
            "processing",
            "succeeded",
            "expired",
            "failed",
            "canceled",
            "in_review",
        },
        "awaiting_shopper": {"processing", "succeeded", "expired", "canceled", "in_review"},
        "processing": {"succeeded", "failed", "in_review"},
        "in_review": {"succeeded", "canceled"},
    },
)

STATUSES: Final = (
    "created",
    "awaiting_shopper",
    "processing",
    "succeeded",
    "failed",
    "expired",
    "canceled",
    "unknown",
    "in_review",
)
UNREGISTERED: Final = frozenset({"created", "unknown"})  # the PSP's answer is not known yet
ENDED_WITHOUT_MONEY: Final = frozenset({"failed", "expired", "canceled"})
LIVE: Final = frozenset(
    {"created", "unknown", "awaiting_shopper", "processing"}
)  # money that arrives is applied
