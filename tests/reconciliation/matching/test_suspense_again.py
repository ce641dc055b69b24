"""A line in suspense is explained once, whatever it is called on another day; what comes again with its number is another."""

from __future__ import annotations

from typing import Any

import pytest

from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.ledger import journal
from checkout.reconciliation.night.put_aside import put_aside
from tests.reconciliation.conftest import (
    CAUSE,
    DAY,
    alerts,
    capture_more,
    changed,
    compare,
    csv_of,
    days_later,
    receive,
)
from tests.reconciliation.desk.test_parts import alert_of, balances, resolve, rest_of


def aside(night: Any, currency: str) -> Any:
    """24.90 of a payment that nobody knows lie in suspense."""
    known = night.charge(1000, currency=currency)
    payment = encode("pay", new_uuid())
    line = changed(known, number="txn_u", source="ch_u", payment=payment, gross=2490, fee=0)
    receive(csv_of([known.row(), line]))
    days_later(2)
    put_aside("stripe", DAY, cause=CAUSE)
    compare()
    return payment


def captured_by_another_charge(payment: str, currency: str) -> None:
    """The payment succeeds after all, by a charge with a number of its own: the line is a second capture now."""
    capture_more(payment, "ch_9", 2490, currency)
    with atomic() as session:
        captured = journal.find(session, "payment_captured", "ch_9")
        assert captured is not None
        journal.learn_number(session, "stripe", "txn_9", captured)


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
def test_what_was_cleared_is_not_asked_for_again_under_another_name(
    db: Any, night: Any, currency: str
) -> None:
    """24.90 were cleared onto the fees; the payment is captured by another charge: suspense is empty and stays so."""
    payment = aside(night, currency)
    assert balances(db)["suspense"] == -2490
    resolve(alert_of("missing_in_ledger"), "post_correction", account="psp_fees")
    captured_by_another_charge(payment, currency)

    compare()

    told = [alert for alert in alerts(db) if alert[1] == -2490]  # of the capture no file tells
    assert told == [("missing_in_ledger", -2490, currency, "resolved")]
    assert "suspense" not in balances(db)


def test_of_what_was_cleared_in_part_the_rest_is_asked_for(db: Any, night: Any) -> None:
    """4.00 of 24.90 were cleared, then it is called a second capture: 20.90 of it lie in suspense."""
    payment = aside(night, "EUR")
    resolve(alert_of("missing_in_ledger"), "post_correction", account="psp_fees", amount=Money(-400, "EUR"))
    captured_by_another_charge(payment, "EUR")
    compare()

    alert = alert_of("duplicate_capture")
    assert rest_of(alert) == Money(-2090, "EUR")
    resolve(alert, "post_correction", account="psp_fees")
    assert "suspense" not in balances(db)


def test_what_comes_again_with_the_number_of_a_line_in_suspense_differs_from_it(db: Any, night: Any) -> None:
    """24.90 lie in suspense; 34.90 come with the same number: 10.00 more of theirs, which clearing suspense leaves open."""
    known = night.charge(1000)
    told = {"number": "txn_u", "source": "", "payment": "", "category": "other_adjustment", "fee": 0}
    receive(csv_of([known.row(), changed(known, gross=2490, **told), changed(known, gross=3490, **told)]))
    days_later(2)
    put_aside("stripe", DAY, cause=CAUSE)
    compare()

    assert rest_of(alert_of("amount_mismatch")) == Money(-1000, "EUR")
    resolve(alert_of("unknown_reference"), "post_correction", account="psp_fees")
    assert not compare().report.is_explained
    assert rest_of(alert_of("amount_mismatch")) == Money(-1000, "EUR")


def test_what_stands_twice_beside_a_line_in_suspense_is_ignored_once(db: Any, night: Any) -> None:
    """The same row twice, of which one lies in suspense: ignored, the other is not asked for again."""
    known = night.charge(1000)
    told = {"number": "txn_u", "source": "", "payment": "", "category": "other_adjustment", "fee": 0}
    receive(csv_of([known.row(), changed(known, gross=2490, **told), changed(known, gross=2490, **told)]))
    days_later(2)
    put_aside("stripe", DAY, cause=CAUSE)
    compare()
    resolve(alert_of("duplicate_line"), "duplicate_ignored")
    compare()

    assert [alert[3] for alert in alerts(db) if alert[0] == "duplicate_line"] == ["resolved"]
