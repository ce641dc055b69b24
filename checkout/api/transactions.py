"""Every movement of money: of a customer, a seller or a payment, as the journal has it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from checkout.api import statement_examples as examples
from checkout.api.answers import resource
from checkout.api.auth import reach
from checkout.api.blueprint import ApiBlueprint
from checkout.api.cursors import EPOCH, Place
from checkout.api.lists import list_json, window_of
from checkout.api.representations import as_bytes, moment
from checkout.api.schemas.statements import TransactionList, TransactionsQuery
from checkout.core.currencies import exponent
from checkout.core.ids import encode
from checkout.reporting.transactions import Transaction, TransactionFilter, list_transactions

transactions = ApiBlueprint(
    "transactions", __name__, description="Every movement of money, from the journal."
)


@transactions.route("/v1/transactions", methods=["GET"])
@transactions.requires("balances:read")
@transactions.answers(
    200, TransactionList, description="A page of movements.", example=examples.TRANSACTION_LIST
)
@transactions.answers(304, description="They are as the ETag in If-None-Match says.")
@transactions.refuses("invalid_cursor")
@transactions.takes(TransactionsQuery)
def list_all(query: dict[str, Any]) -> Response:
    """List transactions

    Newest first: all of the platform, or what moved on the accounts of the sellers within the caller's reach.
    """
    window = window_of("transactions", query)
    rows = list_transactions(
        TransactionFilter(**query),
        reach(),
        limit=window.limit + 1,
        after=window.after.id.int if window.after else None,
        before=window.before.id.int if window.before else None,
    )
    page = list_json("transactions", window, rows, place_of=_place, show=_json)
    return resource(as_bytes(page))


def _place(row: Transaction) -> Place:
    """Postings have numbers: the cursor carries one where others have an id."""
    return Place(EPOCH, UUID(int=row.number))


def _json(row: Transaction) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "object": "transaction",
        "entry": encode("jrn", row.entry_id),
        "type": row.kind,
        "account": row.account,
        "owner": row.owner,
        "amount": abs(row.amount.amount_minor),
        "direction": "debit" if row.amount.amount_minor > 0 else "credit",
        "currency": row.amount.currency,
        "currency_exponent": exponent(row.amount.currency),
        "order": encode("ord", row.order_id) if row.order_id else None,
        "payment": row.payment,
        "payout": row.payout,
        "refund": row.refund,
        "dispute": row.dispute,
        "created_at": moment(row.effective_at),
    }
