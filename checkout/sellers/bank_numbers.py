"""Bank account numbers: an IBAN is checked (ISO 13616: length by country's own rule is the bank's, the check digits are
ours to see), another number is only bounded. Pure."""

from __future__ import annotations

import re
from typing import Final

from checkout.core.errors import InvalidParameter

_SEPARATORS: Final = re.compile(r"[\s-]+")
_NUMBER: Final = re.compile(r"[A-Z0-9]{4,34}")
_IBAN: Final = re.compile(r"([A-Z]{2})([0-9]{2})([A-Z0-9]{11,30})")
_SHOWN: Final = 4


def checked(number: str, country: str, *, pointer: str = "/account_number") -> str:
    """The number without its separators.

    Raises:
        InvalidParameter: no account number, an IBAN of another country, or one whose check digits are wrong.
    """
    plain = _SEPARATORS.sub("", number).upper()
    if not _NUMBER.fullmatch(plain):
        raise InvalidParameter.at(pointer, "4 to 34 letters and digits, spaces and dashes between them")
    iban = _IBAN.fullmatch(plain)
    if iban is None:
        return plain
    if iban[1] != country:
        raise InvalidParameter.at(pointer, f"this IBAN is of {iban[1]}, the country is {country}")
    if not _adds_up(plain):
        raise InvalidParameter.at(pointer, "the check digits of this IBAN are wrong", "check_digits")
    return plain


def masked(last4: str) -> str:
    """What is shown of a number: `•••• 3000`."""
    return f"•••• {last4}"


def last4(number: str) -> str:
    return number[-_SHOWN:]


def _adds_up(iban: str) -> bool:
    """ISO 7064 MOD 97-10 over the number with its first four characters moved to the end; A is 10, Z is 35."""
    turned = iban[4:] + iban[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1
