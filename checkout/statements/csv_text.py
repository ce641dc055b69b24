"""A statement as CSV (RFC 4180): opening, each part of each entry, closing. Ids, names of lines and numbers alone: no cell
that a spreadsheet would run. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any, Final

from checkout.core.money import Money
from checkout.wording.money import decimal_text

HEADER: Final = (
    "statement revision line at entry type order source amount_minor amount currency check_code".split()
)


def csv_text(document: Mapping[str, Any], check_code: str) -> str:
    """All rows. The amounts of the rows between opening and closing add up to their difference."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADER)
    for line, entry, minor in _rows(document):
        writer.writerow(
            [
                document["id"],
                document["revision"],
                line,
                entry.get("at") or "",
                entry.get("entry") or "",
                entry.get("type") or "",
                entry.get("order") or "",
                entry.get("source") or "",
                minor,
                decimal_text(Money(minor, document["currency"])),
                document["currency"],
                check_code,
            ]
        )
    return text.getvalue()


def _rows(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], int]]:
    yield "opening", {}, document["opening"]
    shown: dict[str, int] = {}
    for entry in document["entries"]:
        for line, minor in entry["parts"].items():
            shown[line] = shown.get(line, 0) + minor
            yield line, entry, minor
    for line in document["lines"]:
        rest = line["amount"] - shown.get(line["line"], 0)
        if rest:  # a payout's own amount, and what is beyond the entries that are listed
            yield line["line"], {"source": document["payout"]}, rest
    yield "closing", {}, document["closing"]
