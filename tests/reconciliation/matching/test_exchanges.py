"""Paid in one currency and settled in another: booked where the rules declare it, told where they do not or the rate is
another one."""

from __future__ import annotations

import pytest

from checkout.ledger import chart
from checkout.ledger.verify import verify_ledger
from tests.ledger.conftest import balance
from tests.reconciliation.conftest import DAY, Ruled, alerts, changed, compare, csv_of, days_later, receive

NEXT_DAY = DAY.replace(day=15)


def declare(ruled: Ruled, presented: str, settled: str, more: str = "") -> None:
    """Whatever the fee is, it is right."""
    settlement = f"{{psp: stripe, presented: {presented}, settled: {settled}{more}}}"
    ruled(
        ("settlements: []", f"settlements: [{settlement}]"),
        ("fees: {minor: 1, bps: 0}", "fees: {minor: 100000, bps: 0}"),
    )


@pytest.mark.parametrize(
    ("presented", "gross", "settled", "came"),
    [("USD", 10_000, "EUR", 9_235), ("JPY", 1_000, "EUR", 621), ("KWD", 12_340, "USD", 4_012)],
)
@pytest.mark.parametrize("learnt", [True, False])
def test_a_declared_currency_is_an_exchange(db, night, ruled, presented, gross, settled, came, learnt):
    """100.00 USD captured, 92.35 EUR settled, less a fee of 1.00 EUR: both currencies meet in fx_clearing, nothing differs."""
    declare(ruled, presented, settled)
    charge = night.charge(gross, 0, presented, fee_booked=learnt)
    receive(csv_of([changed(charge, gross=came, fee=100, currency=settled)]))

    report = compare().report

    assert (report.matched, alerts(db)) == (1, [])
    assert balance(chart.psp_balance("stripe"), presented) == 0
    assert balance(chart.psp_balance("stripe"), settled) == came - 100
    assert balance(chart.fx_clearing(presented), presented) == gross
    assert balance(chart.fx_clearing(settled), settled) == -came
    assert compare().report == report
    days_later(2)
    assert compare().report.missing == 0
    assert verify_ledger().holds


def test_one_that_is_not_declared_is_told(db, night, ruled):
    """Declared is EUR; it came in CHF. Nothing is booked."""
    declare(ruled, "USD", "EUR")
    charge = night.charge(10_000, 0, "USD")
    receive(csv_of([changed(charge, gross=9_900, currency="CHF")]))
    compare()
    assert alerts(db) == [("currency_mismatch", -9900, "CHF", "open")]
    assert balance(chart.psp_balance("stripe"), "USD") == 10_000


@pytest.mark.parametrize(
    ("came", "told"),
    [(9235, []), (9143, []), (9142, [("fx_rate_mismatch", 93, "EUR", "open")])],
)
def test_another_rate_is_told_and_booked(db, night, ruled, came, told):
    """At 0.9235 100.00 USD are 92.35 EUR, one per cent more or less is taken: 91.42 is 0.93 short."""
    declare(ruled, "USD", "EUR", ', rate: "0.9235", tolerance_bps: 100')
    charge = night.charge(10_000, 0, "USD")
    receive(csv_of([changed(charge, gross=came, fee=298, currency="EUR")]))

    report = compare().report

    assert alerts(db) == told
    assert balance(chart.psp_balance("stripe"), "EUR") == came - 298
    assert compare().report == report


def test_many_at_another_rate_are_one_difference(db, night, ruled):
    """Fifty-one of 10.00 USD at 0.90 instead of 0.92: 0.20 each, 10.20 together."""
    declare(ruled, "USD", "EUR", ', rate: "0.92"')
    receive(csv_of([changed(night.charge(1000, 0, "USD"), gross=900, currency="EUR") for _ in range(51)]))
    compare()
    assert alerts(db) == [("fx_rate_mismatch", 1020, "EUR", "open")]


@pytest.mark.parametrize("other_day", [False, True], ids=["in one file", "a day later"])
def test_a_row_that_comes_again_says_nothing_of_the_rate(db, night, ruled, other_day):
    """10.00 USD at 0.90 instead of 0.92, told twice: 0.20 EUR once, and the second row is a duplicate."""
    declare(ruled, "USD", "EUR", ', rate: "0.92"')
    row = changed(night.charge(1000, 0, "USD"), gross=900, currency="EUR")
    told = [("duplicate_line", -900, "EUR", "open"), ("fx_rate_mismatch", 20, "EUR", "open")]
    receive(csv_of([row] if other_day else [row, row]))
    compare()
    if other_day:
        days_later(1)
        receive(csv_of([row, night.charge(500, 0).row()]), day=NEXT_DAY, name="next.csv")
        compare(NEXT_DAY)
    assert alerts(db) == told


def test_money_that_went_the_other_way_is_no_exchange(db, night, ruled):
    """100.00 USD in by our books, 92.35 EUR out in the file."""
    declare(ruled, "USD", "EUR")
    receive(csv_of([changed(night.charge(10_000, 0, "USD"), gross=-9_235, currency="EUR")]))
    compare()
    assert [one[0] for one in alerts(db)] == ["currency_mismatch"]
