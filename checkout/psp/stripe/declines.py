"""Stripe's decline codes → our reasons. Lost, stolen and suspected cards get the general one: whoever holds such a
card must not learn why it was refused. Words for people are made of our reasons elsewhere."""

from __future__ import annotations

from typing import Final

from checkout.psp.events import Decline
from checkout.psp.stripe.reading import Object, nested, optional_text

GENERIC: Final = "generic_decline"
MESSAGE_LENGTH: Final = 200

_SAME: Final = (
    "authentication_required card_not_supported card_velocity_exceeded currency_not_supported expired_card"
    " incorrect_cvc incorrect_number incorrect_zip insufficient_funds invalid_account invalid_expiry_month"
    " invalid_expiry_year issuer_not_available processing_error transaction_not_allowed try_again_later"
)
REASONS: Final[dict[str, str]] = {
    **{code: code for code in _SAME.split()},
    "approve_with_id": "try_again_later",
    "reenter_transaction": "try_again_later",
    "invalid_cvc": "incorrect_cvc",
    "invalid_number": "incorrect_number",
    "incorrect_address": "incorrect_zip",
    "invalid_pin": "authentication_required",
    "incorrect_pin": "authentication_required",
    "offline_pin_required": "authentication_required",
    "online_or_offline_pin_required": "authentication_required",
    "mobile_device_authentication_required": "authentication_required",
    "payment_intent_authentication_failure": "authentication_required",
    "authentication_failure": "authentication_required",
    "withdrawal_count_limit_exceeded": "card_velocity_exceeded",
    "card_decline_rate_limit_exceeded": "card_velocity_exceeded",
    "new_account_information_available": "invalid_account",
    "not_permitted": "transaction_not_allowed",
    "service_not_allowed": "transaction_not_allowed",
    "testmode_decline": "card_not_supported",
    "account_closed": "debit_refused",
    "bank_account_declined": "debit_refused",
    "bank_account_restricted": "debit_refused",
    "bank_account_unusable": "debit_refused",
    "charge_exceeds_source_limit": "debit_refused",
    "debit_not_authorized": "debit_refused",
    "generic_could_not_process": "debit_refused",
    "no_account": "debit_refused",
    "refer_to_customer": "debit_refused",
}


def reason_of(psp_code: str | None) -> str:
    """Our reason for a code of Stripe's; the general one for every code that is not in the table."""
    return REASONS.get(psp_code or "", GENERIC)


def of_error(error: Object) -> Decline | None:
    """From an intent's last_payment_error, or an error's body; None where there is none."""
    if not error:
        return None
    code = optional_text(error, "decline_code") or optional_text(error, "code") or GENERIC
    return Decline(reason_of(code), code, (optional_text(error, "message") or "")[:MESSAGE_LENGTH])


def of_charge(charge: Object) -> Decline:
    """From a failed charge: the outcome's reason says more than the failure's code."""
    failure = optional_text(charge, "failure_code") or GENERIC
    outcome = optional_text(nested(charge, "outcome"), "reason") or failure
    code = outcome if outcome in REASONS or failure == "card_declined" else failure
    return Decline(reason_of(code), code, (optional_text(charge, "failure_message") or "")[:MESSAGE_LENGTH])
