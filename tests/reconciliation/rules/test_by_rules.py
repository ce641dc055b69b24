"""What a line is in the light of its payment, of other lines and of the rules: with literal amounts, in EUR, JPY and KWD."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.db.statement import run
from checkout.ledger import chart, journal, payout_recipes, settlement_recipes
from checkout.ledger.verify import verify_ledger
from checkout.reconciliation.desk.resolve import resolve_difference
from checkout.reconciliation.night.again import days_to_compare_again
from checkout.reconciliation.night.put_aside import put_aside
from tests.ledger.conftest import balance
from tests.payments.conftest import psp as psp
from tests.payments.conftest import shop as shop
from tests.reconciliation.conftest import (
    CAUSE,
    DAY,
    Movement,
    alerts,
    capture_more,
    changed,
    compare,
    csv_of,
    days_later,
    receive,
)

NEXT = date(2026, 3, 15)


def charge_row(
    payment: str, gross: int, currency: str = "EUR", *, n: int = 1, fee: int = 0, source: str = ""
) -> dict:
    return Movement(f"txn_r{n}", source, payment, gross, fee, currency).row()


# --- rounding


@pytest.mark.parametrize(
    ("gross", "fee", "currency"), [(2490, 102, "EUR"), (1000, 29, "JPY"), (12340, 458, "KWD")]
)
@pytest.mark.parametrize("off", [{"gross": -1}, {"gross": 1}, {"fee": 1}, {"fee": -1}])
def test_a_minor_unit_closes_itself(db, night, gross, fee, currency, off):
    """24.89 for 24.90, or a fee of 1.03 for 1.02: onto the rounding account by itself, no alert, the same report again."""
    charge = night.charge(gross, fee, currency)
    row = changed(charge, gross=gross + off.get("gross", 0), fee=fee + off.get("fee", 0))
    receive(csv_of([row]))

    report = compare().report

    beyond = off.get("fee", 0) - off.get("gross", 0)
    assert (report.matched, report.is_explained, report.rounded, alerts(db)) == (
        1,
        True,
        {currency: beyond},
        [],
    )
    assert balance(chart.ROUNDING, currency) == beyond
    assert balance(chart.psp_balance("stripe"), currency) == gross - fee - beyond
    assert compare().report == report
    assert verify_ledger().holds


def test_the_cents_of_a_batch_are_bounded(db, night, ruled):
    """Three rows a cent too low, and a bound of two: two are booked, the third is told, again and again the same."""
    ruled(("batch_minor: 100", "batch_minor: 2"))
    rows = [changed(night.charge(2490, 102), gross=2489) for _ in range(3)]
    receive(csv_of(rows))

    report = compare().report

    assert alerts(db) == [("rounding", 1, "EUR", "open")]
    assert (report.matched, report.differing, report.rounded) == (2, 1, {"EUR": 2})
    assert compare().report == report


def test_a_rounding_is_booked_with_what_is_learnt(db, night):
    """The charge is known by its id alone, its row a yen lower: number, fee of 29 and rounding in one go."""
    charge = night.charge(1000, 29, "JPY", fee_booked=False)
    receive(csv_of([changed(charge, gross=999)]))

    assert (compare().report.matched, alerts(db)) == (1, [])
    assert balance(chart.psp_balance("stripe"), "JPY") == 970
    assert verify_ledger().holds


def test_what_a_person_has_explained_is_not_rounded_afterwards(db, night, ruled, nothing_rounded):
    """A cent booked as a fee by somebody, since no batch could round; by rules that would round it nothing is booked again."""
    receive(csv_of([changed(night.charge(2490, 102), gross=2489)]))
    compare()
    explained = run("SELECT alert_id FROM settlement_differences")[0].alert_id
    with atomic() as session:
        resolve_difference(
            session, explained, way="post_correction", account="psp_fees", note="It was a fee.", by=CAUSE
        )
    ruled(("name: default", "name: rounding"))

    report = compare().report

    assert (report.rounded, report.is_explained) == ({}, True)
    assert alerts(db) == [("rounding", 1, "EUR", "resolved")]
    assert balance(chart.psp_balance("stripe"), "EUR") == 2387


# --- payments under way


def test_a_row_before_its_payment_ended_waits_until_the_methods_limit(db, night, shop):
    """A bank debit of 24.90 that is still processing: no alert on the first nights. After fourteen days the two sides
    contradict each other; the row has decided nothing."""
    payment = shop.started()
    shop.hears(shop.psp.news(payment.psp_session_id, "processing"))
    receive(csv_of([charge_row(payment.public_id, 2490, source="py_1")]))

    report = compare().report

    assert (report.differing, report.waiting, report.open, alerts(db)) == (1, 1, 0, [])
    assert report.differences == {"timing_cutoff": {"count": 1, "amounts": {"EUR": -2490}}}
    assert (report.rows, report.matched, report.is_explained, report.differs) == (1, 0, False, False)

    days_later(13)
    assert compare().report == report
    assert alerts(db) == []
    days_later(14)
    compare()
    assert alerts(db) == [("status_mismatch", -2490, "EUR", "open")]
    assert shop.view(payment.id).status == "processing"


def test_a_row_of_a_payment_that_failed_is_told(db, night, shop):
    """Ours failed, theirs settled 24.90: the PSP is asked, and what it says counts."""
    payment = shop.started()
    ended = shop.psp.becomes(payment.psp_session_id, "failed")
    shop.hears(shop.psp.news(payment.psp_session_id, "ended"), ended)
    receive(csv_of([charge_row(payment.public_id, 2490, source="ch_1")]))

    compare()

    assert ("status_mismatch", -2490, "EUR", "open") in alerts(db)


def test_a_payment_that_nobody_told_us_of_is_missing(db, night, shop):
    """It still waits for its shopper by our books: a lost webhook."""
    payment = shop.started()
    receive(csv_of([charge_row(payment.public_id, 2490, source="ch_1")]))
    compare()
    assert alerts(db) == [("missing_in_ledger", -2490, "EUR", "open")]


def test_a_second_charge_of_a_payment_is_told_and_put_aside(db, night):
    """24.90 was captured; another charge of 24.90 names the same payment. It lies in suspense from the second day on."""
    charge = night.charge(2490, 102)
    again = changed(charge, number="txn_2nd", source="ch_2nd")
    receive(csv_of([charge.row(), again]))
    compare()
    assert alerts(db) == [("duplicate_capture", -2490, "EUR", "open")]

    days_later(2)
    assert put_aside("stripe", DAY, cause=CAUSE) == 1
    assert balance(chart.suspense("stripe"), "EUR") == -2388
    compare()
    assert alerts(db) == [("duplicate_capture", -2490, "EUR", "open")]


# --- several lines, several entries


def test_a_line_without_a_charges_name_is_matched_by_our_reference(db, night):
    """24.90 of one payment, captured, its number not known: learnt from the row, with its fee."""
    charge = night.charge(2490, 102, fee_booked=False)
    receive(csv_of([changed(charge, source="")]))
    assert (compare().report.matched, alerts(db)) == (1, [])
    assert balance(chart.psp_balance("stripe"), "EUR") == 2388


@pytest.mark.parametrize(
    ("whole", "parts", "currency"),
    [(2490, (1500, 990), "EUR"), (1000, (1, 999), "JPY"), (12340, (340, 2000, 10000), "KWD")],
)
def test_several_lines_are_one_entry(db, night, whole, parts, currency):
    """24.90 captured at once, 15.00 and 9.90 in the file, each with its fee of 10: matched, and again the same."""
    charge = night.charge(whole, 0, currency, fee_booked=False)
    rows = [
        changed(charge, number=f"txn_p{n}", source=f"ch_p{n}", gross=gross, fee=10 * (gross > 10))
        for n, gross in enumerate(parts)
    ]
    receive(csv_of(rows))

    report = compare().report

    fees = sum(10 * (gross > 10) for gross in parts)
    assert (report.matched, report.missing, alerts(db)) == (len(parts), 0, [])
    assert balance(chart.psp_balance("stripe"), currency) == whole - fees
    assert compare().report == report
    days_later(2)
    assert compare().report.missing == 0


def test_lines_in_two_days_files_are_one_entry(db, night):
    """15.00 today, 9.90 tomorrow of 24.90: today's is told at first; with tomorrow's file both match, and its alert closes."""
    charge = night.charge(2490, 0, fee_booked=False)
    parts = [
        changed(charge, number=f"txn_p{n}", source=f"ch_p{n}", gross=gross)
        for n, gross in ((1, 1500), (2, 990))
    ]
    receive(csv_of(parts[:1]))
    compare()
    assert [one[0] for one in alerts(db)] == ["missing_in_ledger"]
    receive(csv_of(parts[1:]), day=NEXT)
    days_later(1)

    compare(NEXT)
    compare()

    assert {status for *_, status in alerts(db)} <= {"resolved"}
    assert compare(NEXT).report.matched == compare().report.matched == 1


def test_lines_that_do_not_add_up_are_no_match(db, night):
    """15.00 and 9.00 are not 24.90."""
    charge = night.charge(2490, 0, fee_booked=False)
    parts = [
        changed(charge, number=f"txn_p{n}", source=f"ch_p{n}", gross=gross)
        for n, gross in ((1, 1500), (2, 900))
    ]
    receive(csv_of(parts))
    compare()
    assert [one[0] for one in alerts(db)] == ["missing_in_ledger"] * 2


@pytest.mark.parametrize(
    ("amounts", "currency"), [((1500, 990), "EUR"), ((300, 700), "JPY"), ((1, 2, 3), "KWD")]
)
def test_one_line_is_several_entries(db, night, amounts, currency):
    """Captured as 15.00 and 9.90, told as 24.90 with a fee of 20: one line for both, matched by the numbers next time."""
    first = night.charge(amounts[0], 0, currency, fee_booked=False)
    for n, minor in enumerate(amounts[1:]):
        capture_more(first.payment, f"ch_more{n}", minor, currency)
    receive(csv_of([changed(first, number="txn_all", source="", gross=sum(amounts), fee=20)]))

    report = compare().report

    assert (report.matched, report.missing, alerts(db)) == (1, 0, [])
    assert balance(chart.psp_balance("stripe"), currency) == sum(amounts) - 20
    days_later(2)
    assert compare().report.missing == 0
    assert len(run("SELECT 1 FROM psp_numbers WHERE number = 'txn_all'")) == len(amounts) + 1


@pytest.mark.parametrize("left", ["reference", "sum"])
def test_a_rule_that_is_left_out_finds_nothing(db, night, ruled, left):
    """Without it the line is somebody's work."""
    ruled(("[number, source, reference, sum]", "[number, source]"))
    charge = night.charge(2490, 0, fee_booked=False)
    if left == "reference":
        receive(csv_of([changed(charge, source="")]))
    else:
        receive(csv_of([changed(charge, number=f"t{n}", source=f"c{n}", gross=n) for n in (1490, 1000)]))
    compare()
    assert {one[0] for one in alerts(db)} == {"missing_in_ledger"}


