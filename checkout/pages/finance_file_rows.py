"""Which rows of a file its viewer shows: from a line on, those that hold a text, or only what differs or was kept out; each
with its cells by the columns of the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from checkout.reconciliation.files.row_cells import Piece, header_before, pieces_of
from checkout.reconciliation.queries import SettlementFile
from checkout.reporting import settlement_rows
from checkout.reporting.settlement_rows import FileRow

ROWS_SHOWN: Final = 50
LINE_DIGITS: Final = 9
TEXT_LENGTH: Final = 100
ONLY: Final = {"differing": "Only rows that differ", "rejected": "Only rows that were kept out"}


@dataclass(frozen=True, slots=True)
class RowsView:
    """`rows` from the line `first` on; `newer`, `older`: the addresses before and after them; `searched_to`: the line up to
    which a text was looked for; `cells`: by line, the pieces of the rows that were read; `columns`: what was read as what.
    """

    rows: Sequence[FileRow]
    first: int
    last: int
    text: str
    only: str
    newer: str
    older: str
    searched_to: int
    cells: Mapping[int, Sequence[Piece]]
    columns: Mapping[str, str]

    @property
    def is_filtered(self) -> bool:
        return bool(self.text or self.only)


def view_of(file: SettlementFile, asked: Mapping[str, str]) -> RowsView:
    """By `line`, `text` and `only`; what is none of them is as if it was not asked."""
    first, text = _line(asked.get("line", "")), asked.get("text", "").strip()[:TEXT_LENGTH]
    only = asked.get("only", "") if asked.get("only", "") in ONLY else ""
    last = settlement_rows.last_line(file.id)
    searched_to = last
    if text:
        rows, searched_to = settlement_rows.rows_with(file.id, text, first=first, last=last, limit=ROWS_SHOWN)
    elif only:
        rows = settlement_rows.rows_alone(file.id, only, first=first, limit=ROWS_SHOWN)
    else:
        rows = settlement_rows.rows_of(file.id, first=first, limit=ROWS_SHOWN)
    cells = _cells(file, rows)
    columns = {piece.column: piece.reads for pieces in cells.values() for piece in pieces if piece.column}
    return RowsView(
        rows=rows,
        first=first,
        last=last,
        text=text,
        only=only,
        newer=_newer(first, text, only),
        older=_older(rows, first, last, searched_to, text, only),
        searched_to=searched_to,
        cells=cells,
        columns=columns,
    )


def _cells(file: SettlementFile, rows: Sequence[FileRow]) -> dict[int, Sequence[Piece]]:
    """A page's rows stand under one header."""
    read = [row for row in rows if row.parsed is not None]
    header = header_before(file.id, read[0].line) if read else b""
    return {row.line: pieces_of(file.format, header, row.raw) for row in read}


def _newer(first: int, text: str, only: str) -> str:
    """A filtered list goes back to its beginning: how many rows lie before is not known."""
    if first <= 1:
        return ""
    return _address(1 if text or only else max(1, first - ROWS_SHOWN), text, only)


def _older(rows: Sequence[FileRow], first: int, last: int, searched_to: int, text: str, only: str) -> str:
    if text:
        return _address(searched_to + 1, text, only) if searched_to < last else ""
    if only:
        return _address(rows[-1].line + 1, text, only) if len(rows) == ROWS_SHOWN else ""
    return _address(first + ROWS_SHOWN, text, only) if first + ROWS_SHOWN <= last else ""


def _address(line: int, text: str, only: str) -> str:
    given = {"line": str(line), "text": text, "only": only}
    return f"?{urlencode({name: value for name, value in given.items() if value})}#rows"


def _line(text: str) -> int:
    """Where the page begins; what is no number begins at the first line."""
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) <= LINE_DIGITS else 1
