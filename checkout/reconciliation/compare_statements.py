"""The literal statements that hold a day's lines against the journal. Set-based: only what differs leaves PostgreSQL.

Ours is, for each number of the PSP's, what its entries moved on psp_balance (net) and on the fee accounts (fee); so
gross = net + fee, as in the file. A number that was only put aside in suspense is not explained by it.
"""

from __future__ import annotations

from typing import Final

_DAY: Final = """
    day AS MATERIALIZED (
        SELECT l.file_id, l.line, l.kind, l.type, l.number, l.source_id, l.reference, l.gross_minor, l.fee_minor,
               l.net_minor, l.currency, l.occurred_at
          FROM settlement_lines l
         WHERE l.file_id = ANY(%(files)s)
    )"""

DIFFERING: Final = f"""
    WITH {_DAY}, ours AS (
        SELECT n.number, p.currency,
               coalesce(sum(p.amount_minor) FILTER (WHERE a.kind = 'psp_balance'), 0)::bigint AS net,
               coalesce(sum(p.amount_minor) FILTER (WHERE a.kind <> 'psp_balance'), 0)::bigint AS fee
          FROM (SELECT DISTINCT number FROM day) l
          JOIN psp_numbers n ON n.psp = %(psp)s AND n.number = l.number
          JOIN postings p ON p.entry_id = n.entry_id
          JOIN ledger_accounts a ON a.id = p.account_id AND a.kind IN ('psp_balance', 'psp_fees', 'dispute_fees')
         GROUP BY n.number, p.currency
    ), twice AS (
        SELECT number, (array_agg(line ORDER BY file_id, line))[1] AS first_line,
               (array_agg(file_id ORDER BY file_id, line))[1] AS first_file
          FROM day GROUP BY number HAVING count(*) > 1
    ), former AS (
        SELECT DISTINCT l.number
          FROM settlement_files f
          JOIN settlement_lines l ON l.file_id = f.id
          JOIN day d ON d.number = l.number
         WHERE f.psp = %(psp)s AND f.status <> 'rejected' AND f.received_at < %(received_at)s
           AND NOT f.id = ANY(%(files)s)
    ), differing AS (
        SELECT d.*, f.number IS NOT NULL AS in_former_file, o.net AS ours_net, o.fee AS ours_fee,
               t.number IS NOT NULL AND (d.file_id, d.line) <> (t.first_file, t.first_line) AS repeated
          FROM day d
          LEFT JOIN ours o ON o.number = d.number AND o.currency = d.currency
          LEFT JOIN twice t ON t.number = d.number
          LEFT JOIN former f ON f.number = d.number
         WHERE f.number IS NOT NULL OR o.number IS NULL OR o.net <> d.net_minor OR (o.fee <> d.fee_minor AND d.kind <> 'fee')
            OR t.number IS NOT NULL
            OR EXISTS (SELECT 1 FROM journal_entries e WHERE e.kind = 'suspense_booked' AND e.source_key = d.number)
    )
    SELECT d.*, x.currency AS other_currency, x.net AS other_net,
           (SELECT n.entry_id FROM psp_numbers n
             WHERE n.psp = %(psp)s AND n.number = d.number AND n.part = 'movement') AS entry_id,
           (SELECT e.source FROM psp_numbers n JOIN journal_entries e ON e.id = n.entry_id
             WHERE n.psp = %(psp)s AND n.number = d.number AND n.part = 'movement') AS entry_source,
           c.id AS charge_entry_id, c.source AS charge_source, c.minor AS charge_minor, c.currency AS charge_currency,
           EXISTS (SELECT 1 FROM journal_entries e
                    WHERE e.kind = 'suspense_booked' AND e.source_key = d.number) AS in_suspense
      FROM differing d
      LEFT JOIN ours x ON x.number = d.number AND x.currency <> d.currency AND x.net <> 0
      LEFT JOIN LATERAL (
            SELECT e.id, e.source, p.amount_minor AS minor, p.currency
              FROM journal_entries e
              JOIN postings p ON p.entry_id = e.id
              JOIN ledger_accounts a ON a.id = p.account_id AND a.kind = 'psp_balance'
             WHERE e.kind IN ('payment_captured', 'payment_unapplied', 'wallet_topped_up')
               AND e.source_key = d.source_id AND d.source_id <> '' LIMIT 1) c ON true
     ORDER BY d.file_id, d.line
"""

