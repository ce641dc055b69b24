"""`flask sellers`: take sellers on, look at them, and change what their orders cost."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import click
from flask import current_app

from checkout.cli.context import CommandFailed, ExitCode, Group, cli_cause, json_option
from checkout.cli.output import show, show_list
from checkout.core.errors import NotFound
from checkout.core.ids import decode
from checkout.db.session import atomic
from checkout.sellers.bank_numbers import masked
from checkout.sellers.create import DEFAULT_HOLD_DAYS, add_fee_plan, create_seller
from checkout.sellers.onboarding import onboarding_link
from checkout.sellers.payout_accounts import BankDetails, change_payout_account
from checkout.sellers.queries import SellerView, get_seller, list_sellers

group = Group("sellers", help="Sellers and their fee plans.")
SCHEDULES = ("manual", "daily", "weekly", "monthly")


@group.command("create")
@click.option("--name", required=True)
@click.option("--commission-bps", type=click.IntRange(0, 10_000), required=True, help="1000 is 10 %.")
@click.option("--country", help="ISO 3166 code.")
@click.option("--hold-days", type=click.IntRange(0, 365), default=DEFAULT_HOLD_DAYS, show_default=True)
@click.option("--payout-schedule", type=click.Choice(SCHEDULES), default="manual", show_default=True)
@click.option("--reserve-bps", type=click.IntRange(0, 10_000), default=0, show_default=True)
@click.option("--reserve-days", type=click.IntRange(0, 365), default=0, show_default=True)
@json_option
def create_command(as_json: bool, **options: Any) -> None:
    """A new seller with its first plan."""
    with atomic() as session:
        seller_id = create_seller(session, cause=cli_cause(), **options)
    show(_document(get_seller(seller_id)), as_json=as_json)


@group.command("list")
@click.option("--limit", type=click.IntRange(1, 500), default=100, show_default=True)
@json_option
def list_command(limit: int, as_json: bool) -> None:
    """The newest sellers."""
    shown = [
        {"id": seller.public_id, "name": seller.name, "status": seller.status, "hold_days": seller.hold_days}
        for seller in list_sellers(limit=limit)
    ]
    show_list(shown, as_json=as_json)


@group.command("get")
@click.argument("seller")
@json_option
def get_command(seller: str, as_json: bool) -> None:
    """One seller with the plans in force."""
    show(_document(get_seller(_id(seller))), as_json=as_json)


@group.command("plan")
@click.argument("seller")
@click.option("--commission-bps", type=click.IntRange(0, 10_000), required=True, help="1000 is 10 %.")
@click.option("--currency", help="ISO 4217 code; without it the plan is for every currency without one.")
@click.option("--fixed", "commission_fixed_minor", type=click.IntRange(0), default=0, help="Minor units.")
@click.option("--minimum", "commission_minimum_minor", type=click.IntRange(0), default=0, help="Minor units.")
@click.option(
    "--category",
    "categories",
    multiple=True,
    metavar="NAME=BPS",
    help="A rate for goods of a category; repeat it.",
)
@click.option(
    "--from", "valid_from", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"]), help="UTC; now."
)
@json_option
def plan_command(
    seller: str, valid_from: datetime | None, categories: tuple[str, ...], as_json: bool, **terms: Any
) -> None:
    """A newer version of a seller's plan; orders that exist keep their terms."""
    seller_id = _id(seller)
    begins = valid_from.replace(tzinfo=UTC) if valid_from else None
    with atomic() as session:
        add_fee_plan(
            session,
            seller_id,
            cause=cli_cause(),
            valid_from=begins,
            category_bps=_rates(categories),
            **terms,
        )
    show(_document(get_seller(seller_id)), as_json=as_json)


@group.command("onboard")
@click.argument("seller")
@click.option("--return-url", help="Where the PSP's page leads to afterwards; this product's own address.")
@json_option
def onboard_command(seller: str, return_url: str | None, as_json: bool) -> None:
    """Opens the seller's account at the PSP, if it has none, and prints the page where it hands in what is missing."""
    seller_id = get_seller(_id(seller)).id
    back = return_url or current_app.config["PUBLIC_URL"]
    link = onboarding_link(seller_id, refresh_url=back, return_url=back, cause=cli_cause())
    show({"seller": seller, "url": link.url, "expires_at": link.expires_at}, as_json=as_json)


@group.command("payout-account")
@click.argument("seller")
@click.option("--currency", required=True, help="ISO 4217 code.")
@click.option("--country", required=True, help="ISO 3166 code of the bank account.")
@click.option(
    "--number", prompt=True, hide_input=True, help="An IBAN, or the country's own; asked for if left out."
)
@click.option("--holder", required=True, help="As the bank writes it.")
@click.option("--routing-number")
@json_option
def payout_account_command(
    seller: str,
    currency: str,
    country: str,
    number: str,
    holder: str,
    routing_number: str | None,
    as_json: bool,
) -> None:
    """Says where payouts in a currency go. They pause for 48 hours after a change, and the seller gets a letter."""
    seller_id = _id(seller)
    details = BankDetails(currency, country, number, holder, routing_number)
    with atomic() as session:
        change_payout_account(session, seller_id, details, cause=cli_cause())
    show(_document(get_seller(seller_id)), as_json=as_json)


def _rates(given: tuple[str, ...]) -> dict[str, int]:
    """What "books=800" and the like say; each category once."""
    rates: dict[str, int] = {}
    for each in given:
        name, _, bps = each.partition("=")
        if not re.fullmatch(r"[0-9]{1,5}", bps) or name in rates:
            raise click.BadParameter(f"{each!r} is not NAME=BPS, each name once", param_hint="--category")
        rates[name] = int(bps)
    return rates


def _id(text: str) -> UUID:
    try:
        return decode("sel", text)
    except NotFound:
        raise CommandFailed(f"{text!r} is no seller: its id begins with sel_", ExitCode.NOT_FOUND) from None


def _document(seller: SellerView) -> dict[str, Any]:
    return {
        "id": seller.public_id,
        "name": seller.name,
        "country": seller.country,
        "status": seller.status,
        "hold_days": seller.hold_days,
        "payout_schedule": seller.payout_schedule,
        "reserve_bps": seller.reserve_bps,
        "reserve_days": seller.reserve_days,
        "created_at": seller.created_at,
        "verification": {
            "status": seller.verification.status,
            "requirements": list(seller.verification.requirements),
            "reason": seller.verification.reason,
        },
        "payouts_enabled": seller.verification.payouts_enabled,
        "payout_accounts": [
            {
                "currency": account.currency,
                "account": masked(account.last4),
                "status": account.status,
                "payouts_paused_until": account.payouts_paused_until,
            }
            for account in seller.payout_accounts
        ],
        "fee_plans": [
            {
                "currency": plan.currency,
                "version": plan.version,
                "commission_bps": plan.commission_bps,
                "commission_fixed": plan.commission_fixed_minor,
                "commission_minimum": plan.commission_minimum_minor,
                "categories": dict(plan.category_bps),
                "valid_from": plan.valid_from,
            }
            for plan in seller.fee_plans
        ],
    }
