"""An amount as a person types it, in the currency's own units: "12.50", "1200". Pure."""

from __future__ import annotations

import re
from typing import Final

from checkout.core.currencies import exponent
from checkout.core.errors import InvalidParameter
from checkout.core.money import Money
from checkout.wording.money import decimal_text

DIGITS_MOST: Final = 12
AMOUNT: Final = re.compile(r"([0-9]{1,12})(?:[.,]([0-9]{1,4}))?", re.ASCII)


def typed_amount(text: str, currency: str, field: str) -> Money:
    """Nothing typed is nothing.

    Raises:
        InvalidParameter: no number, or more decimals than the currency has. UnknownCurrency.
    """
    digits, text = exponent(currency), text.strip()
    if not text:
        return Money.zero(currency)
    found = AMOUNT.fullmatch(text)
    if found is None or len(found[2] or "") > digits:
        example = decimal_text(Money(1250 if digits != 3 else 12500, currency))
        raise InvalidParameter.at(f"/{field}", f"An amount in {currency} is written as {example}.")
    return Money(int(found[1] + (found[2] or "").ljust(digits, "0")), currency)
