"""`python -m bench.release_cells NAME` on RELEASE_URL: releases all that is due, once, and says how fast and how big.

`ours` is what the periodic task runs; `plain` writes the same rows in plain SQL, by arithmetic of the database's own.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time

import psycopg

from checkout.core.cause import Cause
from checkout.db.session import configure
from checkout.orders.release import release_due

URL = os.environ["RELEASE_URL"]

# The accounts exist: made before the clock starts, as they are after the first run of an installation's life.
ACCOUNTS = """
    INSERT INTO ledger_accounts (id, kind, owner, currency, normal_side, either_side, created_at)
    SELECT gen_random_uuid(), k.kind, k.owner, 'EUR', -1, k.either, now() FROM (
        SELECT kind, 'platform', true FROM unnest(ARRAY['commission_revenue', 'logistics_revenue']) AS u (kind)
        UNION ALL SELECT u.kind, a.owner, u.either FROM ledger_accounts AS a
         CROSS JOIN (VALUES ('seller_available', true), ('seller_reserve', false)) AS u (kind, either)
         WHERE a.kind = 'seller_pending') AS k (kind, owner, either)
    ON CONFLICT DO NOTHING
"""
PLAIN = """
    WITH due AS (
        SELECT o.*, a.owner, (1050 * o.reserve_bps / 10000)::bigint AS reserve FROM orders AS o
          JOIN sellers AS s ON s.id = o.seller_id
          JOIN postings AS held ON held.order_id = o.id
          JOIN ledger_accounts AS a ON a.id = held.account_id AND a.kind = 'seller_pending'
         WHERE o.status = 'delivered' AND o.release_due_at <= now()
         ORDER BY o.release_due_at, o.id LIMIT 500 FOR UPDATE OF o SKIP LOCKED
    ), moved AS (
        UPDATE orders AS o SET status = 'released', version = o.version + 1, updated_at = now(), released_at = now()
          FROM due WHERE o.id = due.id RETURNING o.id, o.version
    ), history AS (
        INSERT INTO order_transitions (order_id, version, from_status, to_status, cause, at)
        SELECT id, version, 'delivered', 'released', 'system:bench', now() FROM moved
    ), kept AS (
        INSERT INTO reserves (order_id, seller_id, currency, amount_minor, due_at)
        SELECT id, seller_id, currency, reserve, now() FROM due WHERE reserve > 0
    ), told AS (
        INSERT INTO events (id, type, object, storefront_id, seller_id, data, cause, created_at)
        SELECT gen_random_uuid(), 'order.released', id::text, storefront_id, seller_id,
               jsonb_build_object('amount', amount_minor, 'currency', currency), 'system:bench', now() FROM due
    ), entry AS (
        INSERT INTO journal_entries (id, kind, source_key, source, cause, effective_at, recorded_at)
        SELECT gen_random_uuid(), 'order_released', id::text, id::text, 'system:bench', now(), now() FROM due
        RETURNING id, source_key
    ), audited AS (
        INSERT INTO audit_log (id, at, actor, role, action, object, after)
        SELECT id, now(), 'system:bench', 'system', 'ledger.order_released', source_key,
               jsonb_build_object('entry', id::text) FROM entry
    ), leg AS (
        INSERT INTO postings (entry_id, account_id, order_id, currency, amount_minor)
        SELECT entry.id, a.id, due.id, 'EUR', leg.amount
          FROM due JOIN entry ON entry.source_key = due.id::text
         CROSS JOIN LATERAL (VALUES
               ('seller_pending', due.owner, due.amount_minor), ('commission_revenue', 'platform', -due.commission_minor),
               ('logistics_revenue', 'platform', -due.logistics_fee_minor), ('seller_reserve', due.owner, -due.reserve),
               ('seller_available', due.owner, -(due.amount_minor - due.commission_minor - due.logistics_fee_minor
                                                 - due.reserve))) AS leg (kind, owner, amount)
          JOIN ledger_accounts AS a ON (a.kind, a.owner, a.currency) = (leg.kind, leg.owner, 'EUR')
         WHERE leg.amount <> 0
    )
    SELECT count(*) FROM entry
"""


def ours() -> int:
    configure(URL, pool_size=4)
    return release_due(cause=Cause("system", "bench")).orders


def plain() -> int:
    released = 0
    with psycopg.connect(URL) as connection:
        while True:
            count = connection.execute(PLAIN).fetchall()[0][0]
            connection.commit()
            if not count:
                return released
            released += count


def main() -> None:
    with psycopg.connect(URL, autocommit=True) as connection:
        connection.execute(ACCOUNTS)
    began, cpu = time.monotonic(), time.process_time()
    released = {"ours": ours, "plain": plain}[sys.argv[1]]()
    seconds, used = time.monotonic() - began, time.process_time() - cpu
    print(
        json.dumps(
            {
                "released": released,
                "per_second": released / seconds,
                "cpu_ms": used / max(released, 1) * 1000,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
