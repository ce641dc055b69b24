"""The fields of a dispute's evidence and how much each takes, after Stripe's documentation of Disputes."""

from __future__ import annotations

from typing import Final

MAX_ALL_TEXTS: Final = 150_000  # characters, of all fields together
_LONG: Final = 20_000
_SHORT: Final = 5_000
TEXT_FIELDS: Final[dict[str, int]] = dict.fromkeys(
    (
        "access_activity_log",
        "cancellation_policy_disclosure",
        "cancellation_rebuttal",
        "duplicate_charge_explanation",
        "product_description",
        "refund_policy_disclosure",
        "refund_refusal_explanation",
        "uncategorized_text",
    ),
    _LONG,
) | dict.fromkeys(
    (
        "billing_address",
        "customer_email_address",
        "customer_name",
        "customer_purchase_ip",
        "duplicate_charge_id",
        "service_date",
        "shipping_address",
        "shipping_carrier",
        "shipping_date",
        "shipping_tracking_number",
    ),
    _SHORT,
)
FILE_FIELDS: Final = (
    "cancellation_policy",
    "customer_communication",
    "customer_signature",
    "duplicate_charge_documentation",
    "receipt",
    "refund_policy",
    "service_documentation",
    "shipping_documentation",
    "uncategorized_file",
)
