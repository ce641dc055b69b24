"""Why a refund failed, in words that whoever has to pay the shopper otherwise can act on: a closed list. Pure."""

from __future__ import annotations

from typing import Final

FAILURES: Final[dict[str, str]] = {
    "card_lost_or_stolen": "The card was reported lost or stolen. Give the money back in another way.",
    "card_expired_or_canceled": "The card has expired or was canceled. Give the money back in another way.",
    "disputed": "The payment was disputed before the refund was sent: the shopper's bank has the money.",
    "declined_by_bank": "The shopper's bank did not take the refund. Give the money back in another way.",
    "not_covered": "The platform's balance at the payment provider did not cover the refund.",
    "canceled_at_psp": "The refund was called off at the payment provider.",
    "refused": "The payment provider refused the refund. The platform looks into it.",
    "not_executed": "The payment provider never carried the refund out.",
    "not_approved": "No second person approved the refund.",
    "not_left": "Before it was approved, the money was disputed or went back in another way. See what is left.",
}
# Nothing was sent or promised: the shopper is told nothing of them.
NEVER_BEGUN: Final = frozenset({"not_approved", "not_left"})

# The PSP's own words (Stripe: the refund object's failure_reason).
OF_THE_PSP: Final[dict[str, str]] = {
    "lost_or_stolen_card": "card_lost_or_stolen",
    "expired_or_canceled_card": "card_expired_or_canceled",
    "charge_for_pending_refund_disputed": "disputed",
    "insufficient_funds": "not_covered",
    "merchant_request": "canceled_at_psp",
}


def failure_code(psp_word: str | None) -> str:
    return OF_THE_PSP.get(psp_word or "", "declined_by_bank")
