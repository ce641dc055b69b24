"""What truly happened to money, in order, by whose key: the record that a test compares the backend's books with."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from checkout.mockpsp.store import Transaction

PLATFORM: Final = "platform"
_COLUMNS: Final = (
    "seq", "at", "kind", "account", "id", "amount", "currency", "balance_transaction", "reference",
    "idempotency_key", "destination", "code",
)  # fmt: skip


def write(
    tx: Transaction,
    *,
    kind: str,
    at: int,
    object_id: str,
    amount: int,
    currency: str,
    balance_transaction: str | None,
    reference: str | None,
    idempotency_key: str | None,
    destination: str | None = None,
    account: str = "",
    code: str | None = None,
) -> None:
    """`account` "" is the platform's own. `code`: of what is planted, the difference that it makes."""
    assert amount >= 0, "the kind says the direction, the amount is positive"
    tx.run(
        "insert into journal (at, kind, account, id, amount, currency, balance_transaction, reference, "
        "idempotency_key, destination, code) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            at,
            kind,
            account or PLATFORM,
            object_id,
            amount,
            currency,
            balance_transaction,
            reference,
            idempotency_key,
            destination,
            code,
        ],
    )


def entries(connection: sqlite3.Connection, *, after: int) -> list[dict[str, Any]]:
    rows = connection.execute(
        f"select {', '.join(_COLUMNS)} from journal where seq > ? order by seq", [after]
    )
    return [dict(zip(_COLUMNS, row, strict=True)) for row in rows]
