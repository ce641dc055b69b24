"""Sellers of the platform, read. What is done to them is seller_actions.py."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from checkout.api import examples
from checkout.api.answers import listing, resource
from checkout.api.auth import reach
from checkout.api.blueprint import ApiBlueprint
from checkout.api.cursors import Place
from checkout.api.lists import list_json, window_of
from checkout.api.representations import as_bytes, seller_json
from checkout.api.schemas.queries import PageQuery
from checkout.api.schemas.responses import Seller, SellerList
from checkout.core.errors import NotFound
from checkout.core.ids import decode
from checkout.sellers.queries import get_seller
from checkout.sellers.queries import list_sellers as page_of_sellers

sellers = ApiBlueprint("sellers", __name__, description="Whose goods are sold, and under which fees.")

SELLER_ID = {
    "in": "path",
    "name": "seller_id",
    "schema": {"type": "string", "maxLength": 64},
    "description": "sel_…",
    "example": examples.ADA,
}


@sellers.route("/v1/sellers", methods=["GET"])
@sellers.requires("sellers:read")
@sellers.answers(
    200, SellerList, description="A page of sellers, newest first.", example=examples.SELLER_LIST
)
@sellers.refuses("invalid_cursor")
@sellers.takes(PageQuery)
def list_sellers(query: dict[str, Any]) -> Response:
    """List sellers

    All sellers of the platform, since each may sell in every storefront; a seller sees itself alone.
    """
    window = window_of("sellers", query)
    rows = page_of_sellers(
        limit=window.limit + 1, after=window.after, before=window.before, only=own_sellers()
    )
    page = list_json(
        "sellers",
        window,
        rows,
        place_of=lambda view: Place(view.created_at, view.id),
        show=seller_json,
    )
    return listing(as_bytes(page))


@sellers.route("/v1/sellers/<seller_id>", methods=["GET"], parameters=[SELLER_ID])
@sellers.requires("sellers:read")
@sellers.answers(200, Seller, description="The seller.", example=examples.SELLER)
@sellers.answers(304, description="It is as the ETag in If-None-Match says.")
@sellers.refuses("not_found")
def read_seller(seller_id: str) -> Response:
    """Read a seller

    With the fee plans in force.
    """
    id, only = decode("sel", seller_id), own_sellers()
    if only is not None and id not in only:
        raise NotFound("no such seller")
    return resource(as_bytes(seller_json(get_seller(id))))


def own_sellers() -> frozenset[UUID] | None:
    """The caller's own sellers; None, which is all, for a storefront: each seller may sell in it. For a call that
    changes a seller, `not_for="storefront"` has taken the storefronts out of the reach."""
    found = reach()
    return None if found.everything or found.storefronts else found.sellers
