"""The run of a business day: who is paid, once, whoever starts it, and wherever it was killed."""

from __future__ import annotations

from datetime import date
from threading import Barrier
from types import SimpleNamespace

import pytest

from checkout.core.money import Money
from checkout.payouts import reserve as reserving
from checkout.payouts import run as runs
from checkout.payouts.funds import cover
from checkout.payouts.run import run_payouts
from tests.concurrency import at_once
from tests.ledger.conftest import CAUSE
from tests.payouts.conftest import fund, holds, owe

FRIDAY = date(2026, 11, 20)


def run_on(day, psp, **options):
    return run_payouts(business_on=day, psp=psp, cause=CAUSE, **options)


def paid(db):
    return sorted(row["amount_minor"] for row in db.rows("SELECT amount_minor FROM payouts"))


@pytest.fixture
def weekly(seller_of):
    """A seller who is paid every Friday."""
    return lambda **columns: seller_of(payout_schedule="weekly", **columns)


def test_those_whose_day_it_is_are_paid(db, psp, seller_of, weekly):
    """On Friday the weekly and the daily one; the manual one is asked for."""
    friday, daily, manual = weekly(), seller_of(payout_schedule="daily"), seller_of()
    for seller, minor in ((friday, 1000), (daily, 2000), (manual, 4000)):
        fund(seller, minor)

    result = run_on(FRIDAY, psp)

    assert (result.made, result.skipped) == (2, 0)
    assert paid(db) == [1000, 2000]
    assert holds("seller_available", manual) == 4000
    assert db.value("SELECT count(*) FROM tasks WHERE kind = 'payouts.advance'") == 2


def test_a_period_is_paid_once_however_often_the_run_is_started(db, psp, weekly):
    """What is earned after it waits for the next Friday."""
    seller = weekly()
    fund(seller, 1000)
    run_on(FRIDAY, psp)
    fund(seller, 500)

    run_on(FRIDAY, psp)
    run_on(date(2026, 11, 24), psp)
    assert paid(db) == [1000]
    run_on(date(2026, 11, 27), psp)

    assert paid(db) == [500, 1000]


def test_a_run_that_did_not_happen_is_made_up_for(db, psp, weekly):
    """On Monday for Friday's period; Friday's own then finds it paid."""
    seller = weekly()
    fund(seller, 1000)

    run_on(date(2026, 11, 23), psp)
    run_on(FRIDAY, psp)

    assert db.rows("SELECT amount_minor, period FROM payouts") == [{"amount_minor": 1000, "period": FRIDAY}]


def test_four_runs_at_once_pay_each_seller_once(db, psp, weekly):
    """Twenty sellers; every balance is zero afterwards and none below it."""
    sellers = [weekly() for _ in range(20)]
    for seller in sellers:
        fund(seller, 1000)

    at_once(*[lambda: run_on(FRIDAY, psp)] * 4)

    assert paid(db) == [1000] * 20
    assert {holds("seller_available", seller) for seller in sellers} == {0}
    assert db.value("SELECT count(*) FROM payout_lines") == 20


def test_without_the_lock_on_the_items_two_runs_would_take_them_twice(db, psp, seller_of, monkeypatch):
    """The control: the same race of two manual payouts, with the lock taken out, is stopped by the guard of taking."""
    from checkout.payouts.request import request_payout

    unlocked = reserving.statements.LOCK_FREE.replace("FOR UPDATE OF i", "")
    monkeypatch.setattr(reserving.statements, "LOCK_FREE", unlocked)
    unguarded = reserving.statements.TAKE.replace("AND i.payout_id IS NULL", "")
    monkeypatch.setattr(reserving.statements, "TAKE", unguarded)
    both_have_looked, look = Barrier(2, timeout=60), reserving.lock_free

    def look_together(*arguments):
        found = look(*arguments)
        both_have_looked.wait()
        return found

    monkeypatch.setattr(reserving, "lock_free", look_together)
    seller = seller_of()
    fund(seller, 1000)

    at_once(
        *[lambda: request_payout(seller_id=seller, currency="EUR", method="standard", psp=psp, cause=CAUSE)]
        * 2
    )

    assert paid(db) == [1000, 1000]
    assert holds("seller_available", seller) == -1000


