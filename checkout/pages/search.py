"""One field for everything: an exact id leads straight to its page, anything else to what was found, by kind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from checkout.approvals import get_approval
from checkout.core.errors import NotFound
from checkout.core.ids import SUFFIX_LENGTH, decode
from checkout.core.text import contains_card_number
from checkout.identity import api_keys
from checkout.identity.access import Reach
from checkout.pages import access
from checkout.pages.payment_words import ORDER_STATES, PAYMENT_STATES
from checkout.pages.people_page import show
from checkout.pages.seller_words import PAYOUT_WORDS
from checkout.reporting import search as reading
from checkout.reporting import search_ids
from checkout.reporting.paging import Cut
from checkout.reporting.people import get_user, list_users
from checkout.reporting.search import FoundOrder, FoundPayment
from checkout.reporting.search_ids import FoundPayout
from checkout.sellers.queries import get_seller
from checkout.statements import statement_within
from checkout.wallets.customers import customer_within

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
    payouts = search_ids.find_payouts(text, _reach("payouts:read"), limit=reading.SHOWN + 1)
    users = list_users(Cut(limit=reading.SHOWN + 1), text=text).rows if access.may("users:read") else ()
    is_id = _ID.fullmatch(text.lower()) is not None
    if is_id and (there := _page_of(payments, orders, payouts) or _page_named(text.lower())):
        return redirect(there, 303)
    return show(
        "search.html",
        searched=text,
        payments=payments,
        orders=orders,
        sellers=sellers,
        payouts=payouts,
        users=users,
        request_id=text if text.startswith("req_") and access.may("audit:read") else "",
        payout_states=PAYOUT_WORDS,
        shown=reading.SHOWN,
        states=PAYMENT_STATES,
        order_states=ORDER_STATES,
    )


def _page_of(
    payments: Sequence[FoundPayment], orders: Sequence[FoundOrder], payouts: Sequence[FoundPayout]
) -> str:
    """The page of the one thing that an id names; a request may have touched several."""
    if len(payments) == 1:
        return url_for("admin_payments.show", payment=payments[0].public_id)
    if orders and access.may("payments:read"):
        return url_for(
            "admin_payments.show", payment=orders[0].payment_public_id, _anchor=orders[0].public_id
        )
    if payouts:
        found = payouts[0]
        return url_for("seller_payouts.show", payout=found.public_id, seller=found.seller_public_id)
    return ""


def _page_named(id: str) -> str:
    """The page of an account, a seller, a customer, a proposal or a statement, where this person may see it; else nothing."""
    prefix = id.partition("_")[0]
    try:
        if prefix == "usr" and access.may("users:read"):
            return url_for("admin_users.show", user=get_user(decode("usr", id)).public_id)
        if prefix == "sel" and access.may("alerts:read"):
            return url_for("admin_sellers.show", seller=get_seller(decode("sel", id)).public_id)
        if prefix == "apr" and access.may("approvals:read"):
            waits = get_approval(decode("apr", id)).status == "pending"
            return url_for("finance_approvals.index", _anchor=id if waits else "ended")
        if prefix == "stm" and access.may("balances:read"):
            statement = statement_within(id, access.principal().reach("balances:read"))
            return url_for("seller_statements.show", statement=statement.public_id)
        if prefix == "cus" and access.may("wallets:read"):
            customer = customer_within(id, access.principal().reach("wallets:read"))
            return url_for("admin_customers.show", customer=customer.public_id)
        if prefix == "key" and access.may("keys:read"):
            api_keys.get_key(decode("key", id), reach=access.principal().reach("keys:read"))
            return url_for("developers_keys.index", _anchor=id)
    except NotFound:
        pass
    return ""


def _reach(permission: str) -> Reach:
    return access.principal().reach(permission) if access.may(permission) else _NOTHING


def _problem(text: str) -> str:
    if len(text) > MOST_LENGTH or not text.isprintable():
        return f"At most {MOST_LENGTH} characters, all of them visible."
    if contains_card_number(text):
        return "This looks like a card number: it is not searched for, nor kept."
    return ""
