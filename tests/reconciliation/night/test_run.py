"""A night compared: a clean one has no difference, a planted difference is found with its code and amount, and the same
night again is the same report."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from checkout.core.ids import encode
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import journal, payout_recipes
from checkout.ledger.verify import verify_ledger
from checkout.reconciliation.matching import compare as compare_lines
from tests.reconciliation.conftest import CAUSE, DAY, alerts, changed, compare, csv_of, days_later, receive

NOBODYS = UUID("01900000-0000-7000-8000-000000000001")


def test_a_clean_night_has_no_difference_and_is_closed(db, night):
    """24.90 EUR, 1 000 JPY and 12.340 KWD with their fees: three lines matched, nothing to say."""
    night.charge(2490, 102)
    night.charge(1000, 29, "JPY")
    night.charge(12340, 458, "KWD")
    receive(csv_of(night.rows()))

    report = compare().report

    assert (report.rows, report.matched, report.differing, report.missing) == (3, 3, 0, 0)
    assert report.totals["KWD"] == {"rows": 1, "gross": 12340, "fee": 458, "net": 11882}
    assert (report.unexplained, alerts(db)) == ({}, [])
    assert db.rows("SELECT status FROM settlement_files")[0]["status"] == "closed"


@pytest.mark.parametrize(
    ("changes", "code", "difference", "currency"),
    [
        ({"gross": 2390}, "amount_mismatch", 100, "EUR"),
        ({"fee": 150}, "fee_mismatch", -48, "EUR"),
        ({"gross": -2490, "fee": -102}, "direction_mismatch", 4980, "EUR"),
        ({"currency": "USD"}, "currency_mismatch", -2490, "USD"),
        ({"category": "payment_failure_refund", "gross": -2490, "fee": -102}, "status_mismatch", 4980, "EUR"),
        ({"number": "txn_x", "source": "ch_x"}, "duplicate_capture", -2490, "EUR"),
        ({"number": "txn_x", "source": "ch_x", "payment": encode("pay", NOBODYS)}, "missing_in_ledger", -2490, "EUR"),
        ({"number": "txn_x", "source": "ch_x", "payment": ""}, "unknown_reference", -2490, "EUR"),
        ({"number": "txn_x", "source": "re_x", "category": "refund", "gross": -500, "fee": 0}, "refund_unmatched", 500, "EUR"),
        ({"number": "txn_x", "source": "du_x", "category": "dispute", "gross": -500, "fee": 2000}, "dispute_unmatched", 500, "EUR"),
        ({"number": "txn_x", "source": "x", "category": "something_new", "gross": 5, "fee": 0}, "unknown_type", -5, "EUR"),
    ],
)  # fmt: skip
def test_a_line_that_says_something_else_is_named_with_its_amount(
    db, night, changes, code, difference, currency
):
    """24.90 with a fee of 1.02 in our books; the file says otherwise. Another line is clean, and stays so."""
    lies, _ = night.charge(2490, 102), night.charge(1000, 59)
    rows = [changed(lies, **changes), night.movements[1].row()]
    if "source" in changes:
        rows.append(lies.row())
    receive(csv_of(rows))

    report = compare().report

    assert alerts(db) == [(code, difference, currency, "open")]
    assert report.differences == {code: {"count": 1, "amounts": {currency: difference}}}
    assert report.rows == report.matched + report.differing
    assert not report.is_explained


def test_a_line_that_stands_twice_is_told_and_not_booked(db, night):
    """The same number in two rows: the second is a duplicate of 24.90."""
    charge = night.charge(2490, 102)
    receive(csv_of([charge.row(), charge.row()]))

    compare()

    assert alerts(db) == [("duplicate_line", -2490, "EUR", "open")]


def test_what_stands_in_a_former_file_too_is_a_duplicate(db, night):
    """Told on Saturday, and on Sunday again."""
    charge = night.charge(2490, 102)
    receive(csv_of([charge.row()]))
    compare()
    receive(csv_of([charge.row()], end="\r\n"), day=date(2026, 3, 15))

    compare(date(2026, 3, 15))

    assert alerts(db) == [("duplicate_line", -2490, "EUR", "open")]


@pytest.mark.parametrize("day", [DAY, date(2026, 3, 15)])
@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_a_number_that_comes_again_with_another_amount_is_no_duplicate(db, night, currency, day):
    """24.90, and 34.90 under the same number, in one file or a day later: 10.00 of theirs are not ours."""
    charge = night.charge(2490, 102, currency)
    again = changed(charge, gross=3490)
    if day == DAY:
        receive(csv_of([charge.row(), again]))
    else:
        receive(csv_of([charge.row()]))
        compare()
        receive(csv_of([again]), day=day)

    report = compare(day).report

    assert alerts(db) == [("amount_mismatch", -1000, currency, "open")]
    assert not report.is_explained
    assert db.value("SELECT balance_minor FROM settlement_differences") == -1000


def test_a_fee_that_is_not_in_the_books_is_booked_from_its_line(db, night):
    """The charge is known by its id alone: its number is learnt, 1.02 is booked, nothing differs."""
    night.charge(2490, 102, fee_booked=False)
    receive(csv_of(night.rows()))

    report = compare().report

    assert (report.matched, alerts(db)) == (1, [])
    assert db.rows("SELECT part FROM psp_numbers ORDER BY part") == [{"part": "fee"}, {"part": "movement"}]
    assert verify_ledger().holds
    assert compare().report == report


def test_a_cost_that_names_no_payment_is_booked(db, night):
    """3.00 for the account: psp_fees, with the file as its source; once."""
    charge = night.charge(2490, 102)
    cost = changed(charge, number="txn_cost", source="", payment="", category="fee", gross=-300, fee=0)
    receive(csv_of([charge.row(), cost]))

    assert (compare().report.matched, compare().report.matched, alerts(db)) == (2, 2, [])
    booked = db.rows(
        "SELECT count(*) AS n FROM journal_entries WHERE kind = 'psp_fee' AND source_key = 'txn_cost'"
    )
    assert booked == [{"n": 1}]


def test_a_row_that_comes_a_day_late_is_waited_for(db, night):
    """Our side of the day waits without an alert; the next file tells of it."""
    charge = night.charge(2490, 102)
    receive(csv_of([]))

    first = compare().report
    assert (first.waiting, first.missing, alerts(db)) == (1, 0, [])

    receive(csv_of([charge.row()]), day=date(2026, 3, 15))
    days_later(1)
    assert compare(date(2026, 3, 15)).report.matched == 1
    again = compare().report
    assert (again.waiting, again.missing, alerts(db)) == (0, 0, [])


def test_a_row_that_never_comes_is_missing_after_two_days_and_gone_when_it_comes(db, night):
    """24.90 that no file tells of: an alert on the second day; the late row closes it."""
    charge = night.charge(2490, 102)
    receive(csv_of([]))
    compare()
    days_later(2)

    compare()
    assert alerts(db) == [("missing_at_psp", 2490, "EUR", "open")]

    receive(csv_of([charge.row()]), day=date(2026, 3, 17))
    days_later(3)
    compare()
    assert alerts(db) == [("missing_at_psp", 2490, "EUR", "resolved")]


@pytest.mark.parametrize(("currency", "minor"), [("EUR", 2490), ("JPY", 2491), ("KWD", 12340)])
def test_a_bank_debit_that_succeeds_days_after_its_charge_was_made(db, night, currency, minor):
    """Its charge is of the 14th, the bank says yes on the 20th, and so does the file of that day: whoever compares the
    14th again misses nothing. One that no file tells of is missing two days after we heard of it, not at once."""
    receive(csv_of([]))
    days_later(5)
    debit = night.charge(minor, 7, currency)
    night.charge(500, 1, currency)
    compare()
    assert alerts(db) == []

    receive(csv_of([debit.row(created_utc="2026-03-20 12:00:00")]), day=date(2026, 3, 20))
    compare()
    assert (alerts(db), compare().report.waiting) == ([], 1)

    days_later(7)
    compare()
    assert alerts(db) == [("missing_at_psp", 500, currency, "open")]


def test_the_same_night_again_is_the_same_report_and_opens_nothing_twice(db, night):
    """Two runs over one difference: equal reports, one alert, one run."""
    receive(csv_of([changed(night.charge(2490, 102), gross=2390)]))

    first, second = compare(), compare()

    assert (first.report, first.id) == (second.report, second.id)
    assert len(alerts(db)) == 1
    assert db.rows("SELECT times FROM reconciliation_runs") == [{"times": 2}]


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_a_night_with_more_to_book_than_is_looked_at_at_a_time_is_booked_whole(
    db, night, currency, monkeypatch
):
    """Five fees of 0.30 that only the file tells of, two lines looked at closely at a time: 1.50 are booked."""
    monkeypatch.setattr(compare_lines, "DIFFERENCES_AT_MOST", 2)
    charges = [night.charge(1000 + n, 30, currency, fee_booked=False) for n in range(5)]
    with atomic() as session:
        for charge in charges:
            captured = journal.find(session, "payment_captured", charge.source)
            journal.learn_number(session, "stripe", charge.number, captured)
    receive(csv_of(night.rows()))

    report = compare().report

    assert (report.matched, report.is_explained) == (5, True)
    fees = "SELECT sum(p.amount_minor)::bigint FROM postings p JOIN ledger_accounts a ON a.id = p.account_id AND a.kind = 'psp_fees'"
    assert db.value(fees) == 150


def test_a_day_without_a_file_is_told(db, night):
    """No file at all: an alert, and a report that is not explained."""
    assert compare().report.differs
    assert [code for code, *_ in alerts(db)] == ["file_missing"]


def test_a_day_has_its_own_report(db, night):
    """The run of another day counts no line of this one."""
    receive(csv_of([night.charge(2490, 102).row()]))
    assert compare(DAY).report.rows == 1
    assert compare(date(2026, 3, 13)).report.rows == 0


def test_a_row_that_cannot_be_read_is_one_difference_and_not_two(db, night):
    """24.90 whose amount reads "24,90": told as kept out, with what we booked; two days later it is not missing besides."""
    charge = night.charge(2490, 102)
    receive(csv_of([charge.row(gross='"24,90"')]))
    assert alerts(db) == [("row_rejected", None, None, "open")]

    report = compare().report

    assert alerts(db) == [("row_rejected", 2490, "EUR", "open")]
    assert (report.rows, report.matched, report.rejected, report.missing, report.waiting) == (1, 0, 1, 0, 0)
    days_later(2)
    assert compare().report == report
    assert db.value("SELECT balance_minor FROM settlement_differences") == 2388
    assert len(alerts(db)) == 1


def test_a_day_before_anything_was_booked_is_compared_too(db):
    """No account of the ledger yet: the file's line is nobody's."""
    line = {
        "balance_transaction_id": "txn_1", "created_utc": "2026-03-14 12:00:00", "currency": "eur", "gross": "3.00",
        "fee": "0.00", "net": "3.00", "reporting_category": "charge", "source_id": "ch_1", "payment_metadata[payment]": "",
    }  # fmt: skip
    receive(csv_of([line]))
    assert compare().report.differences == {"unknown_reference": {"count": 1, "amounts": {"EUR": -300}}}


def test_the_platforms_own_payout_is_not_missing(db, night):
    """100.00 sent to our bank: a report of activity leaves payouts out, so no line of it can be missed."""
    at = night.charge(20_000).at
    sent = payout_recipes.psp_payout_sent(
        psp="stripe", number="txn_po", amount=Money(10_000, "EUR"), effective_at=at
    )
    with atomic() as session:
        journal.post(session, sent, cause=CAUSE)
    receive(csv_of(night.rows()))
    days_later(2)

    assert (compare().report.missing, alerts(db)) == (0, [])
