"""Parcels as a spreadsheet saves them: bytes to rows, or to what is wrong with a row. Pure; nothing is shipped here."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from checkout.core.errors import FieldError, InvalidParameter
from checkout.core.ids import MalformedId, decode
from checkout.core.text import contains_card_number, did_you_mean

ROWS_MOST: Final = 1_000  # a parcel each, some milliseconds a parcel: well inside a request's time
BYTES_MOST: Final = 512 * 1024
CELL_MOST: Final = 60
QUANTITY_MOST: Final = 10_000

NEEDED: Final = ("order", "carrier", "tracking_number")
KNOWN: Final = (*NEEDED, "line", "quantity", "delivery_from", "delivery_to")

# What a spreadsheet would run when somebody opens the cell again.
_FORMULA: Final = re.compile(r"[=+\-@\t\r]")
_ROUNDED: Final = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


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
    lines = csv.reader(io.StringIO(_text(data)), delimiter=_delimiter(data), strict=True)
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


def _delimiter(data: bytes) -> str:
    """The header says: comma, semicolon (where the comma is a decimal sign) or tab."""
    header = _text(data).split("\n", 1)[0]
    return max(",;\t", key=header.count)


def _columns(header: list[str]) -> dict[str, int]:
    names = [name.strip().lower() for name in header]
    for name in names:
        if name not in KNOWN:
            near = did_you_mean(name[:CELL_MOST], KNOWN)
            hint = f"; did you mean {near}?" if near else f": it knows {', '.join(KNOWN)}"
            raise _refusal("unknown_column", f"has a column that is not known{hint}")
    missing = [name for name in NEEDED if name not in names]
    if missing or len(set(names)) != len(names):
        what = f"lacks the column {missing[0]}" if missing else "names a column twice"
        raise _refusal("invalid_header", f"{what}; its first line is a header like {','.join(NEEDED)}")
    return {name: index for index, name in enumerate(names)}


def _row(number: int, columns: Mapping[str, int], cells: list[str]) -> Row | BadRow:
    try:
        found = dict(_cells(columns, cells))
        first, last = _day(found, "delivery_from"), _day(found, "delivery_to")
        if (first is None) != (last is None) or (first and last and last < first):
            raise _Wrong("out_of_range", "delivery_from and delivery_to come together, in this order")
        line, quantity = _id("oli", "line", found.get("line")), _quantity(found.get("quantity"))
        if (line is None) != (quantity is None):
            raise _Wrong("required", "line and quantity come together")
        order = _id("ord", "order", found["order"])
        assert order is not None, "an empty one was refused"
        return Row(
            number,
            order,
            found["carrier"],
            found["tracking_number"],
            line,
            quantity,
            first,
            last,
            _parcel_key(columns, cells),
        )
    except _Wrong as wrong:
        return BadRow(number, wrong.code, wrong.detail, _parcel_key(columns, cells))


def _parcel_key(columns: Mapping[str, int], cells: list[str]) -> ParcelKey:
    order, carrier, number = (
        cells[columns[name]].strip() if columns[name] < len(cells) else "" for name in NEEDED
    )
    return order, carrier.lower(), number.upper()


def _cells(columns: Mapping[str, int], cells: list[str]) -> Iterator[tuple[str, str]]:
    if len(cells) > len(columns):
        raise _Wrong("invalid_format", f"has {len(cells)} cells, the header has {len(columns)}")
    for name, index in columns.items():
        cell = cells[index].strip() if index < len(cells) else ""
        if not cell and name in NEEDED:
            raise _Wrong("required", f"{name} is empty")
        if cell:
            _check_cell(name, cell)
            yield name, cell


def _check_cell(name: str, cell: str) -> None:
    if len(cell) > CELL_MOST:
        raise _Wrong("invalid_length", f"{name} has more than {CELL_MOST} characters")
    if _CONTROL.search(cell):
        raise _Wrong("invalid_characters", f"{name} is not one line of text")
    if _FORMULA.match(cell):
        raise _Wrong("formula_cell", f"{name} begins like a formula")
    if name == "tracking_number" and _ROUNDED.fullmatch(cell):
        raise _Wrong(
            "rounded_number", "tracking_number was shortened by a spreadsheet: format the cell as text"
        )
    if contains_card_number(cell):
        raise _Wrong("card_data_not_accepted", f"{name} contains what looks like a card number")


def _id(prefix: str, name: str, text: str | None) -> UUID | None:
    if text is None:
        return None
    try:
        return decode(prefix, text)
    except MalformedId:
        raise _Wrong("not_found", f"no such {name}") from None


def _quantity(text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= QUANTITY_MOST:
        raise _Wrong("out_of_range", f"quantity is a whole number from 1 to {QUANTITY_MOST}")
    return int(text)


def _day(found: Mapping[str, str], name: str) -> date | None:
    text = found.get(name)
    if text is None:
        return None
    try:
        return date.fromisoformat(text) if len(text) == 10 else date.fromisoformat("")
    except ValueError:
        raise _Wrong("invalid_format", f"{name} is a day like 2026-12-03") from None


def _refusal(code: str, detail: str) -> InvalidParameter:
    return InvalidParameter(detail, pointers=[FieldError("/file", code, detail)])
