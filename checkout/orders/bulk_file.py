"""Parcels as a spreadsheet saves them: bytes to rows, or to what is wrong with a row. Pure; nothing is shipped here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from checkout.core.ids import MalformedId, decode
from checkout.core.sheets import SheetRow, WrongCell, read_sheet

ROWS_MOST: Final = 1_000  # a parcel each, some milliseconds a parcel: well inside a request's time
BYTES_MOST: Final = 512 * 1024
CELL_MOST: Final = 60
QUANTITY_MOST: Final = 10_000

NEEDED: Final = ("order", "carrier", "tracking_number")
KNOWN: Final = (*NEEDED, "line", "quantity", "delivery_from", "delivery_to")

_ROUNDED: Final = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+")


ParcelKey = tuple[str, str, str]  # what the rows of one parcel have in common, as the file says it


@dataclass(frozen=True, slots=True)
class Row:
    """One parcel, or one line of it: rows with the same order, carrier and number are one parcel. `number` is the line
    in the file. line None: all that is left of the order."""

    number: int
    order_id: UUID
    carrier: str
    tracking_number: str
    line_id: UUID | None
    quantity: int | None
    delivery_from: date | None
    delivery_to: date | None
    parcel: ParcelKey


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read. The cell itself is never repeated."""

    number: int
    code: str
    detail: str
    parcel: ParcelKey


def read_rows(data: bytes) -> list[Row | BadRow]:
    """All rows, each read by itself.

    Raises:
        InvalidParameter: it is no such file at all: its encoding, its header, or too many rows. Points at /file.
    """
    return [_row(row) for row in read_sheet(data, known=KNOWN, rows_most=ROWS_MOST, lacks=_lacks)]


def _lacks(names: Sequence[str]) -> str:
    missing = [name for name in NEEDED if name not in names]
    if not missing:
        return ""
    return f"lacks the column {missing[0]}; its first line is a header like {','.join(NEEDED)}"


def _row(row: SheetRow) -> Row | BadRow:
    try:
        found = dict(_cells(row))
        first, last = _day(found, "delivery_from"), _day(found, "delivery_to")
        if (first is None) != (last is None) or (first and last and last < first):
            raise WrongCell("out_of_range", "delivery_from and delivery_to come together, in this order")
        line, quantity = _id("oli", "line", found.get("line")), _quantity(found.get("quantity"))
        if (line is None) != (quantity is None):
            raise WrongCell("required", "line and quantity come together")
        order = _id("ord", "order", found["order"])
        assert order is not None, "an empty one was refused"
        return Row(
            row.number,
            order,
            found["carrier"],
            found["tracking_number"],
            line,
            quantity,
            first,
            last,
            _parcel_key(row),
        )
    except WrongCell as wrong:
        return BadRow(row.number, wrong.code, wrong.detail, _parcel_key(row))


def _parcel_key(row: SheetRow) -> ParcelKey:
    order, carrier, number = (row.cell(name) for name in NEEDED)
    return order, carrier.lower(), number.upper()


def _cells(row: SheetRow) -> Iterator[tuple[str, str]]:
    for name in NEEDED:
        if not row.cell(name):
            raise WrongCell("required", f"{name} is empty")
    for name, cell in row.filled(lambda _: CELL_MOST):
        if name == "tracking_number" and _ROUNDED.fullmatch(cell):
            raise WrongCell(
                "rounded_number", "tracking_number was shortened by a spreadsheet: format the cell as text"
            )
        yield name, cell


def _id(prefix: str, name: str, text: str | None) -> UUID | None:
    if text is None:
        return None
    try:
        return decode(prefix, text)
    except MalformedId:
        raise WrongCell("not_found", f"no such {name}") from None


def _quantity(text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= QUANTITY_MOST:
        raise WrongCell("out_of_range", f"quantity is a whole number from 1 to {QUANTITY_MOST}")
    return int(text)


def _day(found: Mapping[str, str], name: str) -> date | None:
    text = found.get(name)
    if text is None:
        return None
    try:
        return date.fromisoformat(text) if len(text) == 10 else date.fromisoformat("")
    except ValueError:
        raise WrongCell("invalid_format", f"{name} is a day like 2026-12-03") from None
