"""Whose pages these are: a seller's people see their own; whoever may see several says which in the address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final
from uuid import UUID

from flask import Response, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from checkout.core.errors import NotFound
from checkout.core.ids import decode, encode
from checkout.identity.access import Reach
from checkout.pages import access
from checkout.pages.people_page import show as show_page
from checkout.sellers.queries import SellerView, get_seller, list_sellers

OFFERED: Final = 200  # further ones are opened from the list of sellers


@dataclass(frozen=True, slots=True)
class Seller:
    """The seller of the page. `named`: the address says which, and every link goes on saying it."""

    view: SellerView
    named: bool

    @property
    def id(self) -> UUID:
        return self.view.id

    @property
    def kept(self) -> dict[str, str]:
        """What every address of this seller's pages repeats."""
        return {"seller": self.view.public_id} if self.named else {}

    def url(self, endpoint: str, **values: Any) -> str:
        return url_for(endpoint, **{**values, **self.kept})

    def show(self, template: str, *, status: int = 200, **data: Any) -> Response:
        return show_page(
            template, status=status, seller=self.view, kept=self.kept, seller_url=self.url, **data
        )


def of_a_seller(view: Callable[..., BaseResponse]) -> Callable[..., BaseResponse]:
    """The view gets the seller; who may see several and names none is asked to choose."""

    @wraps(view)
    def found(*pages: Any, **values: Any) -> BaseResponse:
        seller = _seller(access.reach(), request.values.get("seller", ""))
        return _choose() if seller is None else view(*pages, seller, **values)

    return found


def _seller(reach: Reach, named: str) -> Seller | None:
    """
    Raises:
        NotFound: malformed, unknown and outside the reach alike.
    """
    if named:
        seller_id = decode("sel", named)
        if not reach.holds(seller_id=seller_id):
            raise NotFound("no such seller")
        return Seller(get_seller(seller_id), named=True)
    if reach.everything or len(reach.sellers) != 1:
        return None
    (only,) = reach.sellers
    return Seller(get_seller(only), named=False)


def _choose() -> Response:
    reach = access.reach()
    sellers = list_sellers(limit=OFFERED + 1, only=None if reach.everything else reach.sellers)
    return show_page(
        "seller/choose.html",
        sellers=sellers[:OFFERED],
        more=len(sellers) > OFFERED,
        choose=lambda view: url_for(
            str(request.endpoint), **(request.view_args or {}), seller=encode("sel", view.id)
        ),
    )
