"""A worker in plain SQL: `python -m bench.peers.bare_apply` applies the stored events and ends when none is left.

The same facts in the same tables as the product's worker leaves for a captured payment, under the same triggers, one
transaction an event; no state machine, no checks, no recipes.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from bench.peers import bare_statements as statements
from bench.peers.bare import uuid7

Connection = psycopg.Connection[dict[str, Any]]


def main() -> None:
    with psycopg.connect(
        os.environ["PEER_DATABASE_URL"], autocommit=True, row_factory=dict_row, prepare_threshold=1
    ) as database:
        while batch := database.execute(statements.CLAIM).fetchall():
            for task in batch:
                with database.transaction():
                    apply(database, task)


def apply(database: Connection, task: dict[str, Any]) -> None:
    now = datetime.now(UTC)
    inbox_id = UUID(task["args"]["event"])
    event = database.execute(statements.LOCK_EVENT, {"id": inbox_id}).fetchone()
    assert event is not None
    charge = event["payload"]["data"]["object"]
    reference = charge["metadata"]["payment"]
    payment_id = UUID(reference.removeprefix("pay_"))
    payment = database.execute(statements.LOCK_PAYMENT, {"id": payment_id}).fetchone()
    assert payment is not None
    assert payment["amount_minor"] == charge["amount"]
    facts = {
        "id": payment_id,
        "object": reference,
        "charge": charge["id"],
        "intent": charge["payment_intent"],
        "method": "card",
        "amount": charge["amount"],
        "currency": payment["currency"],
        "before": payment["status"],
        "data": Jsonb({"intent": charge["payment_intent"]}),
        "storefront_id": payment["storefront_id"],
        "cause": f"event:{event['event_id']}",
        "now": now,
    }
    database.execute(statements.FACT, facts)
    database.execute(statements.CAPTURE, facts)
    orders = database.execute(statements.PAY_ORDERS, facts).fetchall()
    _tell(database, facts, orders)
    _post(database, facts, orders)
    database.execute(
        statements.END, {"id": inbox_id, "task_id": task["id"], "token": task["fencing_token"], "now": now}
    )


def _tell(database: Connection, facts: dict[str, Any], orders: list[dict[str, Any]]) -> None:
    """Three events, and the tasks for the email and for the PSP's fee."""
    told = [("payment.succeeded", facts["object"], None, facts["amount"])]
    told += [
        ("order.paid", f"ord_{order['id']}", order["seller_id"], order["amount_minor"]) for order in orders
    ]
    for type, about, seller_id, amount in told:
        event = {
            **facts,
            "event_id": uuid7(),
            "type": type,
            "object": about,
            "seller_id": seller_id,
            "data": Jsonb({"amount": amount, "currency": facts["currency"]}),
        }
        database.execute(statements.EVENT, event)
    for queue, kind, dedupe_key in (
        ("mail", "notifications.payment_email", None),
        ("default", "payments.book_fee", f"payments.book_fee:{facts['charge']}"),
    ):
        task = {
            **facts,
            "task_id": uuid7(),
            "queue": queue,
            "kind": kind,
            "dedupe_key": dedupe_key,
            "args": Jsonb({"payment": facts["object"], "charge": facts["charge"]}),
        }
        database.execute(statements.TASK, task)


def _post(database: Connection, facts: dict[str, Any], orders: list[dict[str, Any]]) -> None:
    accounts = [_account(database, "psp_balance", "stripe", 1)]
    accounts += [_account(database, "seller_pending", f"sel_{order['seller_id']}", -1) for order in orders]
    database.execute(
        statements.POST_ENTRY,
        {
            **facts,
            "entry_id": uuid7(),
            "accounts": accounts,
            "orders": [None, *(order["id"] for order in orders)],
            "amounts": [facts["amount"], *(-order["amount_minor"] for order in orders)],
        },
    )


@cache
def _account(database: Connection, kind: str, owner: str, side: int) -> UUID:
    account = {
        "id": uuid7(),
        "kind": kind,
        "owner": owner,
        "side": side,
        "either": side > 0,
        "now": datetime.now(UTC),
    }
    database.execute(statements.ACCOUNT, account)
    found = database.execute(statements.FIND_ACCOUNT, account).fetchone()
    assert found is not None
    return UUID(str(found["id"]))


if __name__ == "__main__":
    main()
