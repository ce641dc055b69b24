"""Adyen's settlement detail report: columns in another order than the documents list them, times in Amsterdam's summer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta, timezone
from typing import Any

from tests.reconciliation.writers.told import Told, major, quoted, read_as

PSP = "adyen"
KINDS = {"charge": 1, "refund": -1, "dispute": -1, "dispute_reversal": 1, "payout": -1, "transfer": -1}
CURRENCIES = ("EUR", "JPY", "KWD")
TYPES = {
    "charge": "Settled", "refund": "Refunded", "dispute": "Chargeback", "dispute_reversal": "ChargebackReversed",
    "payout": "MerchantPayout", "transfer": "PaidOut",
}  # fmt: skip
COLUMNS = (
    "Batch Number", "Company Account", "Merchant Account", "Psp Reference", "Merchant Reference", "Payment Method",
    "Creation Date", "TimeZone", "Type", "Modification Reference", "Gross Currency", "Gross Credit (GC)",
    "Gross Debit (GC)", "Exchange Rate", "Net Currency", "Net Credit (NC)", "Net Debit (NC)", "Interchange (NC)",
    "Commission (NC)", "Markup (NC)", "Scheme Fees (NC)", "Payment Method Variant", "Reserved4",
)  # fmt: skip
CEST = timezone(timedelta(hours=2))


def row(told: Told, n: int, **changed: str) -> dict[str, str]:
    net = told.gross - told.fee
    gross, paid_in = told.paid or (told.gross, told.currency)
    commission = told.fee // 2
    return {
        **dict.fromkeys(COLUMNS, ""),
        "Batch Number": "17", "Company Account": "Platform", "Merchant Account": "PlatformEU",
        "Psp Reference": f"P{n}", "Merchant Reference": told.reference, "Payment Method": "visa",
        "Modification Reference": f"M{n}",
        "Creation Date": f"{told.at.astimezone(CEST):%Y-%m-%d %H:%M:%S}", "TimeZone": "CEST", "Type": TYPES[told.kind],
        "Gross Currency": paid_in, "Net Currency": told.currency, "Exchange Rate": "1",
        _side("Gross", "GC", gross): told.amount(major(gross, paid_in)),
        _side("Net", "NC", net): major(net, told.currency),
        "Commission (NC)": major(commission, told.currency),
        "Interchange (NC)": major(told.fee - commission, told.currency),
        **changed,
    }  # fmt: skip


def write(night: Sequence[Told], first: int = 0) -> bytes:
    """`first`: the number of the first row, and of the batch with it."""
    batch = {"Batch Number": str(17 + first)}
    return of_rows([row(told, n, **batch) for n, told in enumerate(night, first)])


def of_rows(rows: Sequence[dict[str, str]]) -> bytes:
    lines = [",".join(COLUMNS), *(quoted(*(fields[name] for name in COLUMNS)) for fields in rows)]
    return ("\n".join(lines) + "\n").encode()


def read(told: Told, n: int) -> dict[str, Any]:
    type = TYPES[told.kind]
    return read_as(told, type=type, number=f"M{n}:{type}", source_id=f"P{n}", fee=told.fee, method="visa")


def _side(name: str, unit: str, minor: int) -> str:
    return f"{name} {'Debit' if minor < 0 else 'Credit'} ({unit})"
