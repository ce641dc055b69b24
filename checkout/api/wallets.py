"""Customers' store credit: what they have, each movement of it. How more comes in is wallet_actions.py."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from checkout.api import wallet_examples as examples
from checkout.api.answers import listing, resource
from checkout.api.auth import reach
from checkout.api.blueprint import ApiBlueprint
from checkout.api.cursors import EPOCH, Place
from checkout.api.lists import list_json, window_of
from checkout.api.representations import as_bytes, moment
from checkout.api.schemas.wallets import (
    CustomerList,
    CustomersQuery,
    Wallet,
    WalletEntriesQuery,
    WalletEntryList,
)
from checkout.core.currencies import exponent
from checkout.core.ids import encode
from checkout.ledger.seller_balances import Movement
from checkout.wallets import queries
from checkout.wallets.customers import customer_within, customers_with_email

wallets = ApiBlueprint(
    "wallets", __name__, description="Customers' store credit at a storefront, per currency."
)

CUSTOMER_ID = {
    "in": "path",
    "name": "customer_id",
    "schema": {"type": "string", "maxLength": 64},
    "description": "cus_…",
    "example": examples.CUSTOMER_ID,
}


@wallets.route("/v1/customers", methods=["GET"])
@wallets.requires("wallets:read")
@wallets.answers(200, CustomerList, description="The customers.", example=examples.CUSTOMER_LIST)
@wallets.takes(CustomersQuery)
def find_customers(query: dict[str, Any]) -> Response:
    """Find a customer

    By the email address that they bought with. A payment names its customer too.
    """
    found = customers_with_email(query["email"], reach())
    page = {
        "object": "list",
        "data": [
            {"id": each.public_id, "object": "customer", "created_at": moment(each.created_at)}
            for each in found
        ],
        "has_more": False,
        "next_cursor": None,
    }
    return listing(as_bytes(page))


@wallets.route("/v1/customers/<customer_id>/wallet", methods=["GET"], parameters=[CUSTOMER_ID])
@wallets.requires("wallets:read")
@wallets.answers(200, Wallet, description="The store credit.", example=examples.WALLET)
@wallets.answers(304, description="It is as the ETag in If-None-Match says.")
@wallets.refuses("not_found")
def read_wallet(customer_id: str) -> Response:
    """Read a customer's store credit

    What is free to spend, what open checkouts hold, and the promotional credits within it with their ends.
    """
    customer = customer_within(customer_id, reach())
    document = {
        "object": "wallet",
        "customer": customer.public_id,
        "balances": [_balance_json(line) for line in queries.wallets_of(customer.id)],
    }
    return resource(as_bytes(document))


@wallets.route("/v1/customers/<customer_id>/wallet/entries", methods=["GET"], parameters=[CUSTOMER_ID])
@wallets.requires("wallets:read")
@wallets.answers(200, WalletEntryList, description="A page of movements.", example=examples.ENTRIES)
@wallets.refuses("not_found", "invalid_cursor")
@wallets.takes(WalletEntriesQuery)
def list_wallet_entries(customer_id: str, query: dict[str, Any]) -> Response:
    """List the movements of store credit

    Newest first, each with what stood there after it.
    """
    customer, currency, of = customer_within(customer_id, reach()), query["currency"], query["of"]
    name = f"wallet_entries:{customer.public_id}:{currency}:{of}"
    window = window_of(name, query)
    rows = queries.entries_of(
        customer.id,
        currency,
        of,
        limit=window.limit + 1,
        after=window.after.id.int if window.after else None,
        before=window.before.id.int if window.before else None,
    )
    page = list_json(
        name,
        window,
        rows,
        place_of=lambda movement: Place(EPOCH, UUID(int=movement.number)),
        show=_entry_json,
    )
    return listing(as_bytes(page))


def credit_json(credit: queries.Credit) -> dict[str, Any]:
    return {
        "id": credit.public_id,
        "object": "wallet_credit",
        "amount": credit.amount.amount_minor,
        "free": credit.free.amount_minor,
        "held": credit.held.amount_minor,
        "currency": credit.amount.currency,
        "currency_exponent": exponent(credit.amount.currency),
        "expires_at": moment(credit.expires_at),
    }


def _balance_json(wallet: queries.Wallet) -> dict[str, Any]:
    return {
        "currency": wallet.currency,
        "currency_exponent": exponent(wallet.currency),
        "free": wallet.free.amount_minor,
        "held": wallet.held.amount_minor,
        "promotional": wallet.promotional.amount_minor,
        "credits": [credit_json(credit) for credit in wallet.credits],
        "as_of": encode("jrn", wallet.as_of) if wallet.as_of else None,
    }


def _entry_json(movement: Movement) -> dict[str, Any]:
    return {
        "entry": encode("jrn", movement.entry_id),
        "object": "wallet_entry",
        "type": movement.kind,
        "created_at": moment(movement.effective_at),
        "amount": movement.amount.amount_minor,
        "balance": movement.balance.amount_minor,
        "currency": movement.amount.currency,
        "currency_exponent": exponent(movement.amount.currency),
        "source": movement.source,
    }
