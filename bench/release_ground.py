"""A database full of delivered orders whose hold has passed, written past the triggers: only their release is measured."""

from __future__ import annotations

import psycopg

from checkout.db.migrate import upgrade

SELLERS = 200

# Number n as a UUID of a kind: k tells payments from orders from entries.
_ID = "('0{k}000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid"
PAYMENT, ORDER, CAPTURE, SELLER, PENDING = (_ID.replace("{k}", str(k)) for k in range(1, 6))
_OF_SELLER = f"(SELECT i FROM (SELECT {SELLER} FROM (SELECT 1 + mod(n, {SELLERS}) AS n) AS s) AS t (i))"
_OF_ACCOUNT = f"(SELECT i FROM (SELECT {PENDING} FROM (SELECT 1 + mod(n, {SELLERS}) AS n) AS s) AS t (i))"
_PSP_ACCOUNT = "'0f000000-0000-7000-8000-000000000001'::uuid"

STATEMENTS = (
    "INSERT INTO storefronts (id, name, created_at) VALUES (gen_random_uuid(), 'Bench', now())",
    """
    INSERT INTO shoppers (id, storefront_id, email_index, key_sealed, details, created_at)
    SELECT gen_random_uuid(), id, sha256('jo'), '\\x00', '\\x00', now() FROM storefronts
    """,
    f"""
    INSERT INTO sellers (id, name, hold_days, reserve_bps, reserve_days, verification_status, payouts_enabled, created_at)
    SELECT {SELLER}, 'Seller ' || n, 0, 500, 30, 'verified', true, now() FROM generate_series(1, {SELLERS}) AS n
    """,
    """
    INSERT INTO fee_plans (id, seller_id, version, commission_bps, valid_from, created_at)
    SELECT gen_random_uuid(), id, 1, 1000, now(), now() FROM sellers
    """,
    f"""
    INSERT INTO ledger_accounts (id, kind, owner, currency, normal_side, either_side, created_at)
    SELECT {PENDING}, 'seller_pending', %(owners)s::text[] -> n, 'EUR', -1, false, now()
      FROM generate_series(1, {SELLERS}) AS n
    """.replace("%(owners)s::text[] -> n", "(%(owners)s::text[])[n]"),
    f"""
    INSERT INTO ledger_accounts (id, kind, owner, currency, normal_side, either_side, created_at)
    VALUES ({_PSP_ACCOUNT}, 'psp_balance', 'stripe', 'EUR', 1, true, now())
    """,
    f"""
    INSERT INTO payments (id, storefront_id, shopper_id, fingerprint, livemode, status, amount_minor, currency,
                          amount_received_minor, return_url, psp, psp_idempotency_key, psp_request, session_expires_at,
                          succeeded_at, created_at, updated_at)
    SELECT {PAYMENT}, sh.storefront_id, sh.id, '\\x00', false, 'succeeded', 1500, 'EUR', 1500, 'https://shop.example',
           'stripe', n::text, '{{}}', now(), now(), now(), now()
      FROM generate_series(1, %(orders)s) AS n CROSS JOIN shoppers AS sh
    """,
    f"""
    INSERT INTO orders (id, payment_id, storefront_id, seller_id, position, status, version, amount_minor, currency,
                        commission_minor, logistics_fee_minor, fee_plan_id, reserve_bps, reserve_days, shipped_at,
                        deliver_by_at, delivered_at, release_due_at, created_at, updated_at)
    SELECT {ORDER}, {PAYMENT}, sf.id, f.seller_id, 0, 'delivered', 4, 1500, 'EUR', 150, 300, f.id,
           CASE WHEN mod(n, 10) = 0 THEN 500 ELSE 0 END, 30, now() - interval '2 days', now(), now() - interval '1 day',
           now() - interval '1 hour', now(), now()
      FROM generate_series(1, %(orders)s) AS n CROSS JOIN storefronts AS sf
      JOIN fee_plans AS f ON f.seller_id = {_OF_SELLER}
    """,
    f"""
    INSERT INTO journal_entries (id, kind, source_key, source, cause, effective_at, recorded_at)
    SELECT {CAPTURE}, 'payment_captured', 'ch_' || n, 'pay_bench', 'system:bench', now(), now()
      FROM generate_series(1, %(orders)s) AS n
    """,
    f"""
    INSERT INTO postings (entry_id, account_id, order_id, currency, amount_minor)
    SELECT {CAPTURE}, leg.account_id, leg.order_id, 'EUR', leg.amount_minor
      FROM generate_series(1, %(orders)s) AS n
     CROSS JOIN LATERAL (VALUES ({_PSP_ACCOUNT}, NULL::uuid, 1500), ({_OF_ACCOUNT}, {ORDER}, -1500))
           AS leg (account_id, order_id, amount_minor)
    """,
    # As the sealing job leaves it: what a balance adds up is short.
    """
    INSERT INTO balance_snapshots (account_id, through_posting, balance_minor, taken_at)
    SELECT account_id, (SELECT max(id) FROM postings), sum(amount_minor), now() FROM postings GROUP BY account_id
    """,
)


def fill(url: str, orders: int) -> None:
    """Migrates the database and writes so many delivered orders of 15.00, one a payment, over the sellers."""
    from uuid import UUID

    from checkout.core.ids import encode

    upgrade(url)
    owners = [encode("sel", UUID(f"04000000-0000-7000-8000-{n:012x}")) for n in range(1, SELLERS + 1)]
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in STATEMENTS:
            named = {
                name: value
                for name, value in (("orders", orders), ("owners", owners))
                if f"%({name})s" in statement
            }
            connection.execute(statement, named or None)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
