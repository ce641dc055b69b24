"""The refunds against the journal, and against what orders, lines and payments count of them.

Reads those tables and knows no more of them than these columns. PostgreSQL adds up, a page at a time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, Row

from checkout.core.ids import encode
from checkout.ledger.findings import Findings

PAGE: Final = 500
_FIRST: Final = UUID(int=0)

# A refund that came back counts no more, but for what its wallet part gave; one that was never let go, for nothing.
_NEVER_BEGUN: Final = (
    "coalesce(r.status = 'failed' AND r.failure_code IN ('not_approved', 'not_left'), false)"
)
_STANDS: Final = (
    f"CASE WHEN r.returned_at IS NULL THEN {{whole}} WHEN {_NEVER_BEGUN} THEN 0 ELSE {{kept}} END"
)
_REFUNDED: Final = _STANDS.format(whole="x.card_minor + x.wallet_minor", kept="x.wallet_minor")
_TO_WALLET: Final = _STANDS.format(whole="x.wallet_minor", kept="x.wallet_minor")
_LOGISTICS: Final = _STANDS.format(
    whole="x.logistics_fee_minor", kept="CASE WHEN x.wallet_minor > 0 THEN x.logistics_fee_minor ELSE 0 END"
)

# What the row says it counts, and what its refunds come to.
_ORDERS: Final = f"""
    SELECT o.id, o.amount_refunded_minor AS says_refunded, back.refunded, o.refunded_to_wallet_minor AS says_to_wallet,
           back.to_wallet, o.logistics_returned_minor AS says_logistics, back.logistics,
           o.refunds_in_flight AS says_in_flight, back.in_flight,
           coalesce(lines.says, 0) AS says_pieces, coalesce(lines.pieces, 0) AS pieces
      FROM orders o
     CROSS JOIN LATERAL (
           SELECT coalesce(sum({_REFUNDED}), 0) AS refunded, coalesce(sum({_TO_WALLET}), 0) AS to_wallet,
                  coalesce(sum({_LOGISTICS}), 0) AS logistics, count(*) FILTER (WHERE r.in_flight) AS in_flight
             FROM refund_parts x JOIN refunds r ON r.id = x.refund_id WHERE x.order_id = o.id) back
     CROSS JOIN LATERAL (
           SELECT sum(l.refunded_quantity) AS says, sum((
                      SELECT sum(b.quantity) FROM refund_parts x
                        JOIN refunds r ON r.id = x.refund_id AND r.returned_at IS NULL
                        JOIN refund_lines b ON b.refund_id = r.id AND b.line_id = l.id
                       WHERE x.order_id = o.id)) AS pieces
             FROM order_lines l WHERE l.order_id = o.id) lines
     WHERE o.id > %(after)s ORDER BY o.id LIMIT %(limit)s
"""
_PAYMENTS: Final = f"""
    SELECT p.id, p.amount_refunded_minor AS says_refunded,
           (SELECT coalesce(sum({_STANDS.format(whole="r.amount_minor", kept="r.wallet_minor")}), 0)
              FROM refunds r WHERE r.payment_id = p.id AND r.currency = p.currency) AS refunded
      FROM payments p WHERE p.id > %(after)s ORDER BY p.id LIMIT %(limit)s
"""
_REFUNDS: Final = f"""
    SELECT r.id, r.psp, r.currency, r.card_minor, r.wallet_minor, r.kind = 'external' AS is_external,
           r.status <> 'awaiting_approval' AND NOT {_NEVER_BEGUN} AS is_begun, r.returned_at IS NOT NULL AS is_returned,
           r.balance_transaction IS NOT NULL AS is_sent
      FROM refunds r WHERE r.id > %(after)s ORDER BY r.id LIMIT %(limit)s
