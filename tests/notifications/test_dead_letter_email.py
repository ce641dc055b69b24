"""The operators' email about a task that has failed for good."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes, policy
from typing import Any
from uuid import UUID

from checkout.core.cause import Cause
from checkout.core.ids import encode, new_uuid
from checkout.db.session import atomic
from checkout.notifications.dead_letter_email import send_dead_letter_email
from checkout.tasks import ClaimedTask, enqueue
from tests.conftest import Database
from tests.notifications.conftest import task

Mailbox = Callable[[], list[dict[str, Any]]]


def dead(db: Database, kind: str, error: str) -> UUID:
    with atomic() as session:
        id = enqueue(session, kind, {}, cause=Cause("system", "test"))
    db.rows(
        "UPDATE tasks SET status = 'dead', attempts = 8, last_error = %(error)s WHERE id = %(id)s",
        id=id,
        error=error,
    )
    return id


def told(id: UUID, event: str) -> ClaimedTask:
    return replace(task("dead_letter.added", id), args={"event": event, "object": encode("tsk", id)})


def test_a_death_is_told_once_with_what_to_do(db: Database, mailbox: Mailbox) -> None:
    """The error's class is named, its text is not: it may hold somebody's address."""
    id, event = dead(db, "payments.sync", "KeyError: 'jo@example.org'"), str(new_uuid())

    send_dead_letter_email(told(id, event))
    send_dead_letter_email(told(id, event))

    (row,) = mailbox()
    said = message_from_bytes(bytes(row["raw"]), policy=policy.default).as_string()
    assert row["subject"] == "Dead task: payments.sync"
    assert f"flask tasks replay {encode('tsk', id)}" in said
    assert "KeyError" in said
    assert "jo@example.org" not in said


def test_a_task_that_dies_again_after_a_replay_is_told_again(db: Database, mailbox: Mailbox) -> None:
    id = dead(db, "payments.sync", "KeyError")

    send_dead_letter_email(told(id, "first"))
    send_dead_letter_email(told(id, "second"))

    assert len(mailbox()) == 2


def test_a_dead_operators_email_is_not_told_by_email(db: Database, mailbox: Mailbox) -> None:
    """It would go round for ever; its alert stands."""
    send_dead_letter_email(told(dead(db, "notifications.dead_letter_email", "OSError"), "first"))

    assert mailbox() == []
