"""The rules by which a day is compared: what is matched, tolerated, waited for and how loud it is told, and what the PSP's
contract says of fees. Values alone: rules_file.py reads them from YAML, docs/reconciliation.md explains each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Literal

from checkout.alerts import Severity
from checkout.core.currencies import exponent
from checkout.core.money import round_half_up

MatchingRule = Literal["number", "source", "reference", "sum"]
Rounding = Literal["half_up", "up", "down"]

ANY: Final = "*"
WEIGHTS: Final[Mapping[Severity, int]] = {"low": 1, "medium": 2, "high": 4, "critical": 8}
UNKNOWN_KIND: Final[Severity] = "high"  # a code that the rules do not name is looked at, not put off


@dataclass(frozen=True, slots=True)
class Matching:
    """Which ways a line finds its entry, in order, and how many files around a day may hold what belongs to it."""

    rules: tuple[MatchingRule, ...]
    look_back_files: int
    look_forward_files: int


@dataclass(frozen=True, slots=True)
class Tolerances:
    """rounding_*: minor units, of one row and of a batch together. fee_*: a fee may be off by the larger of both."""

    rounding_row_minor: int
    rounding_batch_minor: int
    fee_minor: int
    fee_bps: int


@dataclass(frozen=True, slots=True)
class Ageing:
    """missing_at_psp and suspense: days after which a movement without a line is missing, and an unknown line is put into
    suspense. processing: days by method that a payment may be under way while its line is there."""

    missing_at_psp_days: int
    suspense_days: int
    processing_days: Mapping[str, int]

    def limit_days(self, method: str) -> int:
        return self.processing_days.get(method, self.processing_days[ANY])


@dataclass(frozen=True, slots=True)
class Loudness:
    """Severity is a kind's weight × a percentage by amount × one by age. amounts: (from whole units, percent); a unit of a
    currency in `worth` counts as one in so many. ages: (from days, percent). Both begin at zero and rise."""

    kinds: Mapping[str, Severity]
    amounts: tuple[tuple[int, int], ...]
    worth: Mapping[str, int]
    ages: tuple[tuple[int, int], ...]
    due_days: Mapping[Severity, int]


@dataclass(frozen=True, slots=True)
class Tariff:
    """What the contract takes of a charge: bps and a fixed part, not less or more than, in whole steps; minor units."""

    psp: str
    methods: frozenset[str]
    currencies: frozenset[str]
    bps: int
    fixed_minor: int
    least_minor: int
    most_minor: int | None
    step_minor: int
    rounding: Rounding

    def fits(self, psp: str, method: str, currency: str) -> bool:
        return (
            psp == self.psp
            and (ANY in self.methods or method in self.methods)
            and (ANY in self.currencies or currency in self.currencies)
        )

    def fee_minor(self, gross_minor: int) -> int:
        fee = _rounded(gross_minor * self.bps, 10_000, self.rounding) + self.fixed_minor
        fee = max(fee, self.least_minor)
        fee = fee if self.most_minor is None else min(fee, self.most_minor)
        return _rounded(fee, self.step_minor, self.rounding) * self.step_minor


@dataclass(frozen=True, slots=True)
class Settlement:
    """A PSP settles what was paid in one currency in another. rate: units of `settled` for one of `presented`; None: any."""

    psp: str
    presented: str
    settled: str
    rate: Decimal | None
    tolerance_bps: int

    def expected_minor(self, presented_minor: int) -> int | None:
        """What the charge should come to, in minor units of `settled`, rounded half up."""
        if self.rate is None:
            return None
        numerator, denominator = self.rate.as_integer_ratio()
        numerator *= 10 ** exponent(self.settled)
        denominator *= 10 ** exponent(self.presented)
        return round_half_up(presented_minor * numerator, denominator)

    def tolerates(self, expected_minor: int, settled_minor: int) -> bool:
        return abs(settled_minor - expected_minor) * 10_000 <= abs(expected_minor) * self.tolerance_bps


@dataclass(frozen=True, slots=True)
class Rules:
    """One version of the rules; what was compared with it says so."""

    name: str
    version: int
    matching: Matching
    tolerances: Tolerances
    ageing: Ageing
    loudness: Loudness
    tariffs: tuple[Tariff, ...]
    settlements: tuple[Settlement, ...]
    bank_account: str  # from which we top the PSP up, as our bank's statements name it

    @property
    def label(self) -> str:
        return f"{self.name}@{self.version}"

    def severity(self, code: str, amount_minor: int, currency: str, age_days: int) -> Severity:
        """amount × age × kind. A kind that is critical is so by any amount; an amount of zero is one that nobody knows."""
        loudness = self.loudness
        kind = loudness.kinds.get(code, UNKNOWN_KIND)
        if kind == "critical":
            return kind
        whole = abs(amount_minor) // (10 ** exponent(currency) * loudness.worth.get(currency, 1))
        amount = _step(loudness.amounts, whole) if amount_minor else 100
        score = WEIGHTS[kind] * amount * _step(loudness.ages, max(0, age_days))
        return next(name for name in _LOUDEST_FIRST if name == "low" or score >= WEIGHTS[name] * 100 * 100)

    def due_on(self, code: str, severity: Severity, opened_on: date) -> date:
        """The day by which somebody should have explained it; calendar days."""
        return opened_on + timedelta(days=self.loudness.due_days[severity])

    def tariff(self, psp: str, method: str, currency: str) -> Tariff | None:
        """The first that fits."""
        return next((tariff for tariff in self.tariffs if tariff.fits(psp, method, currency)), None)

    def expected_fee(self, psp: str, method: str, currency: str, gross_minor: int) -> int | None:
        """What the contract takes of a charge, in minor units; None where it says nothing of such a charge."""
        found = self.tariff(psp, method, currency)
        return None if found is None else found.fee_minor(gross_minor)

    def within_rounding(self, difference_minor: int, currency: str) -> bool:
        """Of one row: a minor unit is a cent, a yen or a fils."""
        return abs(difference_minor) <= self.tolerances.rounding_row_minor

    def settlement(self, psp: str, presented: str, settled: str) -> Settlement | None:
        """The declared one, if that PSP settles so."""
        wanted = (psp, presented, settled)
        return next((s for s in self.settlements if (s.psp, s.presented, s.settled) == wanted), None)


_LOUDEST_FIRST: Final[tuple[Severity, ...]] = ("critical", "high", "medium", "low")


def _step(steps: Sequence[tuple[int, int]], value: int) -> int:
    return [percent for start, percent in steps if start <= value][-1]


def _rounded(numerator: int, denominator: int, how: Rounding) -> int:
    match how:
        case "half_up":
            return round_half_up(numerator, denominator)
        case "up":
            return -(-numerator // denominator)
        case "down":
            return numerator // denominator
