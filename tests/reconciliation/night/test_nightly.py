"""Nights with the mock PSP: exactly what its cards have planted is found, with its amount, and nothing else."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from checkout.core.clock import utcnow
from checkout.db.statement import run
from checkout.ledger import chart
from checkout.ledger.verify import verify_ledger
from checkout.mockpsp.behaviours import Family
from checkout.mockpsp.card_table import TABLE
from checkout.payments.booking import BOOK_FEE
from checkout.psp import InvalidRequest
from checkout.reconciliation.night import nightly
from checkout.reconciliation.night.nightly import settle_nights
from checkout.reconciliation.night.run import find_run
from tests.killed import killed
from tests.ledger.conftest import balance
from tests.payments.conftest import psp as psp
from tests.payments.conftest import shop as shop
from tests.payouts import mock_bank
from tests.reconciliation import mock_night
from tests.reconciliation.conftest import alerts
from tests.reconciliation.mock_night import BERLIN, CAUSE, DAY, NOON, found, mock_days, set_time

LYING = [row.number for row in TABLE if row.family is Family.SETTLEMENT]
NEXT = DAY + timedelta(days=1)


@pytest.fixture
def the_day_before():
    """When the sellers joined."""
    set_time(NOON - timedelta(days=1))


@pytest.fixture
def days(the_day_before, contract, shop, tmp_path, db):
    with mock_days(tmp_path, shop) as running:
        yield running


def report_of(day):
    outcome = find_run("stripe", day)
    assert outcome is not None
    return outcome.report


def test_every_planted_difference_is_found_and_nothing_else(days, db):
    """One payment with each card, two honest ones beside them: by the third morning the alerts are what the journal
    planted, code by code, amount by amount, number by number. Nothing is missed, nothing is made up."""
    days.pay(1500, 990)
    for card in LYING:
        days.pay(2490, card=card)
    days.pay(12340, currency="KWD")

    days.night(DAY)
    without_the_missing = [one for one in days.planted() if one[0] != "missing_at_psp"]
    assert found() == without_the_missing
    assert report_of(DAY).waiting == 2  # the late row and the one that never comes

    days.night(NEXT)
    assert found() == days.planted()
    assert len(days.planted()) == len(LYING) - 1
    assert report_of(DAY).waiting == 0

    days.night(NEXT + timedelta(days=1))
    assert found() == days.planted()


def test_a_clean_night_has_nothing_to_say(days, db):
    """Payments in three currencies, a refund from the dashboard and a dispute: every line matched, no alert, closed."""
    payments = [days.pay(2490), days.pay(1000, currency="JPY"), days.pay(12340, currency="KWD")]
    days.bank.control("POST", "refunds", {"payment_intent": days.intent_of(payments[0]), "amount": 500})
    days.bank.control("POST", "disputes", {"payment_intent": days.intent_of(payments[2]), "action": "open"})
    days.hear()

    days.night()

    report = report_of(DAY)
    assert (report.rows, report.matched, report.unexplained) == (5, 5, {})
    assert found() == []
    assert db.rows("SELECT status, origin FROM settlement_files") == [
        {"status": "closed", "origin": "report"}
    ]
    assert verify_ledger().holds


def test_the_same_night_again_is_the_same_report(days, db):
    """Twice over the same facts: equal, and no second alert."""
    days.pay(2490, card="4000990000001002")
    days.night()
    first = report_of(DAY)

    outcome = nightly.reconcile_day("stripe", DAY, by="test", cause=CAUSE)

    assert outcome.report == first
    assert len(alerts(db)) == 1


def test_two_that_work_the_same_night_do_it_once(days, db):
    """Started twice at once: one report is asked for, one file taken in, one alert opened."""
    days.pay(2490, card="4000990000001002")
    days.to(days.morning())
    for _ in range(2):
        with ThreadPoolExecutor(2) as both:
            list(both.map(lambda _: settle_nights(zone=BERLIN, drop_dir=None, cause=CAUSE), range(2)))
        days.to(days.morning() + timedelta(seconds=30))

    assert db.value("SELECT count(*) FROM settlement_nights WHERE finished_at IS NOT NULL") == 1
    assert db.value("SELECT count(*) FROM settlement_files") == 1
    assert found() == days.planted()
    with days.bank.running.psp.store.snapshot() as connection:
        assert connection.execute("select count(*) from report_runs").fetchone() == (1,)


@pytest.mark.parametrize(
    "point",
    [
        "reconciliation.receive.after_copy",
        "reconciliation.run.after_bookings",
        "reconciliation.run.before_commit",
    ],
)
def test_a_night_that_was_killed_is_finished_by_another(days, db, point, monkeypatch):
    """Killed while the file is taken in, after the bookings, before the report is written: the next process finishes,
    and what is found is what was planted, once. One fee is not in the books yet: its line books it."""
    days.pay(2490, card="4000990000001101")
    with monkeypatch.context() as patched:
        patched.delitem(mock_night.HANDLERS, BOOK_FEE)
        days.pay(1500)
    days.to(days.morning())
    settle_nights(zone=BERLIN, drop_dir=None, cause=CAUSE)  # asks for the report
    days.to(days.morning() + timedelta(seconds=25))
    job = {
        "database": db.url,
        "psp": days.bank.running.base,
        "point": point,
        "offset_seconds": round((utcnow() - datetime.now(UTC)).total_seconds()),
    }
    killed("tests.reconciliation.crash_child", job)
    settle_nights(zone=BERLIN, drop_dir=None, cause=CAUSE)
    assert find_run("stripe", DAY) is None, "the night is still the killed one's"

    days.to(days.morning() + timedelta(minutes=20))
    settle_nights(zone=BERLIN, drop_dir=None, cause=CAUSE)

    report = report_of(DAY)
    assert (report.rows, report.matched, found()) == (2, 1, days.planted())
    assert db.value("SELECT count(*) FROM settlement_files") == 1
    assert verify_ledger().holds


def test_before_two_in_the_morning_nobody_asks(days, db):
    """00:30 in Berlin is not yet the night of the day that has ended there; nor is 02:00 where the PSP's day goes on."""
    days.to(datetime(2026, 3, 15, 0, 30, tzinfo=UTC))
    settle_nights(zone=BERLIN, drop_dir=None, cause=CAUSE)
    assert db.rows("SELECT business_on FROM settlement_nights") == [{"business_on": DAY - timedelta(days=1)}]


