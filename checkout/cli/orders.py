"""`flask orders`: release what is due, look at what holds an order's money, ship and deliver by hand."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import click

from checkout.cli.context import CommandFailed, ExitCode, Group, cli_cause, json_option
from checkout.cli.output import note, show
from checkout.core.clock import utcnow
from checkout.core.errors import NotFound
from checkout.core.ids import decode, encode
from checkout.db.session import atomic
from checkout.orders.deliver import deliver_order
from checkout.orders.queries import OrderView, get_order
from checkout.orders.release import Progress, count_due
from checkout.orders.release_periodic import Passed, pass_time
from checkout.orders.ship import Parcel, ship_order

group = Group("orders", help="Orders on their way, and the release of their money.")


@group.command("release")
@json_option
def release_command(as_json: bool) -> None:
    """Releases every order that is due, after counting unconfirmed deliveries whose window has passed as made; frees
    reserves whose days have passed. Ends with 7 where an order was held back, since it differs from the journal."""
    with _progress() as progress:
        passed = pass_time(cause=cli_cause(), progress=progress)
    show(_passed(passed), as_json=as_json)
    if passed.released.differing:
        raise CommandFailed(
            f"{passed.released.differing} orders differ from the journal and stay held: see the alerts.",
            ExitCode.PARTIAL,
        )


@group.command("get")
@click.argument("order")
@json_option
def get_command(order: str, as_json: bool) -> None:
    """One order: how far it has come, and why its money is held."""
    show(_document(get_order(_id(order))), as_json=as_json)


@group.command("ship")
@click.argument("order")
@click.option("--carrier", required=True)
@click.option("--tracking-number", required=True)
@json_option
def ship_command(order: str, carrier: str, tracking_number: str, as_json: bool) -> None:
    """Records a parcel with all that is left of the order."""
    with atomic() as session:
        shipment = ship_order(session, _id(order), Parcel(carrier, tracking_number), cause=cli_cause())
    show({"shipment": encode("shp", shipment), **_document(get_order(_id(order)))}, as_json=as_json)


@group.command("deliver")
@click.argument("order")
@json_option
def deliver_command(order: str, as_json: bool) -> None:
    """Records that all of the order has arrived."""
    with atomic() as session:
        if not deliver_order(session, _id(order), cause=cli_cause()):
            note("That was known already.")
    show(_document(get_order(_id(order))), as_json=as_json)


@contextmanager
def _progress() -> Iterator[Progress]:
    """A bar on stderr, where that is a terminal; what windows deliver in the same run makes it end beyond its count."""
    due = max(count_due(utcnow()), 1)
    with click.progressbar(length=due, label="Releasing", file=sys.stderr) as bar:

        def advance(released: int) -> None:
            bar.update(released)

        yield advance


def _passed(passed: Passed) -> dict[str, Any]:
    return {
        "delivered_by_window": passed.delivered,
        "released": passed.released.orders,
        "held_back": passed.released.differing,
        "reserves_released": passed.reserves,
    }


def _document(view: OrderView) -> dict[str, Any]:
    hold = view.hold(utcnow())
    return {
        "id": view.public_id,
        "seller": view.seller_public_id,
        "reference": view.reference,
        "status": view.status,
        "amount": view.amount.amount_minor,
        "currency": view.amount.currency,
        "shipments": [shipment.public_id for shipment in view.shipments],
        "shipped_at": view.fulfilment.shipped_at,
        "delivered_at": view.fulfilment.delivered_at,
        "released_at": view.fulfilment.released_at,
        "hold_reason": hold.reason.value if hold else None,
        "hold": hold.words if hold else None,
        "releases_at": hold.releases_at if hold else None,
    }


def _id(text: str) -> UUID:
    try:
        return decode("ord", text)
    except NotFound:
        raise CommandFailed(f"{text!r} is no order: its id begins with ord_", ExitCode.NOT_FOUND) from None
