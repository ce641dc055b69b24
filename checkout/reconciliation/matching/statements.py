"""The literal statements that hold a day's lines against the journal. Set-based: only what differs leaves PostgreSQL.

Ours is, for each number of the PSP's, what its entries moved on psp_balance (net) and on the fee accounts (fee); so
gross = net + fee, as in the file. A number that was only put aside in suspense is not explained by it.
"""

from __future__ import annotations

from typing import Final

# The numbers of a day whose one line is what the postings of these days say are done with; the others, a few, are looked
# at closely. One pass: postings less lines, by a hash of number and currency, which is a fraction of their size; what is
# not zero is left. Lines of two numbers that had one hash would be two in its place, and left; an entry without a line is
# looked for by its number (BEYOND). Entries and postings are numbered as time goes on: both ranges keep the join from
# reading the journal of years, and what they leave out is looked at closely too. `what`: 1 a line, 2 a posting, 4 a line of
# a cost, whose fee is not told apart.
_HASH: Final = "hashtextextended({0}.number, hashtext({1}.currency))"
REMAINDER: Final = f"""
    CREATE TEMPORARY TABLE remainder ON COMMIT DROP AS
    SELECT d.number FROM settlement_lines d JOIN (
        SELECT hash FROM (
            SELECT {_HASH.format("l", "l")} AS hash, 1::bigint AS lines, CASE l.kind WHEN 'fee' THEN 5 ELSE 1 END AS what,
                   -l.net_minor AS net, -l.fee_minor AS fee
              FROM settlement_lines l WHERE l.file_id = ANY(%(files)s)
             UNION ALL
            SELECT {_HASH.format("n", "p")}, 0, 2,
                   CASE WHEN p.account_id = ANY(%(balances)s::uuid[]) THEN p.amount_minor ELSE 0 END,
                   CASE WHEN p.account_id = ANY(%(fees)s::uuid[]) THEN p.amount_minor ELSE 0 END
              FROM postings p
              JOIN psp_numbers n ON n.entry_id = p.entry_id AND n.psp = %(psp)s AND n.entry_id >= %(first_entry)s
             WHERE p.id >= %(first_posting)s AND p.account_id = ANY(%(balances)s::uuid[] || %(fees)s::uuid[])
        ) moved
         GROUP BY hash
        HAVING whole_sum(lines) > 0
           AND (whole_sum(lines) > 1 OR bit_or(what) & 2 = 0 OR whole_sum(net) <> 0
                OR (whole_sum(fee) <> 0 AND bit_or(what) & 4 = 0))
    ) odd ON odd.hash = {_HASH.format("d", "d")}
     WHERE d.file_id = ANY(%(files)s)
"""
NEIGHBOURS: Final = """
    SELECT id FROM settlement_files
     WHERE psp = %(psp)s AND status <> 'rejected' AND received_at < %(received_at)s AND NOT id = ANY(%(files)s)
       AND business_on >= %(look_back_on)s
"""
TOLD_BEFORE: Final = """
    INSERT INTO remainder
    SELECT number FROM settlement_lines WHERE file_id = ANY(%(files)s)
    INTERSECT
    SELECT number FROM settlement_lines WHERE file_id = ANY(%(neighbours)s)
"""
PUT_ASIDE: Final = """
    INSERT INTO remainder
    SELECT e.source_key FROM journal_entries e
     WHERE e.kind = 'suspense_booked'
       AND EXISTS (SELECT 1 FROM settlement_lines l
                    WHERE l.psp = %(psp)s AND l.number = e.source_key AND l.file_id = ANY(%(files)s))
"""
ANALYSE_REMAINDER: Final = "ANALYZE remainder"

ACCOUNTS: Final = """
    SELECT coalesce(array_agg(id) FILTER (WHERE kind = 'psp_balance' AND owner = %(psp)s), '{}') AS balances,
           coalesce(array_agg(id) FILTER (WHERE kind IN ('psp_fees', 'dispute_fees')), '{}') AS fees
      FROM ledger_accounts
"""
FIRST_POSTING: Final = """
    SELECT coalesce(min(id), 0) FROM postings
     WHERE entry_id = (SELECT id FROM journal_entries WHERE id >= %(first_entry)s ORDER BY id LIMIT 1)
"""

