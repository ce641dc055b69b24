"""`flask privacy`: what is kept of a shopper, shown and erased."""

from __future__ import annotations

import click

from checkout.cli.context import Group, cli_cause, json_option
from checkout.cli.output import show
from checkout.privacy import erase_person, export_person

group = Group("privacy", help="What is kept of a shopper.")


@group.command("export")
@click.argument("subject", metavar="EMAIL|CUS_ID")
@json_option
def export(subject: str, as_json: bool) -> None:
    """Shows all that is kept of the shopper with that address, at every storefront, or of one cus_…"""
    show(export_person(subject, cause=cli_cause()), as_json=as_json)


@group.command("erase")
@click.argument("subject", metavar="EMAIL|CUS_ID")
@click.option("--reason", required=True, help="Kept in the audit log; it must not name the person.")
@json_option
def erase(subject: str, reason: str, as_json: bool) -> None:
    """Erases the shopper for good; refused while a payment, an order's money or a payout of theirs is open."""
    erased = erase_person(subject, reason=reason, cause=cli_cause())
    show({"erased": list(erased.shoppers), "payments": erased.payments}, as_json=as_json)
