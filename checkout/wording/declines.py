"""What a declined attempt means in the shopper's words, and what helps. Lost, stolen and fraud always get the
general words: the page may be read by whoever found the card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class DeclineWords:
    """One sentence each: what happened; what to do."""

    reason: str
    advice: str


NOT_OPENED_CODES: Final = frozenset({"psp_rejected", "psp_unavailable", "never_registered"})

GENERAL: Final = DeclineWords(
    "Your bank did not approve this payment.",
    "Try another card, or ask your bank: it has not told us more.",
)

DECLINES: Final[dict[str, DeclineWords]] = {
    "generic_decline": GENERAL,
    "lost_card": GENERAL,
    "stolen_card": GENERAL,
    "fraudulent": GENERAL,
    "pickup_card": GENERAL,
    "restricted_card": GENERAL,
    "security_violation": GENERAL,
    "merchant_blacklist": GENERAL,
    "do_not_honor": GENERAL,
    "highest_risk_level": GENERAL,
    "insufficient_funds": DeclineWords(
        "There is not enough money on the account.",
        "Try another card, or pay again when the account has been filled.",
    ),
    "card_velocity_exceeded": DeclineWords(
        "The card has reached its limit for now.", "Try another card, or raise the limit with your bank."
    ),
    "withdrawal_count_limit_exceeded": DeclineWords(
        "The card has reached its limit for now.", "Try another card, or raise the limit with your bank."
    ),
    "expired_card": DeclineWords("The card has expired.", "Try another card, or check the date you typed."),
    "incorrect_cvc": DeclineWords(
        "The security code does not match.", "Check the three or four digits on the card and try again."
    ),
    "invalid_cvc": DeclineWords(
        "The security code does not match.", "Check the three or four digits on the card and try again."
    ),
    "incorrect_number": DeclineWords("The card number is not right.", "Check each digit and try again."),
    "invalid_number": DeclineWords("The card number is not right.", "Check each digit and try again."),
    "invalid_expiry_month": DeclineWords("The expiry date is not right.", "Check the month and try again."),
    "invalid_expiry_year": DeclineWords("The expiry date is not right.", "Check the year and try again."),
    "incorrect_zip": DeclineWords(
        "The postal code does not match.", "Check your billing address and try again."
    ),
    "processing_error": DeclineWords(
        "The bank's system had a fault while it looked at the payment.", "Try again in a few minutes."
    ),
    "issuer_not_available": DeclineWords("Your bank could not be reached.", "Try again in a few minutes."),
    "try_again_later": DeclineWords("Your bank could not decide just now.", "Try again in a few minutes."),
    "authentication_required": DeclineWords(
        "Your bank wants you to confirm the payment, and that did not work.",
        "Try again and approve the payment in your bank's app or page.",
    ),
    "card_not_supported": DeclineWords("The card cannot be used for this purchase.", "Try another card."),
    "currency_not_supported": DeclineWords("The card cannot pay in this currency.", "Try another card."),
    "transaction_not_allowed": DeclineWords(
        "Your bank does not allow this kind of payment on this card.", "Try another card, or ask your bank."
    ),
    "invalid_account": DeclineWords("The account behind the card is closed or blocked.", "Try another card."),
    "debit_refused": DeclineWords(
        "The bank refused to debit the account.", "Check the account, or pay with another method."
    ),
}


def decline_words(code: str | None) -> DeclineWords:
    """The words for a reason; the general ones for a reason that is not in the table."""
    return DECLINES.get(code or "", GENERAL)


def failure_reason(code: str | None) -> str:
    """One sentence for a payment that ended: the page could not be opened, or what the bank said."""
    if code in NOT_OPENED_CODES:
        return "The payment page could not be opened."
    return decline_words(code).reason if code else "The bank refused the payment."
