"""Every movement of a seller's money with the balance after it, one account in one currency at a time."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from flask import Response, request

from checkout.core import clock
from checkout.core.ids import encode
from checkout.explanations import Ref
from checkout.explanations.of_balance import ref_of_movement
from checkout.ledger.seller_balances import Movement, movements, of_seller
from checkout.pages import access
from checkout.pages.csv_file import amount_cells, csv_response
from checkout.pages.filters import Filters, Wanted, read_filters
from checkout.pages.seller_frame import Seller, of_a_seller
from checkout.pages.seller_words import ACCOUNTS, movement_word
from checkout.reporting.paging import EXPORTED, PAGE_ROWS
from checkout.wording import money as wording

LARGEST: Final = 2**63 - 1
HEADER: Final = (
    "number effective_at account type source order amount_minor amount currency balance_minor balance generated_at"
    " filter"
).split()


class SellerBalances:
    """The views; they share the zone that a file's day is meant in."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone

    def blueprint(self) -> access.PeopleBlueprint:
        blueprint = access.PeopleBlueprint("seller_balance", url_prefix="/seller")
        blueprint.add_url_rule("/balance", "index", self.index)
        blueprint.add_url_rule("/balance.csv", "export", self.export)
        return blueprint

    @access.page_requires("balances:read")
    @of_a_seller
    def index(self, seller: Seller) -> Response:
        filters, currency, account = _asked(seller)
        rows: list[Movement] = []
        after, before = _number("after"), _number("before")
        if currency and not filters.problems:
            before = None if after is not None else before
            rows = movements(seller.id, currency, account, limit=PAGE_ROWS + 1, after=after, before=before)
        more = len(rows) > PAGE_ROWS
        shown = (rows[1:] if before is not None else rows[:PAGE_ROWS]) if more else rows
        return seller.show(
            "seller/balance.html",
            status=422 if filters.problems else 200,
            filters=filters,
            currency=currency,
            account=ACCOUNTS[account],
            explained=f"/explain/{seller.view.public_id}/balance.{account}.{currency}" if currency else None,
            why=_why,
            rows=shown,
            older=shown[-1].number if shown and (more or before is not None) else None,
            newer=shown[0].number if shown and (after is not None or (before is not None and more)) else None,
            movement_word=movement_word,
            order_of=lambda row: encode("ord", row.order_id) if row.order_id else None,
        )

    @access.page_requires("balances:read")
    @of_a_seller
    def export(self, seller: Seller) -> Response:
        filters, currency, account = _asked(seller)
        now = clock.utcnow()
        rows: list[Movement] = []
        if currency and not filters.problems:
            rows = movements(seller.id, currency, account, limit=EXPORTED)
        day, said = now.astimezone(self._zone).date(), filters.said()
        cells = [_cells(row, account, now, said) for row in rows]
        return csv_response("balance", day, HEADER, cells, said=said, of=seller.view.public_id)


def _asked(seller: Seller) -> tuple[Filters, str | None, str]:
    """The filter with its currency, the first there is where none was asked for, and its account."""
    held = [balance.currency for balance in of_seller(seller.id)]
    wanted = (
        Wanted("account", "Account", options=list(ACCOUNTS.items())),
        Wanted("currency", "Currency", options=[(code, code) for code in held]),
    )
    path = seller.url("seller_balance.index").partition("?")[0]
    filters = read_filters(path, wanted, request.args, seller.kept)
    return (
        filters,
        filters.values.get("currency", held[0] if held else None),
        filters.values.get("account", "available"),
    )


def _why(row: Movement) -> str | None:
    """Where the movement's amount is explained: its payout's, its order's."""
    order = encode("ord", row.order_id) if row.order_id else None
    ref = ref_of_movement(row.kind, row.source, row.order_id) or (Ref(order, "net") if order else None)
    return f"/explain/{ref}" if ref else None


def _number(name: str) -> int | None:
    """Where the page begins; what is no number of a movement begins at the newest."""
    text = request.args.get(name, "")
    fits = text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST))
    return int(text) if fits and int(text) <= LARGEST else None


def _cells(row: Movement, account: str, now: datetime, said: str) -> tuple[str | int | datetime | None, ...]:
    return (
        row.number,
        row.effective_at,
        account,
        row.kind,
        row.source,
        encode("ord", row.order_id) if row.order_id else None,
        *amount_cells(row.amount),
        row.balance.amount_minor,
        wording.decimal_text(row.balance),
        now,
        said,
    )
