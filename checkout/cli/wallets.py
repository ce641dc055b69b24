"""`flask wallets`: customers' store credit, shown and given."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import click

from checkout.cli.context import CommandFailed, ExitCode, Group, cli_cause, json_option
from checkout.cli.output import show, show_list
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.identity.access import EVERYTHING
from checkout.wallets.customers import customer_within, customers_with_email
from checkout.wallets.grant import grant_credit
from checkout.wallets.propose import propose_credit, takes_two
from checkout.wallets.queries import Credit, Wallet, wallets_of

group = Group("wallets", help="Customers' store credit.")


@group.command("show")
@click.argument("subject", metavar="EMAIL|CUS_ID")
@json_option
def show_command(subject: str, as_json: bool) -> None:
    """What a customer has, in each currency; with an address, at every storefront."""
    found = [(encode("cus", id), wallet) for id in _customers(subject) for wallet in wallets_of(id)]
    show_list([_line(*each, as_json=as_json) for each in found], as_json=as_json, empty="No store credit.")


@group.command("credit")
@click.argument("customer", metavar="CUS_ID")
@click.option("--amount", type=click.IntRange(1), required=True, help="Minor units: 490 is 4.90 EUR.")
@click.option("--currency", required=True, help="ISO 4217 code.")
@click.option("--expires-at", required=True, help="RFC 3339, with its offset: 2027-04-01T00:00:00+02:00.")
@click.option("--reason", required=True, help="Kept; it must not name the customer.")
@json_option
def credit_command(
    customer: str, amount: int, currency: str, expires_at: str, reason: str, as_json: bool
) -> None:
    """Gives promotional credit; above 10 000 units of the currency somebody else must approve it."""
    (id,) = _customers(customer)
    money, ends, cause = Money(amount, currency), _moment(expires_at), cli_cause()
    given: dict[str, Any] = {
        "shopper_id": id,
        "amount": money,
        "expires_at": ends,
        "reason": reason,
        "cause": cause,
    }
    with atomic() as session:
        if takes_two(money):
            made = {"approval": encode("apr", propose_credit(session, **given))}
        else:
            made = {"credit": encode("wcr", grant_credit(session, **given))}
    show(made, as_json=as_json)


def _customers(subject: str) -> list[UUID]:
    if "@" in subject:
        found = [customer.id for customer in customers_with_email(subject, EVERYTHING)]
        if not found:
            raise CommandFailed("No customer has that address.", ExitCode.NOT_FOUND)
        return found
    try:
        return [customer_within(subject, EVERYTHING).id]
    except NotFound:
        raise CommandFailed(f"No customer {subject}.", ExitCode.NOT_FOUND) from None


def _moment(text: str) -> datetime:
    try:
        moment: datetime | None = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InvalidParameter.at("/expires_at", "a time with its offset, like 2027-04-01T00:00:00Z")
    return moment


def _line(customer: str, wallet: Wallet, *, as_json: bool) -> dict[str, object]:
    """Scripts get minor units, people what they can read."""
    amounts = {"free": wallet.free, "held": wallet.held, "promotional": wallet.promotional}
    if not as_json:
        return {"customer": customer, **{name: str(amount) for name, amount in amounts.items()}}
    return {
        "customer": customer,
        "currency": wallet.currency,
        **{name: amount.amount_minor for name, amount in amounts.items()},
        "credits": [_credit(credit) for credit in wallet.credits],
        "as_of": encode("jrn", wallet.as_of) if wallet.as_of else None,
    }


def _credit(credit: Credit) -> dict[str, object]:
    return {
        "id": credit.public_id,
        "amount": credit.amount.amount_minor,
        "free": credit.free.amount_minor,
        "held": credit.held.amount_minor,
        "expires_at": credit.expires_at,
    }
