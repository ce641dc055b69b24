"""The payments against the journal: what a payment says it received is what was booked for it, and its orders have it.

Reads the tables of payments and orders and knows no more of them than these columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row

from checkout.core.ids import encode
from checkout.ledger.findings import Findings

PAGE_PAYMENTS: Final = 500
_FIRST: Final = UUID(int=0)
_RECEIVED_ON: Final = frozenset({"psp_balance", "customer_wallet_held"})  # from the card, from the wallet

_PAYMENTS: Final = """
    SELECT id, status, amount_minor, amount_received_minor, currency FROM payments
     WHERE id > %(after)s ORDER BY id LIMIT %(limit)s
"""
_BOOKED: Final = """
    SELECT e.source, e.kind, p.order_id, p.currency, p.amount_minor, a.kind AS account_kind
      FROM journal_entries AS e
      JOIN postings AS p ON p.entry_id = e.id
      JOIN ledger_accounts AS a ON a.id = p.account_id
     WHERE e.source = ANY(%(sources)s)
       AND e.kind IN ('payment_captured', 'payment_unapplied', 'unapplied_applied', 'wallet_topped_up')
       AND NOT EXISTS (SELECT FROM journal_entries AS r WHERE r.reverses_entry_id = e.id)
"""
_ORDERS: Final = "SELECT id, payment_id, amount_minor FROM orders WHERE payment_id = ANY(%(ids)s)"


def verify_payments(connection: Connection, findings: Findings) -> int:
    """Every payment, a page at a time; returns how many there are."""
    count = 0
    for page in _pages(connection):
        count += len(page)
        booked: dict[str, list[Row[Any]]] = defaultdict(list)
        for row in connection.exec_driver_sql(_BOOKED, {"sources": [encode("pay", p.id) for p in page]}):
            booked[row.source].append(row)
        orders: dict[UUID, list[Row[Any]]] = defaultdict(list)
        for row in connection.exec_driver_sql(_ORDERS, {"ids": [p.id for p in page]}):
            orders[row.payment_id].append(row)
        for payment in page:
            _check(payment, booked[encode("pay", payment.id)], orders[payment.id], findings)
    return count


def _pages(connection: Connection) -> Iterator[Sequence[Row[Any]]]:
    after = _FIRST
    parameters = {"limit": PAGE_PAYMENTS}
    while page := connection.exec_driver_sql(_PAYMENTS, {"after": after, **parameters}).all():
        yield page
        after = page[-1].id


def _check(
    payment: Row[Any], booked: Sequence[Row[Any]], orders: Sequence[Row[Any]], findings: Findings
) -> None:
    name = encode("pay", payment.id)
    charged = sum(
        row.amount_minor
        for row in booked
        if row.account_kind in _RECEIVED_ON and row.currency == payment.currency
    )
    if charged != payment.amount_received_minor:
        findings.add(
            "amount_received_differs",
            name,
            f"says {payment.amount_received_minor}, the journal {charged} minor units of {payment.currency}",
        )
    applied = any(row.kind != "payment_unapplied" for row in booked)
    if applied != (payment.status == "succeeded"):
        detail = "its money was booked" if applied else "no money of it was booked"
        findings.add("status_differs", name, f"is {payment.status}, and {detail}")
    captured: dict[UUID, int] = defaultdict(int)
    for row in booked:
        if row.kind != "payment_unapplied" and row.order_id is not None:
            captured[row.order_id] -= row.amount_minor
    for order in orders if captured else ():
        if captured.pop(order.id, 0) != order.amount_minor:
            findings.add("order_differs", encode("ord", order.id), f"{name} did not book its amount to it")
    for stranger in captured:
        findings.add("order_differs", encode("ord", stranger), f"{name} booked money to an order not its own")
