"""Other rules tried on past nights: what they would have told, and that nothing is kept of it."""

from __future__ import annotations

from datetime import date

import pytest

from checkout.core.clock import utcnow
from checkout.db.statement import run
from checkout.reconciliation import rules
from checkout.reconciliation.night.trial import try_rules
from tests.reconciliation.conftest import DAY, Movement, Ruled, changed, compare, csv_of, days_later, receive

NEXT = date(2026, 3, 15)
TABLES = (
    "alerts",
    "settlement_differences",
    "journal_entries",
    "psp_numbers",
    "reconciliation_runs",
    "events",
)


def tried(ruled: Ruled, *changes: tuple[str, str]) -> list[tuple]:
    """Judged by the packaged rules and by these; the tables are as they were."""
    path = ruled(*changes)
    other = rules.load(path)
    rules.configure(path=None, mock=True)
    before = [run(f"SELECT count(*) AS n FROM {table}")[0].n for table in TABLES]

    trial = try_rules("stripe", nights=30, today=rules.current(), tried=other, now=utcnow())

    assert [run(f"SELECT count(*) AS n FROM {table}")[0].n for table in TABLES] == before
    return [
        (
            change.business_on,
            change.what,
            (change.after or change.before).code,
            (change.after or change.before).amount_minor,
            change.before and change.before.severity,
            change.after and change.after.severity,
        )
        for change in trial.changes
    ]


def test_the_same_rules_change_nothing(db, night, contract, ruled):
    """Whatever the nights hold."""
    lies = changed(night.charge(2490, 102), gross=2390)
    receive(csv_of([lies, changed(night.charge(1000, 59), gross=999), night.charge(1000, 29, "JPY").row()]))
    compare()
    assert tried(ruled, ("name: default", "name: other")) == []


def test_a_wider_tolerance_of_fees_tells_less(db, night, contract, ruled):
    """0.02 too much of 24.90 on Saturday, 0.50 on Sunday: with a tolerance of 0.10 only Sunday's is told."""
    receive(csv_of([night.charge(2490, 104).row()]))
    receive(csv_of([night.charge(2490, 152).row()]), day=NEXT)
    for day in (DAY, NEXT):
        compare(day)
    assert tried(ruled, ("fees: {minor: 1,", "fees: {minor: 10,")) == [
        (DAY, "not opened", "fee_mismatch", -2, "low", None)
    ]


def test_a_new_tariff_tells_more(db, night, contract, ruled):
    """1.9 % for cards: 24.90 cost 0.77 by it, and 1.02 were taken."""
    receive(csv_of([night.charge(2490, 102).row()]))
    compare()
    assert tried(ruled, ("{psp: stripe, bps: 290", "{psp: stripe, bps: 190")) == [
        (DAY, "opened", "fee_mismatch", -25, None, "low")
    ]


@pytest.mark.parametrize(
    "change", [("row_minor: 1,", "row_minor: 0,"), ("batch_minor: 100", "batch_minor: 0")]
)
def test_what_was_rounded_by_itself_is_judged_as_if_it_had_not_been(db, night, contract, ruled, change):
    """A cent booked to the rounding account; with no tolerance for a row it is an amount that differs, with none for a
    batch a rounding that is told."""
    receive(csv_of([changed(night.charge(2490, 102), gross=2489)]))
    compare()
    code, severity = ("amount_mismatch", "medium") if "row" in change[0] else ("rounding", "low")
    assert tried(ruled, change) == [(DAY, "opened", code, 1, None, severity)]


def test_a_currency_that_is_declared_is_told_no_more(db, night, contract, ruled):
    """100.00 USD settled as 92.35 EUR: at the declared rate nothing is told, at another one its difference."""
    receive(csv_of([changed(night.charge(10_000, 0, "USD"), gross=9235, fee=298, currency="EUR")]))
    compare()
    gone = (DAY, "not opened", "currency_mismatch", -9235, "high", None)
    line = "settlements: [{psp: stripe, presented: USD, settled: EUR, rate: '%s'}]"
    assert tried(ruled, ("settlements: []", line % "0.9235")) == [gone]
    assert tried(ruled, ("settlements: []", line % "0.95")) == [
        gone,
        (DAY, "opened", "fx_rate_mismatch", 265, None, "medium"),
    ]


def test_a_longer_wait_tells_fewer_that_were_late(db, night, contract, ruled):
    """24.90 came with the file of the third day: today's rules called it missing on the second, with four days nobody is
    troubled; with one more than the file of its own day, today's own word is the same."""
    charge = night.charge(2490, 102)
    receive(csv_of([]))
    receive(csv_of([charge.row()]), day=date(2026, 3, 16))
    days_later(5)
    assert tried(ruled, ("missing_at_psp_days: 2", "missing_at_psp_days: 4")) == [
        (DAY, "not opened", "missing_at_psp", 2490, "high", None)
    ]


def test_another_severity_is_told(db, night, contract, ruled):
    """Amounts that differ are critical by the other rules."""
    receive(csv_of([changed(night.charge(2490, 102), gross=2390)]))
    compare()
    assert tried(
        ruled,
        ("      - amount_mismatch\n", ""),
        ("critical: [ledger_unbalanced,", "critical: [amount_mismatch, ledger_unbalanced,"),
    ) == [(DAY, "severity", "amount_mismatch", 100, "medium", "critical")]


def test_a_conversion_is_judged_as_if_it_had_not_been_booked(db, ruled):
    """100.00 USD sold for 92.00 EUR, declared at any rate when it was booked: the packaged rules, which declare none, would
    have told both rows, and those that declare 0.9235 would have told its rate."""
    ruled(("settlements: []", "settlements: [{psp: stripe, presented: USD, settled: EUR}]"))
    legs = ((-10_000, "USD"), (9_200, "EUR"))
    rows = [
        Movement(f"txn_{n}", "fx_1", "", minor, 0, currency, category="currency_conversion").row()
        for n, (minor, currency) in enumerate(legs)
    ]
    receive(csv_of(rows))
    assert compare().report.is_explained

    wanted = 'settlements: [{psp: stripe, presented: USD, settled: EUR, rate: "0.9235"}]'
    found = tried(ruled, ("settlements: []", wanted))

    assert sorted((what, code, minor) for _, what, code, minor, *_ in found) == [
        ("not opened", "currency_mismatch", -9_200),
        ("not opened", "currency_mismatch", 10_000),
        ("opened", "fx_rate_mismatch", 35),
    ]
