"""An alert is made louder by hand and by age, never quieter than a person made it; and hangs on its cause."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from checkout.alerts import desk, open_alert
from checkout.alerts.desk import InvalidAlertState
from checkout.alerts.escalate import escalate, rate, set_cause
from checkout.alerts.notes import mentions_in
from checkout.core.cause import Cause
from checkout.core.errors import InvalidParameter
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic

ANA = Cause("person", encode("usr", new_uuid()))


def opened(severity: Any = "medium", **more: Any) -> UUID:
    with atomic() as session:
        return open_alert(
            session, code="fee_mismatch", severity=severity, subject="txn_1", detail="It differs.", **more
        )


def row(db: Any, id: UUID) -> dict[str, Any]:
    (found,) = db.rows("SELECT * FROM alerts WHERE id = %(id)s", id=id)
    return found


def staged(db: Any) -> list[str]:
    return [task["kind"] for task in db.rows("SELECT kind FROM tasks ORDER BY created_at, id")]


def test_handed_on_it_is_one_severity_louder_and_is_emailed(db: Any) -> None:
    """medium becomes high, high critical: which finance is told of at once besides."""
    id = opened()

    with atomic() as session:
        assert escalate(session, id, to="role:finance_approver", note="decide, please", by=ANA) == "high"
    assert staged(db) == ["notifications.escalation_email"]
    with atomic() as session:
        assert escalate(session, id, to=f"person:{ANA.id}", note="now at once", by=ANA) == "critical"
        assert escalate(session, id, to="role:admin", note="louder it cannot be", by=ANA) == "critical"

    assert staged(db).count("notifications.critical_alert_email") == 1
    assert [note.kind for note in desk.history(id)] == ["escalated"] * 3
    assert row(db, id)["escalated_at"] is not None
    assert db.value("SELECT count(*) FROM events WHERE type = 'reconciliation.alert_escalated'") == 3


@pytest.mark.parametrize(
    ("to", "note"), [("role:cook", "why not"), ("ana", "why not"), ("role:finance", " ")]
)
def test_nobody_and_no_word_are_refused(db: Any, to: str, note: str) -> None:
    """It goes to somebody, with a note."""
    id = opened()
    with atomic() as session, pytest.raises(InvalidParameter):
        escalate(session, id, to=to, note=note, by=ANA)
    assert row(db, id)["severity"] == "medium"


def test_a_resolved_alert_is_not_handed_on(db: Any) -> None:
    """It is opened again first."""
    id = opened()
    with atomic() as session:
        desk.resolve(session, id, kind="looked_into", note="nothing to it", by=ANA)
    with atomic() as session, pytest.raises(InvalidAlertState):
        escalate(session, id, to="role:finance", note="look again", by=ANA)


def test_age_makes_louder_and_never_quieter_than_a_person_did(db: Any) -> None:
    """The rules may take back what they gave themselves; what a person gave stays."""
    id = opened()
    with atomic() as session:
        assert rate(session, id, "high", due_on=date(2026, 3, 16), why="8 days old", by=ANA)
        assert rate(session, id, "medium", due_on=date(2026, 3, 20), why="less is left", by=ANA)
        escalate(session, id, to="role:finance", note="it is worse", by=ANA)
        assert not rate(session, id, "low", due_on=None, why="small", by=ANA)
    found = row(db, id)
    assert (found["severity"], found["due_on"]) == ("high", date(2026, 3, 16))
    assert [note.kind for note in desk.history(id)] == ["rated", "rated", "escalated"]


def test_a_critical_alert_is_told_once_however_often_it_occurs(db: Any) -> None:
    """Opened, counted again, rated again: one email is staged."""
    id = opened("critical", dedupe_key="books")
    assert opened("critical", dedupe_key="books") == id
    with atomic() as session:
        rate(session, id, "critical", due_on=None, why="old", by=ANA)
    assert staged(db) == ["notifications.critical_alert_email"]


def test_an_alert_hangs_on_one_cause_which_hangs_on_none(db: Any) -> None:
    """Neither on itself, nor in a chain, nor on what is resolved."""
    cause, child, grandchild = opened(), opened(), opened()
    with atomic() as session:
        set_cause(session, child, cause_id=cause, note="the same wrong file", by=ANA)
    assert row(db, child)["parent_id"] == cause
    for id, of, error in (
        (child, child, InvalidParameter),
        (grandchild, child, InvalidParameter),
        (cause, grandchild, InvalidAlertState),
        (grandchild, new_uuid(), Exception),
    ):
        with atomic() as session, pytest.raises(error):
            set_cause(session, id, cause_id=of, note="why", by=ANA)
    with atomic() as session:
        set_cause(session, child, cause_id=None, note="another one after all", by=ANA)
    assert row(db, child)["parent_id"] is None


def test_who_is_mentioned() -> None:
    """People by id or address, each once; an address alone is no mention."""
    id = encode("usr", new_uuid())
    text = f"@{id} and @ana@example.org. Ask bo@example.org, @ana@example.org, @nobody"
    assert mentions_in(text) == [id, "ana@example.org"]


def test_a_note_that_mentions_somebody_is_mailed_and_one_that_does_not_is_not(db: Any) -> None:
    """By the note's id: its text stays out of the task."""
    id = opened(amount=Money(100, "EUR"))
    with atomic() as session:
        desk.add_note(session, id, text="asked the PSP", by=ANA)
        desk.add_note(session, id, text="@ana@example.org look, please", by=ANA)
    (task,) = db.rows("SELECT kind, args::text AS args FROM tasks")
    assert task["kind"] == "notifications.mention_email"
    assert "ana@" not in task["args"]
