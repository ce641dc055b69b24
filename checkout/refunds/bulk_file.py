"""Refunds as a spreadsheet saves them: bytes to rows, or to what is wrong with a row. Pure; nothing is refunded here."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast

from checkout.core.currencies import CODES, exponent
from checkout.core.errors import FieldError, InvalidParameter
from checkout.core.text import contains_card_number, did_you_mean
from checkout.refunds.commands import Destination, Reason

ROWS_MOST: Final = 500  # a transaction each, some ten milliseconds: well inside a request's time
BYTES_MOST: Final = 256 * 1024
CELL_MOST: Final = 500
ID_MOST: Final = 64

KNOWN: Final = ("payment", "order", "amount", "currency", "reason", "note", "destination", "return_logistics")
REASONS: Final = ("requested_by_customer", "duplicate", "fraudulent", "other")
DESTINATIONS: Final = ("card", "wallet")

_AMOUNT: Final = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,3}))?")
_FORMULA: Final = re.compile(
    r"[=+\-@\t\r]"
)  # what a spreadsheet would run when somebody opens the cell again
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


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


class _Wrong(Exception):
    """What is wrong with a cell."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


def read_rows(data: bytes) -> list[Row | BadRow]:
    """All rows, each read by itself.

    Raises:
        InvalidParameter: it is no such file at all: its encoding, its header, or too many rows. Points at /file.
    """
    text = _text(data)
    header = text.split("\n", 1)[0]
    lines = csv.reader(text.splitlines(keepends=True), delimiter=max(",;\t", key=header.count), strict=True)
    rows: list[Row | BadRow] = []
    try:
        columns = _columns(next(lines, []))
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if len(rows) == ROWS_MOST:
                raise _refusal("too_many_rows", f"has more than {ROWS_MOST} rows")
            rows.append(_row(lines.line_num, columns, cells))
    except csv.Error as error:
        raise _refusal("invalid_format", f"is no CSV file: line {lines.line_num}: {error}") from error
    if not rows:
        raise _refusal("empty", "has no rows below its header")
    return rows


def _text(data: bytes) -> str:
    """UTF-8 with or without its mark, or UTF-16 with it, as spreadsheets write them."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _refusal("invalid_encoding", 'must be UTF-8 text: save it as "CSV UTF-8"') from error
    if "\0" in text:
        raise _refusal("invalid_encoding", "must be text, and holds bytes that are none")
    return text


def _columns(header: list[str]) -> dict[str, int]:
    names = [name.strip().lower() for name in header]
    for name in names:
        if name not in KNOWN:
            near = did_you_mean(name[:ID_MOST], KNOWN)
            hint = f"; did you mean {near}?" if near else f": it knows {', '.join(KNOWN)}"
            raise _refusal("unknown_column", f"has a column that is not known{hint}")
    if len(set(names)) != len(names) or not {"payment", "order"} & set(names):
        raise _refusal("invalid_header", "names each column once, and has a column payment or order")
    return {name: index for index, name in enumerate(names)}


def _row(number: int, columns: Mapping[str, int], cells: list[str]) -> Row | BadRow:
    try:
        found = dict(_cells(columns, cells))
        if ("payment" in found) == ("order" in found):
            raise _Wrong("exclusive", "a row names either the payment or the order")
        currency = found.get("currency")
        if currency is not None and currency not in CODES:
            raise _Wrong("unknown_currency", "currency is an upper-case ISO 4217 code")
        return Row(
            number=number,
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
    except _Wrong as wrong:
        return BadRow(number, wrong.code, wrong.detail)


def _cells(columns: Mapping[str, int], cells: list[str]) -> Iterator[tuple[str, str]]:
    if len(cells) > len(columns):
        raise _Wrong("invalid_format", f"has {len(cells)} cells, the header has {len(columns)}")
    for name, index in columns.items():
        cell = cells[index].strip() if index < len(cells) else ""
        if cell:
            _check_cell(name, cell)
            yield name, cell


def _check_cell(name: str, cell: str) -> None:
    if len(cell) > (CELL_MOST if name == "note" else ID_MOST):
        raise _Wrong("invalid_length", f"{name} is too long")
    if _CONTROL.search(cell):
        raise _Wrong("invalid_characters", f"{name} is not one line of text")
    if _FORMULA.match(cell):
        raise _Wrong("formula_cell", f"{name} begins like a formula")
    if contains_card_number(cell):
        raise _Wrong("card_data_not_accepted", f"{name} contains what looks like a card number")


def _minor(text: str | None, currency: str | None) -> int | None:
    """ "15.00" EUR is 1500: never more decimals than the currency has, never rounded."""
    if text is None:
        return None
    if currency is None:
        raise _Wrong("required", "an amount comes with its currency")
    match, digits = _AMOUNT.fullmatch(text), exponent(currency)
    if match is None or len(match[2] or "") > digits:
        raise _Wrong("invalid_format", f"amount is a number like 15.00, with at most {digits} decimals")
    units: int = 10**digits
    minor = int(match[1]) * units + int((match[2] or "").ljust(digits, "0") or "0")
    if minor == 0:
        raise _Wrong("out_of_range", "an amount is above zero; leave it out to refund all that is left")
    return minor


def _option(name: str, text: str | None, options: tuple[str, ...]) -> str | None:
    if text is not None and text not in options:
        raise _Wrong("not_an_option", f"{name} is one of: {', '.join(options)}")
    return text


def _refusal(code: str, detail: str) -> InvalidParameter:
    return InvalidParameter(detail, pointers=[FieldError("/file", code, detail)])
