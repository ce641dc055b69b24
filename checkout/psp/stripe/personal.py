"""What Stripe's events say of a person, and that is not kept: nothing that is applied needs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

# Members of Stripe's objects (Checkout Session, PaymentIntent, Charge, Refund, Dispute, Account, Person, bank account)
# that hold names, addresses, phone numbers or free text about somebody. A dispute's evidence goes whole.
PERSONAL: Final = frozenset(
    "customer_details customer_email receipt_email receipt_url billing_details shipping shipping_details"
    " shipping_address collected_information custom_fields evidence individual company persons email phone"
    " account_holder_name owner cardholder_name verified_name verified_email instructions_email email_sent_to"
    " customer_name customer_email_address customer_purchase_ip".split()
)
# Of the means a shopper paid with; the same words on a seller's bank account say where a payout goes, and stay.
MEANS: Final = frozenset({"payment_method", "payment_method_details"})
OF_MEANS: Final = PERSONAL | frozenset(
    "fingerprint last4 dynamic_last4 iban_last4 mandate name payer_email payer_id payer_name payer_details buyer_id"
    " buyer_address cashtag tax_id verified_phone_last4".split()
)


def without_personal_data(value: Any, names: frozenset[str] = PERSONAL) -> Any:
    """The same document with null where somebody was described."""
    if isinstance(value, Mapping):
        return {
            name: None
            if name in names
            else without_personal_data(member, OF_MEANS if name in MEANS else names)
            for name, member in value.items()
        }
    if isinstance(value, list):
        return [without_personal_data(member, names) for member in value]
    return value
