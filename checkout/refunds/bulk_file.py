"""Refunds as a spreadsheet saves them: bytes to rows, or to what is wrong with a row. Pure; nothing is refunded here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from checkout.core.currencies import CODES, exponent
from checkout.core.sheets import SheetRow, WrongCell, read_sheet
from checkout.refunds.commands import Destination, Reason

ROWS_MOST: Final = 500  # a transaction each, some ten milliseconds: well inside a request's time
BYTES_MOST: Final = 256 * 1024
CELL_MOST: Final = 500
ID_MOST: Final = 64

KNOWN: Final = ("payment", "order", "amount", "currency", "reason", "note", "destination", "return_logistics")
REASONS: Final = ("requested_by_customer", "duplicate", "fraudulent", "other")
DESTINATIONS: Final = ("card", "wallet")

_AMOUNT: Final = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,3}))?")


@dataclass(frozen=True, slots=True)
class Row:
    """One refund: of a payment or of an order, the ids as they were written; without an amount all that is left.
    `number` is the line in the file."""

    number: int
    payment: str | None
    order: str | None
    amount_minor: int | None
    currency: str | None
    reason: Reason | None
    note: str | None
    destination: Destination
    return_logistics: bool


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read. The cell itself is never repeated."""

    number: int
    code: str
    detail: str


def read_rows(data: bytes) -> list[Row | BadRow]:
    """All rows, each read by itself.

    Raises:
        InvalidParameter: it is no such file at all: its encoding, its header, or too many rows. Points at /file.
    """
    return [_row(row) for row in read_sheet(data, known=KNOWN, rows_most=ROWS_MOST, lacks=_lacks)]


def _lacks(names: Sequence[str]) -> str:
    return "" if {"payment", "order"} & set(names) else "has no column payment and none order"


def _longest(name: str) -> int:
    return CELL_MOST if name == "note" else ID_MOST


def _row(row: SheetRow) -> Row | BadRow:
    try:
        found = dict(row.filled(_longest))
        if ("payment" in found) == ("order" in found):
            raise WrongCell("exclusive", "a row names either the payment or the order")
        currency = found.get("currency")
        if currency is not None and currency not in CODES:
            raise WrongCell("unknown_currency", "currency is an upper-case ISO 4217 code")
        return Row(
            number=row.number,
            payment=found.get("payment"),
            order=found.get("order"),
            amount_minor=_minor(found.get("amount"), currency),
            currency=currency,
            reason=cast("Reason | None", _option("reason", found.get("reason"), REASONS)),
            note=found.get("note"),
            destination=cast(
                "Destination", _option("destination", found.get("destination"), DESTINATIONS) or "card"
            ),
            return_logistics=_option("return_logistics", found.get("return_logistics"), ("yes", "no"))
            == "yes",
        )
    except WrongCell as wrong:
        return BadRow(row.number, wrong.code, wrong.detail)


def _minor(text: str | None, currency: str | None) -> int | None:
    """ "15.00" EUR is 1500: never more decimals than the currency has, never rounded."""
    if text is None:
        return None
    if currency is None:
        raise WrongCell("required", "an amount comes with its currency")
    match, digits = _AMOUNT.fullmatch(text), exponent(currency)
    if match is None or len(match[2] or "") > digits:
        raise WrongCell("invalid_format", f"amount is a number like 15.00, with at most {digits} decimals")
    units: int = 10**digits
    minor = int(match[1]) * units + int((match[2] or "").ljust(digits, "0") or "0")
    if minor == 0:
        raise WrongCell("out_of_range", "an amount is above zero; leave it out to refund all that is left")
    return minor


def _option(name: str, text: str | None, options: tuple[str, ...]) -> str | None:
    if text is not None and text not in options:
        raise WrongCell("not_an_option", f"{name} is one of: {', '.join(options)}")
    return text
