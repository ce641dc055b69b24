"""A table as a spreadsheet saves it: its bytes to named cells of rows. Pure; what a cell means is its reader's affair."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from checkout.core.errors import FieldError, InvalidParameter
from checkout.core.text import contains_card_number, did_you_mean

NAME_MOST: Final = 64

# What a spreadsheet would run when somebody opens the cell again.
_FORMULA: Final = re.compile(r"[=+\-@\t\r]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class WrongCell(Exception):
    """What is wrong with a cell, or with its row. The cell itself is never repeated."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


@dataclass(frozen=True, slots=True)
class SheetRow:
    """The cells of a row by their columns' places; `number` is the line in the file."""

    number: int
    columns: Mapping[str, int]
    cells: Sequence[str]

    def cell(self, name: str) -> str:
        """As it stands there, without the blanks around it; empty where the row is too short."""
        at = self.columns[name]
        return self.cells[at].strip() if at < len(self.cells) else ""

    def filled(self, longest: Callable[[str], int]) -> Iterator[tuple[str, str]]:
        """Each cell with something in it, checked, with its column's name.

        Raises:
            WrongCell: more cells than the header has, or one that is no cell to take.
        """
        if len(self.cells) > len(self.columns):
            raise WrongCell(
                "invalid_format", f"has {len(self.cells)} cells, the header has {len(self.columns)}"
            )
        for name in self.columns:
            if cell := self.cell(name):
                _check(name, cell, longest(name))
                yield name, cell


def read_sheet(
    data: bytes, *, known: Sequence[str], rows_most: int, lacks: Callable[[Sequence[str]], str]
) -> list[SheetRow]:
    """The rows below the header that have anything in them. `lacks` says what a header lacks, empty where nothing.

    Raises:
        InvalidParameter: it is no such file at all: its encoding, its header, or too many rows. Points at /file.
    """
    text = _text(data)
    header = text.split("\n", 1)[0]
    lines = csv.reader(text.splitlines(keepends=True), delimiter=max(",;\t", key=header.count), strict=True)
    rows: list[SheetRow] = []
    try:
        columns = _columns(next(lines, []), known, lacks)
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if len(rows) == rows_most:
                raise refusal("too_many_rows", f"has more than {rows_most} rows")
            rows.append(SheetRow(lines.line_num, columns, cells))
    except csv.Error as error:
        raise refusal("invalid_format", f"is no CSV file: line {lines.line_num}: {error}") from error
    if not rows:
        raise refusal("empty", "has no rows below its header")
    return rows


def refusal(code: str, detail: str) -> InvalidParameter:
    """That the file as a whole is not taken."""
    return InvalidParameter(detail, pointers=[FieldError("/file", code, detail)])


def _text(data: bytes) -> str:
    """UTF-8 with or without its mark, or UTF-16 with it, as spreadsheets write them."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise refusal("invalid_encoding", 'must be UTF-8 text: save it as "CSV UTF-8"') from error
    if "\0" in text:
        raise refusal("invalid_encoding", "must be text, and holds bytes that are none")
    return text


def _columns(
    header: list[str], known: Sequence[str], lacks: Callable[[Sequence[str]], str]
) -> dict[str, int]:
    names = [name.strip().lower() for name in header]
    for name in names:
        if name not in known:
            near = did_you_mean(name[:NAME_MOST], known)
            hint = f"; did you mean {near}?" if near else f": it knows {', '.join(known)}"
            raise refusal("unknown_column", f"has a column that is not known{hint}")
    wrong = "names a column twice" if len(set(names)) != len(names) else lacks(names)
    if wrong:
        raise refusal("invalid_header", wrong)
    return {name: index for index, name in enumerate(names)}


def _check(name: str, cell: str, longest: int) -> None:
    if len(cell) > longest:
        raise WrongCell("invalid_length", f"{name} has more than {longest} characters")
    if _CONTROL.search(cell):
        raise WrongCell("invalid_characters", f"{name} is not one line of text")
    if _FORMULA.match(cell):
        raise WrongCell("formula_cell", f"{name} begins like a formula")
    if contains_card_number(cell):
        raise WrongCell("card_data_not_accepted", f"{name} contains what looks like a card number")
