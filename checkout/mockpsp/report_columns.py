"""The columns of the two itemised reports, in their order, and how one movement fills them.

Amounts are in major units with a sign, times in the report's zone. After docs.stripe.com/reports/report-types.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from checkout.mockpsp.currency_rules import stripe_exponent

Json = dict[str, Any]
ACTIVITY: Final = "balance_change_from_activity.itemized.3"
PAYOUTS: Final = "payout_reconciliation.itemized.5"

_BEGINNING: Final = (
    "balance_transaction_id", "created_utc", "created", "available_on_utc", "available_on", "currency", "gross", "fee",
    "net", "reporting_category", "source_id", "description", "customer_facing_amount", "customer_facing_currency",
)  # fmt: skip
_PAYOUT: Final = (
    "automatic_payout_id", "automatic_payout_effective_at_utc", "automatic_payout_effective_at",
)  # fmt: skip
_END: Final = (
    "customer_id", "charge_id", "payment_intent_id", "payment_method_type", "card_brand", "dispute_reason",
    "connected_account_id", "transfer_group", "payment_metadata[payment]", "refund_metadata[refund]",
    "transfer_metadata[payout]",
)  # fmt: skip
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    ACTIVITY: (*_BEGINNING, *_END),
    PAYOUTS: (*_PAYOUT, *_BEGINNING, *_END),
}
METADATA: Final = re.compile(r"(payment|refund|transfer)_metadata\[([^\[\]]{1,40})\]")


def is_column(report_type: str, name: str) -> bool:
    return name in COLUMNS[report_type] or METADATA.fullmatch(name) is not None


def major(minor: int, currency: str) -> str:
    """As a report writes an amount: 24.90, -3.00, 1000, 12.340."""
    places = stripe_exponent(currency)
    digits = str(abs(minor)).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{text}" if minor < 0 else text


def fields(movement: Json, about: Json, zone: ZoneInfo) -> dict[str, str]:
    """The cells of a movement; what is not named is empty. `about`: charge, refund, dispute, transfer, or empty each."""
    charge, transfer = about.get("charge") or {}, about.get("transfer") or {}
    currency = movement["currency"]
    details = charge.get("payment_method_details") or {}
    times = {"created": movement["created"], "available_on": movement["available_on"]}
    return {
        "balance_transaction_id": movement["id"],
        **{f"{name}_utc": _time(at, UTC) for name, at in times.items()},
        **{name: _time(at, zone) for name, at in times.items()},
        "currency": currency,
        "gross": major(movement["amount"], currency),
        "fee": major(movement["fee"], currency),
        "net": major(movement["net"], currency),
        "reporting_category": movement["reporting_category"],
        "source_id": movement["source"] or "",
        "description": movement["description"] or "",
        "customer_facing_amount": major(movement["amount"], currency) if charge else "",
        "customer_facing_currency": currency if charge else "",
        "customer_id": charge.get("customer") or "",
        "charge_id": charge.get("id", ""),
        "payment_intent_id": charge.get("payment_intent") or "",
        "payment_method_type": details.get("type", ""),
        "card_brand": (details.get("card") or {}).get("brand") or "",
        "dispute_reason": (about.get("dispute") or {}).get("reason", ""),
        "connected_account_id": transfer.get("destination", ""),
        "transfer_group": transfer.get("transfer_group") or charge.get("transfer_group") or "",
        **_metadata("payment", charge),
        **_metadata("refund", about.get("refund") or {}),
        **_metadata("transfer", transfer),
    }


def _metadata(noun: str, thing: Json) -> dict[str, str]:
    return {f"{noun}_metadata[{name}]": value for name, value in (thing.get("metadata") or {}).items()}


def _time(at: int, zone: Any) -> str:
    return datetime.fromtimestamp(at, zone).strftime("%Y-%m-%d %H:%M:%S")
