"""A seller's payouts: what each is made of, how far it has come, and what is not in it and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from flask import Response, request

from checkout.core import clock
from checkout.core.currencies import CODES
from checkout.core.errors import NotFound
from checkout.core.ids import decode
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger.seller_balances import in_currency
from checkout.pages import access
from checkout.pages.charts import BarChart, over_days
from checkout.pages.csv_file import amount_cells, csv_response
from checkout.pages.filters import Filters, Wanted, day_begins, day_is_over, read_cut, read_filters
from checkout.pages.order_story import percent
from checkout.pages.payment_money import Equation, Term
from checkout.pages.seller_frame import Seller, of_a_seller
from checkout.pages.seller_home import payable_now
from checkout.pages.seller_words import ADJUSTMENTS, GROUPS, KINDS, PAYOUT_WORDS, group_of, movement_word
from checkout.payouts import queries
from checkout.payouts.payout import Payout
from checkout.payouts.run import business_date
from checkout.payouts.words import FAILURES, WAITING, waits_for
from checkout.reporting import seller_payouts
from checkout.reporting.paging import EXPORTED, Page
from checkout.reporting.seller_orders import HELD_MOST, still_held
from checkout.reporting.seller_payouts import WEEKS, Kind, PayoutFilter, PayoutRow
from checkout.wording import money as wording

# What is one word to the seller is one choice: "Preparing" is all that comes before the money leaves.
STATES: Final[dict[str, tuple[str, ...]]] = {
    "preparing": ("scheduled", "awaiting_approval", "reserved", "submitting", "transferred", "unknown"),
    "sent": ("in_transit",),
    "arrived": ("paid",),
    "coming_back": ("reversing",),
    "failed": ("failed",),
    "returned": ("returned",),
    "canceled": ("canceled",),
}
WANTED: Final = (
    Wanted("state", "State", options=[(name, name.replace("_", " ").capitalize()) for name in STATES]),
    Wanted("currency", "Currency"),
    Wanted("kind", "Kind", options=list(KINDS.items())),
    Wanted("from", "From day", type="date"),
    Wanted("to", "To day", type="date"),
)
HEADER: Final = (
    "id created_at kind state amount_minor amount currency fee orders expected_on arrived_at bank_last4 bank_reference"
    " failure generated_at filter"
).split()
assert {state for states in STATES.values() for state in states} == PAYOUT_WORDS.keys()


@dataclass(frozen=True, slots=True)
class Group:
    """The parts of a payout that are shown together."""

    name: str
    amount: Money
    kinds: Sequence[Kind]


class SellerPayouts:
    """The views; they share the zone that days are meant in."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def blueprint(self) -> access.PeopleBlueprint:
        blueprint = access.PeopleBlueprint("seller_payouts", url_prefix="/seller")
        blueprint.add_url_rule("/payouts", "index", self.index)
        blueprint.add_url_rule("/payouts.csv", "export", self.export)
        blueprint.add_url_rule("/payouts/<payout>", "show", self.show)
        return blueprint

    @access.page_requires("payouts:read")
    @of_a_seller
    def index(self, seller: Seller) -> Response:
        filters = _filters(seller)
        page: Page[PayoutRow] = Page((), 0, None, None)
        if not filters.problems:
            page = seller_payouts.list_payouts(
                self._wanted(seller, filters), read_cut(request.args), words=_states(filters)
            )
        return seller.show(
            "seller/payouts.html",
            status=422 if filters.problems else 200,
            filters=filters,
            page=page,
            states=PAYOUT_WORDS,
            kinds=KINDS,
            charts=self._charts(seller) if page.rows else {},
            weeks=WEEKS,
            exported=min(page.total, EXPORTED),
        )

    @access.page_requires("payouts:read")
    @of_a_seller
    def export(self, seller: Seller) -> Response:
        filters = _filters(seller)
        now, said = clock.utcnow(), filters.said()
        rows: list[PayoutRow] = []
        if not filters.problems:
            rows = seller_payouts.export_payouts(self._wanted(seller, filters), words=_states(filters))
        day = now.astimezone(self._zone).date()
        cells = [_cells(row, now, said) for row in rows]
        return csv_response("payouts", day, HEADER, cells, said=said, of=seller.view.public_id)

    @access.page_requires("payouts:read")
    @of_a_seller
    def show(self, seller: Seller, payout: str) -> Response:
        with atomic() as session:
            view = queries.view_payout(session, decode("po", payout))
        found, now = view.payout, clock.utcnow()
        if found.seller_id != seller.id:
            raise NotFound("no such payout")
        groups = groups_of(found)
        held = still_held(seller.id, found.currency, before=found.created_at, now=now)
        return seller.show(
            "seller/payout.html",
            payout=found,
            steps=view.steps,
            groups=groups,
            equation=equation_of(found, groups),
            held=held[:HELD_MOST],
            more_held=len(held) > HELD_MOST,
            against=payable_now(seller, in_currency(seller.id, found.currency), now),
            available=in_currency(seller.id, found.currency).available,
            waiting=WAITING.get(waits_for(found) or ""),
            failure=FAILURES.get(found.failure_code or ""),
            states=PAYOUT_WORDS,
            kinds=KINDS,
            movement_word=movement_word,
            percent=percent,
            least_fee=Money(found.terms.fee_minimum_minor if found.terms else 0, found.currency),
        )

    def _wanted(self, seller: Seller, filters: Filters) -> PayoutFilter:
        asked = filters.values
        return PayoutFilter(
            seller_id=seller.id,
            currency=asked["currency"].upper() if "currency" in asked else None,
            kind=asked.get("kind"),
            created_from=day_begins(asked.get("from"), self._zone),
            created_before=day_is_over(asked.get("to"), self._zone),
        )

    def _charts(self, seller: Seller) -> dict[str, BarChart]:
        first, weeks = seller_payouts.by_week(seller.id, today=business_date(self._zone), zone=self._zone)
        return {
            currency: over_days(figures, currency, first=first, steps=WEEKS, days=7)
            for currency, figures in sorted(weeks.items())
        }


