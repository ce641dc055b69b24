"""`python -m bench.payouts_cells NAME` on PAYOUTS_URL: one cell, once; says how fast and how big.

`run` is what `flask payouts run` does, `run_plain` the same rows in plain SQL; `post` and `post_plain` are the entries of
the payouts alone, 500 a transaction.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from datetime import date
from uuid import UUID

import psycopg

from checkout.core.cause import Cause
from checkout.core.ids import new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic, configure
from checkout.ledger import journal, payout_recipes
from checkout.payouts.run import run_payouts
from checkout.psp import Balance
from checkout.psp.stripe.adapter import StripeAdapter

URL = os.environ["PAYOUTS_URL"]
CAUSE = Cause("system", "bench")
A_FRIDAY = date(2026, 11, 20)
BATCH = 500

COLLECT = """
    INSERT INTO payable_items (seller_id, currency, posting_id, kind, entry_id, amount_minor, effective_at)
    SELECT c.seller_id, p.currency, p.id, e.kind, e.id, -p.amount_minor, e.effective_at
      FROM postings AS p
      JOIN ledger_accounts AS a ON a.id = p.account_id AND a.kind = 'seller_available'
      JOIN journal_entries AS e ON e.id = p.entry_id
      JOIN connected_accounts AS c ON c.psp_account_id = 'acct_' || ('x' || right(a.id::text, 12))::bit(48)::bigint
"""
ENTRIES = """
    entry AS (
        INSERT INTO journal_entries (id, kind, source_key, source, cause, effective_at, recorded_at)
        SELECT gen_random_uuid(), 'payout_created', id::text, id::text, 'system:bench', now(), now() FROM made
        RETURNING id, source_key
    ), audited AS (
        INSERT INTO audit_log (id, at, actor, role, action, object, after)
        SELECT id, now(), 'system:bench', 'system', 'ledger.payout_created', source_key,
               jsonb_build_object('entry', id::text) FROM entry
    ), leg AS (
        INSERT INTO postings (entry_id, account_id, currency, amount_minor)
        SELECT entry.id, leg.account_id, 'EUR', leg.amount
          FROM made JOIN entry ON entry.source_key = made.id::text
         CROSS JOIN LATERAL (VALUES (made.available, made.amount_minor), (made.in_transit, -made.amount_minor))
               AS leg (account_id, amount)
    )
    SELECT count(*) FROM entry
"""
_SELLERS = """
    due AS (
        SELECT a.id AS available, t.id AS in_transit, a.owner,
               ('04' || substr(a.id::text, 3))::uuid AS seller_id
          FROM ledger_accounts AS a
          JOIN ledger_accounts AS t ON t.owner = a.owner AND t.kind = 'payout_in_transit'
         WHERE a.kind = 'seller_available' AND a.id > %(after)s ORDER BY a.id LIMIT 500
    )
"""
POST = f"""
    WITH {_SELLERS}, made AS (SELECT gen_random_uuid() AS id, 1050 AS amount_minor, due.* FROM due), {ENTRIES}
