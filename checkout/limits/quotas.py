"""The quotas, as data: for each class of routes how many requests in how many seconds, by address, person and key.

They are there to keep one caller's fault from becoming everybody's: a loop that went wild, a scanner. They are no
price list, so they lie well above what an honest caller does on its best day.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class RouteClass(StrEnum):
    """What a request costs us, and what harm too many of its kind would do."""

    READ = "read"
    WRITE = "write"
    AUTH = "auth"
    WEBHOOK = "webhook"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Quota:
    """`requests` in every window of `seconds`. The name is what RateLimit headers call it."""

    name: str
    requests: int
    seconds: int


# Ten seconds: long enough for the burst of a page that loads, short enough that Retry-After stays bearable.
WINDOW_SECONDS: Final = 10

# Requests that name nobody we know, by where they come from. Behind one address may sit a whole office or a mobile
# network's gateway, so pages have room for dozens of people at once.
BY_ADDRESS: Final[dict[RouteClass, Quota]] = {
    RouteClass.READ: Quota("address-read", 300, WINDOW_SECONDS),
    RouteClass.WRITE: Quota("address-write", 100, WINDOW_SECONDS),
    # Each costs a password hash. Guesses at one account are counted elsewhere, in PostgreSQL, and far more strictly.
    RouteClass.AUTH: Quota("address-auth", 100, 60),
    # The PSP must never be refused: this is far beyond what this machine could take from all addresses together.
    RouteClass.WEBHOOK: Quota("address-webhook", 100_000, WINDOW_SECONDS),
    RouteClass.PAGE: Quota("address-page", 600, WINDOW_SECONDS),
}

BY_PERSON: Final[dict[RouteClass, Quota]] = {
    RouteClass.READ: Quota("person-read", 300, WINDOW_SECONDS),
    RouteClass.WRITE: Quota("person-write", 100, WINDOW_SECONDS),
    RouteClass.PAGE: Quota("person-page", 300, WINDOW_SECONDS),
}

# New payments of a storefront at which cards seem to be tested, from one address: one in two seconds lets its honest
# shoppers through, though some must wait, and makes testing a stolen list of cards take days.
WHILE_CARDS_ARE_TESTED: Final = Quota("checkout-braked", 30, 60)

STANDARD: Final = "standard"
LOAD_TEST: Final = "load_test"

# A storefront's plan holds for each of its keys. 100 writes a second is ten times the peak of a shop with 100 000
# checkouts a day; `load_test` is no limit that one machine could reach, and keeps its headers.
BY_KEY: Final[dict[str, dict[RouteClass, Quota]]] = {
    STANDARD: {
        RouteClass.READ: Quota("key-read", 2_000, WINDOW_SECONDS),
        RouteClass.WRITE: Quota("key-write", 1_000, WINDOW_SECONDS),
    },
    "high": {
        RouteClass.READ: Quota("key-read", 20_000, WINDOW_SECONDS),
        RouteClass.WRITE: Quota("key-write", 10_000, WINDOW_SECONDS),
    },
    LOAD_TEST: {
        RouteClass.READ: Quota("key-read", 1_000_000, WINDOW_SECONDS),
        RouteClass.WRITE: Quota("key-write", 1_000_000, WINDOW_SECONDS),
    },
}
