"""What the mock takes for a charge: 2.9 % and a fixed part."""

from __future__ import annotations

from typing import Final

from checkout.core.money import round_half_up

PERCENTAGE_BPS: Final = 290
FIXED_MINOR: Final = 30
_FIXED_ELSEWHERE: Final = {"jpy": 0, "kwd": 100}


def fee_minor(amount_minor: int, currency: str) -> int:
    """2.9 % rounded half up, plus 30 minor units (JPY 0, KWD 100)."""
    return round_half_up(amount_minor * PERCENTAGE_BPS, 10_000) + _FIXED_ELSEWHERE.get(currency, FIXED_MINOR)
