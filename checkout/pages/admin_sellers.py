"""Sellers for those who run the platform: how far each is taken on, what it has, owes and pays, and what holds it."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

from flask import Response, request, url_for

from checkout.core.ids import decode
from checkout.ledger.seller_balances import of_seller
from checkout.pages import access
from checkout.pages.filters import Wanted, read_cut, read_filters
from checkout.pages.finance import DONE
from checkout.pages.order_story import percent, plan_words, rate_words
from checkout.pages.payment_words import StateWords
from checkout.pages.people_page import show as show_page
from checkout.pages.seller_home import owed
from checkout.payouts.debts import debts
from checkout.payouts.run import business_date
from checkout.payouts.schedule import in_words, next_dates
from checkout.payouts.schedules import schedule_of
from checkout.reporting import sellers as reading
from checkout.reporting.paging import Page
from checkout.reporting.sellers import SellerFilter, SellerRow
from checkout.sellers.queries import get_seller

VERIFICATION: Final = {
    "unverified": StateWords("Not verified", "care"),
    "pending": StateWords("Being checked", "waiting"),
    "verified": StateWords("Verified", "good"),
    "restricted": StateWords("Restricted", "bad"),
}
WANTED: Final = (
    Wanted("name", "Name (beginning)"),
    Wanted(
        "verification",
        "Verification",
        options=[(state, words.word) for state, words in VERIFICATION.items()],
    ),
    Wanted("held", "Payouts", options=[("yes", "Held")]),
)


class AdminSellers:
    """The views; `zone` is where payout days are meant."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def blueprint(self) -> access.PeopleBlueprint:
        blueprint = access.PeopleBlueprint("admin_sellers", url_prefix="/admin/sellers")
        blueprint.add_url_rule("", "index", self.index)
        blueprint.add_url_rule("/<seller>", "show", self.show)
        return blueprint

    @access.page_requires("alerts:read")
    def index(self) -> Response:
        filters = read_filters(url_for("admin_sellers.index"), WANTED, request.args)
        page: Page[SellerRow] = Page((), 0, None, None)
        if not filters.problems:
            page = reading.list_sellers(SellerFilter(**filters.values), read_cut(request.args))
        return show_page(
            "admin/sellers.html",
            status=422 if filters.problems else 200,
            filters=filters,
            page=page,
            verification=VERIFICATION,
            percent=percent,
        )

    @access.page_requires("alerts:read")
    def show(self, seller: str) -> Response:
        view = get_seller(decode("sel", seller))
        today = business_date(self._zone)
        balances = of_seller(view.id)
        currencies = dict.fromkeys(
            [line.currency for line in balances] + [account.currency for account in view.payout_accounts]
        )
        schedules = {code: schedule_of(view.id, code) for code in currencies}
        holds = reading.holds_of(view.id)
        return show_page(
            "admin/seller.html",
            seller=view,
            verification=VERIFICATION,
            equations=[(line.currency, owed(line)) for line in balances],
            schedules=[
                (code, in_words(one), next_dates(one, code, after=today, count=1))
                for code, one in schedules.items()
            ],
            plans=reading.plans_of(view.id),
            plan_words=plan_words,
            rate_words=rate_words,
            percent=percent,
            holds=holds,
            held=next((hold for hold in holds if hold.lifted_at is None), None),
            debts=[debt for debt in debts() if debt.seller_id == view.id],
            done=DONE.get(request.args.get("done", ""), ""),
        )