def test_a_psp_that_is_away_is_asked_again(days, db):
    """The request's answer is lost: no file and no alert yet, the time of the next attempt is written down; then all is well."""
    days.pay(2490)
    days.bank.control(
        "POST",
        "faults",
        {"path": "/v1/reporting/report_runs", "method": "POST", "kind": "drop_response", "times": 5},
    )
    days.to(days.morning())
    settle_nights(zone=BERLIN, drop_dir=None, cause=CAUSE)
    night = db.rows("SELECT last_error IS NOT NULL AS failed, finished_at, attempts FROM settlement_nights")
    assert night == [{"failed": True, "finished_at": None, "attempts": 1}]
    days.bank.control("DELETE", "faults")

    days.to(days.morning() + timedelta(minutes=20))
    settle_nights(zone=BERLIN, drop_dir=None, cause=CAUSE)
    days.to(days.morning() + timedelta(minutes=40))
    settle_nights(zone=BERLIN, drop_dir=None, cause=CAUSE)

    assert (report_of(DAY).matched, alerts(db)) == (1, [])


def test_a_file_that_does_not_come_is_missing_at_eight_and_late_when_it_comes(days, db, monkeypatch):
    """Nothing by 08:00: file_missing, once, however often it is tried; then it comes: closed, and told as late."""
    days.pay(2490)
    adapter = days.bank.adapter
    whole = type(adapter).request_settlement_report

    def away(*_):
        raise InvalidRequest("no")

    monkeypatch.setattr(type(adapter), "request_settlement_report", away)
    monkeypatch.setattr(adapter, "livemode", True)
    for hour in (2, 8, 9):
        days.to(datetime(2026, 3, 15, hour, 15, tzinfo=UTC))
        settle_nights(zone=BERLIN, drop_dir=None, cause=CAUSE)
    assert alerts(db) == [("file_missing", None, None, "open")]
    assert db.value("SELECT occurrences FROM alerts") == 1

    monkeypatch.setattr(adapter, "livemode", False)
    monkeypatch.setattr(type(adapter), "request_settlement_report", whole)
    days.to(datetime(2026, 3, 15, 10, 15, tzinfo=UTC))
    for _ in range(2):
        settle_nights(zone=BERLIN, drop_dir=None, cause=CAUSE)
        days.to(datetime(2026, 3, 15, 10, 16, tzinfo=UTC))

    assert alerts(db) == [("file_late", None, None, "open"), ("file_missing", None, None, "resolved")]


