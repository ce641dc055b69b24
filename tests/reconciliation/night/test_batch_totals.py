"""What a payout is said to be, against the rows that it is made of: Adyen's batches and Stripe's automatic payouts."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from checkout.reconciliation.files.receive import Delivery, receive_file
from checkout.reconciliation.formats.stripe_payouts import sums_of_payouts
from checkout.reconciliation.night.comparisons import comparisons_of
from checkout.reconciliation.night.run import RunOutcome, run_day
from tests.reconciliation.conftest import CAUSE, COLUMNS, DAY, Movement, csv_of
from tests.reconciliation.writers import adyen
from tests.reconciliation.writers.told import Told

AT = datetime(2026, 3, 14, 12, 30, tzinfo=UTC)
OF_PAYOUTS = (*COLUMNS, "automatic_payout_id")


def compared(psp: str, content: bytes) -> RunOutcome:
    delivery = Delivery(psp=psp, business_on=DAY, name="night.csv", origin="cli", by="test")
    receive_file(io.BytesIO(content), delivery, cause=CAUSE)
    return run_day(psp, DAY, by="test", cause=CAUSE)


def of_batches(db: Any) -> list[tuple[Any, ...]]:
    """What is told of sums: by how much, with both of them."""
    rows = db.rows(
        """
        SELECT d.difference_minor AS beyond, d.currency, d.ours_minor AS rows, d.theirs_minor AS paid, a.code
          FROM settlement_differences d JOIN alerts a ON a.id = d.alert_id
         WHERE d.subject LIKE '%%:batch 17:%%' OR d.subject LIKE '%%:payout po_%%' ORDER BY d.currency, d.subject
        """
    )
    assert all(row["code"] == "payout_mismatch" for row in rows)
    return [(row["beyond"], row["currency"], row["rows"], row["paid"]) for row in rows]


@pytest.mark.parametrize(
    ("currency", "paid", "told"),
    [
        ("EUR", 4_819, []),
        ("EUR", 4_829, [(-10, "EUR", 4_819, 4_829)]),
        ("JPY", 4_800, [(19, "JPY", 4_819, 4_800)]),
        ("KWD", 5_000, [(-181, "KWD", 4_819, 5_000)]),
    ],
)
def test_a_batch_of_adyen_comes_to_its_payout(db, currency, paid, told):
    """24.90 and 29.90 less 0.61 of costs, less a refund of 6.00: 48.19 are paid out, or 0.10 more."""
    night = [
        Told("charge", 2_490, 61, currency, AT, "one"),
        Told("charge", 2_990, 0, currency, AT, "two"),
        Told("refund", -600, 0, currency, AT, "two"),
        Told("payout", -paid, 0, currency, AT, ""),
    ]
    outcome = compared("adyen", adyen.write(night))
    assert of_batches(db) == told
    (last,) = comparisons_of(outcome.id)
    assert (outcome.report.differing, last.steps.adds_up) == (4, True), (
        "each row once, whatever is said of it"
    )


def test_a_batch_without_its_payout_says_nothing(db):
    """The payout stands in a later batch, or there was nothing to be paid."""
    compared("adyen", adyen.write([Told("charge", 2_490, 61, "EUR", AT, "one")]))
    assert of_batches(db) == []


def test_of_a_batch_with_a_row_that_was_kept_out_nobody_knows(db):
    """The row that cannot be read is told; that the sum lacks it is no second difference."""
    night = [Told("charge", 2_490, 0, "EUR", AT, str(n), garbled=n == 0) for n in range(3)]
    compared("adyen", adyen.write([*night, Told("payout", -7_470, 0, "EUR", AT, "")]))
    assert of_batches(db) == []


def part(number: str, minor: int, payout: str, currency: str = "EUR", **more: Any) -> dict[str, str]:
    return Movement(number, f"obj_{number}", "", minor, 0, currency, **more).row(automatic_payout_id=payout)


def payout_row(number: str, payout: str, minor: int, currency: str = "EUR") -> dict[str, str]:
    row = Movement(number, payout, "", -minor, 0, currency, category="payout")
    return row.row(automatic_payout_id=payout)


def test_a_report_of_payouts_has_each_with_its_rows(db):
    """po_1 is its rows, po_2 is 0.50 EUR less than they come to, po_3 is in dinars and a fils more."""
    rows = [
        part("t1", 1_000, "po_1"),
        part("t2", -300, "po_1", category="refund"),
        payout_row("t3", "po_1", 700),
    ]
    rows += [part("t4", 2_000, "po_2"), payout_row("t5", "po_2", 1_950)]
    rows += [part("t6", 9_000, "po_3", "KWD"), payout_row("t7", "po_3", 9_001, "KWD")]
    compared("stripe", csv_of(rows, columns=OF_PAYOUTS))
    assert of_batches(db) == [(50, "EUR", 2_000, 1_950), (-1, "KWD", 9_000, 9_001)]


def test_a_report_of_activity_has_no_whole_payouts(db):
    """A row that is in no payout yet: the others may be parts of one whose rows stand in other days' files."""
    rows = [part("t1", 1_000, "po_1"), part("t2", 500, ""), payout_row("t3", "po_1", 9_000)]
    compared("stripe", csv_of(rows, columns=OF_PAYOUTS))
    assert of_batches(db) == []


