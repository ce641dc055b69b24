"""Balance transactions and the balance that they add up to."""

from __future__ import annotations

import json
from typing import Any, Final

from checkout.mockpsp import lists
from checkout.mockpsp.call import Call, Endpoint, required
from checkout.mockpsp.params import EXPAND, Record, Text
from checkout.mockpsp.store import Transaction

Json = dict[str, Any]
KIND: Final = "balance_transaction"
_BEYOND: Final = "balance_stated_beyond"


def retrieve(call: Call) -> Json:
    return _aged(required(call.work, KIND, call.ids["id"], "id"), call.work.now)


def list_transactions(call: Call) -> Json:
    page = lists.page(call, KIND, "/v1/balance_transactions", filters=("currency", "source", "type"))
    return page | {"data": [_aged(transaction, call.work.now) for transaction in page["data"]]}


def _aged(transaction: Json, now: int) -> Json:
    """Funds become available by time alone; nothing is written when they do."""
    return transaction | {"status": "available" if transaction["available_on"] <= now else "pending"}


def retrieve_balance(call: Call) -> Json:
    rows = call.work.tx.query(
        "select currency, sum(case when available_on <= :now then net else 0 end), "
        "sum(case when available_on > :now then net else 0 end) from balance_transactions "
        "where coalesce(account, '') = :account group by currency order by currency",
        {"now": call.work.now, "account": call.work.account},
    ).fetchall()
    available = {currency: amount for currency, amount, _ in rows}
    if not call.work.account:
        for currency, amount in _stated_beyond(call.work.tx).items():
            available[currency] = available.get(currency, 0) + amount
    return {
        "object": "balance",
        "available": [_line(amount, currency) for currency, amount in sorted(available.items())],
        "connect_reserved": [],
        "livemode": False,
        "pending": [_line(pending, currency) for currency, _, pending in rows],
    }


def state_otherwise(tx: Transaction, currency: str, amount: int) -> None:
    """A fault: the platform's balance is stated with so much that no movement tells of."""
    tx.set_setting(_BEYOND, json.dumps(_stated_beyond(tx) | {currency: amount}))


def _stated_beyond(tx: Transaction) -> dict[str, int]:
    found: dict[str, int] = json.loads(tx.setting(_BEYOND, "{}"))
    return found


def _line(amount: int, currency: str) -> Json:
    return {"amount": amount, "currency": currency, "source_types": {"card": amount}}


ENDPOINTS: Final = (
    Endpoint("GET", "/v1/balance", Record({"expand": EXPAND}), retrieve_balance, on_accounts=True),
    Endpoint(
        "GET",
        "/v1/balance_transactions",
        lists.accepts(currency=Text(20), source=Text(200), type=Text(60)),
        list_transactions,
        on_accounts=True,
    ),
    Endpoint("GET", "/v1/balance_transactions/<id>", Record({"expand": EXPAND}), retrieve, on_accounts=True),
)
