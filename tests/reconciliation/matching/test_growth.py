"""A night in which every line differs holds each of them against a few others, not against all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from checkout.db.session import atomic
from checkout.db.statement import execute
from checkout.reconciliation.matching import compare, statements
from checkout.reconciliation.queries import files_of
from tests.reconciliation.conftest import DAY, csv_of, receive

LINES = 2_000


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def thrown_away(plan: dict[str, Any]) -> int:
    """Rows that PostgreSQL looked at and did not want, over all of the plan."""
    return sum(
        int(node.get(what, 0) * node["Actual Loops"])
        for node in nodes(plan)
        for what in ("Rows Removed by Join Filter", "Rows Removed by Filter")
    )


@pytest.mark.parametrize("twice", [False, True])
def test_lines_that_nobody_knows_are_not_held_against_each_other(db, night, twice):
    """2 000 charges that are none of ours, in a file that PostgreSQL has no statistics of; once, and told again."""
    charge = night.charge(1000, 0)
    rows = [
        charge.row(
            balance_transaction_id=f"txn_{n}_elsewhere",
            source_id=f"ch_{n}_elsewhere",
            **{"payment_metadata[payment]": ""},
        )
        for n in range(LINES // 2 if twice else LINES)
    ]
    receive(csv_of(rows * 2 if twice else rows))
    files = files_of("stripe", DAY)

    with atomic() as session:
        found = compare.differing_lines(session, files, "stripe")
        explained = "EXPLAIN (ANALYZE, FORMAT JSON)" + statements.DIFFERING
        (plan,) = execute(session, explained, **compare._parameters(session, files, "stripe")).scalar_one()

    assert len(found) == LINES
    assert sum(line.repeated for line in found) == (LINES // 2 if twice else 0)
    assert thrown_away(plan["Plan"]) < 10 * LINES
