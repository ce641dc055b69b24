"""Killed at each boundary of a webhook's way, then carried on by whoever comes next: one effect, nothing lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checkout.inbox.stages import CRASH_POINTS
from tests.killed import killed as killed_at_its_point

# One group: its children are forked from a process that has imported what they need, which each process of pytest-xdist
# would start for itself.
pytestmark = pytest.mark.xdist_group("killed")

ROOT = Path(__file__).resolve().parents[2]
APPLYING = (
    "inbox.apply.after_effect",
    "payments.apply.after_facts",
    "payments.apply.before_commit",
    "tasks.after_finish",
)
READING = ("inbox.read_again.after_psp_answer", "inbox.read_again.after_effect", "tasks.before_finish")


def killed(db, mock, point, **job):
    """A process that is killed at the point, as kill -9 does it."""
    job |= {"database": db.url, "psp": mock.running.base, "point": f"{point}:1"}
    killed_at_its_point("tests.inbox.crash_child", job)


def the_lease_passes(db):
    db.rows("UPDATE tasks SET lease_until = now() - interval '1 second' WHERE status = 'claimed'")


def outcome(inbox, db, payment):
    return (
        inbox.shop.view(payment.id).status,
        db.value("SELECT count(*) FROM journal_entries WHERE kind = 'payment_captured'"),
        db.value("SELECT count(*) FROM inbox_events WHERE status = 'processed'"),
        db.value("SELECT count(*) FROM tasks WHERE queue = 'webhooks' AND status <> 'done'"),
    )


def test_killed_after_the_event_was_stored(inbox, mock, db):
    """The PSP got no answer and delivers again: the stored event is applied once."""
    payment = inbox.pay()
    (event,) = inbox.sent_about(payment, "charge.succeeded")
    killed(db, mock, "inbox.receive.after_store", body=json.dumps(event))

    inbox.deliver(event)
    inbox.work()

    assert outcome(inbox, db, payment) == ("succeeded", 1, 1, 0)


@pytest.mark.parametrize("point", APPLYING)
def test_killed_while_an_event_is_applied(inbox, mock, db, point):
    payment = inbox.pay()
    inbox.deliver(*inbox.sent_about(payment, "charge.succeeded"))
    killed(db, mock, point)

    the_lease_passes(db)
    inbox.work()

    assert outcome(inbox, db, payment) == ("succeeded", 1, 1, 0)


@pytest.mark.parametrize("point", READING)
def test_killed_while_the_psp_is_asked_again(inbox, mock, db, point):
    """The charge's events were lost; the process dies between the PSP's answer and the task's end."""
    payment = inbox.pay()
    inbox.deliver(*inbox.sent_about(payment, "checkout.session.completed"))
    inbox.work()
    db.rows(
        "UPDATE tasks SET due_at = now() - interval '1 second' WHERE status = 'ready' AND queue = 'webhooks'"
    )
    killed(db, mock, point)

    the_lease_passes(db)
    inbox.work()

    assert outcome(inbox, db, payment) == ("succeeded", 1, 1, 0)


def test_every_crash_point_of_the_inbox_is_tried():
    assert set(CRASH_POINTS) <= {"inbox.receive.after_store", *APPLYING, *READING}
