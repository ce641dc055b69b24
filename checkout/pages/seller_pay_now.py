"""Pay out now: what would be paid and what would not, then the payout. Sent twice, it is made once."""

from __future__ import annotations

from typing import Final

from flask import Response, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from checkout.core import clock
from checkout.core.currencies import CODES
from checkout.core.errors import NotFound
from checkout.ledger.seller_balances import in_currency
from checkout.pages import access
from checkout.pages.seller_frame import Seller, of_a_seller
from checkout.payouts.eligibility import NotPayable, Payable
from checkout.payouts.errors import CurrencyNotPaidOut, PayoutNotEligible
from checkout.payouts.request import INSTANT_FEE_BPS, INSTANT_UNITS_A_DAY, Method, request_payout, terms_of
from checkout.payouts.reserve import APPROVAL_UNITS
from checkout.psp import registry
from checkout.reporting import seller_money
from checkout.reporting.paging import Cut
from checkout.reporting.seller_orders import still_held
from checkout.reporting.seller_payouts import PayoutFilter, list_payouts

SHOWN: Final = 10
METHODS: Final[dict[str, Method]] = {"standard": "standard", "instant": "instant"}


def make_blueprint() -> access.PeopleBlueprint:
    blueprint = access.PeopleBlueprint("seller_pay_now", url_prefix="/seller/pay-now")
    blueprint.add_url_rule("", "ask", ask)
    blueprint.add_url_rule("", "pay", pay, methods=["POST"])
    return blueprint


@access.page_requires("payouts:write")
@access.after_step_up
@of_a_seller
def ask(seller: Seller) -> Response:
    return _page(seller, _currency())


@access.page_requires("payouts:write")
@access.after_step_up
@of_a_seller
def pay(seller: Seller) -> BaseResponse:
    """A payout made since the form was shown is this one: whoever sends the form again sees it."""
    currency, method = _currency(), METHODS.get(request.form.get("method", ""))
    if method is None:
        return _page(seller, currency, status=422, problem="Choose how it is paid.")
    made = _newest(seller, currency)
    if made == request.form.get("newest", ""):
        try:
            made = request_payout(
                seller_id=seller.id,
                currency=currency,
                method=method,
                psp=registry.current(),
                cause=access.person_cause(),
            ).public_id
        except PayoutNotEligible as refusal:
            made = _newest(seller, currency)
            if made == request.form.get("newest", ""):
                return _page(seller, currency, status=409, problem=str(refusal.detail))
    return redirect(seller.url("seller_payouts.show", payout=made), 303)


def _page(seller: Seller, currency: str, *, status: int = 200, problem: str = "") -> Response:
    now = clock.utcnow()
    balance = in_currency(seller.id, currency)
    held = still_held(seller.id, currency, before=now, now=now, limit=SHOWN)
    return seller.show(
        "seller/pay_now.html",
        status=status,
        problem=problem,
        currency=currency,
        balance=balance,
        standard=_payable(seller, currency, "standard"),
        instant=_payable(seller, currency, "instant"),
        instant_percent=INSTANT_FEE_BPS // 100,
        instant_units=INSTANT_UNITS_A_DAY,
        approval_units=APPROVAL_UNITS,
        held=held[:SHOWN],
        more_held=len(held) > SHOWN,
        newest=_newest(seller, currency),
        chosen=request.form.get("method", "standard"),
    )


def _payable(seller: Seller, currency: str, method: Method) -> Payable | NotPayable:
    try:
        terms = terms_of(method, currency, registry.current())
    except CurrencyNotPaidOut:
        return NotPayable("currency_not_paid_out")
    return seller_money.payable_now(seller.id, in_currency(seller.id, currency), terms, clock.utcnow())


def _newest(seller: Seller, currency: str) -> str:
    """The id of the seller's newest payout in the currency; nothing where there is none."""
    page = list_payouts(PayoutFilter(seller_id=seller.id, currency=currency), Cut(limit=1))
    return page.rows[0].public_id if page.rows else ""


def _currency() -> str:
    currency = request.values.get("currency", "").upper()
    if currency not in CODES:
        raise NotFound("no such currency")
    return currency
