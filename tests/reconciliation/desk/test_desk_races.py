"""Two who do different things about one alert at the same moment: what is over is over, and nothing is done twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from checkout import approvals
from checkout.alerts import desk
from checkout.alerts.desk import InvalidAlertState
from checkout.alerts.due import set_due
from checkout.core import business_day
from checkout.core.clock import utcnow
from checkout.db.session import atomic, retrying
from tests.concurrency import at_once
from tests.reconciliation.desk.test_parts import (
    APPROVER,
    FINANCE,
    WHY,
    balances,
    carry_out,
    resolve,
    rest_of,
    state,
)
from tests.reconciliation.desk.test_resolve_races import one_short, resolved, wins


def done(act):
    def unit():
        with atomic() as session:
            return act(session)

    return lambda: retrying(unit)


def snoozed(alert):
    until = utcnow() + timedelta(days=2)
    return done(lambda session: desk.snooze(session, alert, until=until, reason=WHY, by=FINANCE))


def due(alert):
    day = business_day.today() + timedelta(days=9)
    return done(lambda session: set_due(session, alert, due_on=day, reason=WHY, by=FINANCE))


@pytest.mark.parametrize("other", [snoozed, due])
def test_what_is_resolved_stays_so_beside_another_deed(db: Any, night: Any, other: Any) -> None:
    """Put off or given a day first, or refused because it is resolved: it ends resolved, with 1.00 claimed."""
    alert = one_short(night)

    claimed, beside = at_once(resolved(alert, "psp_claim"), other(alert))

    assert not isinstance(claimed, Exception)
    assert beside is None or isinstance(beside, InvalidAlertState)
    assert (state(db, alert), balances(db)["psp_claims"]) == ("resolved", 100)
    assert db.value("SELECT snoozed_until FROM alerts WHERE id = %(id)s", id=alert) is None


def test_a_write_off_that_two_approve_at_once_is_posted_once(db: Any, night: Any) -> None:
    """The second approval is refused; and carried out twice, it is one entry of 1.00."""
    alert = one_short(night)
    asked = resolve(alert, "write_off").approval_id

    outcomes = at_once(*[done(lambda session: approvals.approve(session, asked, by=APPROVER))] * 2)
    assert wins(outcomes) == 1
    at_once(*[lambda: carry_out(asked)] * 2)

    assert db.value("SELECT count(*) FROM journal_entries WHERE kind = 'settlement_written_off'") == 1
    assert (state(db, alert), rest_of(alert).amount_minor) == ("resolved", 0)
