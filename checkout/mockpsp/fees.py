"""What the mock takes: 2.9 % and a fixed part for a charge, a sum by currency for a dispute and for answering it."""

from __future__ import annotations

from typing import Final

from checkout.core.money import round_half_up
from checkout.mockpsp.currency_rules import stripe_exponent

PERCENTAGE_BPS: Final = 290
FIXED_MINOR: Final = 30
_FIXED_ELSEWHERE: Final = {"jpy": 0, "kwd": 100}
_WHOLE_UNIT: Final = {
    "isk": 100,
    "ugx": 100,
}  # written with two decimals, but nothing is smaller than one króna

DEBIT_RETURN_MINOR: Final = 750  # bank debits take euros only
_DISPUTE_MINOR: Final = {"eur": 2000, "gbp": 2000, "usd": 1500, "jpy": 1300, "kwd": 6000}
DISPUTE_ELSEWHERE: Final = 20  # in whole units


def fee_minor(amount_minor: int, currency: str) -> int:
    """2.9 % rounded half up, plus 30 minor units (JPY 0, KWD 100); ISK and UGX in whole units."""
    fee = round_half_up(amount_minor * PERCENTAGE_BPS, 10_000) + _FIXED_ELSEWHERE.get(currency, FIXED_MINOR)
    unit = _WHOLE_UNIT.get(currency, 1)
    return round_half_up(fee, unit) * unit


def dispute_fee_minor(currency: str) -> int:
    """Taken when a card payment is disputed, and again when evidence is handed in; the second comes back if it wins."""
    fee = _DISPUTE_MINOR.get(currency)
    return DISPUTE_ELSEWHERE * 10 ** stripe_exponent(currency) if fee is None else fee
