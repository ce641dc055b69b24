"""The journal's literal SQL: one statement writes an entry or a batch of them, whole or not at all, and with each entry
the audit row that says who moved the money."""

from __future__ import annotations

from functools import lru_cache
from typing import Final


@lru_cache(maxsize=256)
def post_statement(legs: int, *, numbered: bool) -> str:
    """One entry with so many legs, and its PSP number. Returns a row where it was written, none where it was there."""
    values = ", ".join(
        f"(%(a{i})s::uuid, %(o{i})s::uuid, %(c{i})s::text, %(m{i})s::bigint)" for i in range(legs)
    )
    number = (
        """, number AS (
            INSERT INTO psp_numbers (psp, number, part, entry_id)
            SELECT %(psp)s, %(number)s, %(part)s, id FROM entry
        )"""
        if numbered
        else ""
    )
    return f"""
        WITH entry AS (
            INSERT INTO journal_entries
                (id, kind, source_key, source, cause, effective_at, happened_at, recorded_at, reverses_entry_id)
            VALUES (%(id)s, %(kind)s, %(source_key)s, %(source)s, %(cause)s, %(effective_at)s, %(happened_at)s,
                    %(recorded_at)s, %(reverses)s)
            ON CONFLICT (kind, source_key) DO NOTHING
            RETURNING id
        ), audited AS (
            INSERT INTO audit_log (id, at, actor, role, action, object, after, ip, request_id)
            SELECT id, %(recorded_at)s, %(actor)s, %(role)s, %(action)s, %(source)s,
                   jsonb_build_object('entry', %(name)s::text), %(ip)s, %(request_id)s
              FROM entry
        ){number}
        INSERT INTO postings (entry_id, account_id, order_id, currency, amount_minor)
        SELECT entry.id, leg.* FROM entry, (VALUES {values}) AS leg
        RETURNING entry_id
    """


# Every account with what it holds, debit positive, for readers of many at once: account_balance() asked of thousands
# costs a tenth of a millisecond each. {where}: which accounts. It looks dear to PostgreSQL, which would compile it for longer
# than it takes: WITHOUT_COMPILING goes first.
BALANCES: Final = """
    SELECT a.id, a.kind, a.owner, a.currency, coalesce(s.balance_minor, 0) + coalesce(t.minor, 0) AS minor
      FROM ledger_accounts a
      LEFT JOIN LATERAL (SELECT balance_minor, through_posting FROM balance_snapshots
                          WHERE account_id = a.id ORDER BY through_posting DESC LIMIT 1) s ON true
     CROSS JOIN LATERAL (SELECT sum(p.amount_minor)::bigint AS minor FROM postings p
                          WHERE p.account_id = a.id AND p.id > coalesce(s.through_posting, 0)) t
     WHERE {where}
"""

WITHOUT_COMPILING: Final = "SET LOCAL jit = off"

POST_MANY: Final = """
    WITH entry AS (
        INSERT INTO journal_entries
            (id, kind, source_key, source, cause, effective_at, happened_at, recorded_at, reverses_entry_id)
        SELECT id, kind, source_key, source, %(cause)s, effective_at, happened_at, %(now)s, reverses
          FROM unnest(%(ids)s::uuid[], %(kinds)s::text[], %(source_keys)s::text[], %(sources)s::text[],
                      %(effective_ats)s::timestamptz[], %(happened_ats)s::timestamptz[], %(reverses)s::uuid[])
               WITH ORDINALITY AS e (id, kind, source_key, source, effective_at, happened_at, reverses, position)
         ORDER BY position
        ON CONFLICT (kind, source_key) DO NOTHING
        RETURNING id, kind, source
    ), audited AS (
        INSERT INTO audit_log (id, at, actor, role, action, object, after, ip, request_id)
        SELECT entry.id, %(now)s, %(actor)s, %(role)s, 'ledger.' || kind, source, jsonb_build_object('entry', name),
               %(ip)s, %(request_id)s
          FROM entry JOIN unnest(%(ids)s::uuid[], %(names)s::text[]) AS named (id, name) ON named.id = entry.id
    ), leg AS (
        INSERT INTO postings (entry_id, account_id, order_id, currency, amount_minor)
        SELECT leg.entry_id, leg.account_id, leg.order_id, leg.currency, leg.amount_minor
          FROM unnest(%(entry_ids)s::uuid[], %(account_ids)s::uuid[], %(order_ids)s::uuid[], %(currencies)s::text[],
                      %(amounts)s::bigint[])
               WITH ORDINALITY AS leg (entry_id, account_id, order_id, currency, amount_minor, position)
          JOIN entry ON entry.id = leg.entry_id
         ORDER BY leg.position
    )
    SELECT id FROM entry
"""