# Every line that tells of a number that is not plainly done with, of whatever day: found by the number, one by one, for
# nobody has analysed the lines of a night that has just come in.
TOLD: Final = """
    CREATE TEMPORARY TABLE told ON COMMIT DROP AS
    SELECT l.file_id, l.line, l.kind, l.type, l.number, l.source_id, l.reference, l.gross_minor, l.fee_minor, l.net_minor,
           l.currency, l.occurred_at, l.method, l.file_id = ANY(%(files)s) AS today
      FROM (SELECT DISTINCT number FROM remainder) r
     CROSS JOIN LATERAL (
            SELECT * FROM settlement_lines s WHERE s.psp = %(psp)s AND s.number = r.number OFFSET 0) l
      JOIN settlement_files f ON f.id = l.file_id
     WHERE l.file_id = ANY(%(files)s) OR (f.status <> 'rejected' AND f.received_at < %(received_at)s)
"""
ANALYSE_TOLD: Final = "ANALYZE told"

DIFFERING: Final = """
    WITH day AS MATERIALIZED (
        SELECT * FROM told WHERE today
    ), ours AS MATERIALIZED (
        SELECT n.number, p.currency,
               coalesce(sum(p.amount_minor) FILTER (WHERE p.account_id = ANY(%(balances)s::uuid[])), 0)::bigint AS net,
               coalesce(sum(p.amount_minor) FILTER (WHERE p.account_id = ANY(%(fees)s::uuid[])), 0)::bigint AS fee
          FROM (SELECT DISTINCT number FROM remainder) r
          JOIN psp_numbers n ON n.psp = %(psp)s AND n.number = r.number
          JOIN postings p ON p.entry_id = n.entry_id AND p.account_id = ANY(%(balances)s::uuid[] || %(fees)s::uuid[])
         GROUP BY n.number, p.currency
    ), placed AS (
        SELECT *, today AND row_number() OVER (PARTITION BY number, today ORDER BY file_id, line) = 1 AS first_today,
               today AND count(*) OVER (PARTITION BY number, today) > 1 AS more_today FROM told
    ), numbers AS MATERIALIZED (
        SELECT number, bool_or(more_today) AS twice, bool_or(NOT today) AS former,
               (array_agg(file_id) FILTER (WHERE first_today))[1] AS first_file,
               (array_agg(line) FILTER (WHERE first_today))[1] AS first_line,
               array_agg(DISTINCT (gross_minor, fee_minor, currency)::text)
                   FILTER (WHERE NOT today OR (first_today AND more_today)) AS said
          FROM placed GROUP BY number
    )
    SELECT d.file_id, d.line, d.kind, d.type, d.number, d.source_id, d.reference, d.gross_minor, d.fee_minor, d.net_minor,
           d.currency, d.occurred_at, d.method, o.net AS ours_net, o.fee AS ours_fee,
           t.twice AND (d.file_id, d.line) <> (t.first_file, t.first_line) AS repeated, t.former AS in_former_file,
           coalesce(t.said <> ARRAY[(d.gross_minor, d.fee_minor, d.currency)::text], false) AS told_otherwise,
           x.currency AS other_currency, x.net AS other_net, x.fee AS other_fee, m.entry_id, m.entry_source,
           c.id AS charge_entry_id, c.source AS charge_source, c.minor AS charge_minor, c.currency AS charge_currency,
           EXISTS (SELECT 1 FROM journal_entries e
                    WHERE e.kind = 'suspense_booked' AND e.source_key = d.number) AS in_suspense
      FROM day d
      JOIN numbers t ON t.number = d.number
      LEFT JOIN ours o ON o.number = d.number AND o.currency = d.currency
      LEFT JOIN ours x ON x.number = d.number AND x.currency <> d.currency AND x.net <> 0
      LEFT JOIN LATERAL (
            SELECT e.id AS entry_id, e.source AS entry_source
              FROM psp_numbers n JOIN journal_entries e ON e.id = n.entry_id
             WHERE n.psp = %(psp)s AND n.number = d.number AND n.part = 'movement') m ON true
      LEFT JOIN LATERAL (
            SELECT e.id, e.source, p.amount_minor AS minor, p.currency
              FROM journal_entries e
              JOIN postings p ON p.entry_id = e.id AND p.account_id = ANY(%(balances)s::uuid[])
             WHERE e.kind IN ('payment_captured', 'payment_unapplied', 'wallet_topped_up')
               AND e.source_key = d.source_id AND d.source_id <> '' LIMIT 1) c ON true
     WHERE o.number IS NULL OR o.net <> d.net_minor OR (o.fee <> d.fee_minor AND d.kind <> 'fee') OR t.twice OR t.former
        OR EXISTS (SELECT 1 FROM journal_entries e WHERE e.kind = 'suspense_booked' AND e.source_key = d.number)
     ORDER BY d.file_id, d.line
"""

