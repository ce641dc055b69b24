"""Money as people read it: the locale's pattern, the currency's own number of decimals.

The number of decimals is ours (ISO 4217), never the locale library's: CLDR gives IQD none where ISO gives it three.
"""

from __future__ import annotations

import copy
import re
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import NumberPattern, get_currency_name, parse_pattern

from checkout.core.currencies import exponent
from checkout.core.money import Money
from checkout.wording.locales import locale_of

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
_LETTER_BESIDE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


def with_symbol(amount: Money, locale_tag: str | None = None) -> str:
    """ "24,90 €", "￥2,490", "KWD 2.490": for text where the currency is certain."""
    return _apply(_pattern(locale_of(locale_tag), amount.currency), amount, locale_of(locale_tag))


def with_code(amount: Money, locale_tag: str | None = None) -> str:
    """ "24,90 EUR": for tables, subjects and wherever two currencies could be mistaken for each other."""
    return f"{number(amount, locale_tag)}{NO_BREAK_SPACE}{amount.currency}"


def number(amount: Money, locale_tag: str | None = None) -> str:
    """ "24,90": for a column whose neighbour names the currency."""
    locale = locale_of(locale_tag)
    digits = exponent(amount.currency)
    pattern = copy.copy(locale.decimal_formats[None])
    pattern.frac_prec = (digits, digits)
    return str(pattern.apply(_value(amount), locale))


def decimal_text(amount: Money) -> str:
    """ "-1234.50": for files that programs read: a dot, no grouping, the currency's own decimals."""
    return f"{_value(amount):.{exponent(amount.currency)}f}"


def spoken(amount: Money) -> str:
    """ "minus 24.90 euros": for a screen reader, which would read a minus sign as a dash or not at all."""
    digits = exponent(amount.currency)
    value = abs(_value(amount))
    sign = "minus " if amount.amount_minor < 0 else ""
    return f"{sign}{value:.{digits}f} {get_currency_name(amount.currency, count=value, locale='en')}"


def _apply(pattern: NumberPattern, amount: Money, locale: Locale) -> str:
    text = pattern.apply(_value(amount), locale, currency=amount.currency, currency_digits=False)
    # CLDR's currency spacing, which the library leaves out: "KWD2.490" would read as one word.
    return _LETTER_BESIDE_DIGIT.sub(NO_BREAK_SPACE, str(text))


@lru_cache(maxsize=512)
def _pattern(locale: Locale, currency: str) -> NumberPattern:
    digits = exponent(currency)
    pattern = parse_pattern(locale.currency_formats["standard"].pattern)
    pattern.frac_prec = (digits, digits)
    return pattern


def _value(amount: Money) -> Decimal:
    return Decimal(amount.amount_minor).scaleb(-exponent(amount.currency))
