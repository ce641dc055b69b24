"""`flask payments`: look at payments, their stories, and end a review."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import click

from checkout.cli.context import CommandFailed, ExitCode, Group, cli_cause, json_option
from checkout.cli.output import show, show_list
from checkout.cli.refunds import refund
from checkout.core.errors import NotFound
from checkout.core.ids import decode
from checkout.db.session import atomic
from checkout.payments import approve_review, cancel_payment, refresh_payment, reject_review, timeline
from checkout.payments.queries import PaymentFilter, PaymentView, get_view, list_views
from checkout.payments.states import STATUSES
from checkout.refunds.commands import RequestRefund

group = Group("payments", help="Payments, and the reviews that a person ends.")


@group.command("list")
@click.option("--status", type=click.Choice(STATUSES))
@click.option("--currency", help="ISO 4217 code.")
@click.option("--reference", help="An order's reference.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@json_option
def list_command(
    status: str | None, currency: str | None, reference: str | None, limit: int, as_json: bool
) -> None:
    """The newest payments."""
    filters = PaymentFilter(storefront_id=None, status=status, currency=currency, reference=reference)
    show_list([_line(view, as_json=as_json) for view in list_views(filters, limit=limit)], as_json=as_json)


@group.command("get")
@click.argument("payment")
@json_option
def get_command(payment: str, as_json: bool) -> None:
    """One payment with its orders."""
    show(_document(get_view(_id(payment))), as_json=as_json)


@group.command("timeline")
@click.argument("payment")
@json_option
def timeline_command(payment: str, as_json: bool) -> None:
    """Everything that happened to a payment, oldest first."""
    items = timeline(_id(payment))
    if as_json:
        shown = [
            {"at": x.at, "kind": x.kind, "name": x.name, "object": x.object, "cause": x.cause, "data": x.data}
            for x in items
        ]
    else:
        shown = [
            {"at": x.at, "kind": x.kind, "name": x.name, "object": x.object, "cause": x.cause} for x in items
        ]
    show_list(shown, as_json=as_json)


@group.command("refresh")
@click.argument("payment")
@json_option
def refresh_command(payment: str, as_json: bool) -> None:
    """Asks the PSP about a payment now."""
    show(_document(refresh_payment(_id(payment), cause=cli_cause())), as_json=as_json)


@group.command("cancel")
@click.argument("payment")
@json_option
def cancel_command(payment: str, as_json: bool) -> None:
    """Calls a payment off before its money is captured."""
    show(_document(cancel_payment(_id(payment), cause=cli_cause())), as_json=as_json)


@group.command("refund")
@click.argument("payment")
@click.option("--amount", type=click.IntRange(1), help="Minor units; all that is left if left out.")
@json_option
def refund_command(payment: str, amount: int | None, as_json: bool) -> None:
    """Gives a payment back, or a part of it: `flask refunds create` says more of how."""
    command = RequestRefund(payment_id=_id(payment), amount_minor=amount, reason="requested_by_customer")
    refund(command, as_json=as_json)


@group.group("review")
def review() -> None:
    """End a payment's review."""


@review.command("approve")
@click.argument("payment")
@click.option("--reason", required=True, help="Kept in the audit log.")
@json_option
def approve_command(payment: str, reason: str, as_json: bool) -> None:
    """The money that waited pays the orders."""
    _decide(approve_review, payment, reason, as_json)


@review.command("reject")
@click.argument("payment")
@click.option("--reason", required=True, help="Kept in the audit log.")
@json_option
def reject_command(payment: str, reason: str, as_json: bool) -> None:
    """The orders are canceled; an alert says what to give back."""
    _decide(reject_review, payment, reason, as_json)


def _decide(verdict: Callable[..., None], payment: str, reason: str, as_json: bool) -> None:
    payment_id = _id(payment)

    with atomic() as session:
        verdict(session, payment_id, reason=reason, cause=cli_cause())
    show(_document(get_view(payment_id)), as_json=as_json)


def _id(text: str) -> UUID:
    try:
        return decode("pay", text)
    except NotFound:
        raise CommandFailed(f"{text!r} is no payment: its id begins with pay_", ExitCode.NOT_FOUND) from None


def _line(view: PaymentView, *, as_json: bool) -> dict[str, Any]:
    """Scripts get minor units, people what they can read."""
    amount = {"amount": view.amount.amount_minor, "currency": view.currency}
    return {
        "id": view.public_id,
        "status": view.status,
        **(amount if as_json else {"amount": str(view.amount)}),
        "orders": len(view.orders),
        "created_at": view.created_at,
    }


def _document(view: PaymentView) -> dict[str, Any]:
    """Amounts in minor units, as the API shows them; no address of the shopper."""
    return {
        "id": view.public_id,
        "payment_id": view.client_payment_id,
        "storefront": view.storefront_name,
        "status": view.status,
        "purpose": view.purpose,
        "customer": view.customer_id,
        "amount": view.amount.amount_minor,
        "wallet_amount": view.wallet_amount.amount_minor,
        "amount_received": view.amount_received.amount_minor,
        "currency": view.currency,
        "livemode": view.livemode,
        "psp_session": view.psp_session_id,
        "psp_charge": view.psp_charge_id,
        "last_error": view.last_error.code if view.last_error else None,
        "late_capture": view.late_capture,
        "created_at": view.created_at,
        "next_sync_at": view.next_sync_at,
        "orders": [
            {
                "id": order.public_id,
                "seller": order.seller_public_id,
                "reference": order.reference,
                "status": order.status,
                "amount": order.amount.amount_minor,
                "commission": order.commission.amount_minor,
                "logistics_fee": order.logistics_fee.amount_minor,
                "seller_amount": order.seller_amount.amount_minor,
            }
            for order in view.orders
        ],
    }
