"""Two at the same moment. Each race has its control: with the guard off, the fault is there to be seen."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from threading import Barrier, BrokenBarrierError

import pytest
from sqlalchemy import exc

from checkout.core.ids import new_uuid
from checkout.db.session import atomic, constraint_name
from checkout.ledger import chart, journal, recipes
from checkout.ledger.chart import PSP_FEES, ROUNDING, psp_balance
from checkout.ledger.entry import credit, debit
from tests.concurrency import at_once
from tests.ledger.conftest import CAUSE, balance, entry, eur, post


def fee():
    return recipes.psp_fee(source="pay_1", psp="stripe", number="txn_1", fee=eur(61))


@contextmanager
def changed(db, away, back):
    """The guard taken away in this worker's own database, and put back."""
    db.rows(away)
    try:
        yield
    finally:
        with db.connect() as connection:
            connection.execute("SET session_replication_role = replica")
            for table in ("psp_numbers", "postings", "journal_entries", "ledger_accounts"):
                connection.execute(f"DELETE FROM {table}")
        db.rows(back)


def test_one_fact_brought_by_twenty_is_posted_once(db):
    """Twenty threads with the same fee: one posts it, nineteen are told that it is there."""
    outcomes = at_once(*[lambda: post(fee())] * 20)

    assert sum(outcome is not None for outcome in outcomes) == 1
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert balance(PSP_FEES) == 61


def test_control_without_the_unique_key_the_fact_is_posted_several_times(db):
    """The same twenty threads, the unique key gone, looking before they post: the fee is in the books again and again."""

    all_have_looked = Barrier(20, timeout=60)

    def look_then_post():
        with atomic() as session:
            found = journal.find(session, "psp_fee", "txn_1")
            all_have_looked.wait()
            if found is None:
                journal.post(session, entry_like_fee(), cause=CAUSE)

    def entry_like_fee():
        legs = (debit(PSP_FEES, eur(61)), credit(psp_balance("stripe"), eur(61)))
        return journal.Entry("psp_fee", "txn_1", "pay_1", legs)

    # ON CONFLICT needs some unique index on the pair: with the id added it guards nothing.
    without = """
        ALTER TABLE journal_entries DROP CONSTRAINT each_fact_once;
        CREATE FUNCTION forget_conflict() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN NEW.source_key := NEW.source_key || NEW.id; RETURN NEW; END';
        CREATE TRIGGER forget_conflict BEFORE INSERT ON journal_entries FOR EACH ROW EXECUTE FUNCTION forget_conflict();
        ALTER TABLE journal_entries ADD CONSTRAINT each_fact_once UNIQUE (kind, source_key);
    """
    again = "DROP TRIGGER forget_conflict ON journal_entries; DROP FUNCTION forget_conflict()"
    with changed(db, without, again):
        at_once(*[look_then_post] * 20)

        assert db.value("SELECT count(*) FROM journal_entries") > 1
        assert balance(PSP_FEES) > 61


def test_a_new_seller_is_paid_by_twenty_at_once_into_one_account(db, seller):
    """Nobody has posted to the seller yet: twenty captures make one account and wait for nobody in a circle."""

    def capture(number):
        return post(
            recipes.payment_captured(
                payment_id=new_uuid(),
                psp="stripe",
                charge_id=f"ch_{number}",
                amount=eur(100),
                orders=[recipes.OrderPart(new_uuid(), seller, eur(100))],
            )
        )

    outcomes = at_once(*[lambda n=n: capture(n) for n in range(20)])

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception) or outcome is None]
    assert db.value("SELECT count(*) FROM ledger_accounts") == 2
    assert balance(chart.seller_pending(seller)) == -2000


def test_two_batches_with_the_same_facts_in_other_orders_do_not_wait_in_a_circle(db):
    """Forward and backward at once: each fact once, no deadlock."""
    facts = [
        entry(debit(ROUNDING, eur(n)), credit(psp_balance("stripe"), eur(n)), key=f"fact-{n:03}")
        for n in range(1, 101)
    ]

    def post_all(entries):
        with atomic() as session:
            return journal.post_many(session, entries, cause=CAUSE)

    outcomes = at_once(lambda: post_all(facts), lambda: post_all(facts[::-1]), lambda: post_all(facts))

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert balance(ROUNDING) == sum(range(1, 101))


def draw_all(seller, order, amount=1500):
    """A refund made at the PSP of everything the order holds. Both accounts exist: making one would make the draws wait."""
    return post(
        entry(
            debit(chart.seller_pending(seller), eur(amount), order_id=order),
            credit(psp_balance("stripe"), eur(amount)),
        )
    )


def test_of_many_draws_on_one_account_only_the_covered_ones_pass(db, seller, captured):
    """15.00 held, eight draws of 15.00 at once: one passes, seven are refused, nothing is overdrawn."""
    order = captured(1500)

    outcomes = at_once(*[lambda: draw_all(seller, order)] * 8)

    refused = [outcome for outcome in outcomes if isinstance(outcome, exc.IntegrityError)]
    assert len(refused) == 7, outcomes
    assert {constraint_name(error) for error in refused} == {"account_on_its_side"}
    assert balance(chart.seller_pending(seller)) == 0


def test_control_without_the_lock_the_account_is_overdrawn(db, seller, captured):
    """The same eight draws, the trigger's lock gone, none committed before all are written: more than one passes."""
    order = captured(1500)
    source = db.value("SELECT pg_get_functiondef('overdrawn(uuid[])'::regprocedure)")
    without = source.replace("PERFORM pg_advisory_xact_lock(", "PERFORM abs(")
    assert without != source
    all_have_drawn = Barrier(8, timeout=60)

    def slowly():
        with atomic() as session:
            journal.post(
                session,
                entry(
                    debit(chart.seller_pending(seller), eur(1500), order_id=order),
                    credit(psp_balance("stripe"), eur(1500)),
                ),
                cause=CAUSE,
            )
            with suppress(BrokenBarrierError):
                all_have_drawn.wait()

    with changed(db, without, source):
        outcomes = at_once(*[slowly] * 8)

        assert sum(outcome is None for outcome in outcomes) > 1
        assert balance(chart.seller_pending(seller)) > 0


def test_draws_on_two_accounts_in_opposite_orders_end(db):
    """A batch locks in one order whatever order its entries came in: both batches pass."""
    one, two = new_uuid(), new_uuid()
    for owner in (one, two):
        post(entry(debit(ROUNDING, eur(1000)), credit(chart.seller_reserve(owner), eur(1000))))

    def draw_on(owners):
        with atomic() as session:
            return journal.post_many(
                session,
                [
                    entry(
                        debit(chart.seller_reserve(owner), eur(1)),
                        credit(chart.seller_available(owner), eur(1)),
                    )
                    for owner in owners
                ],
                cause=CAUSE,
            )

    outcomes = at_once(*[lambda: draw_on([one, two]), lambda: draw_on([two, one])] * 5)

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert (balance(chart.seller_reserve(one)), balance(chart.seller_reserve(two))) == (-990, -990)


@pytest.mark.parametrize("attempt", range(3))
def test_draw_and_capture_at_once(db, seller, captured, attempt):
    """A capture never waits for a draw: it only adds to the side the account may stand on."""
    order = captured(1500)

    outcomes = at_once(lambda: draw_all(seller, order), lambda: captured(990), lambda: captured(990))

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert balance(chart.seller_pending(seller)) == -1980