def test_two_who_ask_at_the_same_moment_make_one_payout(db, psp, seller_of):
    """And with the lock in: one payout, the other is told that nothing is left."""
    from checkout.payouts.request import request_payout

    seller = seller_of()
    fund(seller, 1000)

    outcomes = at_once(
        *[lambda: request_payout(seller_id=seller, currency="EUR", method="standard", psp=psp, cause=CAUSE)]
        * 4
    )

    assert paid(db) == [1000]
    refusals = [one for one in outcomes if isinstance(one, Exception)]
    assert [refusal.extra["reason"] for refusal in refusals] == ["balance_not_positive"] * 3


def test_a_run_that_was_killed_goes_on_where_it_stopped(db, psp, weekly, monkeypatch):
    """Batches of two of five sellers; the process dies after the first."""
    monkeypatch.setattr(runs, "BATCH", 2)
    for _ in range(5):
        fund(weekly(), 1000)

    class Killed(BaseException):
        pass

    def die(point):
        if point == "payouts.run.after_batch":
            raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(runs, "crash_point", die)
        with pytest.raises(Killed):
            run_on(FRIDAY, psp)
    assert len(paid(db)) == 2
    seen = []
    result = run_on(FRIDAY, psp, progress=lambda done, whole: seen.append((done, whole)))

    assert (len(paid(db)), result.made) == (5, 5)
    assert seen == [(2, 3), (3, 3)]


def test_who_cannot_be_paid_is_skipped_and_counted(db, psp, weekly):
    """Unverified, in debt, below the minimum; the others are paid all the same."""
    fine, unverified, debtor, small = weekly(), weekly(verification_status="pending"), weekly(), weekly()
    for seller in (fine, unverified, small):
        fund(seller, 1000)
    owe(debtor, 500)
    db.rows(
        "INSERT INTO payout_schedules (seller_id, currency, rhythm, minimum_minor, updated_at)"
        " VALUES (%(id)s, 'EUR', 'weekly', 1001, now())",
        id=small,
    )

    result = run_on(FRIDAY, psp)

    assert (result.made, result.skipped) == (1, 3)
    assert holds("seller_available", fine) == 0


def test_sellers_beyond_the_platforms_money_wait(db, psp, weekly):
    """25.00 is there for 10.00, 20.00 and 15.00, in the sellers' order: the one that does not fit waits."""
    for minor in (1000, 2000, 1500):
        fund(weekly(), minor)
    psp.funds = (Money(2500, "EUR"),)

    run_on(FRIDAY, psp)

    assert db.rows("SELECT amount_minor, waiting_because FROM payouts ORDER BY seller_id") == [
        {"amount_minor": 1000, "waiting_because": None},
        {"amount_minor": 2000, "waiting_because": "platform_funds_pending"},
        {"amount_minor": 1500, "waiting_because": None},
    ]


def test_what_does_not_fit_is_passed_over_and_smaller_amounts_behind_it_are_not():
    eur = [Money(minor, "EUR") for minor in (1000, 2000, 1500)]

    assert cover(eur, {"EUR": Money(2500, "EUR")}) == ([True, False, True], {"EUR": Money(0, "EUR")})
    assert cover([Money(1, "JPY")], {}) == ([False], {})


def test_each_currency_has_its_own_payout(db, psp, seller_of):
    seller = seller_of(payout_schedule="daily")
    fund(seller, 1000)
    fund(seller, 967, "JPY")
    fund(seller, 6492, "KWD")

    run_on(date(2026, 11, 19), psp)  # a Thursday: banks are open in Kuwait too

    assert db.rows("SELECT currency, amount_minor FROM payouts ORDER BY currency") == [
        {"currency": "EUR", "amount_minor": 1000},
        {"currency": "JPY", "amount_minor": 967},
        {"currency": "KWD", "amount_minor": 6490},
    ]


def test_what_another_run_paid_meanwhile_takes_nothing_from_the_others(db, psp, weekly, monkeypatch):
    """Read before the other run had committed, the first seller's period seems unpaid: the second is paid all the same."""
    first, second = weekly(), weekly()
    fund(first, 1000)
    run_on(FRIDAY, psp)
    fund(first, 500)
    fund(second, 2000)
    real, stale = runs._batch, [True]

    def read(after):
        rows = real(after)
        if rows and stale:
            stale.clear()
            return [SimpleNamespace(**{**row._mapping, "paid_period": None}) for row in rows]
        return rows

    monkeypatch.setattr(runs, "_batch", read)
    result = run_on(FRIDAY, psp)

    assert paid(db) == [1000, 2000]
    assert (holds("seller_available", first), result.made) == (500, 2)