def test_the_sums_are_read_however_the_bytes_are_cut():
    """A file of a byte a block, with a quoted line end in a cell."""
    content = (
        b"\xef\xbb\xbfautomatic_payout_id,currency,net,reporting_category,note\r\n"
        b'po_1,eur,10.00,charge,"two\r\nlines"\r\npo_1,jpy,5,charge,\r\npo_1,eur,-3.00,refund,'
    )
    sums = sums_of_payouts(bytes([one]) for one in content)
    assert sums == {("po_1", "EUR"): 700, ("po_1", "JPY"): 5}


@pytest.mark.parametrize("cell", ["ten", "1e3", ""])
def test_of_a_row_that_cannot_be_read_there_is_no_sum(cell):
    """A row too short, or an amount that is none: nothing is said of any payout."""
    head = b"automatic_payout_id,currency,net,reporting_category\n"
    assert sums_of_payouts([head, f"po_1,eur,{cell},charge\n".encode()]) is None
    assert sums_of_payouts([head, b"po_1,eur\n"]) is None


NEXT_DAY, DAY_BEFORE = DAY + timedelta(days=1), DAY - timedelta(days=1)


def hand_in(rows: list[dict[str, str]], day: date) -> None:
    delivery = Delivery(psp="stripe", business_on=day, name=f"{day}.csv", origin="cli", by="test")
    receive_file(io.BytesIO(csv_of(rows, columns=OF_PAYOUTS)), delivery, cause=CAUSE)


def stand(db: Any) -> list[tuple[Any, ...]]:
    """What is told of po_1's sum, and whether it is open."""
    rows = db.rows(
        """
        SELECT d.difference_minor AS beyond, d.currency, d.ours_minor AS rows, d.theirs_minor AS paid, a.status
          FROM settlement_differences d JOIN alerts a ON a.id = d.alert_id WHERE strpos(d.subject, ':payout po_1:') > 0
        """
    )
    return [tuple(row.values()) for row in rows]


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
@pytest.mark.parametrize("other", [DAY_BEFORE, NEXT_DAY])
def test_rows_of_a_payout_may_stand_in_a_neighbouring_days_file(db, other, currency):
    """30.00 paid out: 10.00 in its own file, 20.00 in the one of the day before or after. Nothing differs, however often
    it is compared."""
    hand_in([part("t2", 2_000, "po_1", currency)], other)
    hand_in([part("t1", 1_000, "po_1", currency), payout_row("t3", "po_1", 3_000, currency)], DAY)
    for _ in range(2):
        run_day("stripe", DAY, by="test", cause=CAUSE)
    assert stand(db) == []


def test_what_lacks_rows_is_told_until_the_file_with_them_comes(db):
    """20.00 too little, told; the next day's file has them: closed by itself, and again it says the same."""
    hand_in([part("t1", 1_000, "po_1"), payout_row("t3", "po_1", 3_000)], DAY)
    run_day("stripe", DAY, by="test", cause=CAUSE)
    assert stand(db) == [(-2_000, "EUR", 1_000, 3_000, "open")]

    hand_in([part("t2", 2_000, "po_1"), part("t4", 700, "po_2")], NEXT_DAY)
    for _ in range(2):
        run_day("stripe", DAY, by="test", cause=CAUSE)
        assert [row[-1] for row in stand(db)] == ["resolved"]


@pytest.mark.parametrize("day", [DAY_BEFORE, NEXT_DAY])
@pytest.mark.parametrize("others", [[], [part("t4", 700, "po_2")]])
def test_a_payout_whose_rows_all_stand_elsewhere_is_held_against_them(db, day, others):
    """25.00 paid out, and 30.00 in the neighbour's rows; its own file has none of them, or another payout's."""
    hand_in([part("t1", 3_000, "po_1")], day)
    hand_in([*others, payout_row("t3", "po_1", 2_500)], DAY)
    run_day("stripe", DAY, by="test", cause=CAUSE)
    assert stand(db) == [(500, "EUR", 3_000, 2_500, "open")]


def test_beyond_the_files_around_nothing_is_looked_for(db):
    """Its rows came four days before: of a payout without any row nobody can say what it should be."""
    hand_in([part("t1", 3_000, "po_1")], DAY - timedelta(days=4))
    hand_in([part("t4", 700, "po_2"), payout_row("t3", "po_1", 2_500)], DAY)
    run_day("stripe", DAY, by="test", cause=CAUSE)
    assert stand(db) == []


def test_where_a_neighbour_has_a_row_that_was_kept_out_nobody_knows(db):
    """The 20.00 that lack may be in the row that could not be read."""
    row = part("t2", 2_000, "po_1")
    hand_in([row | {"net": "twenty"}, part("t5", 100, "po_2"), part("t6", 100, "po_2")], NEXT_DAY)
    hand_in([part("t1", 1_000, "po_1"), payout_row("t3", "po_1", 3_000)], DAY)
    run_day("stripe", DAY, by="test", cause=CAUSE)
    assert stand(db) == []