# The journal's side: what the PSP moved by our books that day, and no line of the files around it has told.
UNTOLD: Final = """
    WITH ours AS (
        SELECT e.id AS entry_id, e.kind, e.source, e.source_key, e.effective_at, p.currency,
               sum(p.amount_minor)::bigint AS minor
          FROM journal_entries e
          JOIN postings p ON p.entry_id = e.id
          JOIN ledger_accounts a ON a.id = p.account_id AND a.kind = 'psp_balance' AND a.owner = %(psp)s
         WHERE e.effective_at >= %(from_at)s AND e.effective_at < %(before_at)s AND e.kind = ANY(%(kinds)s)
         GROUP BY e.id, p.currency
    ), told AS (
        SELECT l.number, l.source_id FROM settlement_lines l
          JOIN settlement_files f ON f.id = l.file_id
         WHERE f.psp = %(psp)s AND f.business_on BETWEEN %(first_on)s AND %(last_on)s AND f.status <> 'rejected'
    )
    SELECT o.*, m.number,
           (SELECT -p.amount_minor FROM psp_numbers f
              JOIN postings p ON p.entry_id = f.entry_id
              JOIN ledger_accounts a ON a.id = p.account_id AND a.kind = 'psp_balance'
             WHERE f.psp = %(psp)s AND f.number = m.number AND f.part = 'fee' AND p.currency = o.currency) AS fee_minor
      FROM ours o
      LEFT JOIN LATERAL (
            SELECT n.number FROM psp_numbers n WHERE n.psp = %(psp)s AND n.entry_id = o.entry_id LIMIT 1) m ON true
     WHERE NOT EXISTS (SELECT 1 FROM psp_numbers n JOIN told t ON t.number = n.number
                        WHERE n.psp = %(psp)s AND n.entry_id = o.entry_id)
       AND NOT EXISTS (SELECT 1 FROM told t WHERE t.source_id = o.source_key AND t.source_id <> '')
     ORDER BY o.effective_at, o.entry_id
"""

TOTALS: Final = """
    SELECT currency, count(*) AS rows, sum(gross_minor)::bigint AS gross, sum(fee_minor)::bigint AS fee,
           sum(net_minor)::bigint AS net
      FROM settlement_lines WHERE file_id = ANY(%(files)s) GROUP BY currency ORDER BY currency
"""

KEEP_DIFFERENCE: Final = """
    INSERT INTO settlement_differences (id, psp, business_on, code, subject, file_id, line, entry_id, payment_id, number,
                                        source_id, ours_minor, theirs_minor, difference_minor, balance_minor, currency,
                                        detail, found_at)
    VALUES (%(id)s, %(psp)s, %(business_on)s, %(code)s, %(subject)s, %(file_id)s, %(line)s, %(entry_id)s,
            %(payment_id)s, %(number)s, %(source_id)s, %(ours_minor)s, %(theirs_minor)s, %(difference_minor)s,
            %(balance_minor)s, %(currency)s, %(detail)s, %(now)s)
    ON CONFLICT (psp, business_on, code, subject) DO UPDATE
       SET difference_minor = EXCLUDED.difference_minor, ours_minor = EXCLUDED.ours_minor,
           theirs_minor = EXCLUDED.theirs_minor, balance_minor = EXCLUDED.balance_minor,
           detail = EXCLUDED.detail, gone_at = NULL
    RETURNING id, alert_id
"""

# What stood against a day and does not any more.
GONE: Final = """
    UPDATE settlement_differences SET gone_at = %(now)s
     WHERE psp = %(psp)s AND business_on = %(business_on)s AND gone_at IS NULL AND NOT id = ANY(%(still)s)
    RETURNING id, alert_id
"""

NAME_ALERT: Final = "UPDATE settlement_differences SET alert_id = %(alert_id)s WHERE id = %(id)s"

OPEN_RUN: Final = """
    INSERT INTO reconciliation_runs (id, psp, business_on, status, started_at, started_by)
    VALUES (%(id)s, %(psp)s, %(business_on)s, 'running', %(now)s, %(by)s)
    ON CONFLICT (psp, business_on) DO UPDATE
       SET status = 'running', started_at = EXCLUDED.started_at, finished_at = NULL,
           started_by = EXCLUDED.started_by, times = reconciliation_runs.times + 1
    RETURNING id
"""

FINISH_RUN: Final = """
    UPDATE reconciliation_runs SET status = 'finished', finished_at = %(now)s, report = %(report)s WHERE id = %(id)s
"""
