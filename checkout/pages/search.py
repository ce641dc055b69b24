"""One field for everything: an exact id leads straight to its page, anything else to what was found, by kind."""

from __future__ import annotations

import re
from typing import Final

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from checkout.core.ids import SUFFIX_LENGTH
from checkout.core.text import contains_card_number
from checkout.identity.access import Reach
from checkout.pages import access
from checkout.pages.payment_words import ORDER_STATES, PAYMENT_STATES
from checkout.pages.people_page import show
from checkout.reporting import search as reading
from checkout.reporting.paging import Cut
from checkout.reporting.people import list_users

MOST_LENGTH: Final = 200
_ID: Final = re.compile(rf"[a-z]{{2,3}}_[0-9a-z]{{{SUFFIX_LENGTH}}}")
_NOTHING: Final = Reach()


def make_blueprint() -> access.PeopleBlueprint:
    blueprint = access.PeopleBlueprint("search")
    blueprint.add_url_rule("/search", "find", find)
    return blueprint


@access.page_requires("search:read")
def find() -> BaseResponse:
    """What the person's roles let them read, and no hint of anything else."""
    text = request.args.get("q", "").strip()
    problem = _problem(text)
    if not text or problem:
        return show(
            "search.html", status=422 if problem else 200, searched=text[:MOST_LENGTH], problem=problem
        )
    payments = reading.find_payments(text, _reach("payments:read"))
    orders = reading.find_orders(text, _reach("orders:read"))
    sellers = reading.find_sellers(text, _reach("sellers:read"))
    users = list_users(Cut(limit=reading.SHOWN + 1), text=text).rows if access.may("users:read") else ()
    if _ID.fullmatch(text.lower()) and (there := _page_of(payments, orders)):
        return redirect(there, 303)
    return show(
        "search.html",
        searched=text,
        payments=payments,
        orders=orders,
        sellers=sellers,
        users=users,
        shown=reading.SHOWN,
        states=PAYMENT_STATES,
        order_states=ORDER_STATES,
    )


def _page_of(payments: object, orders: object) -> str:
    """The page of the one thing that an id names."""
    for found in payments if isinstance(payments, list) else ():
        return url_for("admin_payments.show", payment=found.public_id)
    if access.may("payments:read"):
        for order in orders if isinstance(orders, list) else ():
            return url_for("admin_payments.show", payment=order.payment_public_id, _anchor=order.public_id)
    return ""


def _reach(permission: str) -> Reach:
    return access.principal().reach(permission) if access.may(permission) else _NOTHING


def _problem(text: str) -> str:
    if len(text) > MOST_LENGTH or not text.isprintable():
        return f"At most {MOST_LENGTH} characters, all of them visible."
    if contains_card_number(text):
        return "This looks like a card number: it is not searched for, nor kept."
    return ""
