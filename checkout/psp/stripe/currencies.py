"""What Stripe says of currencies: decimals on the wire, steps, the least and the most of a charge.

After docs.stripe.com/currencies. Currencies that Stripe does not take are not in the table.
"""

from __future__ import annotations

from typing import Final

from checkout.core.currencies import EXPONENTS
from checkout.psp.port import CurrencyRules

MAXIMUM_ON_THE_WIRE: Final = 99_999_999  # eight digits

NOT_TAKEN: Final = frozenset("CUP ERN GHS IQD IRR KPW LYD SDG SSP SVC SYP TMT VED VES ZWG".split())

# Without decimals at Stripe though ISO 4217 gives them two; with two although there is nothing below the unit.
WIRE_EXPONENTS: Final = {"MGA": 0, "ISK": 2, "UGX": 2}

THREE_DECIMAL_STEP: Final = 10  # the last of three decimals must be 0: card networks settle two

# Banks pay these out in whole units only, though cards are charged in their hundredths.
WHOLE_UNIT_PAYOUTS: Final = {"HUF": 100, "TWD": 100}

MINIMUMS: Final = {
    "AED": 200, "AUD": 50, "BRL": 50, "CAD": 50, "CHF": 50, "CZK": 1500, "DKK": 250, "EUR": 50, "GBP": 30,
    "HKD": 400, "HUF": 17500, "INR": 50, "JPY": 50, "MXN": 1000, "MYR": 200, "NOK": 300, "NZD": 50, "PLN": 200,
    "RON": 200, "SEK": 300, "SGD": 50, "THB": 1000, "USD": 50,
}  # fmt: skip


def _rules(currency: str, exponent: int) -> CurrencyRules:
    wire_exponent = WIRE_EXPONENTS.get(currency, exponent)
    step = THREE_DECIMAL_STEP if exponent == 3 else 10 ** max(0, exponent - wire_exponent)
    return CurrencyRules(
        minimum_minor=MINIMUMS.get(currency, step),
        maximum_minor=MAXIMUM_ON_THE_WIRE * 10**exponent // 10**wire_exponent // step * step,
        charge_step_minor=step,
        wire_exponent=wire_exponent,
        payout_step_minor=WHOLE_UNIT_PAYOUTS.get(currency, step),
        refund_step_minor=step,
    )


CURRENCIES: Final[dict[str, CurrencyRules]] = {
    currency: _rules(currency, exponent)
    for currency, exponent in EXPONENTS.items()
    if currency not in NOT_TAKEN
}
