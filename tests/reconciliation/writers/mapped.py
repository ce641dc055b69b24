"""A bank's CSV in windows-1252 with decimal commas, as its mapping says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from tests.reconciliation.writers.told import GARBLED, Told, major, quoted, read_as

PSP = "bank"
KINDS = {"payout": 1, "fee": -1}
CURRENCIES = ("EUR", "JPY", "KWD")
MAPPING = """
name: a-bank
version: 2
encoding: latin-1
delimiter: ";"
skip_rows: 1
columns:
  number: Referenz
  date: Buchung
  currency: Währung
  amount: Betrag
  side: S/H
  type: Art
  reference: Zweck
amounts: {sign: side, decimal: ",", thousands: ".", credit_words: [H], debit_words: [S]}
dates: {format: "%d.%m.%Y %H:%M:%S", zone: Asia/Tokyo}
kinds: {GUTSCHRIFT: payout, ENTGELT: fee}
"""
TYPES = {"payout": "GUTSCHRIFT", "fee": "ENTGELT"}


def write(night: Sequence[Told]) -> bytes:
    rows = [quoted("Kontoauszug für März", delimiter=";")]
    rows.append(
        quoted("Buchung", "Art", "Betrag", "S/H", "Währung", "Zweck", "Referenz", "Saldo", delimiter=";")
    )
    for n, told in enumerate(night):
        at = told.at.astimezone(ZoneInfo("Asia/Tokyo"))
        side = "S" if told.gross < 0 else "H"
        rows.append(
            quoted(
                f"{at:%d.%m.%Y %H:%M:%S}", TYPES[told.kind], GARBLED if told.garbled else _german(told), side,
                told.currency, told.reference, f"R{n}", "", delimiter=";",
            )
        )  # fmt: skip
    return ("\r\n".join(rows) + "\r\n").encode("latin-1")


def read(told: Told, n: int) -> dict[str, Any]:
    return read_as(told, type=TYPES[told.kind], number=f"R{n}", source_id="", fee=0)


def _german(told: Told) -> str:
    whole, point, fraction = major(told.gross, told.currency).partition(".")
    return f"{int(whole):,}".replace(",", ".") + point.replace(".", ",") + fraction
