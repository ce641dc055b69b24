"""What the shopper is told: one situation, from the payment's status, its age and what is known beside it. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal

from checkout.payments.views import PaymentView

RefundState = Literal["none", "on_its_way", "done", "failed"]


class Situation(StrEnum):
    """Each has its own words in status_texts."""

    STARTING = "starting"
    NOT_FINISHED = "not_finished"
    DECLINED = "declined"
    CHECKING = "checking"
    STILL_CHECKING = "still_checking"
    BANK_SLOW = "bank_slow"
    NOT_KNOWN = "not_known"
    IN_REVIEW = "in_review"
    PAID = "paid"
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELING = "canceling"
    CANCELED = "canceled"
    PAID_TOO_LATE = "paid_too_late"

    @property
    def is_waiting(self) -> bool:
        """True where an answer is expected without anybody doing anything on this page."""
        return self in _WAITING

    @property
    def is_emailed(self) -> bool:
        """True where the answer, whatever it is, is told by email too."""
        return self in _WAITING - {Situation.STARTING, Situation.CANCELING}


_WAITING: Final = frozenset(
    {
        Situation.STARTING,
        Situation.CHECKING,
        Situation.STILL_CHECKING,
        Situation.BANK_SLOW,
        Situation.NOT_KNOWN,
        Situation.CANCELING,
    }
)

STILL_AFTER: Final = timedelta(seconds=10)
SLOW_AFTER: Final = timedelta(seconds=60)

# (polls, seconds between them): quick while an answer is likely, then slower, then no more.
PATIENCE: Final = ((5, 2), (12, 5), (20, 15))
FIRST_SLOW_POLL: Final = PATIENCE[0][0] + PATIENCE[1][0]
REVIEW_SECONDS: Final = 60  # a person decides; asking more often brings nothing
REVIEW_POLLS: Final = 20


def situation_of(
    view: PaymentView, *, now: datetime, just_returned: bool, refunds: RefundState = "none"
) -> Situation:
    """`just_returned`: the PSP has sent the shopper back after paying and has not been asked yet. It changes what
    the page says while it waits, never what is believed. `refunds`: how far the newest word of refunds has come."""
    if refunds == "failed":
        return Situation.REFUND_FAILED
    match view.status:
        case "succeeded":
            return _after_success(view)
        case "failed" | "expired" | "canceled":
            return Situation.PAID_TOO_LATE if view.amount_received else Situation(view.status)
        case "processing":
            return _while_processing(now - (view.processing_at or view.created_at))
        case "unknown":
            return Situation.NOT_KNOWN
        case "in_review":
            return Situation.IN_REVIEW
        case "created":
            return Situation.STARTING
        case _:
            return _before_payment(view, just_returned)


def poll_after_seconds(situation: Situation, polls: int) -> int | None:
    """Seconds until the page asks again after `polls` times, or None: it stops, and a button takes over."""
    if situation is Situation.IN_REVIEW:
        return REVIEW_SECONDS if polls < REVIEW_POLLS else None
    if not situation.is_waiting:
        return None
    for count, seconds in PATIENCE:
        if polls < count:
            return seconds
        polls -= count
    return None


def first_poll(situation: Situation) -> int:
    """Where a freshly opened page enters the schedule: what has waited long is not asked about every two seconds."""
    return FIRST_SLOW_POLL if situation in {Situation.BANK_SLOW, Situation.NOT_KNOWN} else 0


def _after_success(view: PaymentView) -> Situation:
    if not view.amount_refunded:
        return Situation.PAID
    return Situation.REFUNDED if view.amount_refunded >= view.amount else Situation.PARTLY_REFUNDED


def _while_processing(waited: timedelta) -> Situation:
    if waited < STILL_AFTER:
        return Situation.CHECKING
    return Situation.STILL_CHECKING if waited < SLOW_AFTER else Situation.BANK_SLOW


def _before_payment(view: PaymentView, just_returned: bool) -> Situation:
    if view.cancel_requested_at is not None:
        return Situation.CANCELING
    if just_returned:
        return Situation.CHECKING
    return Situation.DECLINED if view.last_error else Situation.NOT_FINISHED
