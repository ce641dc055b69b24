"""A period is locked and unlocked by two persons; its export is then the same file whenever it is made."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime

import pytest

from checkout import approvals
from checkout.accounting import history, locks
from checkout.accounting.locks import PeriodState
from checkout.accounting.periods import month_of, read_period
from checkout.approvals import AlreadyProposed, FourEyesRequired
from checkout.core import clock
from checkout.core.errors import InvalidParameter
from checkout.core.ids import new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger.periods import is_locked
from checkout.tasks import ClaimedTask
from tests.accounting.conftest import (
    ADA,
    BERLIN,
    GRACE,
    MARCH,
    a_march,
    at,
    book,
    exported,
    periods_decided,
    rounding,
)


def propose(way=locks.propose_lock, period=MARCH, by=GRACE, reason="Reported to the tax office"):
    with atomic() as session:
        return way(session, period, reason=reason, cause=by)


def decide(id, by=ADA, way=approvals.approve, **more):
    with atomic() as session:
        way(session, id, by=by, **more)


def lock(db, period=MARCH):
    decide(propose(period=period))
    periods_decided(db)


def locked_on(day):
    with atomic() as session:
        return is_locked(session, day)


def test_two_persons_lock_a_month_and_one_cannot(db):
    """Proposed, refused to the proposer, approved by another: locked to the last day, audited with who and why."""
    id = propose()
    with pytest.raises(FourEyesRequired):
        decide(id, by=GRACE)
    assert not locked_on(date(2026, 3, 31))

    decide(id)
    periods_decided(db)

    assert [locked_on(date(2026, month, day)) for month, day in ((2, 28), (3, 1), (3, 31), (4, 1))] == [
        False, True, True, False,
    ]  # fmt: skip
    (row,) = db.rows("SELECT proposed_by, locked_by, starts_at, ends_at FROM accounting_periods")
    assert (row["proposed_by"], row["locked_by"]) == (str(GRACE), str(ADA))
    assert row["ends_at"] == datetime(2026, 3, 31, 22, tzinfo=UTC)
    (log,) = db.rows("SELECT actor, object, reason FROM audit_log WHERE action = 'period.lock'")
    assert log == {"actor": str(ADA), "object": "2026-03", "reason": "Reported to the tax office"}


def test_a_rejected_lock_locks_nothing(db):
    decide(propose(), way=approvals.reject, reason="Not yet")
    periods_decided(db)

    assert db.value("SELECT count(*) FROM accounting_periods") == 0


def test_what_cannot_be_locked_says_why(db):
    """A month that is not over, half a month, one without a reason, one that waits, one that is locked."""
    this_month = month_of(clock.utcnow().astimezone(BERLIN).date(), BERLIN)
    with pytest.raises(PeriodState, match="can be locked from"):
        propose(period=this_month)
    with pytest.raises(InvalidParameter, match="a month is locked"):
        propose(period=read_period("2026-03-01..2026-03-15", BERLIN))
    with pytest.raises(InvalidParameter, match="say why"):
        propose(reason=" ")
    with pytest.raises(PeriodState, match="is not locked"):
        propose(locks.propose_unlock)
    id = propose()
    with pytest.raises(AlreadyProposed):
        propose()
    decide(id)
    periods_decided(db)

    with pytest.raises(PeriodState, match="2026-03-01 to 2026-03-31 is locked"):
        propose()


def test_two_persons_unlock_it_and_it_can_be_locked_again(db):
    lock(db)
    id = propose(locks.propose_unlock, reason="A correction of the auditor's")
    with pytest.raises(FourEyesRequired):
        decide(id, by=GRACE)

    decide(id)
    periods_decided(db)

    assert not locked_on(date(2026, 3, 15))
    assert db.value("SELECT count(*) FROM audit_log WHERE action = 'period.unlock'") == 1
    lock(db)
    assert locked_on(date(2026, 3, 15))
    assert db.value("SELECT count(*) FROM accounting_periods") == 2


def test_an_approval_carried_out_twice_locks_once(db):
    """The task may come again after its commit."""
    decide(propose())
    (args,) = [row["args"] for row in db.rows("SELECT args FROM tasks WHERE kind LIKE 'accounting.%%'")]
    periods_decided(db)
    with atomic() as session:
        locks.apply_decision(
            session, ClaimedTask(new_uuid(), "default", "accounting.period_decided", args, 1, 8, 1)
        )

    assert db.value("SELECT count(*) FROM accounting_periods") == 1


@pytest.mark.parametrize("profile", ["generic", "datev-like", "quickbooks-like"])
def test_the_export_of_a_locked_month_is_the_same_file_whenever_it_is_made(db, profile):
    """Facts of March that are heard of later are booked later: the second file is the first one, byte for byte."""
    a_march()
    lock(db)
    first, made = exported(profile)
    book(rounding(5000, "EUR", at(20)), rounding(70, "JPY", at(20)))
    clock.configure(offset_seconds=86_400)

    second, again = exported(profile)

    assert first == second
    assert (made.sha256, made.lock) == (again.sha256, again.lock)
    assert made.lock is not None
    assert made.sha256 == hashlib.sha256(first).hexdigest()
    assert db.value("SELECT count(*) FROM journal_entries WHERE happened_at IS NOT NULL") == 2


def test_control_the_export_of_an_open_month_follows_what_is_booked(db):
    """The same without the lock: the second file has the late entry, and its export names no lock."""
    a_march()
    first, made = exported()
    book(rounding(5000, "EUR", at(20)))

    second, again = exported()

    assert first != second
    assert (made.lock, again.totals["EUR"][0] - made.totals["EUR"][0]) == (None, 5000)


def test_what_was_late_is_in_the_month_in_which_it_was_heard_of(db):
    """No amount is lost for a lock: it stands in the present month's file, with when it happened."""
    lock(db)
    book(rounding(5000, "EUR", at(20)))
    now = clock.utcnow().astimezone(BERLIN)

    raw, made = exported(period=f"{now:%Y-%m}")

    assert made.totals == {"EUR": (5000, 5000)}
    assert "2026-03-20T12:00:00Z" in raw.decode()


def test_the_months_say_who_locked_them_and_what_waits(db):
    """Of six months: one locked, one waiting for a second person, the present one not to be locked."""
    now = datetime(2026, 5, 10, tzinfo=UTC)
    lock(db)
    propose(period=read_period("2026-04", BERLIN))

    found = {month.period.name: month for month in history.months(now, BERLIN)}

    assert list(found) == ["2026-05", "2026-04", "2026-03", "2026-02", "2026-01", "2025-12"]
    assert found["2026-03"].locked_by == str(ADA)
    assert (found["2026-04"].waits, found["2026-04"].locked_at) == ("period.lock", None)
    assert (found["2026-05"].may_be_locked, found["2026-02"].may_be_locked) == (False, True)


def test_the_history_tells_every_export_with_its_checksum(db):
    """Who, when, rows and totals; a locked month's file is marked, and marked again where it was unlocked since."""
    a_march()
    exported()
    lock(db)
    _, made = exported(detail="period")
    decide(propose(locks.propose_unlock))
    periods_decided(db)

    newest, oldest = history.exports()

    assert (newest.sha256, newest.rows, newest.made_by) == (made.sha256, 7, str(GRACE))
    assert (newest.was_locked, newest.unlocked_since, oldest.was_locked) == (True, True, False)
    assert newest.sums == [Money(2592, "EUR"), Money(1000, "JPY"), Money(1234, "KWD")]
