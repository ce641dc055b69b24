"""What the rows of a report of payouts come to, by the automatic payout that each is part of. Pure.

Only `payout_reconciliation` has whole payouts: every row of it names one. In a report of activity a payout's rows stand in the
files of several days, and nothing can be said of their sum.
Source: https://docs.stripe.com/reports/report-types/payout-reconciliation
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping

from checkout.core.currencies import UnknownCurrency
from checkout.reconciliation.formats.amounts import BadAmount, from_major
from checkout.reconciliation.formats.stripe import KINDS

PAYOUT = "automatic_payout_id"
ITS_OWN_ROWS = ("payout", "payout_reversal")

Sums = Mapping[tuple[str, str], int]  # by payout and currency, net in minor units


def sums_of_payouts(blocks: Iterable[bytes]) -> Sums | None:
    """None where the file is another one, or where a row of it cannot be read or names no payout."""
    rows = csv.reader(_lines(blocks))
    header = [name.strip() for name in next(rows, [])]
    if not {PAYOUT, "currency", "net", "reporting_category"} <= set(header):
        return None
    payout, currency, net, category = (
        header.index(name) for name in (PAYOUT, "currency", "net", "reporting_category")
    )
    sums: dict[tuple[str, str], int] = {}
    for fields in rows:
        if not fields or (len(fields) == len(header) and KINDS.get(fields[category]) in ITS_OWN_ROWS):
            continue
        if len(fields) != len(header) or not fields[payout]:
            return None
        of = (fields[payout], fields[currency].upper())
        try:
            sums[of] = sums.get(of, 0) + from_major(fields[net], of[1])
        except (BadAmount, UnknownCurrency):
            return None
    return sums


def _lines(blocks: Iterable[bytes]) -> Iterator[str]:
    held, first = b"", True
    for block in blocks:
        *whole, held = (held + block).split(b"\n")
        for line in whole:
            yield (line + b"\n").decode("utf-8-sig" if first else "utf-8", "replace")
            first = False
    if held:
        yield held.decode("utf-8", "replace")
