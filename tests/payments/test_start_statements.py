"""How PostgreSQL goes about the statements of starting a payment."""

from __future__ import annotations

import pytest

from checkout.core.clock import utcnow
from checkout.db.session import atomic
from checkout.db.statement import execute
from checkout.payments import start_statements

ANSWER = {
    "principal": "sto_1",
    "key": "k-1",
    "token": 1,
    "status": 201,
    "headers": None,
    "body": b"{}",
    "resume_key": "payments.resume:1",
    "at": utcnow(),
}


def indexes_of(sql, parameters):
    """Which indexes it would read on a machine that has answered all keys and done all tasks but a few."""
    with atomic() as session:
        execute(session, "SET LOCAL enable_seqscan = off")
        execute(session, "SET LOCAL enable_bitmapscan = off")
        plan = [row[0] for row in execute(session, f"EXPLAIN {sql}", **parameters)]
    return {line.split("using ")[1].split()[0] for line in plan if "using " in line}


@pytest.mark.parametrize("worse", ["", " AND finished_at IS NULL"])
def test_a_key_is_found_by_itself_and_not_among_the_unfinished(db, worse):
    """The index of unfinished keys looks short and is full of dead entries; the control shows what leads there."""
    db.rows(
        """
        INSERT INTO idempotency_keys (principal, key, fingerprint, route, lease_until, created_at, status_code, body,
                                      finished_at)
        SELECT 'sto_1', 'k-' || n, '\\x00', 'POST /v1/payments', now(), now(), 201, '{}', now()
          FROM generate_series(1, 2000) n
        """
    )
    db.rows("ANALYZE idempotency_keys")
    sql = start_statements.FINISH.replace(" RETURNING 1", f"{worse} RETURNING 1")

    found = indexes_of(sql, ANSWER)

    assert ("idempotency_keys_by_resource" in found) == bool(worse)
    assert ("idempotency_keys_pkey" in found) != bool(worse)
