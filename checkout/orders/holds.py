"""Why an order's money is still held, and until when. Pure: pages, the API and the release itself ask the same rule.

The release's statement says the same in SQL (release_statements.DUE); a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

DELIVERY_WINDOW: Final = timedelta(days=14)  # after shipping, where no carrier confirms


class HoldReason(StrEnum):
    """In the order in which they are named, where more than one holds."""

    NOT_PAID = "not_paid"
    DISPUTED = "disputed"
    REFUND_IN_FLIGHT = "refund_in_flight"
    NOTHING_LEFT = "nothing_left"
    NOT_SHIPPED = "not_shipped"
    NOT_DELIVERED = "not_delivered"
    SELLER_NOT_VERIFIED = "seller_not_verified"
    IN_HOLD = "in_hold"
    BEING_RELEASED = "being_released"  # nothing stands against it: the next run takes it


WORDS: Final[dict[HoldReason, str]] = {
    HoldReason.NOT_PAID: "The shopper has not paid yet.",
    HoldReason.DISPUTED: "The shopper's bank disputes the payment.",
    HoldReason.REFUND_IN_FLIGHT: "A refund of this order is under way.",
    HoldReason.NOTHING_LEFT: "All of it was refunded or charged back.",
    HoldReason.NOT_SHIPPED: "The goods have not all been shipped.",
    HoldReason.NOT_DELIVERED: "The delivery has not been confirmed yet.",
    HoldReason.SELLER_NOT_VERIFIED: "The seller's verification is not complete.",
    HoldReason.IN_HOLD: "The goods were delivered; the days after delivery have not passed yet.",
    HoldReason.BEING_RELEASED: "Nothing stands against it: it is released within minutes.",
}

# Statuses whose money is not held: it was never there, or it has gone where it belongs.
NOT_HELD: Final = frozenset({"canceled", "closed", "released"})


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """How far an order has come on its way to the shopper, and what forbids its release."""

    shipped_at: datetime | None = None
    deliver_by_at: datetime | None = None
    delivered_at: datetime | None = None
    release_due_at: datetime | None = None
    released_at: datetime | None = None
    withdrawn_minor: int = 0
    refunds_in_flight: int = 0
    open_disputes: int = 0
    seller_verified: bool = True
    hold_days: int = 0


@dataclass(frozen=True, slots=True)
class Hold:
    """Why the money is held. `releases_at` is the date it becomes free at if nothing else happens; None where that
    depends on somebody who has not acted yet."""

    reason: HoldReason
    releases_at: datetime | None

    @property
    def words(self) -> str:
        return WORDS[self.reason]


def hold_of(status: str, left_minor: int, found: Fulfilment, now: datetime) -> Hold | None:
    """The first reason that holds an order's money; None where none is held.

    left_minor: what is left of the order after refunds and disputes.
    """
    reason = hold_reason(status, left_minor, found, now)
    return None if reason is None else Hold(reason, _releases_at(status, reason, found))


def hold_reason(status: str, left_minor: int, found: Fulfilment, now: datetime) -> HoldReason | None:
    if status in NOT_HELD:
        return None
    if status == "pending":
        return HoldReason.NOT_PAID
    if found.open_disputes:
        return HoldReason.DISPUTED
    if found.refunds_in_flight:
        return HoldReason.REFUND_IN_FLIGHT
    if left_minor <= 0:
        return HoldReason.NOTHING_LEFT
    return _on_its_way(status, found, now)


def is_releasable(status: str, left_minor: int, found: Fulfilment, now: datetime) -> bool:
    """Delivered, its hold passed, nothing against it."""
    return hold_reason(status, left_minor, found, now) is HoldReason.BEING_RELEASED


def _on_its_way(status: str, found: Fulfilment, now: datetime) -> HoldReason:
    if status == "paid":
        return HoldReason.NOT_SHIPPED
    if status == "shipped":
        return HoldReason.NOT_DELIVERED
    assert found.release_due_at is not None, "a delivered order has its date"
    if not found.seller_verified:
        return HoldReason.SELLER_NOT_VERIFIED
    return HoldReason.IN_HOLD if now < found.release_due_at else HoldReason.BEING_RELEASED


def _releases_at(status: str, reason: HoldReason, found: Fulfilment) -> datetime | None:
    """What waits for time alone has a date: after delivery the one that was promised; before it the latest, when no
    carrier confirms, by the seller's present hold."""
    if reason in (HoldReason.IN_HOLD, HoldReason.BEING_RELEASED):
        return found.release_due_at
    if reason is HoldReason.NOT_DELIVERED and found.deliver_by_at is not None:
        return found.deliver_by_at + timedelta(days=found.hold_days)
    return None
