"""The sums and counts in the footers of PayPal's settlement report, against what stood before them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from checkout.reconciliation.formats.amounts import BadAmount, from_minor
from checkout.reconciliation.formats.line import OtherLine, SettlementFileInvalid, SettlementLine

# After the row's name and the currency.
NAMES: Final = ("gross credits", "gross debits", "fee credits", "fee debits")


@dataclass(slots=True)
class Totals:
    """What was read of a section, or of the report. sums: per currency in the order of NAMES, in minor units.

    A row that cannot be read counts, and has no amount: the sums cannot be checked then, and the row itself holds the
    day open.
    """

    count: int = 0
    has_unread: bool = False
    sums: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0, 0]))
    checked: set[str] = field(default_factory=set)

    def add(self, row: SettlementLine | OtherLine) -> None:
        self.count += 1
        if isinstance(row, OtherLine):
            self.has_unread = True
            return
        sums = self.sums[row.currency]
        sums[0 if row.gross_minor > 0 else 1] += abs(row.gross_minor)
        sums[2 if row.fee_minor < 0 else 3] += abs(row.fee_minor)

    def include(self, section: Totals) -> None:
        """A section of the report that was read to its end."""
        self.count += section.count
        self.has_unread = self.has_unread or section.has_unread
        for currency, sums in section.sums.items():
            self.sums[currency] = [a + b for a, b in zip(self.sums[currency], sums, strict=True)]

    def check_sums(self, line: int, fields: Sequence[str]) -> None:
        """
        Raises:
            SettlementFileInvalid: a sum of the footer differs from the rows'.
        """
        currency = fields[1].strip().upper()
        self.checked.add(currency)
        read = self.sums.get(currency, [0, 0, 0, 0])
        for name, said, sum in zip(NAMES, fields[2:6], read, strict=True):
            if whole_number(said, line) != sum and not self.has_unread:
                detail = f"{fields[0]} says {name} of {said.strip()}, its rows sum to {sum}, in minor units of {currency}"
                raise SettlementFileInvalid("control_totals", detail, line)

    def check_count(self, line: int, fields: Sequence[str]) -> None:
        """
        Raises:
            SettlementFileInvalid: the footer counts other rows than there were.
        """
        if whole_number(fields[1], line) != self.count:
            detail = f"{fields[0]} counts {fields[1].strip()} rows, there are {self.count}"
            raise SettlementFileInvalid("control_totals", detail, line)

    def check_complete(self, line: int) -> None:
        """
        Raises:
            SettlementFileInvalid: a currency of the rows has no footer with its sums.
        """
        if unsummed := sorted(set(self.sums) - self.checked):
            detail = f"no SF row sums up {', '.join(unsummed)}"
            raise SettlementFileInvalid("control_totals", detail, line)


def whole_number(text: str, line: int) -> int:
    """
    Raises:
        SettlementFileInvalid: it is none.
    """
    try:
        return from_minor(text.strip())
    except BadAmount:
        raise SettlementFileInvalid("control_totals", f"{text[:40]!r} is no whole number", line) from None
