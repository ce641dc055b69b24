"""Money: an integer number of minor units and an ISO 4217 code. No floats, no Decimal, no rounding by accident."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from checkout.core.currencies import CODES, exponent
from checkout.core.errors import DomainError

BASIS_POINTS = 10_000
_set = object.__setattr__


class CurrencyMismatch(DomainError):
    """Two amounts of different currencies met where only one currency makes sense."""

    code = "currency_mismatch"

    def __init__(self, expected: str, got: str) -> None:
        super().__init__(f"expected {expected}, got {got}")
        self.expected = expected
        self.got = got


@dataclass(frozen=True, slots=True, init=False)
class Money:
    """An amount in the currency's minor unit: Money(2490, "EUR") is 24.90 EUR, Money(2490, "JPY") 2 490 JPY.

    Raises:
        UnknownCurrency: the code is not in our ISO 4217 table.
    """

    amount_minor: int
    currency: str

    def __init__(self, amount_minor: int, currency: str) -> None:
        # Written out: a list of payments makes eight hundred, and the generated form calls three functions for each.
        if currency not in CODES:
            exponent(currency)
        assert type(amount_minor) is int, "an amount is an int, never a bool, float or Decimal"
        _set(self, "amount_minor", amount_minor)
        _set(self, "currency", currency)

    @staticmethod
    def zero(currency: str) -> Money:
        return _zero(currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.amount_minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount_minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount_minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.amount_minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount_minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount_minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount_minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.amount_minor != 0

    def __str__(self) -> str:
        """Plain digits for logs and messages: "24.90 EUR", "2490 JPY", "-1.005 KWD"."""
        digits = exponent(self.currency)
        sign = "-" if self.amount_minor < 0 else ""
        units = str(abs(self.amount_minor)).rjust(digits + 1, "0")
        whole, fraction = (units[:-digits], "." + units[-digits:]) if digits else (units, "")
        return f"{sign}{whole}{fraction} {self.currency}"

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return other.amount_minor


@cache
def _zero(currency: str) -> Money:
    """One for each currency: a payment asks for a dozen."""
    return Money(0, currency)


def total(amounts: Sequence[Money], currency: str) -> Money:
    """The sum of the amounts; zero of the currency when there are none.

    Raises:
        CurrencyMismatch: one of them is of another currency.
    """
    zero, minor = _zero(currency), 0
    for amount in amounts:
        minor += zero._same(amount)
    return Money(minor, currency)


def allocate(whole: Money, weights: Sequence[int]) -> tuple[Money, ...]:
    """Splits an amount by weights with the largest remainder method; the parts always add up to the whole.

    Each part is within one minor unit of its exact share. Ties go to the earlier weight, so the split is
    deterministic. A negative whole is split as its positive and negated.

    Raises:
        ValueError: no weights, a negative weight, or weights that are all zero for an amount that is not.
    """
    if not weights or any(weight < 0 for weight in weights):
        raise ValueError("weights must be given and must not be negative")
    weight_sum = sum(weights)
    if weight_sum == 0:
        if whole:
            raise ValueError("an amount cannot be split by weights that are all zero")
        return tuple(Money.zero(whole.currency) for _ in weights)
    sign = -1 if whole.amount_minor < 0 else 1
    amount = abs(whole.amount_minor)
    floors = [amount * weight // weight_sum for weight in weights]
    remainders = [amount * weight % weight_sum for weight in weights]
    left = amount - sum(floors)
    for index in sorted(range(len(weights)), key=lambda i: (-remainders[i], i))[:left]:
        floors[index] += 1
    return tuple(Money(sign * part, whole.currency) for part in floors)


def share_bps(amount: Money, bps: int) -> Money:
    """The share of an amount in basis points, rounded half up (away from zero at exactly one half)."""
    return Money(round_half_up(amount.amount_minor * bps, BASIS_POINTS), amount.currency)


def round_half_up(numerator: int, denominator: int) -> int:
    """numerator ÷ denominator to the nearest integer, one half away from zero, in integers only."""
    assert denominator > 0
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))
