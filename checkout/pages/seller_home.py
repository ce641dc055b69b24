"""A seller's first page: where the money is, what comes next, and what only the seller can do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from flask import Response

from checkout.core import clock
from checkout.core.money import Money
from checkout.ledger.seller_balances import SellerBalance, of_seller
from checkout.pages import access
from checkout.pages.charts import BarChart, over_days
from checkout.pages.payment_money import Equation, Term
from checkout.pages.seller_frame import Seller, of_a_seller
from checkout.pages.seller_words import PAYOUT_WORDS
from checkout.payouts.eligibility import NotPayable, Payable
from checkout.payouts.errors import CurrencyNotPaidOut
from checkout.payouts.request import terms_of
from checkout.payouts.run import business_date
from checkout.payouts.schedule import PayoutDate, in_words, next_dates
from checkout.payouts.schedules import schedule_of
from checkout.payouts.words import FAILURES
from checkout.psp import registry
from checkout.reporting import seller_money
from checkout.reporting.seller_money import FORECAST_DAYS, Behind
from checkout.sellers.views import PayoutAccountView

NOTHING: Final[Mapping[date, tuple[int, int]]] = {}


@dataclass(frozen=True, slots=True)
class Purse:
    """All that is said of one currency."""

    balance: SellerBalance
    behind: Behind
    equation: Equation
    now: Payable | NotPayable
    rhythm: str
    next: PayoutDate | None
    account: PayoutAccountView | None
    chart: BarChart


class SellerHome:
    """The view; `zone` is where the books' days are meant."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def blueprint(self) -> access.PeopleBlueprint:
        blueprint = access.PeopleBlueprint("seller")
        blueprint.add_url_rule("/seller", "home", self.home)
        return blueprint

    @access.page_requires("balances:read")
    @of_a_seller
    def home(self, seller: Seller) -> Response:
        now = clock.utcnow()
        return seller.show(
            "seller/home.html",
            purses=self._purses(seller, now),
            tasks=seller_money.tasks_of(seller.id),
            failed=seller_money.last_failed(seller.id),
            failures=FAILURES,
            payout_words=PAYOUT_WORDS,
            paused=[account for account in seller.view.payout_accounts if account.payouts_paused_until],
            forecast_days=FORECAST_DAYS,
        )

    def _purses(self, seller: Seller, now: datetime) -> list[Purse]:
        today = business_date(self._zone)
        behind = seller_money.behind(seller.id, now)
        coming = seller_money.forecast(seller.id, today=today, zone=self._zone, now=now)
        accounts = {account.currency: account for account in seller.view.payout_accounts}
        purses = []
        for balance in of_seller(seller.id):
            currency = balance.currency
            schedule = schedule_of(seller.id, currency)
            dates = next_dates(schedule, currency, after=today, count=1)
            purses.append(
                Purse(
                    balance=balance,
                    behind=behind.get(currency, Behind()),
                    equation=owed(balance),
                    now=payable_now(seller, balance, now),
                    rhythm=in_words(schedule),
                    next=dates[0] if dates else None,
                    account=accounts.get(currency),
                    chart=over_days(
                        coming.get(currency, NOTHING), currency, first=today, steps=FORECAST_DAYS
                    ),
                )
            )
        return purses


def owed(balance: SellerBalance) -> Equation:
    """Everything the platform owes the seller, as the sum of the four places it is at."""
    terms = (
        Term("On hold", balance.on_hold),
        Term("Available", balance.available),
        Term("On the way", balance.in_transit),
        Term("Reserve", balance.reserved),
    )
    whole = sum(term.amount.amount_minor for term in terms)
    return Equation("Total owed to you", terms, Money(whole, balance.currency))


def payable_now(seller: Seller, balance: SellerBalance, now: datetime) -> Payable | NotPayable:
    try:
        terms = terms_of("standard", balance.currency, registry.current())
    except CurrencyNotPaidOut:
        return NotPayable("currency_not_paid_out")
    return seller_money.payable_now(seller.id, balance, terms, now)
