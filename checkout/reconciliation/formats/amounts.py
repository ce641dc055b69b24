"""Amounts as files write them, to minor units: by string, no Decimal and no float. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from checkout.core.currencies import exponent
from checkout.core.money import Money

DIGITS_MOST = 15  # a bigint holds 18: room for the sum of thousands of them, and for a tariff in basis points


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


def does_not_add_up(gross: int, less: str, costs: int, net: int, currency: str) -> str:
    """What is said of a row whose own amounts contradict each other; `less` names the costs."""
    whole, taken, left = (Money(minor, currency) for minor in (gross, costs, net))
    return f"gross {whole} less {less} {taken} is not net {left}"


def all_upper(codes: Sequence[str]) -> list[str]:
    """Currencies' codes as we write them: each that occurs is looked at once."""
    written = {code: code.upper() for code in set(codes)}
    return (
        [code.upper() for code in written] * len(codes) if len(written) == 1 else [written[c] for c in codes]
    )


def all_from_major(texts: Sequence[str], currencies: Sequence[str]) -> list[int] | None:
    """The same of many at once, each in its currency; None where one of them is not plainly written, and has to be looked
    at by itself."""
    codes = set(currencies)
    if len(codes) == 1:
        return _all_of(texts, currencies[0])
    found: dict[str, Iterator[int]] = {}
    for code in codes:
        minor = _all_of([text for text, its in zip(texts, currencies, strict=True) if its == code], code)
        if minor is None:
            return None
        found[code] = iter(minor)
    return [next(found[code]) for code in currencies]


def _all_of(texts: Sequence[str], currency: str) -> list[int] | None:
    joined = "\n".join(texts)
    if _plain(exponent(currency)).fullmatch(joined) is None or joined.count("\n") != len(texts) - 1:
        return None
    return list(map(int, joined.replace(".", "").split("\n")))


@cache
def _plain(places: int) -> re.Pattern[str]:
    """Amounts, one a line, with as many decimals as the currency has."""
    one = rf"[-+]?[0-9]{{1,{DIGITS_MOST - places}}}" + (rf"\.[0-9]{{{places}}}" if places else "")
    return re.compile(rf"{one}(?:\n{one})*+")


def _padded(text: str, fraction: str, places: int, currency: str) -> str:
    if fraction[places:].strip("0"):
        raise BadAmount(f"{text!r} has more decimals than {currency}")
    return fraction[:places].ljust(places, "0")


def from_minor(text: str) -> int:
    """Digits that are minor units already, unsigned."""
    if not (text.isascii() and text.isdigit()) or len(text) > DIGITS_MOST:
        raise BadAmount(f"{text!r} is no amount in minor units")
    return int(text)
