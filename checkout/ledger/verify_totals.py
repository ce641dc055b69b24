"""What must hold over the whole ledger at once: sums, sides, orphans, reversals, cached balances. PostgreSQL adds up."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.ledger.chart import CHART
from checkout.ledger.findings import NAMED_AT_MOST, Findings

_ORPHANS: Final = """
    SELECT p.id, p.entry_id, p.amount_minor, p.currency
      FROM postings AS p LEFT JOIN journal_entries AS e ON e.id = p.entry_id
     WHERE e.id IS NULL ORDER BY p.id LIMIT %(limit)s
"""
_OFF_BALANCE: Final = """
    SELECT currency, sum(amount_minor)::bigint AS amount_minor FROM postings
     GROUP BY currency HAVING sum(amount_minor) <> 0 ORDER BY currency
"""
_WRONG_SIDE: Final = """
    SELECT a.id, a.kind, a.owner, a.currency, sum(p.amount_minor)::bigint AS amount_minor
      FROM ledger_accounts AS a JOIN postings AS p ON p.account_id = a.id
     WHERE a.kind = ANY(%(one_sided)s)
     GROUP BY a.id, a.kind, a.owner, a.currency
    HAVING sum(p.amount_minor) * CASE WHEN a.kind = ANY(%(debit)s) THEN 1 ELSE -1 END < 0
     ORDER BY a.id LIMIT %(limit)s
"""
_OVERDRAWN_ORDERS: Final = """
    SELECT p.order_id, p.currency, sum(p.amount_minor)::bigint AS amount_minor
      FROM postings AS p JOIN ledger_accounts AS a ON a.id = p.account_id
     WHERE a.kind = 'seller_pending' AND p.order_id IS NOT NULL
     GROUP BY p.order_id, p.currency HAVING sum(p.amount_minor) > 0
     ORDER BY p.order_id LIMIT %(limit)s
"""
_ACCOUNTS_BY_RULE: Final = """
    SELECT kind, normal_side, either_side, (array_agg(id ORDER BY id))[1] AS first, count(*) AS accounts
      FROM ledger_accounts GROUP BY kind, normal_side, either_side
"""
_BAD_REVERSALS: Final = """
    SELECT r.id, r.reverses_entry_id FROM journal_entries AS r
     WHERE r.reverses_entry_id IS NOT NULL
       AND EXISTS (SELECT FROM postings AS p WHERE p.entry_id IN (r.id, r.reverses_entry_id)
                    GROUP BY p.account_id, p.order_id HAVING sum(p.amount_minor) <> 0)
     ORDER BY r.sequence LIMIT %(limit)s
"""
# Each snapshot against the one before it: every posting is added up once, however many snapshots there are.
_BAD_SNAPSHOTS: Final = """
    SELECT s.account_id, s.through_posting, s.balance_minor, s.before + coalesce(part.amount_minor, 0) AS expected
      FROM (SELECT account_id, through_posting, balance_minor,
                   coalesce(lag(balance_minor) OVER chain, 0) AS before,
                   coalesce(lag(through_posting) OVER chain, 0) AS after_posting
              FROM balance_snapshots WINDOW chain AS (PARTITION BY account_id ORDER BY through_posting)) AS s
     CROSS JOIN LATERAL (SELECT sum(amount_minor) AS amount_minor FROM postings
                          WHERE account_id = s.account_id
                            AND id > s.after_posting AND id <= s.through_posting) AS part
     WHERE s.balance_minor <> s.before + coalesce(part.amount_minor, 0)
     ORDER BY s.account_id, s.through_posting LIMIT %(limit)s
"""


def verify_totals(connection: Connection, findings: Findings) -> None:
    """Whole-ledger rules. Each question returns its first few answers only."""
    limit = {"limit": NAMED_AT_MOST}
    for row in connection.exec_driver_sql(_ORPHANS, limit):
        findings.add(
            "posting_orphan",
            encode("jrn", row.entry_id),
            f"posting {row.id} belongs to no entry that is there",
        )
    for row in connection.exec_driver_sql(_OFF_BALANCE):
        findings.add(
            "trial_balance", row.currency, f"all postings add up to {Money(row.amount_minor, row.currency)}"
        )
    _check_sides(connection, findings)
    for row in connection.exec_driver_sql(_OVERDRAWN_ORDERS, limit):
        amount = Money(row.amount_minor, row.currency)
        findings.add("order_overdrawn", encode("ord", row.order_id), f"seller_pending stands at {amount}")
    for row in connection.exec_driver_sql(_BAD_REVERSALS, limit):
        original = encode("jrn", row.reverses_entry_id)
        findings.add("reversal_differs", encode("jrn", row.id), f"it is not the opposite of {original}")
    for row in connection.exec_driver_sql(_BAD_SNAPSHOTS, limit):
        findings.add(
            "snapshot_differs",
            encode("acc", row.account_id),
            f"through posting {row.through_posting}: cached {row.balance_minor}, postings say {row.expected}",
        )


def _check_sides(connection: Connection, findings: Findings) -> None:
    """By the chart in the code, not by what an account's row says of itself; that is compared as well."""
    for row in connection.exec_driver_sql(_ACCOUNTS_BY_RULE):
        line = CHART.get(row.kind)
        if line is None or (line.normal_side, line.either_side) != (row.normal_side, row.either_side):
            findings.add(
                "account_not_as_in_the_chart",
                encode("acc", row.first),
                f"{row.accounts} of kind {row.kind} with side {row.normal_side}, either side {row.either_side}",
            )
    one_sided = [line.name for line in CHART.values() if not line.either_side]
    debit = [line.name for line in CHART.values() if line.normal_side > 0]
    parameters = {"one_sided": one_sided, "debit": debit, "limit": NAMED_AT_MOST}
    for row in connection.exec_driver_sql(_WRONG_SIDE, parameters):
        findings.add(
            "account_on_wrong_side",
            encode("acc", row.id),
            f"{row.kind} of {row.owner} stands at {Money(row.amount_minor, row.currency)}",
        )