# --- the other legs and accounts


@pytest.mark.parametrize(("minor", "currency"), [(500_00, "EUR"), (-500, "JPY"), (1_500, "KWD")])
def test_a_top_up_is_booked_from_its_line(db, night, minor, currency):
    """500.00 sent to the PSP: onto its balance, out of our bank's account; a negative one came back."""
    charge = night.charge(2490, 102)
    row = changed(
        charge,
        number="txn_top",
        source="tu_1",
        payment="",
        category="topup",
        gross=minor,
        fee=0,
        currency=currency,
    )
    receive(csv_of([charge.row(), row]))

    report = compare().report

    assert (report.matched, alerts(db)) == (2, [])
    assert balance(chart.bank("main"), currency) == -minor
    assert compare().report == report
    assert verify_ledger().holds


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_what_a_top_up_costs_is_a_cost_and_leaves_our_bank_with_the_whole(db, night, currency):
    """10000 sent to the PSP, which keeps 100 of it: 10000 left our bank's account, 100 are a fee, nothing differs."""
    charge = night.charge(2490, 102, currency)
    told = {"number": "txn_top", "source": "tu_1", "payment": "", "category": "topup"}
    receive(csv_of([charge.row(), changed(charge, gross=10_000, fee=100, **told)]))

    report = compare().report

    assert (report.matched, alerts(db), report.is_explained) == (2, [], True)
    assert balance(chart.bank("main"), currency) == -10_000
    assert report.costs == {currency: 100}
    assert compare().report == report


