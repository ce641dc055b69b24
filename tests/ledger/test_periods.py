"""A locked period stays as it was reported, and no fact is lost for that: what is heard of late counts when it is heard of."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from psycopg import errors

from checkout.core.ids import new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import journal, recipes
from checkout.ledger.chart import ROUNDING, psp_balance
from checkout.ledger.entry import Entry, credit, debit
from checkout.ledger.errors import PeriodLocked
from checkout.ledger.periods import is_locked
from checkout.ledger.seals import seal_ledger
from checkout.ledger.verify import verify_ledger
from tests.ledger.conftest import CAUSE, eur, post

MARCH = (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
IN_MARCH = datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC)
LOCK = """
    INSERT INTO accounting_periods (id, first_on, last_on, starts_at, ends_at, proposed_by, locked_by, locked_at)
    VALUES (%(id)s, '2026-03-01', '2026-03-31', %(starts)s, %(ends)s, 'person:usr_a', 'person:usr_b', now())
"""
BY_HAND = """
    INSERT INTO journal_entries (id, kind, source_key, source, cause, effective_at, recorded_at)
    VALUES (%s, 'test', %s, 'alr_1', 'system:test', %s, %s)
"""


def lock_march(db):
    db.rows(LOCK, id=new_uuid(), starts=MARCH[0], ends=MARCH[1])


def fee(number="txn_1", at=IN_MARCH, amount=None):
    return recipes.psp_fee(
        source="pay_1", psp="stripe", number=number, fee=amount or eur(61), effective_at=at
    )


def dated(at):
    legs = (debit(ROUNDING, eur(1)), credit(psp_balance("stripe"), eur(1)))
    return Entry("reversal_of_none", str(at), "alr_1", legs, effective_at=at, when_locked="refuse")


def times(db):
    return db.rows("SELECT effective_at, happened_at, recorded_at FROM journal_entries ORDER BY sequence")


@pytest.mark.parametrize("amount", [eur(61), Money(61, "JPY"), Money(1234, "KWD")])
def test_a_late_fact_counts_when_it_is_heard_of_and_says_when_it_happened(db, amount):
    """A fee of the last second of March, heard of after March was locked: booked whole, now, once."""
    lock_march(db)

    posted = post(fee(amount=amount))

    (row,) = times(db)
    assert row == {
        "effective_at": posted.recorded_at,
        "happened_at": IN_MARCH,
        "recorded_at": posted.recorded_at,
    }
    assert db.value("SELECT sum(amount_minor) FROM postings WHERE amount_minor > 0") == amount.amount_minor
    assert post(fee(amount=amount)) is None


def test_without_a_lock_it_counts_when_it_happened(db):
    """The control: the same fee in an open March; and the first moment of April beside a locked one."""
    post(fee())
    lock_march(db)
    post(fee("txn_2", MARCH[1]))

    assert [(row["effective_at"], row["happened_at"]) for row in times(db)] == [
        (IN_MARCH, None),
        (MARCH[1], None),
    ]


def test_a_batch_is_moved_entry_by_entry(db):
    """Of two facts of one batch the one of March is moved, the one of April stays."""
    lock_march(db)
    facts = [
        Entry("rounding_booked", f"txn_{at:%m}", "pay_1", dated(at).postings, effective_at=at)
        for at in (IN_MARCH, MARCH[1])
    ]

    with atomic() as session:
        journal.post_many(session, facts, cause=CAUSE)

    assert {row["happened_at"] for row in times(db)} == {IN_MARCH, None}


def test_what_a_person_dates_into_a_locked_period_is_refused(db):
    """They can choose another day, so nothing is moved behind their back; the day after the period is taken."""
    lock_march(db)

    with pytest.raises(PeriodLocked, match="choose a later day"):
        post(dated(IN_MARCH))

    assert times(db) == []
    assert post(dated(MARCH[1])) is not None


@pytest.mark.parametrize("recorded", [IN_MARCH, datetime(2026, 11, 1, tzinfo=UTC)])
def test_postgresql_refuses_by_itself_whatever_the_entry_says_of_itself(db, recorded):
    """Also an entry that claims to have been written at the time."""
    lock_march(db)
    with (
        psycopg.connect(db.url, options="-c role=checkout_app") as connection,
        pytest.raises(errors.CheckViolation, match="period that is locked") as refused,
    ):
        connection.execute(BY_HAND, [new_uuid(), "k", IN_MARCH, recorded])

    assert refused.value.diag.constraint_name == "entry_in_an_open_period"


def test_a_lock_ends_once_and_is_never_changed(db):
    """Unlocked, March takes entries again; who locked it and when stays."""
    lock_march(db)
    end = "UPDATE accounting_periods SET unlock_proposed_by = 'a', unlocked_by = 'b', unlocked_at = now()"
    with pytest.raises(errors.RestrictViolation, match="never changed"):
        db.rows("UPDATE accounting_periods SET ends_at = ends_at - interval '1 day'")
    with atomic() as session:
        assert is_locked(session, date(2026, 3, 31))
        assert not is_locked(session, date(2026, 4, 1))

    db.rows(end)

    assert post(dated(IN_MARCH)) is not None
    with pytest.raises(errors.RestrictViolation, match="once"):
        db.rows(end)
    with pytest.raises(errors.RestrictViolation):
        db.rows("DELETE FROM accounting_periods")


def test_periods_are_locked_by_two_persons_and_do_not_overlap(db):
    lock_march(db)

    with pytest.raises(errors.ExclusionViolation):
        lock_march(db)
    db.rows("UPDATE accounting_periods SET unlock_proposed_by = 'a', unlocked_by = 'b', unlocked_at = now()")
    with pytest.raises(errors.CheckViolation, match="period_locked_by_two"):
        db.rows(LOCK.replace("usr_b", "usr_a"), id=new_uuid(), starts=MARCH[0], ends=MARCH[1])


def test_the_remark_is_sealed_with_the_entry(db):
    """Whoever changes when it happened is found by the proof."""
    lock_march(db)
    post(fee())
    seal_ledger()
    assert verify_ledger().holds

    with db.connect() as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE journal_entries SET happened_at = happened_at - interval '1 day'")

    assert [found.code for found in verify_ledger().differences] == ["entry_not_as_sealed"]


def _post_while_locking(db, entry, *, patience_seconds):
    """Posts, and before the commit another thread begins to lock March; returns whether the lock was made by then, or
    so many seconds later."""
    locked, begun = threading.Event(), threading.Event()

    def lock():
        begun.set()
        lock_march(db)
        locked.set()

    other = threading.Thread(target=lock)
    with atomic() as session:
        journal.post(session, entry, cause=CAUSE)
        other.start()
        begun.wait(60)
        was_locked = locked.wait(patience_seconds)
    other.join(timeout=60)
    assert locked.is_set()
    return was_locked


def test_a_period_is_locked_when_all_who_post_into_it_have_ended(db):
    """The lock waits for the entry of March that is being written: nothing appears in a period after its lock."""
    assert _post_while_locking(db, fee(), patience_seconds=0.5) is False
    assert [row["effective_at"] for row in times(db)] == [IN_MARCH]


@contextmanager
def nobody_waits(db):
    """The guard taken away in this worker's own database, and put back."""
    names = ("period_is_locked_once()", "locked_periods()")
    sources = [db.value(f"SELECT pg_get_functiondef('{name}'::regprocedure)") for name in names]
    for source in sources:
        without = re.sub(r"PERFORM pg_advisory[^;]*;", "PERFORM abs(0);", source)
        assert without != source
        db.rows(without.replace("%", "%%"))
    try:
        yield
    finally:
        for source in sources:
            db.rows(source.replace("%", "%%"))


def test_control_without_the_wait_an_entry_appears_after_the_lock(db):
    """The same race, the guard off: March is locked while an entry of it is still being written."""
    with nobody_waits(db):
        assert _post_while_locking(db, fee(), patience_seconds=25) is True
        assert [row["effective_at"] for row in times(db)] == [IN_MARCH]


def test_whoever_posts_while_a_period_is_being_locked_waits_and_is_moved(db):
    """The other way round: the lock is not committed yet, the late fact waits for it, and counts today."""
    posted = []
    with psycopg.connect(db.url) as locking:
        locking.execute(LOCK, {"id": new_uuid(), "starts": MARCH[0], "ends": MARCH[1]})
        other = threading.Thread(target=lambda: posted.append(post(fee())))
        other.start()
        other.join(timeout=0.3)
        assert other.is_alive()
        locking.commit()
    other.join(timeout=60)

    assert posted[0] is not None
    (row,) = times(db)
    assert (row["happened_at"], row["effective_at"] > IN_MARCH + timedelta(days=1)) == (IN_MARCH, True)
