"""Reminders of an answer that is due, and how much time is left in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from checkout.core import clock
from checkout.core.ids import new_uuid
from checkout.disputes.reminders import remind_due
from checkout.tasks import ClaimedTask
from checkout.wording.deadlines import time_left
from tests.disputes.test_evidence import submit

NOW = datetime(2026, 12, 2, 8, 0, tzinfo=UTC)


def remind():
    remind_due(ClaimedTask(new_uuid(), "default", "disputes.remind_due", {}, 1, 8, 1))


def at(hours_before_the_end):
    """So many hours before a deadline that is seven days away."""
    clock.configure(offset_seconds=int(timedelta(days=7, hours=-hours_before_the_end).total_seconds()))


def told(bank):
    rows = bank.db.rows(
        "SELECT data->>'hours' AS hours FROM events WHERE type = 'dispute.evidence_due_soon' ORDER BY sequence"
    )
    return [row["hours"] for row in rows]


def test_each_step_is_told_once(bank):
    """72, 48 and 24 hours before, however often the clock strikes; a step that was slept through is not made up for."""
    bank.told(bank.paid(1500))
    steps = []
    for hours in (100, 71, 60, 47.5, 47, 20, 3):
        at(hours)
        remind()
        steps.append(len(told(bank)))

    assert steps == [0, 1, 1, 2, 2, 3, 3]
    assert told(bank) == ["72", "48", "24"]


def test_nobody_is_reminded_of_what_is_answered_over_or_past(bank):
    """Answered, won, out of time, and a returned debit."""
    answered, won, returned = bank.paid(1500), bank.paid(1500), bank.paid(1500)
    submit(bank.now(bank.told(answered)).id)
    dispute = bank.told(won)
    bank.tells(bank.psp.decide(dispute.id, "won"))
    bank.told(returned, method="sepa_debit", status="lost")
    at(20)
    remind()
    late = bank.told(bank.paid(990), due_in_days=-1)
    remind()

    assert bank.now(late).status == "needs_response"
    assert told(bank) == []


def test_a_later_deadline_is_reminded_of_anew(bank):
    """The bank gives more time, or asks again: the steps begin again."""
    dispute = bank.told(bank.paid(1500))
    at(20)
    remind()
    from dataclasses import replace

    later = clock.utcnow() + timedelta(hours=60)
    bank.psp.disputes[dispute.id] = replace(bank.psp.disputes[dispute.id], evidence_due_at=later)
    bank.tells(dispute)
    remind()

    assert told(bank) == ["24", "72"]


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(days=3, hours=5), "in 3 days"),
        (timedelta(days=2), "in 2 days"),
        (timedelta(hours=47, minutes=59), "in 47 hours"),
        (timedelta(hours=1, minutes=30), "in 1 hour"),
        (timedelta(minutes=59), "in 59 minutes"),
        (timedelta(seconds=-1), "the time has passed"),
    ],
)
def test_the_time_left_is_rounded_down(left, words):
    """So that nobody comes too late."""
    assert time_left(NOW + left, NOW) == words
