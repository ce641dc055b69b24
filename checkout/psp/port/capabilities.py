"""What a PSP can do, and within which bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CurrencyRules:
    """What the PSP charges in a currency, in our minor units: least, most, and the step every charge is a multiple of.

    `wire_exponent` is the number of decimals that its integers have on the wire. `payout_step_minor`: transfers to a
    seller's account and payouts to a bank are multiples of it; `refund_step_minor`: so is what goes back to a card.
    """

    minimum_minor: int
    maximum_minor: int
    charge_step_minor: int
    wire_exponent: int
    payout_step_minor: int = 1
    refund_step_minor: int = 1


@dataclass(frozen=True, slots=True)
class Capabilities:
    """key_window_hours: how long a key brings back its first answer. stores_errors: a failed answer too.

    A currency that is not in `currencies` cannot be charged. `settlement_formats`: the files of a day that it can be
    asked for, by the PSP's names, the one that is asked for first.
    """

    key_window_hours: int
    stores_errors: bool
    finds_by_reference: bool
    session_minutes_min: int
    session_minutes_max: int
    currencies: Mapping[str, CurrencyRules]
    settlement_formats: tuple[str, ...] = ()