def test_costs_of_the_account_are_booked_and_stand_in_the_report(db, night):
    """3.00 for the account, that names no payment."""
    charge = night.charge(2490, 102)
    row = changed(
        charge, number="txn_cost", source="", payment="", category="network_cost", gross=-300, fee=0
    )
    receive(csv_of([charge.row(), row]))
    assert (compare().report.costs, alerts(db)) == ({"EUR": 300}, [])


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_a_cost_of_nothing_is_no_entry(db, night, currency):
    """0.00 for the account, as a tax that was not due: the line matches, nothing is booked, the day is closed."""
    charge = night.charge(2490, 102, currency)
    row = changed(charge, number="txn_cost", source="", payment="", category="tax", gross=0, fee=0)
    receive(csv_of([charge.row(), row]))

    report = compare().report

    assert (report.matched, report.costs, report.is_explained) == (2, {}, True)
    assert compare().report == report


def test_a_sellers_transfer_of_another_amount_is_a_split_that_differs(db, night):
    """22.00 transferred by our books, 21.00 in the file."""
    charge = night.charge(2490, 102)
    seller, payout = new_uuid(), new_uuid()
    sent = payout_recipes.payout_transferred(
        payout_id=payout, seller_id=seller, psp="stripe", number="txn_tr", amount=Money(2200, "EUR"),
        effective_at=charge.at,
    )  # fmt: skip
    with atomic() as session:
        journal.post(session, sent, cause=CAUSE)
    row = changed(charge, number="txn_tr", source="tr_1", payment="", category="transfer", gross=-2100, fee=0)
    receive(csv_of([charge.row(), row]))

    compare()

    assert alerts(db) == [("seller_split_mismatch", -100, "EUR", "open")]


