"""Stripe's itemized report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.reconciliation.writers.told import Told, major, quoted, read_as

PSP = "stripe"
KINDS = {"charge": 1, "refund": -1, "dispute": -1, "payout": -1}
CURRENCIES = ("EUR", "JPY", "KWD")
METHOD = "sepa_debit"
COLUMNS = (
    "reporting_category", "balance_transaction_id", "currency", "gross", "fee", "net", "created_utc", "source_id",
    "payment_metadata[payment]", "payment_method_type", "a_new_column",
)  # fmt: skip


def write(night: Sequence[Told]) -> bytes:
    rows = [quoted(*COLUMNS)]
    for n, told in enumerate(night):
        net = told.gross - told.fee
        rows.append(
            quoted(
                told.kind, f"txn_{n}", told.currency.lower(), told.amount(_signed(told.gross, told.currency)),
                _signed(told.fee, told.currency), _signed(net, told.currency), f"{told.at:%Y-%m-%d %H:%M:%S}", f"obj_{n}",
                told.reference, METHOD, "",
            )
        )  # fmt: skip
    return ("\r\n".join(rows) + "\r\n").encode()


def read(told: Told, n: int) -> dict[str, Any]:
    return read_as(told, type=told.kind, number=f"txn_{n}", source_id=f"obj_{n}", fee=told.fee, method=METHOD)


def _signed(minor: int, currency: str) -> str:
    return ("-" if minor < 0 else "") + major(minor, currency)
