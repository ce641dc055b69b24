"""What was explained and is gone, or is explained no more: its alert is open with what is too much, and so is the day."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from checkout import approvals
from checkout.accounting.correct import propose_reversal
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import journal, recipes, reverse
from checkout.ledger.settlement_recipes import suspense_booked
from checkout.reporting import alert_figures
from tests.accounting.conftest import corrections_decided
from tests.reconciliation.conftest import (
    CAUSE,
    DAY,
    capture_more,
    changed,
    compare,
    csv_of,
    days_later,
    receive,
)
from tests.reconciliation.desk.test_link import link, missing_and_unknown
from tests.reconciliation.desk.test_parts import (
    APPROVER,
    FINANCE,
    alert_of,
    balances,
    decide,
    resolve,
    rest_of,
    state,
)

NEXT_DAY = DAY.replace(day=15)


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_a_part_that_was_claimed_of_what_came_late_stays_open(db: Any, night: Any, currency: str) -> None:
    """4.00 of 24.90 are claimed, then the line of 24.90 comes: our balance is 4.00 short, and an open alert says so."""
    charge = night.charge(2490, currency=currency)
    receive(csv_of([]))
    days_later(2)
    compare()
    alert = alert_of("missing_at_psp")
    resolve(alert, "psp_claim", amount=Money(400, currency))
    receive(csv_of([charge.row()]), day=NEXT_DAY, name="late.csv")

    report = compare().report

    assert (state(db, alert), rest_of(alert)) == ("open", Money(-400, currency))
    assert (report.unexplained, report.is_explained) == ({currency: -400}, False)
    assert [each.amount for each in alert_figures.unexplained()] == [Money(-400, currency)]
    resolve(alert, "psp_claim_paid")
    assert compare().report.is_explained
    assert balances(db) == {"psp_balance": 2490}


def test_what_was_joined_with_a_line_that_was_another_one_is_open_again(db: Any, night: Any) -> None:
    """A charge of 24.90 was joined with an unknown line; its own line comes: the other one is nobody's again."""
    missing, unknown = missing_and_unknown(night, 2490)
    link(missing, unknown)
    receive(csv_of(night.rows()), day=NEXT_DAY, name="late.csv")

    report = compare().report

    assert (state(db, missing), rest_of(missing)) == ("open", Money(-2490, "EUR"))
    assert (report.unexplained, report.is_explained) == ({"EUR": -2490}, False)


def test_what_is_reversed_is_not_explained(db: Any, night: Any) -> None:
    """1.00 was written off, and the entry is taken back: the day differs by 1.00 again."""
    receive(csv_of([changed(night.charge(2490), gross=2390)]))
    compare()
    alert = alert_of("amount_mismatch")
    decide(resolve(alert, "write_off").approval_id)
    assert compare().report.is_explained
    entry = db.value("SELECT id FROM journal_entries WHERE kind = 'settlement_written_off'")
    with atomic() as session:
        reverse.reverse_entry(session, entry, cause=FINANCE)

    report = compare().report

    assert (state(db, alert), rest_of(alert)) == ("open", Money(100, "EUR"))
    assert (report.open, report.is_explained) == (1, False)


def test_a_fee_that_is_booked_after_the_balance_was_explained_is_told(db: Any, night: Any) -> None:
    """1.00 less of the charge and 0.30 of a fee, claimed together; then the fee is booked: 0.30 were claimed too much."""
    charge = night.charge(2490, 0)
    receive(csv_of([changed(charge, gross=2390, fee=30)]))
    compare()
    alert = alert_of("amount_mismatch")
    resolve(alert, "psp_claim")
    fee = recipes.psp_fee(
        source=charge.payment,
        psp="stripe",
        number=charge.number,
        fee=Money(30, "EUR"),
        effective_at=charge.at,
    )
    with atomic() as session:
        journal.post(session, fee, cause=CAUSE)

    assert not compare().report.is_explained
    assert (state(db, alert), rest_of(alert)) == ("open", Money(-30, "EUR"))


def test_what_two_persons_left_unexplained_stays_so(db: Any, night: Any) -> None:
    """Not ours, by two persons: the same difference the next time does not call them again."""
    receive(csv_of([changed(night.charge(2490), gross=2390)]))
    compare()
    alert = alert_of("amount_mismatch")
    decide(resolve(alert, "not_ours").approval_id)

    assert (compare().report.is_explained, state(db, alert)) == (True, "resolved")


def test_taking_an_explanation_back_opens_its_alert_at_once(db: Any, night: Any) -> None:
    """A claim of 1.00 is reversed by two persons: nobody waits for the day to be compared again."""
    receive(csv_of([changed(night.charge(2490), gross=2390)]))
    compare()
    alert = alert_of("amount_mismatch")
    resolve(alert, "psp_claim")
    entry = db.value("SELECT id FROM journal_entries WHERE kind = 'psp_claimed'")
    with atomic() as session:
        asked = propose_reversal(session, entry, reason="A mistake", cause=FINANCE)
    with atomic() as session:
        approvals.approve(session, asked, by=APPROVER)
    corrections_decided(db)

    assert (state(db, alert), rest_of(alert)) == ("open", Money(100, "EUR"))
    assert balances(db) == {"psp_balance": 2490}


def test_what_was_explained_before_its_amount_changed_is_taken_off(db: Any, night: Any) -> None:
    """1.00 short and claimed; another 0.50 of ours is then beyond theirs: 0.50 are unexplained, in the report as well."""
    charge = night.charge(2490)
    receive(csv_of([changed(charge, gross=2390)]))
    compare()
    alert = alert_of("amount_mismatch")
    resolve(alert, "psp_claim")
    more = suspense_booked(source="alr_x", psp="stripe", number="txn_more", beyond=Money(-50, "EUR"))
    with atomic() as session:
        entry = journal.post(session, replace(more, kind="fx_settled"), cause=CAUSE)
        assert entry is not None
        journal.learn_number(session, "stripe", charge.number, entry.id, part="movement-2")

    report = compare().report

    assert (state(db, alert), rest_of(alert)) == ("open", Money(50, "EUR"))
    assert report.unexplained == {"EUR": 50}


def test_a_write_off_whose_line_was_booked_meanwhile_is_not_carried_out(db: Any, night: Any) -> None:
    """A line of 24.90 that nobody knew is written off by two persons; meanwhile its payment is captured and its number
    learnt: nothing is posted, and the alert says that it is to be proposed again."""
    known = night.charge(1000)
    payment = encode("pay", new_uuid())
    receive(
        csv_of(
            [known.row(), changed(known, number="txn_u", source="ch_u", payment=payment, gross=2490, fee=0)]
        )
    )
    compare()
    alert = alert_of("missing_in_ledger")
    asked = resolve(alert, "write_off").approval_id
    capture_more(payment, "ch_u", 2490, "EUR")
    with atomic() as session:
        captured = journal.find(session, "payment_captured", "ch_u")
        assert captured is not None
        journal.learn_number(session, "stripe", "txn_u", captured)

    decide(asked)

    assert (state(db, alert), balances(db)) == ("open", {"psp_balance": 3490})
    assert "propose again" in db.value("SELECT text FROM alert_notes ORDER BY at DESC, id DESC LIMIT 1")
    assert compare().report.is_explained
