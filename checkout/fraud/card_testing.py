"""Does this look like somebody trying out stolen cards? Pure: figures of ten minutes in, a suspicion out.

Testers try many cards for little money each, and most are declined. A day of sales has many payments too, but most of
them go through; a shop of cheap things has many small ones, and most of them go through. So a number alone never is a
suspicion: declines must outweigh what is paid as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

WINDOW_SECONDS: Final = (
    600  # long enough to tell a pattern from a bad minute, short enough to act while it lasts
)

# About five euros: testers stay below what a cardholder notices. In minor units, whatever the currency: a yen or a dinar
# makes it two or three euros, which is a tester's amount as well.
SMALL_AMOUNT_MINOR: Final = 500

# A shop with 1 000 payments an hour and one decline in eight sees 20 in ten minutes.
MANY_DECLINES: Final = 30
# Declines per payment that went through. Normal is 0.1 to 0.2, a bad day at one bank 0.5; testers see 5 and more.
DECLINES_PER_PAID: Final = 2

MANY_SMALL: Final = 50
SMALL_PERCENT: Final = (
    80  # of all that was begun: a shop of cheap things has this every day, so it is not enough
)

# A shopper who mistypes gives up after a handful; a card that is declined ten times is not the shopper's own.
MANY_DECLINES_OF_ONE_SHOPPER: Final = 12


class Suspicion(StrEnum):
    """What it looks like. The first two slow the storefront's checkouts down; the last calls a person only, since the
    other shoppers of the storefront have nothing to do with it."""

    MANY_DECLINES = "many_declines"
    SMALL_PAYMENTS_DECLINED = "small_payments_declined"
    ONE_SHOPPER_MANY_DECLINES = "one_shopper_many_declines"

    @property
    def slows_down(self) -> bool:
        return self is not Suspicion.ONE_SHOPPER_MANY_DECLINES


@dataclass(frozen=True, slots=True)
class Activity:
    """What happened at one storefront in WINDOW_SECONDS. A payment may be declined several times before it is paid."""

    created: int
    small: int
    paid: int
    declines: int
    declines_of_one_shopper: int


def suspicion(activity: Activity) -> Suspicion | None:
    """The gravest that the figures support."""
    mostly_declined = activity.declines >= DECLINES_PER_PAID * activity.paid
    mostly_small = activity.small * 100 >= SMALL_PERCENT * activity.created
    if activity.declines >= MANY_DECLINES and mostly_declined:
        return Suspicion.MANY_DECLINES
    # Fewer declines will do where all is small: many testers stop at the first sign, and their pages are left open.
    if (
        activity.small >= MANY_SMALL
        and mostly_small
        and mostly_declined
        and activity.declines * 4 >= activity.small
    ):
        return Suspicion.SMALL_PAYMENTS_DECLINED
    if activity.declines_of_one_shopper >= MANY_DECLINES_OF_ONE_SHOPPER:
        return Suspicion.ONE_SHOPPER_MANY_DECLINES
    return None
