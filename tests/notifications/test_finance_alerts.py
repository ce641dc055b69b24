"""Finance is told of a critical alert at once, and whoever an alert is handed on to or a note names."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes, policy
from typing import Any
from uuid import UUID

import pytest

from checkout.alerts import desk, open_alert
from checkout.alerts.escalate import escalate
from checkout.core.cause import Cause
from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.identity import memberships, users
from checkout.notifications.finance_alerts import (
    send_critical_alert_email,
    send_escalation_email,
    send_mention_email,
)
from checkout.tasks import ClaimedTask
from tests.conftest import Database

Mailbox = Callable[[], list[dict[str, Any]]]
CAUSE = Cause("cli", "test")


def person(email: str, role: str | None = None) -> str:
    """Somebody active; their id."""
    with atomic() as session:
        user = users.create_user(session, email=email, name=email.split("@")[0].title(), cause=CAUSE)
        if role is not None:
            memberships.grant(session, user.id, role, cause=CAUSE)
    return user.public_id


def alert(severity: Any = "critical", **more: Any) -> UUID:
    with atomic() as session:
        return open_alert(
            session,
            code="psp_balance_mismatch",
            severity=severity,
            subject="stripe",
            detail="The PSP has 1.005 less than our books.",
            amount=Money(1005, "KWD"),
            **more,
        )


def staged(db: Database, kind: str) -> ClaimedTask:
    """The newest task of that kind."""
    row = db.rows("SELECT id, args FROM tasks WHERE kind = %(kind)s ORDER BY created_at DESC", kind=kind)[0]
    return ClaimedTask(
        id=row["id"], queue="mail", kind=kind, args=row["args"], attempts=1, max_attempts=8, fencing_token=1
    )


def texts(rows: list[dict[str, Any]]) -> list[str]:
    said = [message_from_bytes(bytes(row["raw"]), policy=policy.default) for row in rows]
    return [str(message.get_body(("plain",)).get_content()) for message in said]  # type: ignore[union-attr]


def test_a_critical_alert_goes_to_all_of_finance_once(db: Database, mailbox: Mailbox) -> None:
    """Both roles, nobody else, nobody who left; sent again nobody gets a second."""
    person("ana@example.org", "finance")
    person("bo@example.org", "finance_approver")
    person("op@example.org", "operator")
    person("none@example.org")
    gone = person("gone@example.org", "finance")
    db.rows("UPDATE users SET status = 'disabled' WHERE id = %(id)s", id=decode("usr", gone))
    id = alert()

    task = staged(db, "notifications.critical_alert_email")
    send_critical_alert_email(task)
    send_critical_alert_email(task)

    rows = mailbox()
    assert sorted(row["recipient"] for row in rows) == ["ana@example.org", "bo@example.org"]
    assert "Critical" in rows[0]["subject"]
    (text, _) = texts(rows)
    assert "1.005\N{NO-BREAK SPACE}KWD" in text
    assert f"https://pay.example/finance/alerts/{encode('alr', id)}" in text


@pytest.mark.parametrize("to", ["role", "person"])
def test_whom_it_is_handed_on_to_reads_the_note(db: Database, mailbox: Mailbox, to: str) -> None:
    """A role's people, or one person; with who wrote it, by name."""
    author, bo = person("ana@example.org", "finance"), person("bo@example.org", "finance_approver")
    id = alert("high")
    with atomic() as session:
        whom = "role:finance_approver" if to == "role" else f"person:{bo}"
        escalate(session, id, to=whom, note="Please decide today.", by=Cause("person", author))

    send_escalation_email(staged(db, "notifications.escalation_email"))

    (row,) = mailbox()
    assert row["recipient"] == "bo@example.org"
    (text,) = texts([row])
    assert "Ana wrote:" in text
    assert "Please decide today." in text


def test_a_note_reaches_whom_it_names_and_no_stranger(db: Database, mailbox: Mailbox) -> None:
    """By id or address, in whatever spelling; not the author, not who may not read alerts, not who is unknown."""
    ana, bo = person("ana@example.org", "finance"), person("bo@example.org", "operator")
    person("shop@example.org")
    id = alert("high")
    with atomic() as session:
        text = f"@{bo} @{ana} @Bo@Example.org @shop@example.org @who@example.org: see the row"
        desk.add_note(session, id, text=text, by=Cause("person", ana))

    send_mention_email(staged(db, "notifications.mention_email"))

    assert [row["recipient"] for row in mailbox()] == ["bo@example.org"]
