"""Alerts by the calendar: louder as they age, closed with their cause, told again where they are explained too much."""

from __future__ import annotations

from datetime import date
from typing import Any

from checkout.alerts import desk, open_alert
from checkout.alerts.escalate import escalate, set_cause
from checkout.core.cause import Cause
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.db.statement import run
from checkout.reconciliation.desk.ageing import tend_alerts
from tests.reconciliation.conftest import DAY, changed, compare, csv_of, days_later, receive
from tests.reconciliation.desk.test_parts import FINANCE, alert_of, resolve, rest_of, state

NIGHT = Cause("task", "tsk_night")


def rated(alert: Any) -> tuple[str, date]:
    (row,) = run("SELECT severity, due_on FROM alerts WHERE id = %(id)s", id=alert)
    return row.severity, row.due_on


def test_a_difference_is_rated_by_its_amount_when_it_is_found_and_by_its_age_later(
    db: Any, night: Any
) -> None:
    """1 200.00 EUR is high and due the next day, 1.00 is medium; two weeks later the large one is critical, which is told."""
    receive(csv_of([changed(night.charge(250_000), gross=130_000), changed(night.charge(2490), gross=2390)]))
    compare()
    large, small = (
        row.alert_id
        for row in run("SELECT alert_id FROM settlement_differences ORDER BY difference_minor DESC")
    )
    assert rated(large) == ("high", date(2026, 3, 16))
    assert rated(small) == ("medium", date(2026, 3, 18))

    days_later(14)
    tend_alerts(by=NIGHT)

    assert rated(large) == ("critical", date(2026, 3, 15))
    assert rated(small) == ("medium", date(2026, 3, 18))
    assert db.value("SELECT count(*) FROM tasks WHERE kind = 'notifications.critical_alert_email'") == 1
    tend_alerts(by=NIGHT)
    assert [note.kind for note in desk.history(large)] == ["rated"]


def test_what_a_person_raised_is_not_lowered_by_the_night(db: Any, night: Any) -> None:
    """Medium by the rules, high by hand: high it stays."""
    receive(csv_of([changed(night.charge(2490), gross=2390)]))
    compare()
    alert = alert_of("amount_mismatch")
    with atomic() as session:
        escalate(session, alert, to="role:finance", note="a pattern", by=FINANCE)
    tend_alerts(by=NIGHT)
    assert rated(alert)[0] == "high"


def test_children_close_with_their_cause_where_nothing_of_their_own_is_left(db: Any, night: Any) -> None:
    """Of two that hang on one, one is explained already in parts, the other by 1.00 not: it stays."""
    receive(csv_of([changed(night.charge(2490), gross=2390) for _ in range(3)]))
    compare()
    cause, zero, open_still = (
        row.alert_id for row in run("SELECT alert_id FROM settlement_differences ORDER BY line")
    )
    resolve(zero, "psp_claim")
    with atomic() as session:
        desk.reopen(session, zero, reason="the PSP asks again", by=FINANCE)
        for child in (zero, open_still):
            set_cause(session, child, cause_id=cause, note="one wrong tariff", by=FINANCE)

    resolve(cause, "psp_claim")

    assert [state(db, id) for id in (cause, zero, open_still)] == ["resolved", "resolved", "open"]
    resolve(open_still, "psp_claim", amount=Money(100, "EUR"))
    assert state(db, open_still) == "resolved"


def test_children_of_a_cause_that_closed_elsewhere_close_with_the_night(db: Any) -> None:
    """A page closes an alert without a difference; those that hang on it and state no amount follow."""
    with atomic() as session:
        cause, child = (
            open_alert(session, code="file_late", severity="low", subject=f"stripe {n}", detail="Late.")
            for n in range(2)
        )
        set_cause(session, child, cause_id=cause, note="the same outage", by=FINANCE)
        desk.resolve(session, cause, kind="looked_into", note="they had an outage", by=FINANCE)

    tend_alerts(by=NIGHT)

    assert state(db, child) == "resolved"


def test_a_claim_for_what_has_come_after_all_is_told(db: Any, night: Any) -> None:
    """Claimed, then its line came: the night opens it again with 24.90 too much."""
    charge = night.charge(2490)
    receive(csv_of([]))
    days_later(2)
    compare()
    alert = alert_of("missing_at_psp")
    resolve(alert, "psp_claim")
    receive(csv_of([charge.row()]), day=DAY.replace(day=15), name="late.csv")
    compare()

    tend_alerts(by=NIGHT)

    assert (state(db, alert), rest_of(alert)) == ("open", Money(-2490, "EUR"))