"""
_BOOKED: Final = """
    SELECT e.source, e.kind, a.kind AS account, sum(p.amount_minor)::bigint AS minor
      FROM journal_entries e
      JOIN postings p ON p.entry_id = e.id
      JOIN ledger_accounts a ON a.id = p.account_id
     WHERE e.source = ANY(%(sources)s)
       AND a.kind IN ('psp_balance', 'refund_in_transit', 'customer_wallet')
     GROUP BY 1, 2, 3
"""
_IN_TRANSIT: Final = """
    SELECT owner, currency, -account_balance(id) AS minor FROM ledger_accounts WHERE kind = 'refund_in_transit'
"""

Booked = Counter[tuple[str, str]]  # (kind of entry, kind of account): debit positive


def verify_refunds(connection: Connection, findings: Findings) -> None:
    """Every order, payment and refund, a page at a time."""
    _verify_counters(connection, findings)
    waiting: Counter[tuple[str, str]] = Counter()
    for refund, booked in _with_booked(connection):
        _check_refund(refund, booked, findings)
        waiting[refund.psp, refund.currency] += _waiting(refund)
    held = {(row.owner, row.currency): row.minor for row in connection.exec_driver_sql(_IN_TRANSIT)}
    for key in sorted({*held, *waiting}):
        if held.get(key, 0) != waiting[key]:
            detail = f"{key[1]}: the journal holds {held.get(key, 0)}, refunds that were asked for and not sent are {waiting[key]}"
            findings.add("refund_in_transit_differs", key[0], detail)


def _verify_counters(connection: Connection, findings: Findings) -> None:
    for statement, prefix, names in (
        (
            _ORDERS,
            "ord",
            ("refunded", "to_wallet", "logistics", "in_flight", "pieces"),
        ),
        (_PAYMENTS, "pay", ("refunded",)),
    ):
        for page in _pages(connection, statement):
            for row in page:
                for name in names:
                    says, is_so = getattr(row, f"says_{name}"), getattr(row, name)
                    if says != is_so:
                        detail = f"counts {says} as {name.replace('_', ' ')}; its refunds come to {is_so}"
                        findings.add("refunded_differs", encode(prefix, row.id), detail)


def _with_booked(connection: Connection) -> Iterator[tuple[Row[Any], Booked]]:
    for page in _pages(connection, _REFUNDS):
        booked: dict[str, Booked] = defaultdict(Counter)
        sources = [encode("re", refund.id) for refund in page]
        for row in connection.exec_driver_sql(_BOOKED, {"sources": sources}):
            booked[row.source][row.kind, row.account] = row.minor
        for refund, source in zip(page, sources, strict=True):
            yield refund, booked[source]


def _pages(connection: Connection, statement: str) -> Iterator[Sequence[Row[Any]]]:
    after = _FIRST
    while page := connection.exec_driver_sql(statement, {"after": after, "limit": PAGE}).all():
        yield page
        after = page[-1].id


def _waiting(refund: Row[Any]) -> int:
    """What of it lies between us and the PSP."""
    is_over = refund.is_external or refund.is_returned or refund.is_sent or not refund.is_begun
    return 0 if is_over else int(refund.card_minor)


def _check_refund(refund: Row[Any], booked: Booked, findings: Findings) -> None:
    """What left its orders, what came back to them, what the wallet got, and what is on its way: each as its row says."""
    card = refund.card_minor if refund.is_begun else 0
    asked = booked["refund_requested", "refund_in_transit"] + booked["external_refund", "psp_balance"]
    for name, expected, minor in (
        ("taken for the card", card, -asked),
        (
            "credited",
            refund.wallet_minor if refund.is_begun else 0,
            -booked["refund_requested", "customer_wallet"],
        ),
        ("given back", card if refund.is_returned else 0, booked["refund_failed", "refund_in_transit"]),
        (
            "on its way",
            _waiting(refund),
            -sum(minor for (_, account), minor in booked.items() if account == "refund_in_transit"),
        ),
    ):
        if expected != minor:
            detail = f"{expected} minor units of {refund.currency} should be {name}, the journal has {minor}"
            findings.add("refund_differs", encode("re", refund.id), detail)