def groups_of(payout: Payout) -> list[Group]:
    """The payout's parts in the order in which they are shown; a group without parts is left out."""
    found: dict[str, list[Kind]] = {}
    for kind in seller_payouts.kinds_of(payout.id, payout.currency):
        found.setdefault(group_of(kind.kind), []).append(kind)
    return [
        Group(
            name, Money(sum(kind.amount.amount_minor for kind in found[name]), payout.currency), found[name]
        )
        for name in (*GROUPS, ADJUSTMENTS)
        if name in found
    ]


def equation_of(payout: Payout, groups: Sequence[Group]) -> Equation:
    terms = tuple(
        Term(group.name, -group.amount, -1)
        if group.amount.amount_minor < 0
        else Term(group.name, group.amount)
        for group in groups
    )
    return Equation("Payout", terms, payout.amount)


def _states(filters: Filters) -> tuple[str, ...] | None:
    return STATES[filters.values["state"]] if "state" in filters.values else None


def _filters(seller: Seller) -> Filters:
    path = seller.url("seller_payouts.index").partition("?")[0]
    filters = read_filters(path, WANTED, request.args, seller.kept)
    currency = filters.values.get("currency")
    if currency is not None and currency.upper() not in CODES:
        return filters.with_problem("currency", "A currency is three letters, such as EUR.")
    return filters


def _cells(row: PayoutRow, now: datetime, said: str) -> tuple[str | int | datetime | None, ...]:
    payout = row.payout
    return (
        payout.public_id,
        payout.created_at,
        payout.kind,
        PAYOUT_WORDS[payout.status].word,
        *amount_cells(payout.amount),
        wording.decimal_text(payout.fee),
        row.orders,
        payout.expected_on.isoformat() if payout.expected_on else None,
        payout.arrived_at,
        payout.bank_last4,
        payout.psp_payout_id,
        payout.failure_code,
        now,
        said,
    )
