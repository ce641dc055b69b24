"""Finance's email each morning: once a day and person, from eight o'clock, with what waits and how the nights ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from checkout.alerts import open_alert
from checkout.core import clock
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.session import atomic
from checkout.notifications.finance_morning import finance_morning_due
from checkout.tasks import ClaimedTask
from tests.conftest import Database
from tests.notifications.test_finance_alerts import person, texts

Mailbox = Callable[[], list[dict[str, Any]]]
TASK = ClaimedTask(
    id=new_uuid(), queue="default", kind="notifications.finance_morning_due", args={}, attempts=1, max_attempts=8,
    fencing_token=1,
)  # fmt: skip


@pytest.fixture(autouse=True)
def own_time() -> Iterator[None]:
    yield
    clock.configure(offset_seconds=0)


def at(day: int, hour: int, minute: int = 0) -> None:
    """In UTC: Berlin is an hour ahead in March. The 16th is a Monday, the 14th a Saturday."""
    now = datetime(2026, 3, day, hour, minute, tzinfo=UTC)
    clock.configure(offset_seconds=int((now - datetime.now(UTC)).total_seconds()))


def alert(code: str, severity: Any, amount: Money | None = None, due: date | None = None) -> None:
    with atomic() as session:
        open_alert(
            session,
            code=code,
            severity=severity,
            subject="x",
            detail="It differs.",
            amount=amount,
            due_on=due,
        )


def night(db: Database, **report: Any) -> str:
    """A run of the day before."""
    id = new_uuid()
    whole = {"files": [1], "rows": 7, "open": 0, "rejected": 0, "waiting": 0, "unexplained": {}} | report
    db.rows(
        "INSERT INTO reconciliation_runs (id, psp, business_on, status, started_at, finished_at, started_by, report)"
        " VALUES (%(id)s, 'stripe', '2026-03-15', 'finished', now(), now(), 'nightly', %(report)s)",
        id=id,
        report=Jsonb(whole),
    )
    return encode("run", id)


def test_it_says_what_waits_by_severity_and_kind_with_its_amounts(db: Database, mailbox: Mailbox) -> None:
    """Two of one kind in two currencies, one worse; what is due, what is overdue, and the night."""
    at(16, 7, 30)
    person("ana@example.org", "finance")
    alert("amount_mismatch", "high", Money(100, "EUR"), date(2026, 3, 15))
    alert("amount_mismatch", "high", Money(-250, "EUR"), date(2026, 3, 16))
    alert("amount_mismatch", "high", Money(1000, "JPY"), date(2026, 3, 18))
    alert("ledger_unbalanced", "critical")
    run = night(db, open=3, unexplained={"EUR": -150, "JPY": 1000})

    finance_morning_due(TASK)

    (row,) = mailbox()
    assert row["subject"].startswith("Checkout: 4 alerts wait for finance, 1 overdue")
    (text,) = texts([row])
    said = text.replace("\N{NO-BREAK SPACE}", " ")
    assert "- high: Amount differs, 3 (3.50 EUR, 1,000 JPY)" in said
    assert said.index("- critical:") < said.index("- high:")
    assert "Overdue: 1. Due today: 1." in said
    assert "3 unexplained: -1.50 EUR, 1,000 JPY" in said
    assert f"https://pay.example/finance/reconciliation/runs/{run}" in said
    assert "https://pay.example/finance/alerts?code=amount_mismatch" in said


def test_it_comes_once_a_day_from_eight_on(db: Database, mailbox: Mailbox) -> None:
    """Not at 7:59 of Berlin; at 8:00; not again that day; to a colleague who came at noon too; and the next day."""
    person("ana@example.org", "finance")
    alert("file_missing", "high")
    at(16, 6, 59)
    finance_morning_due(TASK)
    assert mailbox() == []
    at(16, 7)
    finance_morning_due(TASK)
    finance_morning_due(TASK)
    assert len(mailbox()) == 1
    person("bo@example.org", "finance_approver")
    at(16, 11)
    finance_morning_due(TASK)
    assert [row["recipient"] for row in mailbox()] == ["ana@example.org", "bo@example.org"]
    at(17, 7, 5)
    finance_morning_due(TASK)
    assert len(mailbox()) == 4


def test_nothing_to_tell_is_told_on_working_days_alone(db: Database, mailbox: Mailbox) -> None:
    """Saturday: nothing. Monday: that nothing waits."""
    person("ana@example.org", "finance")
    night(db)
    at(14, 9)
    finance_morning_due(TASK)
    assert mailbox() == []
    at(16, 9)
    finance_morning_due(TASK)
    (row,) = mailbox()
    assert "nothing waits" in row["subject"]
    assert "7 rows, all explained" in texts([row])[0]


def test_a_night_without_a_file_is_told_on_a_saturday_too(db: Database, mailbox: Mailbox) -> None:
    """Nothing waits, but no file has come."""
    person("ana@example.org", "finance")
    night(db, files=[])
    at(14, 9)
    finance_morning_due(TASK)
    assert "no file has come" in texts(mailbox())[0]


def test_without_anybody_in_finance_nothing_is_sent(db: Database, mailbox: Mailbox) -> None:
    """An operator is not written to."""
    person("op@example.org", "operator")
    at(16, 9)
    finance_morning_due(TASK)
    assert mailbox() == []


def test_it_says_what_the_psp_took_for_no_payment(db: Database, mailbox: Mailbox) -> None:
    """A monthly fee of 12.00, 500 yen and 1.250 dinar given back: booked by themselves, and said once."""
    at(16, 8)
    person("ana@example.org", "finance")
    night(db, costs={"EUR": 1200, "JPY": 500, "KWD": -1250})
    finance_morning_due(TASK)
    (text,) = texts(mailbox())
    said = " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())
    assert "all explained; costs of the account, booked to PSP fees: 12.00 EUR, 500 JPY, -1.250 KWD" in said
