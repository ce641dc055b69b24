"""The way of a refund at a desk, for the platform's people and for sellers': say what, see what it does, confirm it once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from flask import Response, redirect, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from checkout.core.errors import DomainError, InvalidParameter
from checkout.core.money import CurrencyMismatch, total
from checkout.idempotency import InProgress, KeyReused
from checkout.pages import access, once
from checkout.pages.payment_money import Equation, Term
from checkout.pages.refund_effects import effects_of
from checkout.pages.refund_form import (
    DESTINATIONS,
    REASONS,
    TYPED_UNITS,
    is_typed,
    line_field,
    order_field,
    refuse_untyped,
    with_what,
    with_why,
)
from checkout.payments.errors import InvalidPaymentState
from checkout.payments.views import PaymentView
from checkout.psp import registry
from checkout.refunds.commands import RequestRefund
from checkout.refunds.errors import PaymentDisputed, RefundExceedsCaptured
from checkout.refunds.look import Refundable, look_at_refund
from checkout.refunds.refund import lock_refund
from checkout.refunds.request import APPROVAL_UNITS, NOTE_LENGTH, request_refund

REFUSALS: Final = (
    InvalidParameter,
    RefundExceedsCaptured,
    PaymentDisputed,
    InvalidPaymentState,
    CurrencyMismatch,
    KeyReused,
    InProgress,
)
SENT_OTHERWISE: Final = "This form was sent before, filled in otherwise. Look again before you send it"


class LeftChanged(InvalidParameter):
    """Between the look and the confirmation something else went back."""


@dataclass(frozen=True, slots=True)
class Desk:
    """`base` names what may be touched; `here` is the page's address, which takes what the form says; `show` renders it;
    `done` is the address of a refund that was made."""

    view: PaymentView
    refundable: Refundable
    base: RequestRefund
    here: Callable[..., str]
    show: Callable[..., Response]
    done: Callable[[str], str]


def ask(desk: Desk) -> Response:
    """The form; where the address says what goes back, the look at it."""
    if not request.args.get("by") or "edit" in request.args:
        return _form(desk, request.args)
    try:
        command = with_what(request.args, desk.refundable, desk.base)
        return _look(desk, command, request.args)
    except REFUSALS as refusal:
        return _form(desk, request.args, status=_status(refusal), problem=_sentence(refusal))


def send(desk: Desk) -> BaseResponse:
    """The refund, once for each form that was shown. Where it is not what was shown, it is shown again instead."""
    command = None
    try:
        command = with_what(request.form, desk.refundable, desk.base)
        whole = with_why(request.form, command)
        return redirect(once.sent_once(lambda session: _request(session, desk, whole)), 303)
    except REFUSALS as refusal:
        status, problem = _status(refusal), _sentence(refusal)
    if command is None:
        return _form(desk, request.form, status=status, problem=problem)
    try:
        return _look(desk, command, request.form, status=status, problem=problem)
    except REFUSALS:
        return _form(desk, request.form, status=status, problem=problem)


def _request(session: Session, desk: Desk, command: RequestRefund) -> str:
    refund = lock_refund(
        session, request_refund(session, command, psp=registry.current(), cause=access.person_cause())
    )
    if str(refund.amount.amount_minor) != request.form.get("shown"):
        raise LeftChanged.at("/shown", "What is left has changed since you looked. This is what it is now.")
    refuse_untyped(request.form, refund.amount)
    return desk.done(refund.public_id)


def _form(desk: Desk, values: Mapping[str, str], *, status: int = 200, problem: str = "") -> Response:
    return desk.show(status=status, problem=problem, look=None, **_shared(desk, values))


def _look(
    desk: Desk, command: RequestRefund, values: Mapping[str, str], *, status: int = 200, problem: str = ""
) -> Response:
    look = look_at_refund(command, psp=registry.current(), cause=access.person_cause())
    asked = _asked(desk, values)
    return desk.show(
        status=status,
        problem=problem,
        look=look,
        effects=effects_of(look, {order.seller_id: order.seller_name for order in desk.view.orders}),
        left_after=desk.refundable.left - look.refund.amount,
        typed=is_typed(look.refund.amount),
        asked=asked,
        form_page=desk.here(**asked),
        edit_url=desk.here(**asked, edit="yes"),
        form_key=once.new_key(),
        reasons=REASONS,
        note_length=NOTE_LENGTH,
        **_shared(desk, values),
    )


def _shared(desk: Desk, values: Mapping[str, str]) -> dict[str, Any]:
    return {
        "page_url": desk.here(),
        "view": desk.view,
        "orders": _orders(desk),
        "left": desk.refundable.left,
        "left_of": _left_of(desk.refundable),
        "disputed": desk.refundable.payment.disputed,
        "values": values,
        "line_field": line_field,
        "order_field": order_field,
        "destinations": DESTINATIONS,
        "approval_units": APPROVAL_UNITS,
        "typed_units": TYPED_UNITS,
    }


def _orders(desk: Desk) -> list[dict[str, Any]]:
    """Each order that may be touched, with what is left of it and of its lines."""
    names = {line.id: line for order in desk.view.orders for line in order.lines}
    views = {order.id: order for order in desk.view.orders}
    return [
        {
            "view": views[share.id],
            "share": share,
            "lines": [
                (names[line.id], line)
                for line in sorted(
                    (line for line in desk.refundable.lines.values() if line.order_id == share.id),
                    key=lambda line: _position(views[share.id].lines, line.id),
                )
            ],
        }
        for share in desk.refundable.shares
    ]


def _left_of(refundable: Refundable) -> Equation:
    shares, currency = refundable.shares, refundable.payment.currency
    refunded = total([share.refunded for share in shares], currency)
    withdrawn = total([share.withdrawn for share in shares], currency)
    return Equation(
        "left of it",
        (
            Term("ordered", total([share.amount for share in shares], currency)),
            Term("refunded", refunded, -1),
            *((Term("taken back by the shopper's bank", withdrawn, -1),) if withdrawn else ()),
        ),
        total([share.left for share in shares], currency),
    )


def _position(lines: tuple[Any, ...], id: UUID) -> int:
    return next(index for index, line in enumerate(lines) if line.id == id)


def _asked(desk: Desk, values: Mapping[str, str]) -> dict[str, str]:
    """What the form that confirms says again of what was looked at."""
    fields = ["by", "amount", "logistics", "to"]
    fields += [line_field(id) for id in desk.refundable.lines]
    fields += [order_field(share.id) for share in desk.refundable.shares]
    return {name: values[name] for name in fields if values.get(name)}


def _status(refusal: DomainError) -> int:
    return 422 if isinstance(refusal, InvalidParameter | CurrencyMismatch) else 409


def _sentence(refusal: DomainError) -> str:
    said = (SENT_OTHERWISE if isinstance(refusal, KeyReused) else refusal.detail or "").strip().rstrip(".")
    return f"{said[:1].upper()}{said[1:]}."
