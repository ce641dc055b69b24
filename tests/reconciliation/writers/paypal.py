"""PayPal's settlement report: one section with its footers, a BOM before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.reconciliation.writers.told import GARBLED, Told, quoted, read_as

PSP = "paypal"
KINDS = {
    "charge": 1,
    "refund": -1,
    "dispute": -1,
    "payout": -1,
    "reserve": -1,
    "transfer": -1,
    "conversion": -1,
}
CURRENCIES = ("EUR", "JPY", "USD")
CODES = {
    "charge": "T0006", "refund": "T1107", "dispute": "T1201", "payout": "T0400", "reserve": "T1110",
    "transfer": "T0001", "conversion": "T0200",
}  # fmt: skip
COLUMNS = (
    "CH", "Transaction ID", "Invoice ID", "PayPal Reference ID", "PayPal Reference ID Type", "Transaction Event Code",
    "Transaction Initiation Date", "Transaction Completion Date", "Transaction Debit or Credit",
    "Gross Transaction Amount", "Gross Transaction Currency", "Fee Debit or Credit", "Fee Amount", "Fee Currency",
    "Custom Field", "Consumer ID", "Payment Tracking ID", "Store ID",
)  # fmt: skip


def write(night: Sequence[Told], first: int = 0) -> bytes:
    """`first`: the number of the first row; it names the account too, for a report is known by that."""
    told = lines(night, f"ACCOUNT{first + 1}", first)
    return b"\xef\xbb\xbf" + ("\r\n".join(told) + "\r\n").encode()


def lines(night: Sequence[Told], account: str = "ACCOUNT1", first: int = 0) -> list[str]:
    sums = _sums(night)
    return [
        quoted("RH", "2026/03/15 03:00:00 +0100", "X", account, "011"),
        quoted("FH", "01"),
        quoted("SH", "2026/03/14 00:00:00 +0100", "2026/03/14 23:59:59 +0100", account, ""),
        quoted(*COLUMNS),
        *(_body(told, n) for n, told in enumerate(night, first)),
        *(_footer("SF", currency, sums[currency]) for currency in sorted(sums)),
        f'"SC",{len(night)}',
        *(_footer("RF", currency, sums[currency]) for currency in sorted(sums)),
        f'"RC",{len(night)}',
        f'"FF",{len(night)}',
    ]


def read(told: Told, n: int) -> dict[str, Any]:
    code = CODES[told.kind]
    return read_as(told, type=code, number=f"{n}TX:{code}", source_id=f"{n}TX", fee=told.fee)


def _body(told: Told, n: int) -> str:
    at = f"{told.at:%Y/%m/%d %H:%M:%S} +0000"
    fee = ("DR", str(told.fee), told.currency) if told.fee else ("", "", "")
    gross = GARBLED if told.garbled else str(abs(told.gross))
    side = "DR" if told.gross < 0 else "CR"
    return quoted(
        "SB",
        f"{n}TX",
        "",
        "",
        "",
        CODES[told.kind],
        at,
        at,
        side,
        gross,
        told.currency,
        *fee,
        told.reference,
        "",
        "",
        "",
    )


def _sums(night: Sequence[Told]) -> dict[str, list[int]]:
    sums: dict[str, list[int]] = {told.currency: [0, 0, 0, 0] for told in night}
    for told in night:
        sums[told.currency][told.gross < 0] += abs(told.gross)
        sums[told.currency][3] += told.fee
    return sums


def _footer(name: str, currency: str, sums: Sequence[int]) -> str:
    return f'"{name}","{currency}",{",".join(map(str, sums))},"CR",0,"CR",0'
