"""A payout of the PSP against the rows that it is made of, where a file has both: what it paid out is what they come to, or a
row of the batch is missing, or one too many. The third sum, the bank's credit, is held against the payout by the bank's leg.

PayPal's totals and a bank statement's balances are checked as the file is read: what does not add up is refused whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.reconciliation.files.raw_rows import whole_file
from checkout.reconciliation.formats.adyen import AdyenReport
from checkout.reconciliation.formats.stripe import StripeReport
from checkout.reconciliation.formats.stripe_payouts import sums_of_payouts
from checkout.reconciliation.matching.differences import Difference
from checkout.reconciliation.queries import SettlementFile

PAYOUTS_MOST: Final = 1_000  # of a file: a payout a day and currency is usual

PAYOUTS: Final = """
    SELECT line, source_id, number, net_minor, currency FROM settlement_lines
     WHERE file_id = %(file_id)s AND kind = 'payout' ORDER BY line LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class _Payout:
    """A row that says what was paid out; a negative amount."""

    line: int
    source_id: str
    number: str
    net_minor: int
    currency: str


def batch_differences(session: Session, files: Sequence[SettlementFile]) -> list[Difference]:
    """The payouts of the files that are not the sum of their rows. Of a file with rows that were kept out nobody knows."""
    found: list[Difference] = []
    for file in files:
        if file.rows_rejected or file.format not in _CHECKS:
            continue
        rows = execute(session, PAYOUTS, file_id=file.id, limit=PAYOUTS_MOST).all()
        if rows:
            found += _CHECKS[file.format](file, [_Payout(**row._mapping) for row in rows])
    return found


def _adyen(file: SettlementFile, payouts: Sequence[_Payout]) -> Iterator[Difference]:
    """A file is a batch: with its payout it comes to nothing. What is carried into the next batch is a row of its own."""
    for currency in sorted({payout.currency for payout in payouts}):
        paid = [payout for payout in payouts if payout.currency == currency]
        total = -sum(payout.net_minor for payout in paid)
        rows = file.totals[currency]["net"] + total
        if rows != total:
            yield _difference(file, paid[0], f"batch {file.batch}", rows, total)


def _stripe(file: SettlementFile, payouts: Sequence[_Payout]) -> Iterator[Difference]:
    rows = sums_of_payouts(whole_file(file.id))
    for payout in payouts:
        sum_of_rows = rows.get((payout.source_id, payout.currency))
        if sum_of_rows is not None and sum_of_rows != -payout.net_minor:
            yield _difference(file, payout, f"payout {payout.source_id}", sum_of_rows, -payout.net_minor)


def _difference(file: SettlementFile, payout: _Payout, of: str, rows: int, total: int) -> Difference:
    """No number: what the payout's own row is, and whether it is booked, is another question. Of the balance it is nothing,
    for each row is held against the books by itself."""
    return Difference(
        code="payout_mismatch",
        subject=f"{file.public_id}:{of}:{payout.currency}",
        file_id=file.id,
        line=payout.line,
        entry_id=None,
        payment_id=None,
        number="",
        source_id=payout.source_id,
        ours_minor=rows,
        theirs_minor=total,
        difference_minor=rows - total,
        balance_minor=0,
        currency=payout.currency,
        detail=(
            f"Line {payout.line} ({payout.number}): {Money(total, payout.currency)} were paid out, the rows of the "
            f"{of.partition(' ')[0]} come to {Money(rows, payout.currency)}."
        ),
    )


_CHECKS: Final[Mapping[str, Callable[[SettlementFile, Sequence[_Payout]], Iterator[Difference]]]] = {
    AdyenReport.format: _adyen,
    StripeReport.format: _stripe,
}
