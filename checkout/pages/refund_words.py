"""A refund in the words of those who work with it: its states, why it was made, why it failed."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from checkout.identity.access import Reach
from checkout.pages import access
from checkout.pages.payment_words import StateWords
from checkout.pages.refund_form import REASONS
from checkout.refunds.queries import RefundFilter, RefundView, list_refunds
from checkout.refunds.words import FAILURES

SHOWN: Final = 200
REFUND_STATES: Final[dict[str, StateWords]] = {
    "awaiting_approval": StateWords("Waits for a second person", "care"),
    "requested": StateWords("On its way to the payment provider", "waiting"),
    "submitted": StateWords("On its way to the payment provider", "waiting"),
    "unknown": StateWords("Not known: the payment provider is being asked", "care"),
    "pending": StateWords("On its way to the shopper", "waiting"),
    "succeeded": StateWords("Given back", "good"),
    "failed": StateWords("Failed", "bad"),
}
KINDS: Final[dict[str, str]] = {
    "requested": "",
    "unapplied": "Money of no order, given back by itself",
    "external": "Made at the payment provider, not here",
}


def why(view: RefundView) -> str:
    """Why it was made, and why it failed where it did."""
    refund = view.refund
    said = [KINDS[refund.kind], REASONS.get(refund.reason or "", "")]
    said.append(FAILURES.get(refund.failure_code or "", ""))
    return " ".join(f"{text.rstrip('.')}." for text in said if text)


def refunds_of_payment(payment_id: UUID) -> list[RefundView]:
    """Those of a payment, newest first; nothing where the reader may not see refunds."""
    if not access.may("refunds:read"):
        return []
    return list_refunds(
        RefundFilter(payment_id=payment_id), access.principal().reach("refunds:read"), limit=SHOWN
    )


def refunds_of_order(seller_id: UUID, order_id: UUID) -> list[RefundView]:
    """The seller's part of each, newest first; nothing where the reader may not see refunds."""
    if not access.may("refunds:read"):
        return []
    filters = RefundFilter(order_id=order_id)
    return list_refunds(filters, Reach(sellers=frozenset({seller_id})), limit=SHOWN)
