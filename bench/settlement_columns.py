"""The columns of `balance_change_from_activity.itemized.3`, all that a report can be asked for, and their types
(https://docs.stripe.com/reports/report-types/balance)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ADDRESS: Final = ("line1", "line2", "city", "state", "postal_code", "country")
COLUMNS: Final = (
    "balance_transaction_id", "created_utc", "created", "available_on_utc", "available_on", "currency", "gross", "fee",
    "net", "reporting_category", "source_id", "description", "customer_facing_amount", "customer_facing_currency",
    "automatic_payout_id", "automatic_payout_effective_at_utc", "automatic_payout_effective_at", "customer_id",
    "customer_email", "customer_name", "customer_description", *(f"shipping_address_{part}" for part in ADDRESS),
    *(f"card_address_{part}" for part in ADDRESS), "charge_id", "payment_intent_id", "charge_created_utc",
    "charge_created", "invoice_id", "invoice_number", "subscription_id", "payment_method_type", "is_link", "card_brand",
    "card_funding", "card_country", "statement_descriptor", "dispute_reason", "connected_account_id",
    "connected_account_name", "connected_account_country", "connected_account_direct_charge_id",
    "payment_metadata[payment]", "refund_metadata[refund]", "transfer_metadata[payout]",
)  # fmt: skip
TYPES: Final[Mapping[str, str]] = {
    **dict.fromkeys(("gross", "fee", "net", "customer_facing_amount"), "numeric"),
    **{
        name: "timestamp"
        for stem in ("created", "available_on", "automatic_payout_effective_at", "charge_created")
        for name in (stem, f"{stem}_utc")
    },
    "is_link": "boolean",
}  # of the other columns: text
