"""The closed list of domain events: `<resource>.<fact in the past tense>`. Grows with each capability."""

from __future__ import annotations

from typing import Final

CATALOGUE: Final[dict[str, str]] = {
    "payment.created": "A checkout was registered.",
    "payment.processing": "The shopper has paid by a method that takes time; the PSP's word is awaited.",
    "payment.delayed": "A payment has been processing for a minute: the shopper is told what happens next.",
    "payment.succeeded": "The money was captured; the orders are paid.",
    "payment.failed": "The payment ended without money.",
    "payment.expired": "The shopper did not pay in time.",
    "payment.canceled": "The payment was called off before the money was captured.",
    "payment.unapplied": "Money arrived that belongs to no live order: wrong amount, or after the end.",
    "payment.review_opened": "A person must look at the payment.",
    "order.paid": "An order's money was captured; the seller may ship.",
    "order.shipped": "All goods of an order are on their way.",
    "order.delivered": "All of an order has arrived; its hold runs.",
    "order.released": "An order's hold has passed: the seller may be paid for it.",
    "shipment.created": "A parcel has left; an order may go in several.",
    "order.canceled": "An order ended with its payment.",
    "seller.updated": "What the payment provider says of a seller, or where a seller's payouts go, has changed.",
    "approval.proposed": "Something waits for a second person's decision.",
    "approval.approved": "A second person agreed; what was proposed is carried out.",
    "approval.rejected": "A second person refused what was proposed.",
    "approval.expired": "Nobody decided in time; what was proposed is not carried out.",
    "approval.withdrawn": "What was proposed is over before anybody decided it.",
    "payout.created": "An amount was reserved for a seller's bank.",
    "payout.sent": "The PSP has sent the payout to the bank; it has not arrived yet.",
    "payout.paid": "The payout has arrived at the seller's bank.",
    "payout.failed": "The payout did not reach the bank; its amount is the seller's to be paid again.",
    "payout.returned": "The bank sent an arrived payout back; its amount is the seller's to be paid again.",
    "payout.canceled": "The payout was called off before it was sent.",
    "dispute.opened": "A shopper's bank disputes a payment, or asks about it before it does.",
    "dispute.evidence_due_soon": "The time to answer a dispute ends soon.",
    "dispute.won": "The bank decided for the seller.",
    "dispute.lost": "The bank decided for the shopper.",
    "dead_letter.added": "A task has failed for good.",
}
