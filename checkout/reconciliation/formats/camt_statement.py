"""A statement's number, account and balances, and whether its entries lead from the one balance to the other. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

from checkout.core.currencies import UnknownCurrency
from checkout.core.money import Money
from checkout.reconciliation.formats.camt_entry import Element, signed_amount
from checkout.reconciliation.formats.line import SettlementFileInvalid

# Balance types in the order in which they are believed; a page in the middle of a statement has two interim ones.
OPENING: Final = ("OPBD", "PRCD")
CLOSING: Final = ("CLBD",)
INTERIM: Final = "ITBD"
ID_CHARACTERS: Final = 140


@dataclass(slots=True)
class Statement:
    """One Stmt while it is read. balances: type and currency to amounts in minor units, in the order of the file."""

    line: int
    id: str = ""
    account: str = ""
    entries: int = 0
    has_unread: bool = (
        False  # an entry without a readable amount: the sum is not known then, and a person is called
    )
    balances: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    sums: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def take(self, element: Element, line: int) -> None:
        """An element of the statement that is no entry.

        Raises:
            SettlementFileInvalid: a balance that cannot be read.
        """
        if element.name == "Id":
            self.id = element.text.strip()[:ID_CHARACTERS]
        elif element.name == "Acct":
            self.account = element.value("Id/IBAN", "Id/Othr/Id")[:ID_CHARACTERS]
        elif element.name == "Bal":
            try:
                minor, currency = signed_amount(element)
            except (ValueError, UnknownCurrency) as error:
                raise SettlementFileInvalid("control_totals", f"a balance {error}", line) from error
            self.balances[element.value("Tp/CdOrPrtry/Cd", "Tp/Cd"), currency].append(minor)

    def add(self, minor: int, currency: str) -> None:
        self.sums[currency] += minor

    def check(self, line: int) -> None:
        """
        Raises:
            SettlementFileInvalid: no number or account; or opening and entries do not give closing.
        """
        if not (self.id and self.account):
            raise SettlementFileInvalid("header", "a statement has no Id, or no account", self.line)
        for currency in sorted({currency for _, currency in self.balances} | set(self.sums)):
            opening, closing = self._opening(currency), self._closing(currency)
            if opening is None or closing is None:
                detail = f"statement {self.id} has no opening or no closing balance in {currency}"
                raise SettlementFileInvalid("control_totals", detail, line)
            sum = self.sums.get(currency, 0)
            if opening + sum != closing and not self.has_unread:
                begun, moved, left = (Money(minor, currency) for minor in (opening, sum, closing))
                detail = f"statement {self.id}: opening {begun} and entries {moved} are not closing {left}"
                raise SettlementFileInvalid("control_totals", detail, line)

    def _opening(self, currency: str) -> int | None:
        found = [
            self.balances[type, currency] for type in (*OPENING, INTERIM) if (type, currency) in self.balances
        ]
        return found[0][0] if found else None

    def _closing(self, currency: str) -> int | None:
        found = [
            self.balances[type, currency] for type in (*CLOSING, INTERIM) if (type, currency) in self.balances
        ]
        return found[0][-1] if found else None