"""
RUN = f"""
    WITH {_SELLERS}, free AS (
        SELECT i.id, i.seller_id, i.amount_minor FROM payable_items AS i JOIN due ON due.seller_id = i.seller_id
         WHERE i.payout_id IS NULL ORDER BY i.id FOR UPDATE OF i
    ), made AS (
        SELECT gen_random_uuid() AS id, due.*, sum(free.amount_minor)::bigint AS amount_minor
          FROM due JOIN free ON free.seller_id = due.seller_id
         GROUP BY due.available, due.in_transit, due.owner, due.seller_id
    ), payout AS (
        INSERT INTO payouts (id, seller_id, currency, kind, period, status, version, amount_minor, requested_by, psp,
                             psp_account, transfer_request, payout_request, created_at, updated_at)
        SELECT id, seller_id, 'EUR', 'scheduled', %(day)s, 'reserved', 2, amount_minor, 'system:bench', 'stripe',
               'acct_1', jsonb_build_object('amount', amount_minor::text, 'currency', 'eur', 'transfer_group', id::text),
               jsonb_build_object('amount', amount_minor::text, 'currency', 'eur'), now(), now() FROM made
    ), history AS (
        INSERT INTO payout_transitions (payout_id, version, from_status, to_status, cause, at)
        SELECT id, v.version, v.before, v.after, 'system:bench', now()
          FROM made CROSS JOIN (VALUES (1, NULL, 'scheduled'), (2, 'scheduled', 'reserved')) AS v (version, before, after)
    ), taken AS (
        UPDATE payable_items AS i SET payout_id = made.id
          FROM made, free WHERE free.seller_id = made.seller_id AND i.id = free.id RETURNING i.id, i.payout_id
    ), line AS (
        INSERT INTO payout_lines (payout_id, item_id) SELECT payout_id, id FROM taken
    ), told AS (
        INSERT INTO events (id, type, object, seller_id, data, cause, created_at)
        SELECT gen_random_uuid(), 'payout.created', id::text, seller_id,
               jsonb_build_object('amount', amount_minor, 'currency', 'EUR', 'status', 'reserved'), 'system:bench', now()
          FROM made
    ), staged AS (
        INSERT INTO tasks (id, queue, kind, args, due_at, max_attempts, cause, created_at)
        SELECT gen_random_uuid(), 'default', 'payouts.advance', jsonb_build_object('payout', id::text), now(), 8,
               'system:bench', now() FROM made
    ), {ENTRIES}
"""


class Rich(StripeAdapter):
    """Writes requests as the adapter does, and has enough."""

    def fetch_balance(self) -> Balance:
        return Balance((Money(10**15, "EUR"),), ())


def run() -> int:
    configure(URL, pool_size=4)
    psp = Rich(api_key="sk_test_bench", webhook_secrets=["whsec_bench"], api_base="http://127.0.0.1:1")
    return run_payouts(business_on=A_FRIDAY, psp=psp, cause=CAUSE).made


def run_plain() -> int:
    with psycopg.connect(URL) as connection:
        connection.execute(COLLECT)
        connection.commit()
    return _in_plain_sql(RUN, {"day": A_FRIDAY})


def post() -> int:
    configure(URL, pool_size=4)
    sellers = _sellers()
    for start in range(0, len(sellers), BATCH):
        entries = [
            payout_recipes.payout_created(
                payout_id=new_uuid(), seller_id=seller, amount=Money(1050, "EUR"), effective_at=None
            )
            for seller in sellers[start : start + BATCH]
        ]
        with atomic() as session:
            journal.post_many(session, entries, cause=CAUSE)
    return len(sellers)


def post_plain() -> int:
    return _in_plain_sql(POST, {})


def _sellers() -> list[UUID]:
    with psycopg.connect(URL) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM sellers ORDER BY id")]


def _in_plain_sql(statement: str, more: dict[str, object]) -> int:
    done = 0
    with psycopg.connect(URL) as connection:
        accounts = connection.execute(
            "SELECT id FROM ledger_accounts WHERE kind = 'seller_available' ORDER BY id"
        )
        ids = [row[0] for row in accounts]
        afters = [UUID(int=0), *ids[BATCH - 1 :: BATCH]]
        for after in afters:
            (found,) = connection.execute(statement, {"after": after, **more}).fetchall()
            connection.commit()
            done += found[0]
    return done


def main() -> None:
    cell = {"run": run, "run_plain": run_plain, "post": post, "post_plain": post_plain}[sys.argv[1]]
    began, cpu = time.monotonic(), time.process_time()
    done = cell()
    seconds, used = time.monotonic() - began, time.process_time() - cpu
    found = {
        "done": done,
        "per_second": done / seconds,
        "cpu_ms": used / max(done, 1) * 1000,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
