"""Staged work: claimed by one worker at a time, never lost, never finished by a worker that lost its lease."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from checkout import tasks
from checkout.core import clock, ids
from checkout.core.cause import Cause
from checkout.db.session import atomic
from checkout.tasks.queries import TaskNotDead, forget_done, replay_task
from tests.concurrency import at_once

CAUSE = Cause("system", "test")


def stage(kind="noop", **options):
    with atomic() as session:
        return tasks.enqueue(session, kind, {"n": 1}, cause=CAUSE, **options)


def test_a_task_vanishes_with_its_transaction(db):
    """What is rolled back stages nothing and rings nobody."""
    rung = []
    tasks.set_ring(rung.append)

    with pytest.raises(RuntimeError), atomic() as session:
        tasks.enqueue(session, "noop", {}, cause=CAUSE)
        raise RuntimeError

    assert db.value("SELECT count(*) FROM tasks") == 0
    assert rung == []


def test_a_commit_rings_once_per_queue(db):
    """Three tasks of one queue in one transaction ring once, after the commit."""
    rung = []
    tasks.set_ring(rung.append)

    with atomic() as session:
        for _ in range(3):
            tasks.enqueue(session, "noop", {}, cause=CAUSE)
        assert rung == []

    assert rung == ["default"]


def test_workers_share_the_queue_without_sharing_a_task(db):
    """Eight workers claim 40 tasks at once: every task is claimed exactly once."""
    for _ in range(40):
        stage()

    claimed = at_once(
        *[lambda w=w: tasks.claim("default", worker=f"w{w}", lease_seconds=60, limit=5) for w in range(8)]
    )

    ids = [task.id for batch in claimed for task in batch]
    assert len(ids) == len(set(ids)) == 40


def test_a_worker_that_lost_its_lease_cannot_finish(db):
    """The lease lapses, another worker claims and finishes; the first one's commit is refused."""
    stage()
    (stale,) = tasks.claim("default", worker="slow", lease_seconds=60)
    db.rows("UPDATE tasks SET lease_until = now() - interval '1 second'")
    (current,) = tasks.claim("default", worker="fast", lease_seconds=60)

    with pytest.raises(tasks.StaleToken), atomic() as session:
        tasks.finish(session, stale)
    with atomic() as session:
        tasks.finish(session, current)

    assert current.attempts == 2
    assert db.value("SELECT status FROM tasks") == "done"


def test_a_task_that_is_not_due_is_left_alone(db):
    """A retry waits for its time."""
    stage()
    (task,) = tasks.claim("default", worker="w", lease_seconds=60)
    tasks.retry(task, "PSP is down", after_seconds=30)

    assert tasks.claim("default", worker="w", lease_seconds=60) == []
    assert db.rows("SELECT status, attempts, last_error FROM tasks") == [
        {"status": "ready", "attempts": 1, "last_error": "PSP is down"}
    ]


def test_a_parked_task_does_not_use_up_its_attempts(db):
    """Waiting for somebody else is not a failure."""
    stage()
    (task,) = tasks.claim("default", worker="w", lease_seconds=60)

    tasks.park(task, "not here yet", after_seconds=2)

    assert db.value("SELECT attempts FROM tasks") == 0


def test_one_task_per_dedupe_key_while_it_waits(db):
    """A second one with the same key is not written while the first waits, and is once that one is done."""
    first = stage(dedupe_key="sync:pay_1")
    assert stage(dedupe_key="sync:pay_1") is None
    (task,) = tasks.claim("default", worker="w", lease_seconds=60)
    with atomic() as session:
        tasks.finish(session, task)

    second = stage(dedupe_key="sync:pay_1")

    assert first is not None
    assert second is not None


def test_only_dead_tasks_are_replayed(db):
    """A waiting task is refused; a dead one is ready again with all its attempts."""
    task_id = stage()
    with pytest.raises(TaskNotDead), atomic() as session:
        replay_task(session, task_id)
    (task,) = tasks.claim("default", worker="w", lease_seconds=60)
    with atomic() as session:
        assert tasks.bury(session, task, "refused for good")

    with atomic() as session:
        replay_task(session, task_id)

    assert db.rows("SELECT status, attempts FROM tasks") == [{"status": "ready", "attempts": 0}]


def test_done_tasks_are_forgotten_after_a_day_and_dead_ones_kept(db):
    """Three tasks of the day before yesterday and a fresh one: only the old one that is done goes."""
    old = clock.wallclock() - timedelta(days=2)
    for number, status in enumerate(("done", "dead", "ready")):
        db.rows(
            "INSERT INTO tasks (id, queue, kind, args, status, due_at, max_attempts, cause, created_at) "
            "VALUES (%(id)s, 'default', 'noop', '{}', %(status)s, now(), 8, 'system:test', now())",
            id=UUID(int=ids.oldest_at(old).int + number),
            status=status,
        )
    stage()
    (task,) = [t for t in tasks.claim("default", worker="w", lease_seconds=60) if t.args]
    with atomic() as session:
        tasks.finish(session, task)

    assert forget_done() == 1
    assert db.value("SELECT count(*) FROM tasks") == 3
