"""Amounts as files write them, to minor units: by string, no Decimal and no float. Pure."""

from __future__ import annotations

from checkout.core.currencies import exponent

DIGITS_MOST = 17  # what a bigint holds, with room for sums


class BadAmount(ValueError):
    """The text is no amount in that currency; the message says why."""


def from_major(text: str, currency: str) -> int:
    """ "-12.34" in EUR is -1234, "12" in JPY is 12, "1.234" in KWD is 1234.

    Zeros beyond the currency's exponent pass ("12.3400"); any other digit there does not, nor does an exponent,
    a thousands separator, or an empty text.
    """
    places = exponent(currency)
    sign, digits = (-1, text[1:]) if text[:1] == "-" else (1, text[1:] if text[:1] == "+" else text)
    whole, point, fraction = digits.partition(".")
    if not whole.isascii() or not whole.isdigit() or (point and not _is_digits(fraction)):
        raise BadAmount(f"{text!r} is no amount")
    if len(fraction) > places:
        if fraction[places:].strip("0"):
            raise BadAmount(f"{text!r} has more decimals than {currency}")
        fraction = fraction[:places]
    if len(whole) + places > DIGITS_MOST:
        raise BadAmount(f"{text!r} is too large")
    return sign * int(whole + fraction.ljust(places, "0"))


def from_minor(text: str) -> int:
    """Digits that are minor units already, unsigned."""
    if not _is_digits(text) or len(text) > DIGITS_MOST:
        raise BadAmount(f"{text!r} is no amount in minor units")
    return int(text)


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
