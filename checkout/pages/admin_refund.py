"""Giving a payment back, whole or in part; and calling one of its orders off."""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from checkout.core.errors import InvalidParameter
from checkout.core.ids import decode, encode
from checkout.idempotency import InProgress, KeyReused
from checkout.orders.errors import InvalidOrderState
from checkout.orders.queries import find_within
from checkout.orders.views import OrderView
from checkout.pages import access, once, refund_desk
from checkout.pages.people_page import show as show_page
from checkout.pages.refund_desk import Desk
from checkout.payments.errors import InvalidPaymentState
from checkout.psp import registry
from checkout.refunds.cancel_order import WHY_NOT, cancel_order
from checkout.refunds.commands import RequestRefund
from checkout.refunds.errors import PaymentDisputed, RefundExceedsCaptured
from checkout.refunds.look import refundable_of
from checkout.refunds.request import NOTE_LENGTH
from checkout.reporting.payment import payment_within

CANCEL_REFUSALS = (
    InvalidOrderState,
    InvalidPaymentState,
    InvalidParameter,
    PaymentDisputed,
    RefundExceedsCaptured,
    KeyReused,
    InProgress,
)


def make_blueprint() -> access.PeopleBlueprint:
    blueprint = access.PeopleBlueprint("admin_refund", url_prefix="/admin")
    blueprint.add_url_rule("/payments/<payment>/refund", "ask", ask)
    blueprint.add_url_rule("/payments/<payment>/refund", "send", send, methods=["POST"])
    blueprint.add_url_rule("/orders/<order>/cancel", "ask_cancel", ask_cancel)
    blueprint.add_url_rule("/orders/<order>/cancel", "cancel", cancel, methods=["POST"])
    return blueprint


@access.page_requires("refunds:write")
@access.after_step_up
def ask(payment: str) -> Response:
    return refund_desk.ask(_desk(payment))


@access.page_requires("refunds:write")
@access.after_step_up
def send(payment: str) -> BaseResponse:
    return refund_desk.send(_desk(payment))


@access.page_requires("orders:write")
def ask_cancel(order: str) -> Response:
    return _cancel_page(find_within(order, access.reach()))


@access.page_requires("orders:write")
def cancel(order: str) -> BaseResponse:
    """Its money goes back in the same transaction. Sent twice, the second shows the first one's refund."""
    found, note = find_within(order, access.reach()), request.form.get("note", "").strip() or None

    def work(session: Session) -> str:
        refund = cancel_order(
            session, found.id, psp=registry.current(), cause=access.person_cause(), note=note
        )
        made = encode("re", refund)
        if not access.may("payments:read"):
            return url_for("admin_refund.ask_cancel", order=found.public_id)
        return _payment_url(found, made)

    try:
        return redirect(once.sent_once(work), 303)
    except CANCEL_REFUSALS as refusal:
        said = (refusal.detail or "").strip().rstrip(".")
        status = 422 if isinstance(refusal, InvalidParameter) else 409
        return _cancel_page(
            find_within(order, access.reach()), status=status, problem=f"{said[:1].upper()}{said[1:]}."
        )


def _desk(payment: str) -> Desk:
    view = payment_within(decode("pay", payment), access.reach())

    def show(*, status: int = 200, **data: Any) -> Response:
        return show_page("admin/refund.html", status=status, **data)

    return Desk(
        view=view,
        refundable=refundable_of(view.id),
        base=RequestRefund(payment_id=view.id),
        here=lambda **values: url_for("admin_refund.ask", payment=view.public_id, **values),
        show=show,
        done=lambda refund: url_for(
            "admin_payments.show", payment=view.public_id, done="refunded", _anchor=refund
        ),
    )


def _payment_url(order: OrderView, refund: str) -> str:
    payment = encode("pay", order.payment_id)
    return url_for("admin_payments.show", payment=payment, done="canceled", _anchor=refund)


def _cancel_page(order: OrderView, *, status: int = 200, problem: str = "") -> Response:
    why_not = WHY_NOT.get(order.status, "")
    if not why_not and any(line.shipped_quantity for line in order.lines):
        why_not = "a part of the order has been shipped: refund the rest by its lines"
    return show_page(
        "admin/cancel_order.html",
        status=status,
        order=order,
        why_not=f"{why_not[:1].upper()}{why_not[1:]}." if why_not else "",
        payment=encode("pay", order.payment_id),
        left=order.amount - order.amount_refunded,
        problem=problem,
        form_key=once.new_key(),
        note=request.form.get("note", ""),
        note_length=NOTE_LENGTH,
    )
