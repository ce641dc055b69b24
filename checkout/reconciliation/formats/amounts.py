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
    whole, point, fraction = text.partition(".")
    digits = whole[1:] if whole[:1] in ("-", "+") else whole
    if not digits.isdigit() or (point and not fraction.isdigit()) or not text.isascii():
        raise BadAmount(f"{text!r} is no amount")
    if len(fraction) != places:
        fraction = _padded(text, fraction, places, currency)
    if len(digits) + places > DIGITS_MOST:
        raise BadAmount(f"{text!r} is too large")
    return int(whole + fraction)


def _padded(text: str, fraction: str, places: int, currency: str) -> str:
    if fraction[places:].strip("0"):
        raise BadAmount(f"{text!r} has more decimals than {currency}")
    return fraction[:places].ljust(places, "0")


def from_minor(text: str) -> int:
    """Digits that are minor units already, unsigned."""
    if not (text.isascii() and text.isdigit()) or len(text) > DIGITS_MOST:
        raise BadAmount(f"{text!r} is no amount in minor units")
    return int(text)
