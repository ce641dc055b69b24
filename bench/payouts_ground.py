"""A database full of sellers with released orders that no payout has taken, written past the triggers."""

from __future__ import annotations

from uuid import UUID

import psycopg

from checkout.core.ids import encode
from checkout.db.migrate import upgrade

ITEMS = 10  # of each seller

# Number n as a UUID of a kind: k tells sellers from accounts from entries.
_ID = "('0{k}000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"
ENTRY, SELLER, AVAILABLE = (_ID.replace("{k}", str(k)) for k in (3, 4, 5))
_PSP_ACCOUNT = "'0f000000-0000-7000-8000-000000000001'::uuid"
_OF_ITEM = f"(SELECT {AVAILABLE} FROM (SELECT 1 + mod(n, %(sellers)s) AS n) AS s)"

STATEMENTS = (
    f"""
    INSERT INTO sellers (id, name, hold_days, payout_schedule, verification_status, payouts_enabled, created_at)
    SELECT {SELLER}, 'Seller ' || n, 0, 'daily', 'verified', true, now() FROM generate_series(1, %(sellers)s) AS n
    """,
    f"""
    INSERT INTO connected_accounts (seller_id, psp, idempotency_key, request, psp_account_id, created_at)
    SELECT {SELLER}, 'stripe', n::text, '{{}}', 'acct_' || n, now() FROM generate_series(1, %(sellers)s) AS n
    """,
    f"""
    INSERT INTO ledger_accounts (id, kind, owner, currency, normal_side, either_side, created_at)
    SELECT {AVAILABLE}, 'seller_available', (%(owners)s::text[])[n], 'EUR', -1, true, now()
      FROM generate_series(1, %(sellers)s) AS n
    """,
    """
    INSERT INTO ledger_accounts (id, kind, owner, currency, normal_side, either_side, created_at)
    SELECT gen_random_uuid(), 'payout_in_transit', o, 'EUR', -1, false, now() FROM unnest(%(owners)s::text[]) AS o
    """,
    f"""
    INSERT INTO ledger_accounts (id, kind, owner, currency, normal_side, either_side, created_at)
    VALUES ({_PSP_ACCOUNT}, 'psp_balance', 'stripe', 'EUR', 1, true, now())
    """,
    f"""
    INSERT INTO journal_entries (id, kind, source_key, source, cause, effective_at, recorded_at)
    SELECT {ENTRY}, 'order_released', 'ord_' || n, 'ord_bench', 'system:bench', now(), now()
      FROM generate_series(1, %(items)s) AS n
    """,
    f"""
    INSERT INTO postings (entry_id, account_id, currency, amount_minor)
    SELECT {ENTRY}, leg.account_id, 'EUR', leg.amount_minor
      FROM generate_series(1, %(items)s) AS n
     CROSS JOIN LATERAL (VALUES ({_PSP_ACCOUNT}, 1050), ({_OF_ITEM}, -1050)) AS leg (account_id, amount_minor)
    """,
    # As the sealing job leaves it: what a balance adds up is short.
    """
    INSERT INTO balance_snapshots (account_id, through_posting, balance_minor, taken_at)
    SELECT account_id, (SELECT max(id) FROM postings), sum(amount_minor), now() FROM postings GROUP BY account_id
    """,
)


def fill(url: str, sellers: int) -> None:
    """Migrates the database and writes so many sellers, each with ITEMS releases of 10.50."""
    upgrade(url)
    owners = [encode("sel", UUID(f"04000000-0000-7000-8000-{n:012x}")) for n in range(1, sellers + 1)]
    values = {"sellers": sellers, "items": sellers * ITEMS, "owners": owners}
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in STATEMENTS:
            named = {name: value for name, value in values.items() if f"%({name})s" in statement}
            connection.execute(statement, named or None)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
