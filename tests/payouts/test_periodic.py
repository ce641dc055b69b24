"""Payouts by the clock: the run of the day, once, with an alert where it did not happen; what is lost is asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from checkout.core.clock import utcnow
from checkout.core.ids import new_uuid
from checkout.payouts.periodic import look_due, run_due
from checkout.psp import Unavailable, registry
from checkout.tasks import ClaimedTask
from tests.payouts.conftest import fund
from tests.payouts.test_way_to_the_bank import ask, go, places, status

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT, EARLY, LATE = (
    datetime(2026, 11, 20, hour, 30, tzinfo=UTC) for hour in (2, 3, 5)
)  # an hour later in Berlin


def tick(at):
    """The periodic task at that moment."""
    with time_machine.travel(at, tick=False):
        run_due(ClaimedTask(new_uuid(), "default", "payouts.run_due", {}, 1, 8, 1), zone=BERLIN)


@pytest.fixture
def seller(db, psp, seller_of):
    """Paid daily, with 10.00."""
    registry.use(psp)
    seller = seller_of(payout_schedule="daily")
    fund(seller, 1000)
    return seller


def payouts(db):
    return db.value("SELECT count(*) FROM payouts")


def alerts(db):
    return [row["code"] for row in db.rows("SELECT code FROM alerts")]


def test_the_run_begins_at_four_by_the_business_clock_and_is_made_once(db, seller):
    """Half past three in Berlin: nothing. Half past four: paid; ten minutes later nothing more, and no alert."""
    tick(NIGHT)
    assert payouts(db) == 0

    tick(EARLY)
    fund(seller, 500)
    tick(EARLY.replace(minute=40))

    assert (payouts(db), alerts(db)) == (1, [])


def test_a_run_that_has_not_finished_by_six_calls_a_person_and_is_made(db, psp, seller, monkeypatch):
    """The PSP was away all morning: the alert names the day; when it is back the sellers are paid all the same."""
    with monkeypatch.context() as away:
        away.setattr(psp, "fetch_balance", _unavailable)
        for moment in (EARLY, LATE):
            with pytest.raises(Unavailable):
                tick(moment)
    assert (payouts(db), alerts(db)) == (0, ["payout_run_missing"])
    assert "2026-11-20" in db.value("SELECT detail FROM alerts")

    tick(LATE.replace(minute=40))

    assert payouts(db) == 1


def test_a_machine_that_was_off_at_four_makes_the_run_and_calls_nobody(db, seller):
    """Switched on at ten: the sellers are paid at once, which is all that somebody could do about it."""
    tick(LATE)
    assert (payouts(db), alerts(db)) == (1, [])


def test_a_run_that_was_begun_and_is_not_done_calls_a_person(db, seller):
    """Somebody began it at half past four and it stands still: at ten a person is called."""
    tick(EARLY)
    db.rows("UPDATE payout_runs SET finished_at = NULL")
    tick(LATE)
    assert alerts(db) == ["payout_run_missing"]


def test_where_nobody_waits_nobody_is_called(db, psp):
    """An installation without sellers' money: its first run after six is no fault."""
    registry.use(psp)
    tick(LATE)

    assert (payouts(db), alerts(db)) == (0, [])


def _unavailable():
    raise Unavailable("the PSP does not answer")


def watch(at):
    with time_machine.travel(at, tick=False):
        look_due(ClaimedTask(new_uuid(), "default", "payouts.look_due", {}, 1, 8, 1))


def test_an_arrival_whose_message_was_lost_is_asked_for(psp, seller):
    """Expected in two days: the PSP is asked then, not before."""
    payout = ask(seller, psp)
    go(payout, psp)
    psp.bank_says(payout.public_id, "paid")

    watch(utcnow() + timedelta(days=1))
    assert status(payout) == "in_transit"
    watch(utcnow() + timedelta(days=2, minutes=1))

    assert (status(payout), places(seller)) == ("paid", (0, 0, 0))


def test_a_payout_that_nobody_moves_is_woken(db, psp, seller):
    """Its task died: after six hours there is one again, and it is sent once."""
    payout = ask(seller, psp)
    db.rows("UPDATE tasks SET status = 'dead' WHERE kind = 'payouts.advance'")
    ready = "SELECT count(*) FROM tasks WHERE kind = 'payouts.advance' AND status = 'ready'"

    watch(utcnow() + timedelta(hours=5))
    assert db.value(ready) == 0
    watch(utcnow() + timedelta(hours=6, minutes=1))
    watch(utcnow() + timedelta(hours=6, minutes=6))

    assert db.value(ready) == 1
    go(payout, psp)
    assert (status(payout), len(psp.transfers)) == ("in_transit", 1)