FIRST_DIFFERING: Final = f"{DIFFERING} LIMIT %(most)s"  # the driver would hold all of a million in memory
# What comes after as many lines as are looked at one by one: a night in which so many differ has one cause.
FURTHER: Final = f"""
    SELECT currency, count(*) AS lines, sum(gross_minor)::bigint AS theirs,
           sum(coalesce(ours_net + ours_fee, 0))::bigint AS ours, sum(coalesce(ours_net, 0) - net_minor)::bigint AS beyond,
           (array_agg(file_id ORDER BY file_id, line))[1] AS file_id, (array_agg(line ORDER BY file_id, line))[1] AS line
      FROM ({DIFFERING} OFFSET %(looked_at)s) further GROUP BY currency ORDER BY currency
"""

# The journal's side: what the PSP moved by our books that day, and no line tells of: neither of the day itself
# (BEYOND: what is left, mostly nothing) nor of the files around it, nor, where an entry was recorded days after it took
# effect, of the files around that day (a bank debit's charge is made days before the bank says yes), nor, where an entry
# counts later than it happened, of any file. A charge whose number nobody has learnt yet has no line either: its line would have told it.
FILES_OF_DAY: Final = """
    SELECT id FROM settlement_files WHERE psp = %(psp)s AND business_on = %(business_on)s AND status <> 'rejected'
"""
BEYOND: Final = """
    CREATE TEMPORARY TABLE beyond ON COMMIT DROP AS
    SELECT e.id AS entry_id, n.number
      FROM journal_entries e
      LEFT JOIN psp_numbers n ON n.entry_id = e.id AND n.psp = %(psp)s AND n.entry_id >= %(first_entry)s
     WHERE e.effective_at >= %(from_at)s AND e.effective_at < %(before_at)s AND e.kind = ANY(%(kinds)s)
       AND NOT EXISTS (SELECT 1 FROM settlement_lines l WHERE l.file_id = ANY(%(files)s) AND l.number = n.number)
"""
# Numbers of entries that were left out above, if any were; and what has none. The entries themselves are fetched for what
# is left: carried along with a night's million they would be most of what is joined.
NUMBER_BEYOND: Final = """
    UPDATE beyond b SET number = n.number FROM psp_numbers n
     WHERE b.number IS NULL AND n.entry_id = b.entry_id AND n.psp = %(psp)s
"""
ANALYSE_BEYOND: Final = "ANALYZE beyond"
UNTOLD: Final = """
    WITH whole AS (
        SELECT b.entry_id, e.kind, e.source, e.source_key, e.effective_at, e.recorded_at, e.happened_at, b.number
          FROM beyond b JOIN journal_entries e ON e.id = b.entry_id
    ), alone AS MATERIALIZED (
        SELECT o.* FROM whole o
         WHERE NOT EXISTS (SELECT 1 FROM settlement_lines l JOIN settlement_files f ON f.id = l.file_id
                            WHERE l.psp = %(psp)s AND l.number = o.number AND f.status <> 'rejected'
                              AND (f.business_on BETWEEN %(first_on)s AND %(last_on)s OR o.happened_at IS NOT NULL
                                   OR (o.recorded_at >= %(over_at)s AND f.business_on BETWEEN %(first_on)s
                                       AND (o.recorded_at AT TIME ZONE 'UTC')::date + %(forward)s)))
           AND NOT EXISTS (SELECT 1 FROM settlement_other_lines l JOIN settlement_files f ON f.id = l.file_id
                            WHERE f.psp = %(psp)s AND f.status <> 'rejected' AND f.rows_rejected > 0
                              AND f.business_on BETWEEN %(first_on)s AND %(last_on)s
                              AND l.role = 'rejected' AND l.number <> '' AND o.source_key <> ''
                              AND (l.number = o.number OR l.source_id = o.source_key))
    )
    SELECT o.*, p.currency, p.amount_minor AS minor,
           (SELECT -fp.amount_minor FROM psp_numbers f
              JOIN postings fp ON fp.entry_id = f.entry_id AND fp.account_id = ANY(%(balances)s::uuid[])
             WHERE f.psp = %(psp)s AND f.number = o.number AND f.part = 'fee' AND fp.currency = p.currency) AS fee_minor
      FROM alone o
      JOIN postings p ON p.entry_id = o.entry_id AND p.account_id = ANY(%(balances)s::uuid[])
     ORDER BY o.effective_at, o.entry_id LIMIT %(limit)s
"""

