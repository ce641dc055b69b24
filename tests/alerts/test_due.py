"""By when an alert should be explained: a person's day stands, whatever the rules would say; and so does none."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, get_args

import pytest

from checkout.alerts import desk
from checkout.alerts.desk import InvalidAlertState
from checkout.alerts.due import set_due
from checkout.alerts.escalate import rate
from checkout.alerts.notes import NoteKind
from checkout.core import business_day
from checkout.core.errors import InvalidParameter
from checkout.db.session import atomic
from checkout.pages.finance_alert_words import NOTES
from tests.alerts.test_escalate import ANA, opened, row

TODAY = business_day.today()
WHY = "the PSP answers by then"


def due(id: Any, day: date | None, reason: str = WHY) -> None:
    with atomic() as session:
        set_due(session, id, due_on=day, reason=reason, by=ANA)


def test_a_day_is_set_and_cleared_with_its_history(db: Any) -> None:
    """Both are notes, audit rows and events; who set it is kept."""
    id, day = opened(due_on=TODAY + timedelta(days=2)), TODAY + timedelta(days=9)

    due(id, day)
    assert (row(db, id)["due_on"], row(db, id)["due_set_by"]) == (day, str(ANA))
    due(id, None)

    assert row(db, id)["due_on"] is None
    said = [note.text for note in desk.history(id)]
    assert said[0] == f"Due {day}, before that {TODAY + timedelta(days=2)}: {WHY}"
    assert said[1] == f"Due on no day any more, before that {day}: {WHY}"
    events = db.rows("SELECT data FROM events WHERE type = 'reconciliation.alert_due_changed' ORDER BY id")
    assert [event["data"]["due_on"] for event in events] == [day.isoformat(), None]
    assert db.value("SELECT count(*) FROM audit_log WHERE action = 'alert.due'") == 2


@pytest.mark.parametrize("day", [TODAY + timedelta(days=9), None])
def test_the_rules_leave_a_persons_day_alone(db: Any, day: date | None) -> None:
    """Neither ageing nor another occurrence brings their own day back; what nobody set follows them."""
    id, other = opened(dedupe_key="books"), opened()
    due(id, day)
    soon = TODAY + timedelta(days=1)

    with atomic() as session:
        assert not rate(session, id, "medium", due_on=soon, why="old", by=ANA)
        rate(session, other, "medium", due_on=soon, why="old", by=ANA)
    assert opened(dedupe_key="books", due_on=soon) == id

    assert (row(db, id)["due_on"], row(db, other)["due_on"]) == (day, soon)


@pytest.mark.parametrize("day", [TODAY - timedelta(days=1), TODAY + timedelta(days=400)])
def test_a_day_that_has_passed_or_is_too_far_is_refused(db: Any, day: date) -> None:
    id = opened()
    with pytest.raises(InvalidParameter) as refused:
        due(id, day)
    assert refused.value.pointers[0].pointer == "/due_on"
    assert row(db, id)["due_on"] is None


def test_without_a_reason_or_once_resolved_it_is_refused(db: Any) -> None:
    id = opened()
    with pytest.raises(InvalidParameter):
        due(id, TODAY + timedelta(days=9), " ")
    with atomic() as session:
        desk.resolve(session, id, kind="looked_into", note="nothing to it", by=ANA)
    with pytest.raises(InvalidAlertState):
        due(id, TODAY + timedelta(days=9))


def test_every_kind_of_note_has_its_word() -> None:
    """On the alert's page."""
    assert set(NOTES) == set(get_args(NoteKind))
