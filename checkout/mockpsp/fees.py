"""What the mock takes for a charge: 2.9 % and a fixed part."""

from __future__ import annotations

from typing import Final

from checkout.core.money import round_half_up

PERCENTAGE_BPS: Final = 290
FIXED_MINOR: Final = 30
_FIXED_ELSEWHERE: Final = {"jpy": 0, "kwd": 100}
_WHOLE_UNIT: Final = {
    "isk": 100,
    "ugx": 100,
}  # written with two decimals, but nothing is smaller than one króna


def fee_minor(amount_minor: int, currency: str) -> int:
    """2.9 % rounded half up, plus 30 minor units (JPY 0, KWD 100); ISK and UGX in whole units."""
    fee = round_half_up(amount_minor * PERCENTAGE_BPS, 10_000) + _FIXED_ELSEWHERE.get(currency, FIXED_MINOR)
    unit = _WHOLE_UNIT.get(currency, 1)
    return round_half_up(fee, unit) * unit
