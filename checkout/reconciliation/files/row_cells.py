"""A row of a settlement file taken apart without losing a byte: its cells under the names of their columns, and which of them
its format reads as what. Joined again, the pieces are the row as it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from checkout.db.statement import run
from checkout.reconciliation.files.opening import known_mappings
from checkout.reconciliation.files.raw_rows import raw_rows
from checkout.reconciliation.formats.mapping import ColumnMapping, MappingInvalid
from checkout.reconciliation.formats.records import BOM

HEADERS: Final = """
    SELECT line FROM settlement_other_lines
     WHERE file_id = %(file_id)s AND role = 'header' AND line < %(before)s ORDER BY line DESC LIMIT 1
"""

# What each format reads from which column; a column that stands here is one that the line was made of.
COLUMNS: Final[Mapping[str, Mapping[str, str]]] = {
    "stripe_itemized": {
        "balance_transaction_id": "number",
        "created_utc": "time",
        "created": "time",
        "currency": "currency",
        "gross": "gross",
        "fee": "fee",
        "net": "net",
        "reporting_category": "kind",
        "source_id": "source",
        "payment_metadata[payment]": "our reference",
        "refund_metadata[refund]": "our reference",
        "transfer_group": "our reference",
        "client_reference_id": "our reference",
        "payment_method_type": "method",
    },
    "adyen_settlement_detail": {
        "Merchant Account": "account",
        "Psp Reference": "source",
        "Merchant Reference": "our reference",
        "Payment Method": "method",
        "Creation Date": "time",
        "TimeZone": "time",
        "Type": "kind",
        "Modification Reference": "number",
        "Gross Currency": "currency",
        "Gross Debit (GC)": "gross",
        "Gross Credit (GC)": "gross",
        "Net Currency": "currency",
        "Net Debit (NC)": "net",
        "Net Credit (NC)": "net",
        "Commission (NC)": "fee",
        "Markup (NC)": "fee",
        "Scheme Fees (NC)": "fee",
        "Interchange (NC)": "fee",
        "Batch Number": "batch",
    },
    "paypal_stl": {
        "Transaction ID": "number",
        "Invoice ID": "our reference",
        "Custom Field": "our reference",
        "PayPal Reference ID": "source",
        "Transaction Event Code": "kind",
        "Transaction Completion Date": "time",
        "Transaction Initiation Date": "time",
        "Transaction Debit or Credit": "gross",
        "Gross Transaction Amount": "gross",
        "Gross Transaction Currency": "currency",
        "Fee Debit or Credit": "fee",
        "Fee Amount": "fee",
        "Fee Currency": "currency",
    },
}
# Elements of a statement's entry by their own name; the text that follows is the value.
ELEMENTS: Final[Mapping[str, str]] = {
    "Amt": "gross",
    "CdtDbtInd": "gross",
    "Dt": "time",
    "DtTm": "time",
    "AcctSvcrRef": "number",
    "NtryRef": "number",
    "SubFmlyCd": "kind",
    "EndToEndId": "source",
    "Ustrd": "our reference",
    "Ref": "our reference",
    "AddtlTxInf": "our reference",
    "AddtlNtryInf": "our reference",
}
# Possessive: a name or a text of thousands of letters would be tried in every way of cutting it.
_ELEMENT: Final = re.compile(r"<(?:[\w.-]++:)?+([\w.-]++)[^<>]*+>([^<>]++)(?=</)")
XML: Final = "camt.053"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the row's text. `column` "": what stands between cells; `reads` "": a cell that is kept and not read."""

    text: str
    column: str = ""
    reads: str = ""


def pieces_of(format: str, header: bytes, raw: bytes) -> Sequence[Piece]:
    """The row in pieces; one piece where its format has no columns that are known here."""
    if format.startswith(XML):
        return list(_elements(_text(raw)))
    mapping = None if format in COLUMNS else _mapping(format)
    uses = COLUMNS.get(format) or ({c: _word(f) for f, c in mapping.columns.items()} if mapping else {})
    delimiter, encoding = (mapping.delimiter, mapping.encoding) if mapping else (",", "utf-8")
    text = _text(raw, encoding)
    named = _cells(_text(header.removeprefix(BOM), encoding), delimiter)
    names = [piece.text.strip().strip('"') for piece in named if piece.column]
    if not uses or not header:
        return [Piece(text)]
    cells, found = iter(names), []
    for piece in _cells(text, delimiter):
        name = next(cells, "") if piece.column else ""
        found.append(Piece(piece.text, name, uses.get(name, "")))
    return found


def header_before(file_id: UUID, line: int) -> bytes:
    """The row that names the columns of the row on that line; empty where none does."""
    rows = run(HEADERS, file_id=file_id, before=line)
    at = rows[0].line if rows else 0
    return raw_rows(file_id, at, at).get(at, b"") if at else b""


def _text(raw: bytes, encoding: str = "utf-8") -> str:
    """Without the line's end; bytes that are no text stand as \\x.."""
    return raw.rstrip(b"\r\n").decode(encoding, "backslashreplace")


def _mapping(format: str) -> ColumnMapping | None:
    """The version that read the file, while the installation still has it."""
    try:
        return next((each for each in known_mappings() if each.format == format), None)
    except MappingInvalid:
        return None


def _word(field: str) -> str:
    words = {
        "amount": "gross",
        "credit": "gross",
        "debit": "gross",
        "side": "gross",
        "date": "time",
        "type": "kind",
    }
    return {"source_id": "source", "reference": "our reference"}.get(field, words.get(field, field))


def _cells(text: str, delimiter: str) -> Iterator[Piece]:
    """Cells and what parts them, in their order; a delimiter within quotes is part of its cell (RFC 4180). Cells bear
    their place as their column."""
    start, quoted, place = 0, False, 0
    for at, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif character == delimiter and not quoted:
            yield Piece(text[start:at], str(place))
            yield Piece(delimiter)
            start, place = at + 1, place + 1
    yield Piece(text[start:], str(place))


def _elements(text: str) -> Iterator[Piece]:
    start = 0
    for found in _ELEMENT.finditer(text):
        yield Piece(text[start : found.start(2)])
        yield Piece(found[2], found[1], ELEMENTS.get(found[1], ""))
        start = found.end(2)
    yield Piece(text[start:])
