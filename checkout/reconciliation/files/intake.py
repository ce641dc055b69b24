"""What is counted of a settlement file while its rows pass: movements and their sums by currency, rows that are none, and
whether it is the format that it says. No database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Final

from checkout.reconciliation.formats.chunk import Chunk, Movements
from checkout.reconciliation.formats.line import OtherLine, SettlementFileInvalid, SettlementReader

MALFORMED_PERCENT: Final = 1  # more than that is another format than it says, not a few bad rows
MALFORMED_MOST: Final = (
    10  # of a small night a row is more than a hundredth; so many a person looks at singly
)
OTHERS_AT_MOST: Final = 100_000  # empty and rejected rows are kept in memory until the end: a bound
MOVED_MOST: Final = (
    10**17
)  # minor units of one file, whichever way: sums of two months of such files fit a bigint
NAMES: Final = ("rows", "gross", "fee", "net")


@dataclass(slots=True)
class Intake:
    """The counts so far. totals: per currency rows, gross, fee and net; moved: all of it, whichever way."""

    others: list[OtherLine] = field(default_factory=list)
    rejected: list[OtherLine] = field(default_factory=list)
    kept: int = 0
    moved: int = 0
    totals: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0, 0]))

    @property
    def is_another_format(self) -> bool:
        """More than a hundredth and more than a handful; or, however small the file, several rows and most of them."""
        rejected, rows = len(self.rejected), self.kept + len(self.rejected)
        many = rejected > MALFORMED_MOST and rejected * 100 > rows * MALFORMED_PERCENT
        return many or (rejected > 1 and rejected * 2 > rows)

    def as_json(self) -> dict[str, dict[str, int]]:
        return {code: dict(zip(NAMES, sums, strict=True)) for code, sums in sorted(self.totals.items())}


def counted(reader: SettlementReader, intake: Intake) -> Iterator[Chunk]:
    """All rows, counted as they pass; what is no movement is remembered.

    Raises:
        SettlementFileInvalid: what the reader raises; more rows than a few that are no movement, or more money than there is.
    """
    for chunk in reader.chunks():
        _count(chunk.movements, intake.totals)
        intake.moved += _whichever_way(chunk.movements.gross_minor)
        intake.moved += _whichever_way(chunk.movements.fee_minor)
        if intake.moved > MOVED_MOST:
            raise SettlementFileInvalid("out_of_bounds", "moves more than any night does", chunk.lines[-1])
        intake.others += chunk.others
        intake.rejected += [row for row in chunk.others if row.role == "rejected"]
        if len(intake.others) > OTHERS_AT_MOST:
            line = intake.others[OTHERS_AT_MOST].line
            raise SettlementFileInvalid("malformed_csv", "has too many rows that are no movement", line)
        yield chunk


def _count(movements: Movements, totals: dict[str, list[int]]) -> None:
    amounts = (movements.gross_minor, movements.fee_minor, movements.net_minor)
    codes = set(movements.currency)
    for code in codes:
        here = [its == code for its in movements.currency] if len(codes) > 1 else None
        sums = totals[code]
        sums[0] += len(movements.line) if here is None else sum(here)
        for place, column in enumerate(amounts, 1):
            sums[place] += sum(column if here is None else compress(column, here))


def _whichever_way(amounts: Sequence[int]) -> int:
    """All of them without their signs."""
    return sum(amounts) if min(amounts, default=0) >= 0 else sum(map(abs, amounts))