# Rows that were kept out, where what they tell of is in the journal: that entry waits for nothing but them.
REJECTED: Final = """
    SELECT o.file_id, o.line, o.code, o.detail, o.number, o.source_id, e.id AS entry_id, e.source, e.source_key,
           p.currency, p.amount_minor AS minor,
           coalesce((SELECT -q.amount_minor FROM psp_numbers f
                       JOIN postings q ON q.entry_id = f.entry_id
                       JOIN ledger_accounts b ON b.id = q.account_id AND b.kind = 'psp_balance'
                      WHERE f.psp = %(psp)s AND f.number = o.number AND f.part = 'fee'
                        AND q.currency = p.currency), 0) AS fee_minor
      FROM settlement_other_lines o
      JOIN LATERAL (
            SELECT n.entry_id FROM psp_numbers n
             WHERE n.psp = %(psp)s AND n.number = o.number AND n.part = 'movement'
             UNION
            SELECT c.id FROM journal_entries c
             WHERE c.kind IN ('payment_captured', 'payment_unapplied', 'wallet_topped_up')
               AND c.source_key = o.source_id AND o.source_id <> '' LIMIT 1) found ON true
      JOIN journal_entries e ON e.id = found.entry_id
      JOIN postings p ON p.entry_id = e.id
      JOIN ledger_accounts a ON a.id = p.account_id AND a.kind = 'psp_balance'
     WHERE o.file_id = ANY(%(files)s) AND o.role = 'rejected' AND o.number <> ''
     ORDER BY o.file_id, o.line LIMIT %(limit)s
"""

# As they were added up when the file was read, which is why the lines need not be.
TOTALS: Final = """
    SELECT t.key AS currency, sum((t.value ->> 'rows')::bigint)::bigint AS rows,
           sum((t.value ->> 'gross')::bigint)::bigint AS gross, sum((t.value ->> 'fee')::bigint)::bigint AS fee,
           sum((t.value ->> 'net')::bigint)::bigint AS net
      FROM settlement_files f CROSS JOIN jsonb_each(f.totals) AS t (key, value)
     WHERE f.id = ANY(%(files)s) GROUP BY t.key ORDER BY t.key
"""

# What stood against a day and does not any more.
GONE: Final = """
    UPDATE settlement_differences SET gone_at = %(now)s
     WHERE psp = %(psp)s AND business_on = %(business_on)s AND gone_at IS NULL AND NOT id = ANY(%(still)s)
    RETURNING id, alert_id
"""

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
