"""A dispute in plain words: what its reasons and states mean to a seller. Pure."""

from __future__ import annotations

from typing import Final

REASONS: Final = {
    "bank_cannot_process": "The shopper's bank could not process the debit",
    "check_returned": "The cheque was returned",
    "credit_not_processed": "The shopper says a refund was promised and did not come",
    "customer_initiated": "The shopper had the bank return the debit",
    "debit_not_authorized": "The shopper says the debit was never allowed",
    "duplicate": "The shopper says it was charged twice",
    "fraudulent": "The cardholder says somebody else paid with the card",
    "general": "The bank gave no particular reason",
    "incorrect_account_details": "The account's details were wrong",
    "insufficient_funds": "The account had too little money on it",
    "noncompliant": "The bank says a rule of the card network was broken",
    "product_not_received": "The shopper says the goods did not arrive",
    "product_unacceptable": "The shopper says the goods were not as described, or broken",
    "subscription_canceled": "The shopper says the subscription had been ended",
    "unrecognized": "The shopper does not recognise the charge",
}

STATES: Final = {
    "warning": "The bank asks about the payment; no money was taken",
    "warning_closed": "The bank asked, and has closed the matter",
    "needs_response": "Waits for evidence",
    "under_review": "The bank decides",
    "won": "Won: the money is yours",
    "lost": "Lost: the money is the shopper's",
    "prevented": "Settled before it became a dispute",
    "appeal_needs_response": "Lost; evidence for the appeal is awaited",
    "appeal_under_review": "Lost; the bank decides about the appeal",
}


def reason_in_words(reason: str) -> str:
    return REASONS.get(reason, "The bank gave a reason of its own")
