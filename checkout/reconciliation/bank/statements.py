"""The literal statements of the bank's leg: a statement's rows, and the payouts on their way to our bank, or arrived there."""

from __future__ import annotations

from typing import Final

ROWS: Final = """
    SELECT l.file_id, l.line, l.kind, l.number, l.type, l.source_id, l.reference, l.gross_minor, l.currency,
           l.occurred_at
      FROM settlement_lines l
     WHERE l.file_id = ANY(%(files)s)
       AND ((l.kind = 'payout' AND l.gross_minor > 0) OR l.kind = 'fee'
            OR (l.kind IN ('payout_reversal', 'adjustment') AND l.gross_minor < 0))
     ORDER BY l.file_id, l.line LIMIT %(limit)s
"""
BOOKED: Final = """
    SELECT r.source_key FROM journal_entries r
     WHERE r.kind = ANY(%(kinds)s) AND r.source_key = ANY(%(keys)s)
       AND NOT EXISTS (SELECT 1 FROM journal_entries b WHERE b.reverses_entry_id = r.id)
"""

# Rows of other statements of the account that are the same entry: its day, kind and amount, and the bank's reference of it,
# or, where it has none and is numbered by its place in the statement, that place and every text.
TWINS: Final = """
    SELECT l.file_id, l.line, s.file_id AS other_file_id, s.line AS other_line,
           (g.received_at, g.id) < (f.received_at, f.id) AS earlier
      FROM settlement_lines l
      JOIN settlement_files f ON f.id = l.file_id
      JOIN settlement_files g ON g.psp = f.psp AND g.account = f.account AND g.id <> f.id AND g.status <> 'rejected'
       AND g.business_on BETWEEN f.business_on - %(days)s AND f.business_on + %(days)s
      JOIN settlement_lines s ON s.file_id = g.id AND s.kind = l.kind AND s.currency = l.currency
       AND s.gross_minor = l.gross_minor
       AND (s.occurred_at AT TIME ZONE 'UTC')::date = (l.occurred_at AT TIME ZONE 'UTC')::date
     WHERE l.file_id = ANY(%(files)s)
       AND CASE WHEN starts_with(l.number, f.batch || '/')
                THEN s.number = g.batch || substr(l.number, length(f.batch) + 1)
                     AND (s.reference, s.source_id) = (l.reference, l.source_id)
                ELSE s.number = l.number END
     ORDER BY l.file_id, l.line, g.received_at, g.id LIMIT %(limit)s
"""

# On their way: sent, not wholly on a statement, and not back at the PSP. What came back names no payout, so that of equal
# ones the earliest count as returned: that one may have been sent before the days that are asked for.
SENT: Final = """
    WITH moved AS (
        SELECT e.id AS entry_id, e.kind, e.source_key AS number, e.effective_at, a.owner AS psp, p.currency,
               abs(p.amount_minor) AS amount_minor,
               CASE WHEN e.kind = 'psp_payout_failed' THEN 0 ELSE coalesce((
                    SELECT -sum(q.amount_minor) FROM journal_entries r
                      JOIN postings q ON q.entry_id = r.id AND q.account_id = a.id
                     WHERE r.source = e.source_key AND r.kind IN ('psp_payout_received', 'psp_payout_returned')
                       AND NOT EXISTS (SELECT 1 FROM journal_entries b WHERE b.reverses_entry_id = r.id)), 0)
               END::bigint AS arrived_minor
          FROM ledger_accounts a
          JOIN postings p ON p.account_id = a.id
          JOIN journal_entries e ON e.id = p.entry_id
         WHERE a.kind = 'bank_in_transit' AND e.effective_at >= %(counted_since)s AND e.effective_at < %(until)s
           AND e.kind IN ('psp_payout_sent', 'psp_payout_failed')
    ), counted AS (
        SELECT *, row_number() OVER (PARTITION BY psp, currency, amount_minor, kind ORDER BY effective_at, number) AS place,
               count(*) FILTER (WHERE kind = 'psp_payout_failed') OVER (PARTITION BY psp, currency, amount_minor) AS failed
          FROM moved WHERE arrived_minor < amount_minor
    )
    SELECT c.number, c.psp, c.currency, c.amount_minor - c.arrived_minor AS amount_minor, c.effective_at, c.entry_id,
           coalesce((SELECT max(l.source_id) FROM settlement_lines l
                      WHERE l.psp = c.psp AND l.number = c.number), '') AS source_id
      FROM counted c WHERE c.kind = 'psp_payout_sent' AND c.place > c.failed AND c.effective_at >= %(since)s
     ORDER BY c.effective_at, c.number LIMIT %(limit)s
"""

# On a statement, and not sent back since.
ARRIVED: Final = """
    SELECT r.source AS number, a.owner AS psp, p.currency, -sum(p.amount_minor)::bigint AS amount_minor,
           min(r.effective_at) AS effective_at,
           coalesce((SELECT max(l.source_id) FROM settlement_lines l
                      WHERE l.psp = a.owner AND l.number = r.source), '') AS source_id
      FROM journal_entries r
      JOIN postings p ON p.entry_id = r.id
      JOIN ledger_accounts a ON a.id = p.account_id AND a.kind = 'bank_in_transit'
     WHERE r.kind IN ('psp_payout_received', 'psp_payout_returned') AND r.effective_at >= %(since)s
       AND NOT EXISTS (SELECT 1 FROM journal_entries b WHERE b.reverses_entry_id = r.id)
     GROUP BY r.source, a.owner, p.currency HAVING sum(p.amount_minor) < 0
     ORDER BY min(r.effective_at), r.source LIMIT %(limit)s
"""

# Payouts that were told of as not arrived, on other days.
OPEN_LATE: Final = """
    SELECT d.id, d.entry_id, e.effective_at FROM settlement_differences d JOIN journal_entries e ON e.id = d.entry_id
     WHERE d.psp = %(psp)s AND d.business_on <> %(business_on)s AND d.line IS NULL AND d.gone_at IS NULL
       AND d.code = 'payout_mismatch'
"""
CLOSE_LATE: Final = """
    UPDATE settlement_differences SET gone_at = %(now)s WHERE id = ANY(%(ids)s) AND gone_at IS NULL RETURNING alert_id
"""
