"""A list as a file for spreadsheets: UTF-8, a header row, and no cell that a spreadsheet would run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from flask import Response

from checkout.core.money import Money
from checkout.pages.exported import write_down
from checkout.wording import times
from checkout.wording.money import decimal_text
from checkout.wording.spreadsheet_cells import defused

Cell = str | int | datetime | None


def csv_response(
    what: str,
    day: date,
    header: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    said: str,
    of: str = "platform",
) -> Response:
    """The file as a download; the audit log says who took it, with which filter (`said`), and how many rows. `of`: the
    public id of whose list it is. Nothing of it is kept by a cache."""
    cells = [[cell(value) for value in row] for row in rows]
    write_down(what, of=of, rows=len(cells), said=said)
    name = f"{what}-{day.isoformat()}"
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")  # RFC 4180
    writer.writerow(header)
    writer.writerows(cells)
    response = Response(text.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def cell(value: Cell) -> str:
    """The text of a cell. One that begins like a formula gets an apostrophe before it; a number is a number."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return times.machine(value)
    return defused(str(value))


def amount_cells(amount: Money) -> tuple[int, str, str]:
    """An amount three times over: minor units, with a decimal point, and its currency."""
    return amount.amount_minor, decimal_text(amount), amount.currency
