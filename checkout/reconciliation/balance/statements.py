"""The literal statements that set our books of a PSP's balance beside what it says of it."""

from __future__ import annotations

from typing import Final

# The last day that was compared with its file: up to its end every movement is known, or is a difference.
LAST_DAY: Final = """
    SELECT r.id, r.business_on FROM reconciliation_runs r
     WHERE r.psp = %(psp)s AND r.status = 'finished'
       AND EXISTS (SELECT 1 FROM settlement_files f
                    WHERE f.psp = r.psp AND f.business_on = r.business_on AND f.status <> 'rejected')
     ORDER BY r.business_on DESC LIMIT 1
"""

# The balances, and beside them what was booked lately, whatever time it counts from (a refund that waited is dated when it
# was asked for): of that the PSP's list says which has moved after the day. One statement, one snapshot: what is booked
# while it runs is in neither.
OURS: Final = """
    WITH accounts AS MATERIALIZED (
        SELECT id, currency FROM ledger_accounts WHERE kind = 'psp_balance' AND owner = %(psp)s
    )
    SELECT currency, account_balance(id) AS minor, '{}'::text[] AS numbers, '' AS source_key, true AS whole FROM accounts
     UNION ALL
    SELECT a.currency, p.amount_minor,
           ARRAY(SELECT DISTINCT n.number FROM psp_numbers n WHERE n.entry_id = e.id AND n.psp = %(psp)s), e.source_key,
           false
      FROM journal_entries e
      JOIN postings p ON p.entry_id = e.id
      JOIN accounts a ON a.id = p.account_id
     WHERE e.effective_at >= %(since)s OR e.id >= %(first_entry)s
"""

# What a difference says that our balance has beyond the PSP's, less what was posted for it or joined with it. Of a row in
# suspense our balance has followed the file: by how much. One that two persons have let stay is none of the resolved ones.
OPEN: Final = """
    SELECT d.alert_id, d.currency, (CASE WHEN d.gone_at IS NULL THEN d.balance_minor ELSE 0 END)::bigint AS minor,
           (SELECT coalesce(sum(k.minor), 0)::bigint FROM alert_links k WHERE k.alert_id = d.alert_id) AS linked,
           s.minor AS put_aside
      FROM settlement_differences d
      JOIN alerts a ON a.id = d.alert_id AND (a.status <> 'resolved' OR a.resolution_kind = 'not_ours')
      LEFT JOIN LATERAL (
            SELECT sum(p.amount_minor)::bigint AS minor
              FROM journal_entries e
              JOIN postings p ON p.entry_id = e.id
              JOIN ledger_accounts b ON b.id = p.account_id AND b.kind = 'psp_balance'
             WHERE e.kind = 'suspense_booked' AND e.source_key = d.number AND d.number <> ''
               AND d.code NOT IN ('duplicate_line', 'amount_mismatch')) s ON true
     WHERE d.psp = %(psp)s AND d.business_on <= %(business_on)s
       AND (d.gone_at IS NULL AND (d.balance_minor <> 0 OR s.minor IS NOT NULL)
            OR d.gone_at IS NOT NULL AND a.status <> 'resolved')
     ORDER BY d.found_at, d.id LIMIT %(limit)s
"""
POSTED: Final = """
    SELECT e.source, p.currency, sum(p.amount_minor)::bigint AS minor
      FROM journal_entries e
      JOIN postings p ON p.entry_id = e.id
      JOIN ledger_accounts a ON a.id = p.account_id AND a.kind = 'psp_balance' AND a.owner = %(psp)s
     WHERE e.source = ANY(%(sources)s)
     GROUP BY e.source, p.currency
"""
# Rows of payments that are still under way by our books: the PSP holds what we have not booked.
EARLY: Final = """
    SELECT l.currency, -l.net_minor AS minor
      FROM reconciliation_runs r
      JOIN settlement_files f ON f.psp = r.psp AND f.business_on = r.business_on AND f.status <> 'rejected'
      JOIN settlement_lines l ON l.file_id = f.id AND l.kind = 'charge'
     WHERE r.psp = %(psp)s AND r.business_on BETWEEN %(first_on)s AND %(business_on)s
       AND r.report -> 'differences' -> 'timing_cutoff' IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM psp_numbers n WHERE n.psp = l.psp AND n.number = l.number)
       AND NOT EXISTS (SELECT 1 FROM settlement_differences d
                        WHERE d.file_id = l.file_id AND d.line = l.line AND d.gone_at IS NULL)
     LIMIT %(limit)s
"""

KEEP: Final = """
    INSERT INTO psp_balance_readings (id, psp, business_on, currency, taken_at, ours_minor, open_minor, theirs_minor,
                                      difference_minor)
    VALUES (%(id)s, %(psp)s, %(business_on)s, %(currency)s, %(taken_at)s, %(ours_minor)s, %(open_minor)s,
            %(theirs_minor)s, %(difference_minor)s)
"""
# Since when the balance has differed without a reading that agreed.
DIFFERS_SINCE: Final = """
    SELECT min(r.taken_at) FROM psp_balance_readings r
     WHERE r.psp = %(psp)s AND r.currency = %(currency)s AND r.difference_minor <> 0
       AND NOT EXISTS (SELECT 1 FROM psp_balance_readings g
                        WHERE g.psp = r.psp AND g.currency = r.currency AND g.difference_minor = 0
                          AND g.taken_at > r.taken_at)
"""
LAST_READING: Final = """
    SELECT count(DISTINCT taken_at) AS readings, max(taken_at) AS taken_at,
           coalesce(bool_or(difference_minor <> 0) FILTER (WHERE taken_at = newest), false) AS differs
      FROM (SELECT *, max(taken_at) OVER () AS newest FROM psp_balance_readings
             WHERE psp = %(psp)s AND business_on = %(business_on)s) AS of_the_day
"""
