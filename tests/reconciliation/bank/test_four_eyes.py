"""What the bank's statement leaves unexplained moves no balance at a PSP, and is closed by two persons all the same."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from checkout.alerts.escalate import set_cause
from checkout.db.session import atomic
from checkout.reconciliation.desk.closing import close_children
from checkout.reconciliation.desk.resolutions import ResolutionNotPossible
from tests.reconciliation.bank.test_bank import compare, credit, sent, statement
from tests.reconciliation.conftest import alerts
from tests.reconciliation.desk.test_parts import FINANCE, alert_of, decide, resolve, state
from tests.reconciliation.writers.told import Told

CURRENCIES = [("EUR", 488), ("JPY", 1000), ("KWD", 12340)]
NEVER_CAME = date(2026, 3, 23)


def a_payout_that_never_came(minor: int, currency: str) -> Any:
    sent("txn_2", minor, currency)
    statement(credit(-100, "rent"), day=NEVER_CAME)
    compare(NEVER_CAME)
    return alert_of("payout_mismatch")


@pytest.mark.parametrize(("currency", "minor"), CURRENCIES)
def test_a_payout_that_never_came_is_let_go_by_two_persons(db: Any, currency: str, minor: int) -> None:
    """One person says that it is not ours: it stays open until another has agreed, and is not told again then."""
    alert = a_payout_that_never_came(minor, currency)

    asked = resolve(alert, "not_ours")

    assert asked.approval_id is not None
    assert asked.plan.rest.amount_minor == minor
    assert state(db, alert) == "open"
    decide(asked.approval_id)
    assert state(db, alert) == "resolved"
    assert compare(NEVER_CAME).open == 0
    assert alerts(db) == [("payout_mismatch", minor, currency, "resolved")]


def test_a_credit_that_nobody_sent_is_closed_by_no_single_person(db: Any) -> None:
    """5.00 EUR came in: there is nothing to book it onto, so that no way closes it at once."""
    statement(credit(500))
    compare()
    alert = alert_of("payout_mismatch")
    with pytest.raises(ResolutionNotPossible):
        resolve(alert, "post_correction")
    assert state(db, alert) == "open"


def test_it_is_not_closed_with_a_cause_either(db: Any) -> None:
    """Hung on another alert that somebody has closed, it stays."""
    alert = a_payout_that_never_came(488, "EUR")
    statement(credit(500), id="STMT-8")
    compare()
    (cause,) = db.rows("SELECT id FROM alerts WHERE id <> %(id)s", id=alert)
    with atomic() as session:
        set_cause(session, alert, cause_id=cause["id"], note="the same transfer", by=FINANCE)
    decide(resolve(cause["id"], "not_ours").approval_id)
    with atomic() as session:
        close_children(session, cause["id"], by=FINANCE)
    assert (state(db, cause["id"]), state(db, alert)) == ("resolved", "open")


def test_what_arrives_after_all_is_decided_by_nobody(db: Any) -> None:
    """A second person was asked; then it came: closed by that, told, and the question is taken back."""
    alert = a_payout_that_never_came(488, "EUR")
    resolve(alert, "not_ours")
    at = datetime(2026, 3, 24, 9, 0, tzinfo=UTC)
    statement(Told("payout", 488, 0, "EUR", at, "txn_2"), day=date(2026, 3, 24), id="STMT-9")

    compare(date(2026, 3, 24))

    assert (state(db, alert), db.value("SELECT status FROM approvals")) == ("resolved", "withdrawn")
    assert db.value("SELECT count(*) FROM events WHERE type = 'reconciliation.alert_resolved'") == 1
