"""Fees against the contract: the actual one is booked, what is beyond the tolerance is told with its amount."""

from __future__ import annotations

from datetime import date

import pytest

from checkout.ledger import chart
from checkout.reconciliation.matching.contract_fees import FeeRow, fees_against_contract
from tests.ledger.conftest import balance
from tests.reconciliation.conftest import COLUMNS, DAY, alerts, changed, compare, csv_of, receive

NEXT, AFTER = date(2026, 3, 15), date(2026, 3, 16)
WITH_METHOD = (*COLUMNS, "payment_method_type")


def rows_by(method: str, *rows: dict) -> bytes:
    return csv_of([row | {"payment_method_type": method} for row in rows], WITH_METHOD)


@pytest.mark.parametrize(
    ("gross", "fee", "currency", "told"),
    [
        (2490, 102, "EUR", []),
        (2490, 103, "EUR", []),
        (2490, 104, "EUR", [("fee_mismatch", -2, "EUR", "open")]),
        (2490, 0, "EUR", [("fee_mismatch", 102, "EUR", "open")]),
        (1000, 29, "JPY", []),
        (1000, 59, "JPY", [("fee_mismatch", -30, "JPY", "open")]),
        (12340, 458, "KWD", []),
        (12340, 388, "KWD", [("fee_mismatch", 70, "KWD", "open")]),
    ],
)
@pytest.mark.parametrize("booked", [True, False])
def test_a_fee_that_is_not_the_contracts_is_booked_and_told(
    db, night, contract, gross, fee, currency, told, booked
):
    """2.9 % and 0.30 of 24.90 are 1.02: 1.03 is within the tolerance, 1.04 is 0.02 too much; a fee first told by the file
    is held against the contract like one that was booked before."""
    charge = night.charge(gross, fee, currency, fee_booked=booked)
    receive(csv_of([charge.row()]))

    report = compare().report

    assert alerts(db) == told
    assert balance(chart.psp_balance("stripe"), currency) == gross - fee
    assert (report.rows, report.matched, report.is_explained) == (1, 1 - len(told), not told)
    assert compare().report == report


def test_a_line_that_differs_is_not_told_again_for_its_fee(db, night, contract):
    """1.00 less than booked, with the fee of the whole: one difference, not two."""
    receive(csv_of([changed(night.charge(2490, 102), gross=2390)]))
    compare()
    assert alerts(db) == [("amount_mismatch", 100, "EUR", "open")]


def test_each_method_has_its_tariff(db, night, ruled):
    """Debits cost 0.8 %, at most 5.00, rounded down: of 24.90 0.19, of 1 000.00 5.00; cards as before."""
    ruled(
        (
            "  - {psp: stripe, bps: 290",
            "  - {psp: stripe, methods: [sepa_debit], bps: 80, most_minor: 500, rounding: down}\n"
            "  - {psp: stripe, bps: 290",
        )
    )
    debits = [night.charge(2490, 19), night.charge(100_000, 500), night.charge(2490, 25)]
    receive(rows_by("sepa_debit", *(charge.row() for charge in debits)))
    compare()
    assert alerts(db) == [("fee_mismatch", -6, "EUR", "open")]


def test_a_tolerance_is_the_larger_of_both(db, night, ruled):
    """1 % of a fee of 29.30 are 0.29: 29.59 is taken, 29.60 is not."""
    ruled(("fees: {minor: 1, bps: 0}", "fees: {minor: 1, bps: 100}"))
    receive(csv_of([night.charge(100_000, 2959).row(), night.charge(100_000, 2960).row()]))
    compare()
    assert alerts(db) == [("fee_mismatch", -30, "EUR", "open")]


def test_whole_units_are_rounded_to_their_step(db, night, contract):
    """2.9 % of 10 kr. and 0.30 are 0.59: a whole króna."""
    receive(csv_of([night.charge(1_000, 100, "ISK").row(), night.charge(1_000, 59, "ISK").row()]))
    compare()
    assert alerts(db) == [("fee_mismatch", 41, "ISK", "open")]


def test_a_tariff_that_is_another_one_is_told_once(db, night, contract):
    """Fifty-one cards with 0.10 too much each: one difference of 5.10, with how many they are; a yen beside it is told by
    itself."""
    rows = [night.charge(2490, 112).row() for _ in range(51)] + [night.charge(1000, 59, "JPY").row()]
    receive(csv_of(rows))

    report = compare().report

    assert sorted(alerts(db)) == [("fee_mismatch", -510, "EUR", "open"), ("fee_mismatch", -30, "JPY", "open")]
    assert db.value("SELECT detail FROM alerts WHERE currency = 'EUR'").startswith("51 charges in EUR")
    assert report.differences["fee_mismatch"] == {"count": 2, "amounts": {"EUR": -510, "JPY": -30}}
    assert compare().report == report


def test_no_contract_no_expectation(db, night):
    """A platform that has written none down is told nothing."""
    receive(csv_of([night.charge(2490, 2000).row()]))
    assert (compare().report.matched, alerts(db)) == (1, [])


def test_the_report_sums_by_method_and_currency(db, night, contract):
    """Two cards of 24.90 with 1.02 and 1.04 and a yen charge of a method that is not named; other days and
    refunds count nowhere."""
    cards = [night.charge(2490, 102).row(), night.charge(2490, 104).row()]
    receive(rows_by("card", *cards))
    yen = night.charge(1000, 29, "JPY")
    refund = changed(yen, number="txn_re", category="refund", gross=-100, fee=0)
    receive(rows_by("", yen.row(), refund), day=NEXT)
    receive(rows_by("card", night.charge(5000, 0).row()), day=AFTER)

    found = fees_against_contract(psp="stripe", since=DAY, until=NEXT)

    assert found == [
        FeeRow("stripe", "card", "EUR", 2, 4980, 206, 204),
        FeeRow("stripe", "", "JPY", 1, 1000, 29, 29),
    ]
    assert [str(row.beyond) for row in found] == ["0.02 EUR", "0 JPY"]


def test_where_there_is_no_contract_nothing_is_expected(db, night):
    """What was taken is known all the same."""
    receive(csv_of([night.charge(2490, 102).row()]))
    assert fees_against_contract(psp="stripe", since=DAY, until=DAY) == [
        FeeRow("stripe", "", "EUR", 1, 2490, 102, None)
    ]


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_the_largest_amount_that_is_taken_can_be_held_against_the_contract(db, night, contract, currency):
    """Fifteen digits of minor units, ninety rows of them: compared; a sixteenth is kept out, and not the night."""
    charge = night.charge(2490, currency=currency)
    large = changed(charge, source="ch_x", payment="", gross=10**15 - 1, fee=0)
    larger = changed(charge, source="ch_x", payment="", number="txn_larger", gross=10**15, fee=0)
    rows = [large | {"balance_transaction_id": f"txn_x{n}"} for n in range(90)]
    receive(csv_of([charge.row(), larger, *rows]))

    report = compare().report

    assert (report.rows, report.rejected, report.matched) == (92, 1, 1)
    (row,) = fees_against_contract(psp="stripe", since=DAY, until=DAY)
    assert row.gross_minor == 2490 + 90 * (10**15 - 1)
