"""Posting must cost the same in a full journal: its checks read by index, also where their plans were made when the
tables were nearly empty and the planner would rather have read them whole."""

from __future__ import annotations

import pytest

from checkout.db.session import atomic
from checkout.db.statement import execute
from checkout.ledger import chart, journal
from checkout.ledger.chart import psp_balance
from checkout.ledger.entry import credit, debit
from checkout.ledger.seals import seal_ledger
from tests.ledger.conftest import CAUSE, entry, eur, post, post_some

WHOLE_READS = """
    SELECT coalesce(sum(seq_scan), 0)::int FROM pg_stat_xact_user_tables
     WHERE relname IN ('postings', 'journal_entries', 'balance_snapshots')
"""


# What makes the planner rather read all than look anything up, as it does by itself where a table is one page: whatever
# is known of the tables, and whatever tests before this one have left in them.
DEAR_INDEXES = "SET LOCAL random_page_cost = 1000000"


@pytest.fixture
def nearly_empty(db, seller, captured):
    """A handful of rows: the moment at which the planner prefers to read all."""
    order = captured(100_000)
    post_some(3)
    return seller, order


def whole_reads_of(seller, order):
    """How often a posting that draws on an account reads a table whole, in one transaction."""
    drawing = entry(
        debit(chart.seller_pending(seller), eur(1), order_id=order), credit(psp_balance("stripe"), eur(1))
    )
    with atomic() as session:
        execute(session, DEAR_INDEXES)
        assert journal.post(session, drawing, cause=CAUSE) is not None
        return execute(session, WHOLE_READS).scalar_one()


def test_posting_reads_no_table_whole(nearly_empty):
    """Eight times, since a plan is settled after the first few."""
    assert [whole_reads_of(*nearly_empty) for _ in range(8)] == [0] * 8


def test_control_left_to_the_planner_it_would(db, nearly_empty):
    """Without the functions' own settings the tables are read whole, and the plan would be kept while they grow."""
    functions = ("check_postings()", "check_entries()", "account_balance(uuid)")
    kept = [db.value(f"SELECT pg_get_functiondef('{name}'::regprocedure)") for name in functions]
    for name in functions:
        db.rows(f"ALTER FUNCTION {name} RESET ALL")
    try:
        assert whole_reads_of(*nearly_empty) > 0
    finally:
        for definition in kept:
            db.rows(definition.replace("%", "%%"))


def test_a_draw_adds_up_only_what_came_after_the_last_snapshot(db, seller, captured):
    """Three hundred captures, a snapshot, five more: the balance fetches a handful of rows, not three hundred."""
    with atomic() as session:
        journal.post_many(
            session,
            [
                entry(
                    debit(psp_balance("stripe"), eur(1)),
                    credit(chart.seller_reserve(seller), eur(1)),
                    key=f"r{n}",
                )
                for n in range(300)
            ],
            cause=CAUSE,
        )
    seal_ledger()
    for n in range(5):
        post(
            entry(
                debit(psp_balance("stripe"), eur(1)),
                credit(chart.seller_reserve(seller), eur(1)),
                key=f"s{n}",
            )
        )

    with atomic() as session:
        account = execute(
            session, "SELECT id FROM ledger_accounts WHERE kind = 'seller_reserve'"
        ).scalar_one()
        before = execute(session, FETCHED).scalar_one()
        held = execute(session, "SELECT account_balance(%(id)s)", id=account).scalar_one()
        fetched = execute(session, FETCHED).scalar_one() - before

    assert held == -305
    assert 5 <= fetched < 30


FETCHED = "SELECT coalesce(idx_tup_fetch, 0)::int FROM pg_stat_xact_user_tables WHERE relname = 'postings'"
