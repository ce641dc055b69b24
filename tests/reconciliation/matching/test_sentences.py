"""What a difference says in words: amounts as people write them, gross beside gross, fee beside fee."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reconciliation.conftest import Night, Ruled, changed, compare, csv_of, receive


def sentences(db: Any) -> list[str]:
    """Without the line's name, which begins each."""
    details = db.rows("SELECT detail FROM alerts ORDER BY created_at, id")
    return [row["detail"].partition("): ")[2] for row in details]


@pytest.mark.parametrize(
    ("presented", "gross", "fee", "settled", "came", "said"),
    [
        ("EUR", 2_490, 102, "JPY", 4_020, "Ours is 24.90 EUR, the file says 4020 JPY."),
        ("JPY", 1_000, 29, "EUR", 621, "Ours is 1000 JPY, the file says 6.21 EUR."),
        ("KWD", 12_345, 458, "EUR", 3_721, "Ours is 12.345 KWD, the file says 37.21 EUR."),
    ],
)
@pytest.mark.parametrize("learnt", [True, False])
def test_another_currency_is_told_gross_beside_gross(
    db, night: Night, presented, gross, fee, settled, came, said, learnt
):
    """24.90 EUR captured, of which 1.02 EUR was booked as fee: the file has 4020 JPY for the 24.90, not for the 23.88."""
    charge = night.charge(gross, fee, presented, fee_booked=learnt)
    receive(csv_of([changed(charge, gross=came, fee=0, currency=settled)]))

    compare()

    assert sentences(db) == [said]


def test_a_fee_that_differs_is_told_in_its_currency(db, night: Night):
    """1.02 EUR, 29 JPY and 0.458 KWD were booked; the file has 1.50, 31 and 0.500."""
    rows = [
        changed(night.charge(2_490, 102), fee=150),
        changed(night.charge(1_000, 29, "JPY"), fee=31),
        changed(night.charge(12_345, 458, "KWD"), fee=500),
    ]
    receive(csv_of(rows))
    compare()
    assert sentences(db) == [
        "The fee is 1.50 EUR in the file, 1.02 EUR in our books.",
        "The fee is 31 JPY in the file, 29 JPY in our books.",
        "The fee is 0.500 KWD in the file, 0.458 KWD in our books.",
    ]


def test_a_rounding_beyond_the_bound_is_told_in_its_currency(db, night: Night, nothing_rounded):
    """24.90 less 1.02 of ours, 24.91 less 1.02 of the file's."""
    receive(csv_of([changed(night.charge(2_490, 102), gross=2_491)]))
    compare()
    assert sentences(db) == ["Ours is 24.90 EUR less 1.02 EUR, the file says 24.91 EUR less 1.02 EUR."]


def test_a_fee_beside_the_contract_is_told_in_its_currency(db, night: Night, contract):
    """1.02 by the contract of 24.90; 51 charges of 10.00 with 0.70 each instead of 0.59."""
    single = [night.charge(2_490, 150)]
    many = [night.charge(1_000, 70, "USD") for _ in range(51)]
    receive(csv_of([each.row() for each in (*single, *many)]))

    compare()

    told = [row["detail"] for row in db.rows("SELECT detail FROM alerts ORDER BY currency")]
    assert [each.partition(": ")[2] for each in told] == [
        "the fee is 1.50 EUR in the file, 1.02 EUR by the contract.",
        "their fees are 35.70 USD in the file, 30.09 USD by the contract.",
    ]


def test_another_rate_is_told_in_both_currencies(db, night: Night, ruled: Ruled):
    """100.00 USD at 0.9235 are 92.35 EUR; 90.00 EUR came."""
    ruled(
        (
            "settlements: []",
            'settlements: [{psp: stripe, presented: USD, settled: EUR, rate: "0.9235", tolerance_bps: 0}]',
        ),
        ("fees: {minor: 1, bps: 0}", "fees: {minor: 100000, bps: 0}"),
    )
    receive(csv_of([changed(night.charge(10_000, 0, "USD"), gross=9_000, currency="EUR")]))
    compare()
    assert sentences(db) == ["100.00 USD were settled as 90.00 EUR; at 0.9235 they are 92.35 EUR."]


@pytest.mark.parametrize(
    ("currency", "fee", "said"),
    [
        ("EUR", "1.00", "gross 24.90 EUR less fee 1.00 EUR is not net 24.90 EUR"),
        ("JPY", "1", "gross 2490 JPY less fee 1 JPY is not net 2490 JPY"),
        ("KWD", "1.000", "gross 2.490 KWD less fee 1.000 KWD is not net 2.490 KWD"),
    ],
)
def test_a_row_that_does_not_add_up_says_its_amounts(db, night: Night, currency, fee, said):
    """The row takes a fee of one unit, and has nothing less for it."""
    receive(csv_of([night.charge(2_490, 0, currency).row(fee=fee), night.charge(1_000, 0).row()]))
    (told,) = db.rows("SELECT detail FROM alerts WHERE code = 'net_mismatch'")
    assert told["detail"].endswith(said)
