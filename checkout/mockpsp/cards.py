"""What a typed card number or IBAN is. Numbers are compared here and never kept: what leaves is the behaviour, the
brand and the last four digits."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from checkout.mockpsp.behaviours import INCORRECT_NUMBER, NOT_A_TEST_CARD, Behaviour
from checkout.mockpsp.card_table import TABLE, Means


@dataclass(frozen=True, slots=True)
class Instrument:
    """What is known of a card or account once its number is gone."""

    kind: str  # card or sepa_debit
    last4: str
    fingerprint: str
    behaviour: Behaviour
    brand: str = "visa"
    country: str = "US"
    wallet: str | None = None
    slug: str | None = None


_BY_NUMBER: Final = {row.number: row for row in TABLE}
_BY_SLUG: Final = {row.slug: row for row in TABLE}
_SEPARATORS: Final = re.compile(r"[\s-]+")
_BRANDS: Final = (("4", "visa"), ("34", "amex"), ("37", "amex"), ("5", "mastercard"), ("2", "mastercard"))


def by_slug(slug: str) -> Means | None:
    return _BY_SLUG.get(slug)


def instrument_of(row: Means) -> Instrument:
    """A row of the table without its number."""
    kind = "sepa_debit" if row.is_iban else "card"
    return Instrument(
        kind, row.number[-4:], _fingerprint(row.number), row.behaviour, row.brand, row.country, slug=row.slug
    )


def card(number: str) -> Instrument:
    """What a typed card number is. One that is not in the table is declined, as a real one would be in test mode."""
    digits = _SEPARATORS.sub("", number)
    row = _BY_NUMBER.get(digits)
    if row is not None and not row.is_iban:
        return instrument_of(row)
    decline = NOT_A_TEST_CARD if _passes_luhn(digits) else INCORRECT_NUMBER
    brand = next((name for start, name in _BRANDS if digits.startswith(start)), "unknown")
    last4 = digits[-4:] if digits[-4:].isdigit() else "0000"
    return Instrument("card", last4, _fingerprint(digits), Behaviour(decline=decline), brand)


def bank_account(iban: str) -> Instrument | None:
    """What a typed IBAN is; None for one that is not in the table."""
    letters = _SEPARATORS.sub("", iban).upper()
    row = _BY_NUMBER.get(letters)
    return instrument_of(row) if row is not None and row.is_iban else None


def wallet() -> Instrument:
    """The wallet button pays with a device token of the plain success card."""
    number = TABLE[0].number
    return Instrument("card", number[-4:], _fingerprint(number), TABLE[0].behaviour, wallet="google_pay")


def _fingerprint(number: str) -> str:
    """Tells two uses of one number alike without keeping it: salted and cut, so that no number comes back."""
    return hashlib.blake2b(number.encode(), digest_size=8, person=b"mock-psp").hexdigest()


def _passes_luhn(digits: str) -> bool:
    if not (digits.isascii() and digits.isdigit() and 13 <= len(digits) <= 19):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
