"""A seller gives back of its own order: its part of a payment alone."""

from __future__ import annotations

from typing import Any

from flask import Response
from werkzeug.wrappers import Response as BaseResponse

from checkout.identity.access import Reach
from checkout.orders.queries import find_within
from checkout.pages import access, refund_desk
from checkout.pages.refund_desk import Desk
from checkout.pages.seller_frame import Seller, of_a_seller
from checkout.payments.queries import get_view
from checkout.refunds.commands import RequestRefund
from checkout.refunds.look import refundable_of


def make_blueprint() -> access.PeopleBlueprint:
    blueprint = access.PeopleBlueprint("seller_refund", url_prefix="/seller/orders")
    blueprint.add_url_rule("/<order>/refund", "ask", ask)
    blueprint.add_url_rule("/<order>/refund", "send", send, methods=["POST"])
    return blueprint


@access.page_requires("refunds:write")
@access.after_step_up
@of_a_seller
def ask(seller: Seller, order: str) -> Response:
    return refund_desk.ask(_desk(seller, order))


@access.page_requires("refunds:write")
@access.after_step_up
@of_a_seller
def send(seller: Seller, order: str) -> BaseResponse:
    return refund_desk.send(_desk(seller, order))


def _desk(seller: Seller, order: str) -> Desk:
    """
    Raises:
        NotFound: malformed, unknown and another seller's order alike.
    """
    found = find_within(order, Reach(sellers=frozenset({seller.id})))

    def show(*, status: int = 200, **data: Any) -> Response:
        return seller.show("seller/refund.html", status=status, order=found, **data)

    return Desk(
        view=get_view(found.payment_id),
        refundable=refundable_of(found.payment_id).of_order(found.id),
        base=RequestRefund(
            payment_id=found.payment_id, only_order=found.id, only_sellers=frozenset({seller.id})
        ),
        here=lambda **values: seller.url("seller_refund.ask", order=found.public_id, **values),
        show=show,
        done=lambda refund: seller.url(
            "seller_orders.show", order=found.public_id, done="refunded", _anchor=refund
        ),
    )
