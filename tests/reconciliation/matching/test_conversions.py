"""Our own balance in one currency sold for another: two rows, one entry; told where nobody has declared it or at another
rate."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from checkout.ledger import chart
from checkout.ledger.verify import verify_ledger
from tests.ledger.conftest import balance
from tests.reconciliation.conftest import NOON, Movement, Ruled, alerts, compare, csv_of, days_later, receive


def declare(ruled: Ruled, sold: str, bought: str, more: str = "") -> None:
    settlement = f"{{psp: stripe, presented: {sold}, settled: {bought}{more}}}"
    ruled(("settlements: []", f"settlements: [{settlement}]"))


def leg(number: str, minor: int, currency: str, source: str = "", **more: Any) -> dict[str, str]:
    category = {"category": "currency_conversion", "fee": 0, "at": NOON} | more
    return Movement(number, source, "", minor, currency=currency, **category).row()


@pytest.mark.parametrize(
    ("sold", "less", "bought", "more"),
    [("USD", 2_180, "EUR", 2_000), ("EUR", 1_000, "JPY", 1_610), ("EUR", 3_000, "KWD", 1_000)],
)
def test_a_declared_conversion_is_one_entry_of_both_rows(db, ruled, sold, less, bought, more):
    """21.80 USD sold for 20.00 EUR: both balances follow, both legs meet in fx_clearing, nothing differs, nothing twice."""
    declare(ruled, sold, bought)
    receive(csv_of([leg("txn_1", -less, sold, "fx_1"), leg("txn_2", more, bought, "fx_1")]))

    report = compare().report

    assert (report.matched, alerts(db)) == (2, [])
    assert balance(chart.psp_balance("stripe"), sold) == -less
    assert balance(chart.psp_balance("stripe"), bought) == more
    assert balance(chart.fx_clearing(sold), sold) == less
    assert balance(chart.fx_clearing(bought), bought) == -more
    assert db.value("SELECT count(*) FROM journal_entries WHERE kind = 'fx_converted'") == 1
    assert compare().report == report
    days_later(3)
    assert compare().report == report
    assert verify_ledger().holds


def test_its_fee_is_booked_beside_it(db, ruled):
    """20.00 EUR came of it, less 0.40 EUR that the PSP kept."""
    declare(ruled, "USD", "EUR")
    receive(csv_of([leg("txn_1", -2_180, "USD", "fx_1"), leg("txn_2", 2_000, "EUR", "fx_1", fee=40)]))
    assert (compare().report.matched, alerts(db)) == (2, [])
    assert balance(chart.psp_balance("stripe"), "EUR") == 1_960
    assert balance(chart.fx_clearing("EUR"), "EUR") == -2_000


@pytest.mark.parametrize(
    ("came", "told"),
    [(9_235, []), (9_143, []), (9_142, [("fx_rate_mismatch", 93, "EUR", "open")])],
)
def test_another_rate_is_booked_and_told(db, ruled, came, told):
    """100.00 USD at 0.9235 are 92.35 EUR; one in a hundred is tolerated. What was executed is what is booked."""
    declare(ruled, "USD", "EUR", ', rate: "0.9235", tolerance_bps: 100')
    receive(csv_of([leg("txn_1", -10_000, "USD", "fx_1"), leg("txn_2", came, "EUR", "fx_1")]))
    compare()
    assert alerts(db) == told
    assert balance(chart.psp_balance("stripe"), "EUR") == came


def test_the_rate_is_asked_in_the_direction_that_was_sold(db, ruled):
    """Dollars for euros are declared at 0.9235, euros for dollars at 1.09: one sale is held against one of them."""
    both = (
        '{psp: stripe, presented: USD, settled: EUR, rate: "0.9235"}, '
        '{psp: stripe, presented: EUR, settled: USD, rate: "1.09"}'
    )
    ruled(("settlements: []", f"settlements: [{both}]"))
    receive(csv_of([leg("txn_1", -10_000, "USD", "fx_1"), leg("txn_2", 9_235, "EUR", "fx_1")]))
    compare()
    assert alerts(db) == []


def test_one_that_is_not_declared_is_told_on_both_sides(db, ruled):
    """Declared is USD to EUR; francs were bought. Nothing is booked, and each balance says by how much it is off."""
    declare(ruled, "USD", "EUR")
    receive(csv_of([leg("txn_1", -10_000, "USD", "fx_1"), leg("txn_2", 9_900, "CHF", "fx_1")]))
    compare()
    assert sorted(alerts(db)) == [
        ("currency_mismatch", -9_900, "CHF", "open"),
        ("currency_mismatch", 10_000, "USD", "open"),
    ]
    assert balance(chart.psp_balance("stripe"), "USD") == 0


def test_without_a_common_name_the_two_of_one_moment_belong_together(db, ruled):
    """Two sales a minute apart, no row names an object: each is the two rows of its second."""
    declare(ruled, "USD", "EUR")
    later = NOON + timedelta(minutes=1)
    rows = [leg("txn_1", -1_090, "USD"), leg("txn_2", 1_000, "EUR")]
    rows += [leg("txn_3", -2_180, "USD", at=later), leg("txn_4", 2_000, "EUR", at=later)]
    receive(csv_of(rows))
    assert (compare().report.matched, alerts(db)) == (4, [])
    assert db.value("SELECT count(*) FROM journal_entries WHERE kind = 'fx_converted'") == 2


def test_two_of_one_moment_and_one_other_side_are_nobody_s_guess(db, ruled):
    """Two rows of dollars sold, one of euros bought, all at once: which bought it is asked, not guessed."""
    declare(ruled, "USD", "EUR")
    receive(csv_of([leg("txn_1", -1_000, "USD"), leg("txn_2", -2_000, "USD"), leg("txn_3", 900, "EUR")]))
    compare()
    assert [code for code, *_ in alerts(db)] == ["unknown_reference"] * 3
    assert db.value("SELECT count(*) FROM journal_entries") == 0