def test_a_correction_in_our_favour_names_the_claim_that_it_may_pay(db, night):
    """3.00 claimed on Saturday; a correction of 3.00 comes on Sunday, and of 2.00 besides: the first says of which claim."""
    charge = night.charge(2490, 102)
    alert = UUID("01900000-0000-7000-8000-00000000000a")
    claimed = settlement_recipes.psp_claimed(alert_id=alert, psp="stripe", beyond=Money(300, "EUR"))
    with atomic() as session:
        journal.post(session, claimed, cause=CAUSE)
    rows = [
        changed(charge, number=f"txn_{n}", source="", payment="", category="other_adjustment", gross=n, fee=0)
        for n in (300, 200)
    ]
    receive(csv_of([charge.row(), *rows]))

    compare()

    told = {row.number: row.detail for row in run("SELECT number, detail FROM settlement_differences")}
    assert encode("alr", alert) in told["txn_300"]
    assert "claim" not in told["txn_200"]


def test_the_report_says_by_which_rules(db, night):
    """name@version."""
    receive(csv_of([night.charge(2490, 102).row()]))
    assert compare().report.rules == "default@1"


# --- days that are compared again


def test_a_day_that_waits_is_compared_again_until_it_does_not(db, night, shop):
    """A bank debit's row of the first of March waits: its day is compared again as long, as are the three days before in
    any case; one that waits for nothing is not. On the fifteenth day it is told, and waits no more."""
    payment = shop.started()
    shop.hears(shop.psp.news(payment.psp_session_id, "processing"))
    first, plain = date(2026, 3, 1), date(2026, 3, 2)
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    row = Movement("txn_r1", "py_1", payment.public_id, 2490, 0, at=at).row()
    receive(csv_of([row]), day=first)
    days_later(-3)  # all of it is known before this night's day began
    for day in (plain, date(2026, 3, 10), date(2026, 3, 13), DAY):
        receive(csv_of([night.charge(2490, 0, at=datetime.combine(day, at.timetz())).row()]), day=day)
    days_later(0)
    compare(first)
    compare(plain)
    assert days_to_compare_again("stripe", DAY) == [date(2026, 3, 13), first]

    days_later(1)
    compare(first)
    assert days_to_compare_again("stripe", DAY) == [date(2026, 3, 13)]
