"""What Stripe says of currencies where it differs from ISO 4217: decimals on the wire, steps, smallest charges."""

from __future__ import annotations

from typing import Final

from checkout.core.currencies import CODES, exponent
from checkout.mockpsp.errors import InvalidRequest

MAX_AMOUNT: Final = 99_999_999

# MGA has no decimals at Stripe (ISO: 2); ISK and UGX keep two although they have none to spend.
_EXPONENT_AT_STRIPE: Final = {"mga": 0, "isk": 2, "ugx": 2}
# The last digit of three-decimal amounts is 0; ISK and UGX are whole units written with two decimals.
_STEP: Final = {"kwd": 10, "bhd": 10, "jod": 10, "omr": 10, "tnd": 10, "isk": 100, "ugx": 100}
_PAYOUT_STEP: Final = {"huf": 100, "twd": 100}
# Smallest charge, in the currency's own minor unit.
_MINIMUM: Final = {
    "usd": 50, "aed": 200, "aud": 50, "bgn": 100, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250,
    "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300,
    "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}  # fmt: skip


def stripe_exponent(currency: str) -> int:
    special = _EXPONENT_AT_STRIPE.get(currency)
    return exponent(currency.upper()) if special is None else special


def check_currency(currency: str, param: str) -> str:
    """The code in lower case, as Stripe writes it."""
    code = currency.lower()
    if code.upper() not in CODES:
        raise InvalidRequest(f"Invalid currency: {code[:20]}.", param=param)
    return code


def check_total(amount: int, currency: str) -> None:
    """Refuses a total that the card networks would not take."""
    least = _MINIMUM.get(currency, _STEP.get(currency, 1))
    if amount < least:
        raise InvalidRequest(
            f"The Checkout Session's total amount due must add up to at least {least} {currency} (minor units).",
            code="amount_too_small",
        )
    if amount > MAX_AMOUNT:
        raise InvalidRequest(
            f"The Checkout Session's total amount must be no more than {MAX_AMOUNT} {currency} (minor units).",
            code="amount_too_large",
        )
    step = _STEP.get(currency, 1)
    if amount % step:
        raise InvalidRequest(
            f"Invalid amount for {currency}: amounts must be multiples of {step} (minor units).",
            code="parameter_invalid_integer",
            param="line_items",
        )


def check_sendable(amount: int, currency: str) -> None:
    """Refuses an amount that cannot be transferred."""
    step = _STEP.get(currency, 1)
    if amount % step:
        raise InvalidRequest(
            f"Invalid amount for {currency}: amounts must be multiples of {step} (minor units).",
            code="parameter_invalid_integer",
            param="amount",
        )


def check_payable(amount: int, currency: str) -> None:
    """Refuses an amount that no bank would take: HUF and TWD arrive in whole units."""
    check_sendable(amount, currency)
    if amount % _PAYOUT_STEP.get(currency, 1):
        raise InvalidRequest(
            f"Invalid amount for {currency}: payouts must be whole units.",
            code="parameter_invalid_integer",
            param="amount",
        )


def shown(amount: int, currency: str) -> str:
    """An amount for people: 249000 eur is "2,490.00 EUR"."""
    digits = stripe_exponent(currency)
    whole, fraction = divmod(amount, 10**digits)
    return f"{whole:,}{f'.{fraction:0{digits}d}' if digits else ''} {currency.upper()}"
