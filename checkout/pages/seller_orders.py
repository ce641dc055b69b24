"""A seller's orders: what each brings, why it is held and until when; and one order with its money's whole story."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from checkout.core import clock
from checkout.core.currencies import CODES
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import decode
from checkout.db.session import atomic, retrying
from checkout.identity.access import Reach
from checkout.orders.errors import InvalidOrderState
from checkout.orders.queries import find_within
from checkout.orders.ship import Parcel, ship_order
from checkout.orders.views import OrderView
from checkout.pages import access
from checkout.pages.csv_file import amount_cells, csv_response
from checkout.pages.filters import Filters, Wanted, day_begins, day_is_over, read_cut, read_filters
from checkout.pages.order_story import percent, story_of
from checkout.pages.parcel_form import field_of, parcel_of
from checkout.pages.refund_words import REFUND_STATES, refunds_of_order, why
from checkout.pages.seller_frame import Seller, of_a_seller
from checkout.pages.seller_words import HELD_CHOICES, ORDER_WORDS, PAYOUT_WORDS
from checkout.reporting.paging import EXPORTED, PAGE_ROWS, Page
from checkout.reporting.seller_order import money_of
from checkout.reporting.seller_order_places import SORTS, Sort
from checkout.reporting.seller_orders import OrderFilter, SellerOrder, export_orders, list_orders
from checkout.wording import money as wording

SALES: Final = [
    (state, ORDER_WORDS[state].word) for state in ("paid", "shipped", "delivered", "released", "closed")
]
WANTED: Final = (
    Wanted("status", "State", options=SALES),
    Wanted("currency", "Currency"),
    Wanted("held", "Held because", options=[(str(reason), word) for reason, word in HELD_CHOICES.items()]),
    Wanted("payout", "In payout"),
    Wanted("from", "From day", type="date"),
    Wanted("to", "To day", type="date"),
)
LENGTHS: Final = (25, PAGE_ROWS, 100)
SORT_WORDS: Final[dict[Sort, str]] = {
    "-date": "newest first",
    "date": "oldest first",
    "-net": "highest net first",
    "net": "lowest net first",
    "available": "available soonest first",
    "-available": "available latest first",
}
HEADER: Final = (
    "id reference created_at items status gross_minor gross currency refunded commission logistics tax net_minor net"
    " held_because releases_at released_at payout generated_at filter"
).split()
DONE: Final = {
    "shipped": "The parcel is recorded. The shopper gets an email with its number.",
    "refunded": "The refund is written down. It stands below with how far it has come.",
}


class SellerOrders:
    """The views; they share the zone that days are meant in."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def blueprint(self) -> access.PeopleBlueprint:
        blueprint = access.PeopleBlueprint("seller_orders", url_prefix="/seller")
        blueprint.add_url_rule("/orders", "index", self.index)
        blueprint.add_url_rule("/orders.csv", "export", self.export)
        blueprint.add_url_rule("/orders/<order>", "show", self.show)
        blueprint.add_url_rule("/orders/<order>/ship", "ship", self.ship, methods=["POST"])
        return blueprint

    @access.page_requires("balances:read")
    @of_a_seller
    def index(self, seller: Seller) -> Response:
        filters = _filters(seller)
        page: Page[SellerOrder] = Page((), 0, None, None)
        if not filters.problems:
            wanted = self._wanted(filters)
            cut = replace(read_cut(request.args), limit=_rows())
            page = list_orders(seller.id, wanted, cut, clock.utcnow(), sort=_sort())
        return seller.show(
            "seller/orders.html",
            status=422 if filters.problems else 200,
            filters=filters,
            page=page,
            states=ORDER_WORDS,
            held_words=HELD_CHOICES,
            sort=_sort(),
            sorts=SORT_WORDS,
            rows=_rows(),
            lengths=LENGTHS,
            arranged=lambda **more: filters.arranged(**more),
            exported=min(page.total, EXPORTED),
        )

    @access.page_requires("balances:read")
    @of_a_seller
    def export(self, seller: Seller) -> Response:
        filters = _filters(seller)
        now, said = clock.utcnow(), filters.said()
        rows = [] if filters.problems else export_orders(seller.id, self._wanted(filters), now, sort=_sort())
        day = now.astimezone(self._zone).date()
        cells = [_cells(row, now, said) for row in rows]
        return csv_response("orders", day, HEADER, cells, said=said, of=seller.view.public_id)

    @access.page_requires("balances:read")
    @of_a_seller
    def show(self, seller: Seller, order: str) -> Response:
        return _order(seller, _own(seller, order), done=DONE.get(request.args.get("done", ""), ""))

    @access.page_requires("orders:write")
    @of_a_seller
    def ship(self, seller: Seller, order: str) -> BaseResponse:
        """One parcel of the order."""
        found = _own(seller, order)
        try:
            parcel = parcel_of(request.form, found)
            retrying(lambda: _ship(found.id, parcel))
        except InvalidParameter as refusal:
            return _order(seller, found, status=422, problem=_sentence(refusal))
        except InvalidOrderState as refusal:
            return _order(seller, _own(seller, order), status=409, problem=_sentence(refusal))
        return redirect(seller.url("seller_orders.show", order=order, done="shipped"), 303)

    def _wanted(self, filters: Filters) -> OrderFilter:
        asked = filters.values
        return OrderFilter(
            status=asked.get("status"),
            currency=asked["currency"].upper() if "currency" in asked else None,
            held=asked.get("held"),
            created_from=day_begins(asked.get("from"), self._zone),
            created_before=day_is_over(asked.get("to"), self._zone),
            payout=decode("po", asked["payout"]) if "payout" in asked else None,
        )


