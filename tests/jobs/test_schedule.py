"""Periodic work: staged once a period; one that failed is tried again with the next period, not hours later."""

from __future__ import annotations

from datetime import timedelta

import pytest

from checkout import tasks
from checkout.core.clock import utcnow
from jobs import schedule
from jobs.schedule import Periodic, stage_period

EVERY_TEN = Periodic("payments.sync_due", 10)


@pytest.fixture(autouse=True)
def nothing_staged():
    schedule._staged.clear()
    yield
    schedule._staged.clear()


def claimed():
    return tasks.claim("default", worker="w", lease_seconds=60)


def test_a_period_is_staged_once(db):
    """By two schedulers, each of which knows nothing of the other."""
    now = utcnow()
    assert stage_period(EVERY_TEN, now)
    schedule._staged.clear()

    assert not stage_period(EVERY_TEN, now)
    assert db.value("SELECT count(*) FROM tasks") == 1


def test_a_run_that_failed_does_not_wait_out_its_backoff(db):
    """Put off for an hour after its seventh failure: the next period brings it forward, since no second one is staged
    beside it."""
    now = utcnow()
    stage_period(EVERY_TEN, now)
    tasks.retry(claimed()[0], "a fault", after_seconds=3_600)
    assert claimed() == []

    stage_period(EVERY_TEN, now + timedelta(seconds=10))

    assert db.value("SELECT count(*) FROM tasks") == 1
    assert [task.attempts for task in claimed()] == [2]


def test_a_dead_run_is_followed_by_a_new_one(db):
    """Its death calls a person; the work goes on."""
    now = utcnow()
    stage_period(EVERY_TEN, now)
    db.rows("UPDATE tasks SET status = 'dead'")

    stage_period(EVERY_TEN, now + timedelta(seconds=10))

    assert len(claimed()) == 1
