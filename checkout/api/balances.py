"""What a seller has: four amounts per currency, and the movements behind each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from checkout.api import fulfilment_examples
from checkout.api.answers import listing, resource
from checkout.api.auth import reach
from checkout.api.blueprint import ApiBlueprint
from checkout.api.cursors import EPOCH, Place
from checkout.api.lists import list_json, window_of
from checkout.api.representations import as_bytes, moment
from checkout.api.schemas.balances import AsOfQuery, BalanceEntriesQuery, BalanceEntryList, SellerBalances
from checkout.api.sellers import SELLER_ID
from checkout.core.currencies import exponent
from checkout.core.ids import encode
from checkout.ledger import seller_balances
from checkout.ledger.seller_balances import Movement, SellerBalance
from checkout.orders.within import seller_within

balances = ApiBlueprint(
    "balances", __name__, description="What sellers have, and where each amount comes from."
)


@balances.route("/v1/sellers/<seller_id>/balance", methods=["GET"], parameters=[SELLER_ID])
@balances.requires("balances:read")
@balances.answers(200, SellerBalances, description="The balances.", example=fulfilment_examples.BALANCE)
@balances.answers(304, description="They are as the ETag in If-None-Match says.")
@balances.refuses("not_found")
@balances.takes(AsOfQuery)
def read_balance(seller_id: str, query: dict[str, Any]) -> Response:
    """Read a seller's balances

    On hold until delivery and the days after it; available; reserved; on its way to the seller's bank. Now, or as they
    were at a time.
    """
    id, at = seller_within(seller_id, reach()), query.get("at")
    document = {
        "object": "seller_balance",
        "seller": encode("sel", id),
        "at": moment(at) if at else None,
        "balances": [_balance_json(line) for line in seller_balances.of_seller(id, at=at)],
    }
    return resource(as_bytes(document))


@balances.route("/v1/sellers/<seller_id>/balance/entries", methods=["GET"], parameters=[SELLER_ID])
@balances.requires("balances:read")
@balances.answers(
    200, BalanceEntryList, description="A page of movements.", example=fulfilment_examples.BALANCE_ENTRIES
)
@balances.refuses("not_found", "invalid_cursor")
@balances.takes(BalanceEntriesQuery)
def list_entries(seller_id: str, query: dict[str, Any]) -> Response:
    """List the movements of a balance

    Newest first, each with what stood there after it.
    """
    id, currency, of = seller_within(seller_id, reach()), query["currency"], query["of"]
    name = f"balance_entries:{seller_id}:{currency}:{of}"
    window = window_of(name, query)
    rows = seller_balances.movements(
        id,
        currency,
        of,
        limit=window.limit + 1,
        after=window.after.id.int if window.after else None,
        before=window.before.id.int if window.before else None,
    )
    page = list_json(name, window, rows, place_of=_place, show=_movement_json)
    return listing(as_bytes(page))


def _place(movement: Movement) -> Place:
    """Movements have numbers: the cursor carries one where others have an id."""
    return Place(EPOCH, UUID(int=movement.number))


def _balance_json(line: SellerBalance) -> dict[str, Any]:
    return {
        "currency": line.currency,
        "currency_exponent": exponent(line.currency),
        "on_hold": line.on_hold.amount_minor,
        "available": line.available.amount_minor,
        "reserved": line.reserved.amount_minor,
        "in_transit": line.in_transit.amount_minor,
    }


def _movement_json(movement: Movement) -> dict[str, Any]:
    return {
        "entry": encode("jrn", movement.entry_id),
        "object": "balance_entry",
        "type": movement.kind,
        "created_at": moment(movement.effective_at),
        "amount": movement.amount.amount_minor,
        "balance": movement.balance.amount_minor,
        "currency": movement.amount.currency,
        "currency_exponent": exponent(movement.amount.currency),
        "order": encode("ord", movement.order_id) if movement.order_id else None,
        "source": movement.source,
    }