def _own(seller: Seller, order: str) -> OrderView:
    """
    Raises:
        NotFound: malformed, unknown and another seller's alike.
    """
    return find_within(order, Reach(sellers=frozenset({seller.id})))


def _ship(order_id: UUID, parcel: Parcel) -> None:
    with atomic() as session:
        ship_order(session, order_id, parcel, cause=access.person_cause())


def _order(
    seller: Seller, order: OrderView, *, status: int = 200, done: str = "", problem: str = ""
) -> Response:
    now = clock.utcnow()
    money = money_of(order.id)
    goods = [line for line in order.lines if line.kind == "item"]
    return seller.show(
        "seller/order.html",
        status=status,
        order=order,
        money=money,
        story=story_of(order, money),
        hold=order.hold(now),
        goods=goods,
        names={line.id: line.name for line in order.lines},
        refunds=refunds_of_order(seller.id, order.id),
        refund_states=REFUND_STATES,
        refund_why=why,
        to_ship=order.is_to_ship,
        field_of=field_of,
        percent=percent,
        states=ORDER_WORDS,
        payout_words=PAYOUT_WORDS,
        form=request.form,
        done=done,
        problem=problem,
    )


def _sentence(refusal: InvalidParameter | InvalidOrderState) -> str:
    said = (refusal.detail or "That did not work").rstrip(".")
    return f"{said[:1].upper()}{said[1:]}."


def _filters(seller: Seller) -> Filters:
    path = seller.url("seller_orders.index").partition("?")[0]
    filters = read_filters(path, WANTED, request.args, seller.kept | _arranged())
    payout = filters.values.get("payout")
    if payout is not None and not _is_payout(payout):
        filters = filters.with_problem("payout", "A payout is named by its id, po_ and 26 characters.")
    currency = filters.values.get("currency")
    if currency is not None and currency.upper() not in CODES:
        return filters.with_problem("currency", "A currency is three letters, such as EUR.")
    return filters


def _is_payout(text: str) -> bool:
    try:
        decode("po", text)
    except NotFound:
        return False
    return True


def _sort() -> Sort:
    """As the address asks for it; what is no order is the newest first."""
    asked = request.args.get("sort", "")
    return next((sort for sort in SORTS if sort == asked), SORTS[0])


def _rows() -> int:
    asked = request.args.get("rows", "")
    return int(asked) if asked in {str(length) for length in LENGTHS} else PAGE_ROWS


def _arranged() -> dict[str, str]:
    """What the addresses of the list repeat of its order and length, where they are not the usual ones."""
    asked = {"sort": (_sort(), SORTS[0]), "rows": (str(_rows()), str(PAGE_ROWS))}
    return {name: value for name, (value, usual) in asked.items() if value != usual}


def _cells(row: SellerOrder, now: datetime, said: str) -> tuple[str | int | datetime | None, ...]:
    minor, gross, currency = amount_cells(row.gross)
    split = row.split
    return (
        row.public_id,
        row.reference,
        row.created_at,
        row.items,
        row.status,
        minor,
        gross,
        currency,
        *(
            wording.decimal_text(part)
            for part in (row.given_back, split.commission, split.logistics_fee, split.tax)
        ),
        row.net.amount_minor,
        wording.decimal_text(row.net),
        str(row.hold.reason) if row.hold else None,
        row.hold.releases_at if row.hold else None,
        row.released_at,
        row.payout,
        now,
        said,
    )
