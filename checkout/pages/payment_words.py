"""A payment's and an order's states, and what happened to them, in the words of those who work with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from checkout.pages.status_texts import Tone
from checkout.wording import masking


@dataclass(frozen=True, slots=True)
class StateWords:
    word: str
    tone: Tone


PAYMENT_STATES: Final[dict[str, StateWords]] = {
    "created": StateWords("Starting", "calm"),
    "awaiting_shopper": StateWords("Not paid yet", "calm"),
    "processing": StateWords("Processing", "waiting"),
    "unknown": StateWords("Unknown", "care"),
    "in_review": StateWords("In review", "care"),
    "succeeded": StateWords("Paid", "good"),
    "failed": StateWords("Failed", "bad"),
    "expired": StateWords("Expired", "calm"),
    "canceled": StateWords("Canceled", "calm"),
}
ORDER_STATES: Final[dict[str, StateWords]] = {
    "pending": StateWords("Not paid yet", "calm"),
    "paid": StateWords("Paid", "good"),
    "shipped": StateWords("Shipped", "waiting"),
    "delivered": StateWords("Delivered", "good"),
    "released": StateWords("Released", "money"),
    "canceled": StateWords("Canceled", "calm"),
    "closed": StateWords("Closed", "calm"),
}
WEBHOOK_STATES: Final[dict[str, StateWords]] = {
    "received": StateWords("Waiting", "waiting"),
    "parked": StateWords("Parked", "care"),
    "processed": StateWords("Applied", "good"),
    "ignored": StateWords("Ignored", "calm"),
    "dead": StateWords("Dead", "bad"),
}
METHODS: Final[dict[str, str]] = {
    "card": "Card",
    "sepa_debit": "SEPA debit",
    "us_bank_account": "US bank debit",
    "bacs_debit": "Bacs debit",
    "paypal": "PayPal",
    "klarna": "Klarna",
    "link": "Link",
    "wallet": "Store credit",
}


def method_word(method: str | None) -> str:
    """ "Card"; a method without a word of ours is shown as the PSP calls it."""
    return METHODS.get(method, method) if method else "not known yet"


def shopper_word(email: str | None) -> str:
    """Whose payment it is, for people who need not know more; nobody is named once their data has been erased."""
    return masking.email(email) if email else "erased on request"


def plain(name: str) -> str:
    """ "amount_mismatch" as "amount mismatch": a name of the tables as people read it."""
    return name.replace("_", " ").replace(".", ": ")
