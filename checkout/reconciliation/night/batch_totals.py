"""A payout of the PSP against the rows that it is made of: what it paid out is what they come to, or a row of the batch is
missing, or one too many. Rows of an automatic payout may stand in the files of the days around its own. The third sum, the
bank's credit, is held against the payout by the bank's leg.

PayPal's totals and a bank statement's balances are checked as the file is read: what does not add up is refused whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
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


class _Around:
    """What the rows in the files around come to, by payout: read where a payout is not the sum of its own file's rows."""

    def __init__(self, files: Sequence[SettlementFile]) -> None:
        self._files = files

    @property
    def has_unread(self) -> bool:
        return any(file.rows_rejected for file in self._files)

    @cached_property
    def sums(self) -> Mapping[tuple[str, str], int]:
        sums: dict[tuple[str, str], int] = {}
        for file in self._files:
            for of, minor in (sums_of_payouts(whole_file(file.id)) or {}).items():
                sums[of] = sums.get(of, 0) + minor
        return sums


def batch_differences(
    session: Session, files: Sequence[SettlementFile], around: Sequence[SettlementFile]
) -> list[Difference]:
    """The payouts of the files that are not the sum of their rows. Of a file with rows that were kept out nobody knows.
    around: the files of the days before and after."""
    found: list[Difference] = []
    for file in files:
        if file.rows_rejected or file.format not in _CHECKS:
            continue
        rows = execute(session, PAYOUTS, file_id=file.id, limit=PAYOUTS_MOST).all()
        if rows:
            beside = _Around([other for other in (*files, *around) if _is_beside(other, file)])
            found += _CHECKS[file.format](file, [_Payout(**row._mapping) for row in rows], beside)
    return found


def _is_beside(other: SettlementFile, file: SettlementFile) -> bool:
    return other.id != file.id and other.format == file.format


def _adyen(file: SettlementFile, payouts: Sequence[_Payout], around: _Around) -> Iterator[Difference]:
    """A file is a batch: with its payout it comes to nothing. What is carried into the next batch is a row of its own."""
    for currency in sorted({payout.currency for payout in payouts}):
        paid = [payout for payout in payouts if payout.currency == currency]
        total = -sum(payout.net_minor for payout in paid)
        rows = file.totals[currency]["net"] + total
        if rows != total:
            yield _difference(file, paid[0], f"batch {file.batch}", rows, total)


def _stripe(file: SettlementFile, payouts: Sequence[_Payout], around: _Around) -> Iterator[Difference]:
    """Of a report of activity, in which not every row names its payout, nothing is known."""
    rows = sums_of_payouts(whole_file(file.id))
    if rows is None:
        return
    for payout in payouts:
        of, paid = (payout.source_id, payout.currency), -payout.net_minor
        if rows.get(of) == paid or around.has_unread:
            continue
        parts = [sums[of] for sums in (rows, around.sums) if of in sums]
        if parts and sum(parts) != paid:
            yield _difference(file, payout, f"payout {payout.source_id}", sum(parts), paid)


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


_CHECKS: Final[Mapping[str, Callable[[SettlementFile, Sequence[_Payout], _Around], Iterator[Difference]]]] = {
    AdyenReport.format: _adyen,
    StripeReport.format: _stripe,
}
