"""The orders against the journal: what each took in went somewhere, and nothing was released that may not be.

Reads the table of orders and knows no more of it than these columns. PostgreSQL adds up, a page of orders at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row

from checkout.core.ids import encode
from checkout.ledger.findings import Findings

PAGE_ORDERS: Final = 1_000
_FIRST: Final = UUID(int=0)

# Whose money is still held; every other order's has gone, or never came.
_HELD: Final = frozenset({"paid", "shipped", "delivered"})

# What the journal holds for each order, what its release took out, and into which parts.
_ORDERS: Final = """
    WITH page AS (
        SELECT o.id, o.status, o.amount_minor, o.amount_refunded_minor + o.amount_withdrawn_minor AS gone_minor,
               o.currency, coalesce((
                   SELECT sum(x.card_minor + x.wallet_minor) FROM refund_parts x JOIN refunds r ON r.id = x.refund_id
                    WHERE x.order_id = o.id AND r.status = 'awaiting_approval'), 0)::bigint AS set_aside_minor
          FROM orders o WHERE o.id > %(after)s ORDER BY o.id LIMIT %(limit)s
    ), booked AS (
        SELECT p.order_id,
               sum(-p.amount_minor) FILTER (WHERE a.kind = 'seller_pending') AS pending,
               count(DISTINCT e.id) FILTER (WHERE e.kind = 'order_released') AS releases,
               sum(p.amount_minor) FILTER (WHERE e.kind = 'order_released' AND a.kind = 'seller_pending') AS released,
               sum(-p.amount_minor) FILTER (WHERE e.kind = 'order_released' AND a.kind IN (
                   'commission_revenue', 'logistics_revenue', 'tax_payable', 'seller_reserve',
                   'seller_available')) AS parts
          FROM page
          JOIN postings p ON p.order_id = page.id
          JOIN journal_entries e ON e.id = p.entry_id
          JOIN ledger_accounts a ON a.id = p.account_id
         GROUP BY p.order_id
    )
    SELECT page.*, coalesce(b.pending, 0)::bigint AS pending, coalesce(b.releases, 0) AS releases,
           coalesce(b.released, 0)::bigint AS released, coalesce(b.parts, 0)::bigint AS parts
      FROM page LEFT JOIN booked b ON b.order_id = page.id ORDER BY page.id
"""


def verify_orders(connection: Connection, findings: Findings) -> int:
    """Every order, a page at a time; returns how many there are."""
    count = 0
    for page in _pages(connection):
        count += len(page)
        for order in page:
            _check(order, findings)
    return count


def _pages(connection: Connection) -> Iterator[Sequence[Row[Any]]]:
    after = _FIRST
    while page := connection.exec_driver_sql(_ORDERS, {"after": after, "limit": PAGE_ORDERS}).all():
        yield page
        after = page[-1].id


def _check(order: Row[Any], findings: Findings) -> None:
    """What came in = refunded + withdrawn + held + released; released = its parts; released once, and only where the
    order says so."""
    name = encode("ord", order.id)
    if order.releases > 1:
        findings.add("order_released_twice", name, f"{order.releases} entries of its release")
    if order.released != order.parts:
        findings.add("release_differs", name, f"{order.released} were released, its parts are {order.parts}")
    if (order.status == "released") != (order.releases > 0):
        said = "has an entry" if order.releases else "has no entry"
        findings.add("release_status_differs", name, f"is {order.status}, and {said} of its release")
    left = (
        order.amount_minor - order.gone_minor + order.set_aside_minor
    )  # a second person has not let it go yet
    expected = left if order.status in _HELD else 0
    if order.pending != expected:
        findings.add(
            "order_held_differs",
            name,
            f"is {order.status}: {expected} minor units of {order.currency} should be held, "
            f"the journal holds {order.pending}",
        )
