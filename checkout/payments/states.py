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


def way(source: str, to: str) -> tuple[str, ...]:
    """The states to take from `source` to a bad end: the end itself; a missed step before it; or none where the end
    cannot follow, since the news is older than what is known."""
    if PAYMENT.allows(source, to):
        return (to,)
    if source == "processing" and to in ("canceled", "expired"):
        return (
            "failed",
        )  # the PSP called off what the shopper had done, or it led to nothing: to us it has failed
    for step in ("awaiting_shopper", "processing"):
        if PAYMENT.allows(source, step) and PAYMENT.allows(step, to):
            return (step, to)
    return ()
