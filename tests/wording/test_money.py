"""Amounts as people read them: our number of decimals, the locale's pattern. The strings are literal on purpose."""

from __future__ import annotations

import pytest

from checkout.core.money import Money
from checkout.wording import money

EURO, YEN, DINAR, IRAQI = (
    Money(123456, "EUR"),
    Money(1234567, "JPY"),
    Money(1234567, "KWD"),
    Money(1234567, "IQD"),
)
RLM = "\N{RIGHT-TO-LEFT MARK}"
NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("locale", "amount", "expected"),
    [
        ("de-DE", EURO, f"1.234,56{NBSP}€"),
        ("de-DE", YEN, f"1.234.567{NBSP}¥"),
        ("de-DE", DINAR, f"1.234,567{NBSP}KWD"),
        ("de-DE", IRAQI, f"1.234,567{NBSP}IQD"),
        ("ja-JP", EURO, "€1,234.56"),
        ("ja-JP", YEN, "￥1,234,567"),
        ("ja-JP", DINAR, f"KWD{NBSP}1,234.567"),
        ("ja-JP", IRAQI, f"IQD{NBSP}1,234.567"),
        ("en-IN", EURO, "€1,234.56"),
        ("en-IN", YEN, "JP¥12,34,567"),
        ("en-IN", DINAR, f"KWD{NBSP}1,234.567"),
        ("en-IN", IRAQI, f"IQD{NBSP}1,234.567"),
        ("ar", EURO, f"{RLM}1,234.56{NBSP}€"),
        ("ar", YEN, f"{RLM}1,234,567{NBSP}JP¥"),
        ("ar", DINAR, f"{RLM}1,234.567{NBSP}د.ك.{RLM}"),
        ("ar", IRAQI, f"{RLM}1,234.567{NBSP}د.ع.{RLM}"),
    ],
)
def test_an_amount_reads_as_its_locale_writes_it(locale: str, amount: Money, expected: str) -> None:
    """Grouping, sign, symbol and side are the locale's; the decimals are ISO 4217's, three for IQD."""
    assert money.with_symbol(amount, locale) == expected


@pytest.mark.parametrize(
    ("locale", "expected"),
    [
        ("de-DE", f"-1.234,50{NBSP}€"),
        ("ja-JP", "-€1,234.50"),
        ("en-IN", "-€1,234.50"),
        ("ar", f"{RLM}-1,234.50{NBSP}€"),
    ],
)
def test_a_negative_amount_keeps_its_sign(locale: str, expected: str) -> None:
    assert money.with_symbol(Money(-123450, "EUR"), locale) == expected


def test_indian_grouping_goes_by_lakh() -> None:
    assert money.with_symbol(Money(10_000_000, "INR"), "en-IN") == "₹1,00,000.00"


def test_zero_is_an_amount() -> None:
    """Zero is 0.00, never a dash: a dash would read as "not known"."""
    assert money.with_code(Money(0, "EUR"), "en-GB") == f"0.00{NBSP}EUR"


def test_a_table_names_the_currency_by_its_code() -> None:
    assert money.with_code(Money(2490, "EUR"), "de-DE") == f"24,90{NBSP}EUR"


def test_a_screen_reader_hears_the_minus() -> None:
    assert money.spoken(Money(-2490, "EUR")) == "minus 24.90 euros"


@pytest.mark.parametrize(
    "tag", [None, "", "zz-ZZ", "not a tag", "de_DE@euro", "x" * 1000, "../etc", "-", "de-" * 8]
)
def test_a_tag_nobody_knows_is_no_error(tag: str | None) -> None:
    """The storefront sends what it likes; the amount is shown all the same."""
    assert "24.90" in money.with_symbol(Money(2490, "EUR"), tag).replace(",", ".")


def test_the_largest_amount_is_shown_whole() -> None:
    assert money.with_code(Money(2**53 - 1, "EUR"), "en-GB") == f"90,071,992,547,409.91{NBSP}EUR"
