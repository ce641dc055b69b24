"""The disputes against the journal: what each movement did is booked as it says, and the counters that hold orders and
limit refunds are what the disputes add up to.

Reads the tables of disputes, orders and payments and knows no more of them than these columns.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection

from checkout.core.ids import encode
from checkout.ledger.findings import Findings

# A page would name no more: what is wrong is found by PostgreSQL, and only so much of it is read.
READ_AT_MOST: Final = 1_000

# Negative was taken from us: the orders' parts and the loss are all of it, and the fee left our balance as well.
_MOVEMENTS: Final = """
    SELECT m.dispute_id, m.number, m.amount_minor, m.fee_minor, m.losses_minor, m.currency,
           p.parts_minor, b.on_balance_minor
      FROM dispute_movements m
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(amount_minor), 0)::bigint AS parts_minor FROM dispute_parts
            WHERE psp = m.psp AND number = m.number) AS p
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(x.amount_minor), 0)::bigint AS on_balance_minor
             FROM psp_numbers n
             JOIN postings x ON x.entry_id = n.entry_id
             JOIN ledger_accounts a ON a.id = x.account_id AND a.kind = 'psp_balance'
            WHERE n.psp = m.psp AND n.number = m.number AND n.part = 'movement') AS b
     WHERE p.parts_minor + m.losses_minor <> -m.amount_minor OR b.on_balance_minor <> m.amount_minor - m.fee_minor
     ORDER BY m.psp, m.number LIMIT %(limit)s
"""
_ORDERS: Final = """
    WITH taken AS (
        SELECT order_id, sum(amount_minor)::bigint AS minor FROM dispute_parts WHERE order_id IS NOT NULL GROUP BY 1
    ), held AS (
        SELECT t.order_id, count(*) AS disputes FROM dispute_orders t JOIN disputes d ON d.id = t.dispute_id
         WHERE d.holds_orders GROUP BY 1
    )
    SELECT o.id, o.amount_withdrawn_minor, o.open_disputes, coalesce(taken.minor, 0) AS taken_minor,
           coalesce(held.disputes, 0) AS disputes
      FROM orders o LEFT JOIN taken ON taken.order_id = o.id LEFT JOIN held ON held.order_id = o.id
     WHERE o.amount_withdrawn_minor <> coalesce(taken.minor, 0) OR o.open_disputes <> coalesce(held.disputes, 0)
     ORDER BY o.id LIMIT %(limit)s
"""
_PAYMENTS: Final = """
    SELECT p.id, p.amount_disputed_minor, coalesce(d.counted_minor, 0) AS counted_minor
      FROM payments p
      LEFT JOIN (SELECT payment_id, sum(counted_minor)::bigint AS counted_minor FROM disputes GROUP BY 1) AS d
        ON d.payment_id = p.id
     WHERE p.amount_disputed_minor <> coalesce(d.counted_minor, 0) ORDER BY p.id LIMIT %(limit)s
"""
# What each state asks for; a dispute in another currency than its payment's is not counted.
_STATES: Final = """
    SELECT d.id, d.status, d.holds_orders, d.counted_minor
      FROM disputes d JOIN payments p ON p.id = d.payment_id
     WHERE d.holds_orders <> (d.status IN ('needs_response', 'under_review', 'appeal_needs_response',
                                           'appeal_under_review'))
        OR d.counted_minor <> CASE
               WHEN d.currency = p.currency AND d.status NOT IN ('warning', 'warning_closed', 'won', 'prevented')
               THEN d.amount_minor ELSE 0 END
     ORDER BY d.id LIMIT %(limit)s
"""


def verify_disputes(connection: Connection, findings: Findings) -> None:
    """Every movement, and every counter of an order, a payment and a dispute."""

    def wrong(statement: str) -> list[Any]:
        return list(connection.exec_driver_sql(statement, {"limit": READ_AT_MOST}))

    for row in wrong(_MOVEMENTS):
        findings.add(
            "dispute_movement_differs",
            encode("dp", row.dispute_id),
            f"{row.number} moved {row.amount_minor} with a fee of {row.fee_minor} {row.currency}: the orders have "
            f"{row.parts_minor} of it, the losses {row.losses_minor}, the journal {row.on_balance_minor} on the balance",
        )
    for row in wrong(_ORDERS):
        findings.add(
            "order_disputed_differs",
            encode("ord", row.id),
            f"says {row.amount_withdrawn_minor} withdrawn and {row.open_disputes} disputes open, its disputes say "
            f"{row.taken_minor} and {row.disputes}",
        )
    for row in wrong(_PAYMENTS):
        detail = f"says {row.amount_disputed_minor} disputed, its disputes {row.counted_minor}"
        findings.add("amount_disputed_differs", encode("pay", row.id), detail)
    for row in wrong(_STATES):
        held = "holds" if row.holds_orders else "does not hold"
        detail = f"is {row.status}, {held} its orders and counts {row.counted_minor}"
        findings.add("dispute_state_differs", encode("dp", row.id), detail)
