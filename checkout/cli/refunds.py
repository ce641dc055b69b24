"""`flask refunds`: give money back, and look at what went back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import click

from checkout.api.refund_json import refund_json, summary_json
from checkout.cli.context import CommandFailed, ExitCode, Group, cli_cause, json_option
from checkout.cli.output import show, show_list
from checkout.core.errors import NotFound
from checkout.core.ids import decode
from checkout.db.session import atomic
from checkout.identity.access import EVERYTHING
from checkout.psp import registry
from checkout.refunds import queries
from checkout.refunds.commands import Destination, Reason, RequestRefund
from checkout.refunds.queries import RefundFilter, RefundView
from checkout.refunds.request import request_refund
from checkout.refunds.states import REFUND
from checkout.refunds.within import order_within, payment_within

group = Group("refunds", help="Money that goes back to shoppers.")

REASONS = ("requested_by_customer", "duplicate", "fraudulent", "other")


@group.command("create")
@click.option("--payment", help="pay_…: spread over its orders by what is left of each.")
@click.option("--order", help="ord_…: of this order alone.")
@click.option("--amount", type=click.IntRange(1), help="Minor units; all that is left if left out.")
@click.option("--reason", type=click.Choice(REASONS), default="requested_by_customer", show_default=True)
@click.option("--note", help="Required where the reason is `other`.")
@click.option("--destination", type=click.Choice(("card", "wallet")), default="card", show_default=True)
@click.option("--return-logistics", is_flag=True, help="Give the logistics fee back in proportion.")
@json_option
def create_command(
    payment: str | None,
    order: str | None,
    amount: int | None,
    reason: Reason,
    note: str | None,
    destination: Destination,
    return_logistics: bool,
    as_json: bool,
) -> None:
    """Gives money back; a worker sends what goes to the card. Run twice, it gives back twice."""
    if (payment is None) == (order is None):
        raise CommandFailed("Name either --payment or --order.", ExitCode.USAGE)
    payment_id, only_order = _named(payment, order)
    command = RequestRefund(
        payment_id=payment_id,
        amount_minor=amount,
        only_order=only_order,
        reason=reason,
        note=note,
        destination=destination,
        return_logistics=return_logistics,
    )
    refund(command, as_json=as_json)


@group.command("list")
@click.option("--payment", help="pay_…")
@click.option("--status", type=click.Choice(sorted(REFUND.states)))
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True)
@json_option
def list_command(payment: str | None, status: str | None, limit: int, as_json: bool) -> None:
    """The newest refunds."""
    payment_id = payment_within(payment, EVERYTHING)[0] if payment else None
    found = queries.list_refunds(RefundFilter(payment_id=payment_id, status=status), EVERYTHING, limit=limit)
    show_list(
        [summary_json(view) if as_json else _line(view) for view in found],
        as_json=as_json,
        empty="There are no refunds.",
    )


@group.command("show")
@click.argument("refund")
@json_option
def show_command(refund: str, as_json: bool) -> None:
    """One refund: what it takes of which order, how far it has come, and why it failed."""
    try:
        decode("re", refund)
    except NotFound:
        raise CommandFailed(f"{refund!r} is no refund: its id begins with re_", ExitCode.NOT_FOUND) from None
    show(refund_json(queries.find_within(refund, EVERYTHING)), as_json=as_json)


def refund(command: RequestRefund, *, as_json: bool) -> None:
    """Asks for it and shows it."""
    with atomic() as session:
        made = request_refund(session, command, psp=registry.current(), cause=cli_cause())
        view = queries.view_refund(session, made, EVERYTHING)
    show(refund_json(view), as_json=as_json)


def _named(payment: str | None, order: str | None) -> tuple[UUID, UUID | None]:
    if payment is not None:
        return payment_within(payment, EVERYTHING)[0], None
    return order_within(order or "", EVERYTHING)


def _line(view: RefundView) -> dict[str, Any]:
    made = view.refund
    return {
        "id": made.public_id,
        "status": made.status,
        "kind": made.kind,
        "amount": str(made.amount),
        "payment": summary_json(view)["payment"],
        "created_at": made.created_at,
    }
