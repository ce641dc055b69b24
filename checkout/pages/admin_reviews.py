"""Payments in review: a person reads why, and approves or rejects with a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from checkout.core import clock
from checkout.core.errors import InvalidParameter
from checkout.core.ids import decode
from checkout.db.session import atomic
from checkout.pages import access
from checkout.pages.password_pages import sentence
from checkout.pages.payment_words import shopper_word
from checkout.pages.people_page import show as show_page
from checkout.payments.errors import InvalidPaymentState
from checkout.payments.review import REASON_LENGTH, approve_review, reject_review
from checkout.payments.waiting import CLOSE_REVIEW_AFTER
from checkout.reporting.payment import open_reviews, payment_within
from checkout.wording import times

DECISIONS: Final[dict[str, Callable[..., None]]] = {"approve": approve_review, "reject": reject_review}
DONE: Final = {
    "approve": "Approved: the money is the orders'.",
    "reject": "Rejected: the orders are canceled. What was taken is to be given back; an alert says how much.",
}


def make_blueprint() -> access.PeopleBlueprint:
    blueprint = access.PeopleBlueprint("admin_reviews", url_prefix="/admin/reviews")
    blueprint.add_url_rule("", "index", index)
    blueprint.add_url_rule("/<payment>", "decide", decide, methods=["POST"])
    return blueprint


@access.page_requires("payments:read")
def index() -> Response:
    return _page(done=DONE.get(request.args.get("done", ""), ""))


@access.page_requires("payments:review")
def decide(payment: str) -> BaseResponse:
    """One decision. A second one, or one that came too late, is told so."""
    view = payment_within(decode("pay", payment), access.reach())
    decision, reason = request.form.get("decision", ""), request.form.get("reason", "")
    if decision not in DECISIONS:
        return _page(status=422, problem="Choose to approve or to reject.", about=view.public_id)
    try:
        with atomic() as session:
            DECISIONS[decision](session, view.id, reason=reason, cause=access.person_cause())
    except InvalidParameter as refusal:
        return _page(status=422, problem=sentence(refusal), about=view.public_id, reason=reason)
    except InvalidPaymentState as refusal:
        return _page(status=409, problem=f"{refusal.detail}.", about=view.public_id, reason=reason)
    return redirect(url_for("admin_reviews.index", done=decision), 303)


def _page(
    *, status: int = 200, done: str = "", problem: str = "", about: str = "", reason: str = ""
) -> Response:
    """`about`: the payment whose form was refused; it keeps what was typed."""
    reviews = open_reviews(access.principal().reach("payments:read"))
    shown = {review.view.public_id for review in reviews}
    return show_page(
        "admin/reviews.html",
        status=status,
        reviews=reviews,
        done=done,
        problem=problem,
        about=about if about in shown else "",
        reason=reason[:REASON_LENGTH],
        reason_length=REASON_LENGTH,
        masked=shopper_word,
        age=lambda review: times.duration(clock.utcnow() - review.since),
        closes_at=lambda review: review.since + CLOSE_REVIEW_AFTER,
    )