def test_a_key_that_is_refused_reports_gets_its_lines_from_the_list(days, db, monkeypatch):
    """A test key: the file is made of the list of movements, says so in its name, and matches."""
    days.pay(2490)

    def refused(*_):
        raise InvalidRequest("not with this key")

    monkeypatch.setattr(type(days.bank.adapter), "request_settlement_report", refused)
    days.night()

    assert db.rows("SELECT name FROM settlement_files") == [{"name": "stripe-2026-03-14-listed.csv"}]
    assert (report_of(DAY).matched, alerts(db)) == (1, [])


def test_with_a_drop_directory_no_report_is_asked_for(days, db):
    """The mock's own file of the day lies there: taken in, compared, and nothing was asked of the PSP's reports."""
    days.pay(2490, card="4000990000001101")
    days.to(days.morning())
    (file,) = days.drop_dir.iterdir()
    os.utime(file, (0, 0))

    settle_nights(zone=BERLIN, drop_dir=days.drop_dir, cause=CAUSE)

    assert db.rows("SELECT origin FROM settlement_files") == [{"origin": "drop"}]
    assert found() == days.planted()
    with days.bank.running.psp.store.snapshot() as connection:
        assert connection.execute("select count(*) from report_runs").fetchone() == (0,)


def test_days_that_were_passed_by_are_made_up_for(days, db):
    """Three nights without anybody: told as gaps, fetched in their order, each day compared."""
    days.pay(2490)
    days.night()
    days.night(DAY + timedelta(days=3))

    assert [row["business_on"].day for row in db.rows("SELECT business_on FROM settlement_files ORDER BY 1")] == [
        14, 15, 16, 17,
    ]  # fmt: skip
    assert [alert[0::3] for alert in alerts(db)] == [("file_gap", "resolved")] * 2


def test_a_lost_webhook_is_healed_by_the_file(days, db):
    """Nobody heard of the payment, of a refund from the dashboard, nor of a dispute: the night reads each from the PSP
    and books it; no alert."""
    heard = [days.pay(2490), days.pay(1500)]
    days.bank.control("POST", "webhooks", {"mode": "mute"})
    unheard = days.pay(990, heard=False)
    days.bank.control("POST", "refunds", {"payment_intent": days.intent_of(heard[0]), "amount": 500})
    days.bank.control("POST", "disputes", {"payment_intent": days.intent_of(heard[1]), "action": "open"})

    days.night()

    assert days.shop.view(unheard.id).status == "succeeded"
    assert (report_of(DAY).rows, report_of(DAY).matched, found()) == (5, 5, [])
    assert balance(chart.psp_balance("stripe"), "EUR") == _truth(days)
    assert verify_ledger().holds


def _truth(days):
    funds = days.bank.adapter.fetch_balance()
    return sum(part.amount_minor for part in (*funds.available, *funds.pending) if part.currency == "EUR")


def test_what_nobody_knows_is_put_aside_on_the_second_day_once(days, db):
    """S15: -3.00 that nothing answers to: an alert at once, in suspense on the second day, by its number; the alert
    stays open."""
    days.pay(2490, card="4000990000001705")
    days.night()
    assert balance(chart.suspense("stripe"), "EUR") == 0
    before = balance(chart.psp_balance("stripe"), "EUR")

    days.night(NEXT)
    days.night(NEXT + timedelta(days=1))

    assert balance(chart.suspense("stripe"), "EUR") == 300
    assert balance(chart.psp_balance("stripe"), "EUR") == before - 300
    assert run("SELECT count(*) AS n FROM journal_entries WHERE kind = 'suspense_booked'")[0].n == 1
    assert found() == days.planted()
    assert verify_ledger().holds


def test_a_transfer_whose_answer_was_lost_is_healed_by_the_file(days, db):
    """10.00 to a seller: the PSP moved it, the answer never came. The night reads the transfer its row names, and books
    it; the payment beside it matches."""
    days.pay(2490)
    seller = days.bank.seller("Cleo Prints")
    mock_bank.earn([seller], 1000)
    (payout,) = mock_bank.reserved([seller], days.bank.adapter)
    fault = {"path": "/v1/transfers", "method": "POST", "kind": "drop_response", "times": 10}
    days.bank.control("POST", "faults", fault)
    mock_bank.advance_all([payout], days.bank.adapter)
    assert db.value("SELECT status FROM payouts") == "unknown"
    days.bank.control("DELETE", "faults")

    days.night()

    assert (report_of(DAY).rows, report_of(DAY).matched, found()) == (2, 2, [])
    assert db.value("SELECT status FROM payouts") == "transferred"
    assert db.value("SELECT count(*) FROM journal_entries WHERE kind = 'payout_transferred'") == 1
    assert verify_ledger().holds
