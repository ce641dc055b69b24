"""A claimed task ends in exactly one way, and never silently."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from checkout import tasks
from checkout.alerts import resolve_alert
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.db.session import atomic
from checkout.db.statement import execute
from jobs import worker
from jobs.handler import Owning, Transactional
from jobs.run_task import run_task, run_together
from tests.concurrency import at_once

CAUSE = Cause("system", "test")


@pytest.fixture
def claimed(db):
    """Stages one task and claims it."""

    def make(**options):
        with atomic() as session:
            tasks.enqueue(session, "test.kind", {}, cause=CAUSE, **options)
        (task,) = tasks.claim("default", worker="w", lease_seconds=60)
        return task

    return make


def raising(error):
    def handler(*_):
        raise error

    return handler


def test_effect_and_end_commit_together(db, claimed):
    """A transactional handler's write and the task's `done` are one commit."""

    def effect(session, task):
        execute(session, "INSERT INTO heartbeats (process, role, seen_at) VALUES ('effect', 'test', now())")

    run_task(claimed(), Transactional(effect))

    assert db.value("SELECT count(*) FROM heartbeats") == 1
    assert db.value("SELECT status FROM tasks") == "done"


def test_a_worker_that_lost_its_lease_leaves_no_effect(db, claimed):
    """The second holder finishes first; the first one's effect is rolled back with its refused end."""
    slow = claimed()
    db.rows("UPDATE tasks SET lease_until = now() - interval '1 second'")
    (fast,) = tasks.claim("default", worker="other", lease_seconds=60)

    def effect(name):
        return Transactional(
            lambda session, task: execute(
                session,
                "INSERT INTO heartbeats (process, role, seen_at) VALUES (%(n)s, 'test', now())",
                n=name,
            )
        )

    run_task(fast, effect("fast"))
    run_task(slow, effect("slow"))

    assert db.rows("SELECT process FROM heartbeats") == [{"process": "fast"}]


def test_two_holders_at_once_have_one_effect(db, claimed):
    """Both run at the same moment: the fencing token lets one commit. Without the token both would."""
    first = claimed()
    db.rows("UPDATE tasks SET lease_until = now() - interval '1 second'")
    (second,) = tasks.claim("default", worker="other", lease_seconds=60)

    def effect(session, task):
        execute(
            session,
            "INSERT INTO heartbeats (process, role, seen_at) VALUES (gen_random_uuid()::text, 't', now())",
        )

    at_once(lambda: run_task(first, Transactional(effect)), lambda: run_task(second, Transactional(effect)))
    guarded = db.value("SELECT count(*) FROM heartbeats")

    def unguarded():
        with atomic() as session:
            effect(session, None)

    at_once(unguarded, unguarded)

    assert guarded == 1
    assert db.value("SELECT count(*) FROM heartbeats") == 3


def test_a_failure_is_tried_again_with_backoff(db, claimed):
    """The first failure comes back in one to two seconds, with its reason."""
    task, began = claimed(), utcnow()

    run_task(task, Owning(raising(ValueError("boom"))))

    row = db.rows("SELECT status, attempts, last_error, due_at FROM tasks")[0]
    assert (row["status"], row["attempts"], row["last_error"]) == ("ready", 1, "ValueError: boom")
    assert began + timedelta(seconds=1) <= row["due_at"] <= utcnow() + timedelta(seconds=2)


def test_a_handler_may_say_when(db, claimed):
    task, began = claimed(), utcnow()

    run_task(task, Owning(raising(tasks.RetryLater("rate limited", after_seconds=300))))

    due_at = db.value("SELECT due_at FROM tasks")
    assert began + timedelta(seconds=300) <= due_at <= utcnow() + timedelta(seconds=300)


def test_parking_costs_no_attempt(db, claimed):
    run_task(claimed(), Owning(raising(tasks.Park("not here yet", after_seconds=5))))

    assert db.rows("SELECT status, attempts FROM tasks") == [{"status": "ready", "attempts": 0}]


def test_the_last_failure_is_dead_with_an_alert_and_an_event(db, claimed):
    """At the last attempt: dead with its reason, one alert, one dead_letter.added, the operators' email staged."""
    run_task(claimed(max_attempts=1), Owning(raising(ValueError("boom"))))

    assert (
        db.value("SELECT last_error FROM tasks WHERE kind = 'test.kind' AND status = 'dead'")
        == "ValueError: boom"
    )
    assert db.rows("SELECT code, severity FROM alerts") == [{"code": "task_dead", "severity": "high"}]
    assert db.value("SELECT type FROM events") == "dead_letter.added"
    assert db.value("SELECT count(*) FROM tasks WHERE kind = 'notifications.dead_letter_email'") == 1


def test_a_task_that_kills_its_worker_each_time_ends_dead(db, claimed):
    """Claimed more often than it may fail: buried without being run."""
    claimed(max_attempts=1)
    db.rows("UPDATE tasks SET lease_until = now() - interval '1 second'")
    (again,) = tasks.claim("default", worker="w", lease_seconds=60)

    run_task(again, Owning(raising(AssertionError("must not run"))))

    assert db.value("SELECT status FROM tasks WHERE kind = 'test.kind'") == "dead"
    assert "died" in db.value("SELECT last_error FROM tasks WHERE kind = 'test.kind'")


def test_an_unknown_kind_is_dead_at_once(db, claimed):
    run_task(claimed(), None)

    assert db.value("SELECT status FROM tasks WHERE kind = 'test.kind'") == "dead"


def test_periodic_work_that_dies_again_and_again_calls_once(db, claimed):
    """Three dead runs of one kind: one alert that counts them, one email; once resolved, the next one calls again."""

    def dead_run():
        with atomic() as session:
            tasks.enqueue(session, "test.periodic", {"period": "2026-03-14"}, cause=CAUSE, max_attempts=1)
        (task,) = tasks.claim("default", worker="w", lease_seconds=60)
        run_task(task, Owning(raising(ValueError("boom"))))

    for _ in range(3):
        dead_run()
    assert db.rows("SELECT code, occurrences FROM alerts") == [{"code": "task_dead", "occurrences": 3}]
    assert db.value("SELECT count(*) FROM events WHERE type = 'dead_letter.added'") == 1

    with atomic() as session:
        resolve_alert(session, db.value("SELECT id FROM alerts"), resolution="mended", by="person:test")
    dead_run()

    assert db.value("SELECT count(*) FROM alerts WHERE status = 'open'") == 1
    assert db.value("SELECT count(*) FROM events WHERE type = 'dead_letter.added'") == 2


@pytest.fixture
def several(db):
    """Stages tasks named by their arguments and claims them all."""

    def make(*names):
        with atomic() as session:
            for name in names:
                tasks.enqueue(session, "test.kind", {"name": name}, cause=CAUSE)
        return tasks.claim("default", worker="w", lease_seconds=60)

    return make


def noting(session, task):
    """Leaves a row with the task's name, twice if it is run twice; the one named poison fails afterwards."""
    execute(
        session,
        """
        INSERT INTO events (id, type, object, data, cause, created_at)
        VALUES (gen_random_uuid(), 't', %(o)s, '{}', 'c', now())
        """,
        o=task.args["name"],
    )
    if task.args["name"] == "poison":
        raise ValueError("boom")


NOTED = "SELECT object FROM events WHERE type = 't' ORDER BY object"


def test_tasks_that_share_a_transaction_end_together(db, several):
    """Two effects and two ends, one commit."""
    batch = [(task, Transactional(noting)) for task in several("a", "b")]

    assert run_together(batch)

    assert [row["object"] for row in db.rows(NOTED)] == ["a", "b"]
    assert db.rows("SELECT DISTINCT status FROM tasks") == [{"status": "done"}]


def test_what_shares_a_transaction_with_a_fault_leaves_nothing(db, several):
    """Neither effect stays; both tasks are still held, for each to be run by itself."""
    batch = [(task, Transactional(noting)) for task in several("a", "poison")]

    assert not run_together(batch)

    assert db.rows(NOTED) == []
    assert db.rows("SELECT DISTINCT status FROM tasks") == [{"status": "claimed"}]


def test_a_lost_lease_undoes_the_whole_group(db, several):
    """Another worker holds one of them by now: what this one did must not commit beside it."""
    batch = [(task, Transactional(noting)) for task in several("a", "b")]
    db.rows("UPDATE tasks SET fencing_token = fencing_token + 1 WHERE args ->> 'name' = 'b'")

    assert not run_together(batch)

    assert db.rows(NOTED) == []


def test_a_fault_in_a_group_is_nobody_elses(db, several, monkeypatch):
    """The worker's own way: the group fails, then each runs by itself; one effect each, the fault is tried again."""
    monkeypatch.setitem(worker._handlers, "test.kind", Transactional(noting))

    with ThreadPoolExecutor(1) as pool:
        worker._run_batch(several("a", "poison", "b"), pool)

    assert [row["object"] for row in db.rows(NOTED)] == ["a", "b"]
    assert db.rows("SELECT args ->> 'name' AS name, status FROM tasks ORDER BY 1") == [
        {"name": "a", "status": "done"},
        {"name": "b", "status": "done"},
        {"name": "poison", "status": "ready"},
    ]


def test_two_workers_that_want_each_others_rows_do_all_once(db, several, monkeypatch):
    """One group locks x and wants y, the other y and x: PostgreSQL ends one of them, whose tasks then run apart."""
    db.rows("INSERT INTO heartbeats (process, role, seen_at) VALUES ('x', 'row', now()), ('y', 'row', now())")
    both_hold_one = threading.Barrier(2)

    def locking(session, task):
        row, place = task.args["name"].split("-")
        execute(session, "SELECT 1 FROM heartbeats WHERE process = %(row)s FOR UPDATE", row=row)
        if place == "first":
            with contextlib.suppress(threading.BrokenBarrierError):
                both_hold_one.wait(timeout=60)
            both_hold_one.abort()  # the second time nobody waits for anybody
        noting(session, task)

    monkeypatch.setitem(worker._handlers, "test.kind", Transactional(locking))
    batches = [several("x-first", "y-then"), several("y-first", "x-then")]

    with ThreadPoolExecutor(1) as pool:
        at_once(*[lambda batch=batch: worker._run_batch(batch, pool) for batch in batches])

    assert [row["object"] for row in db.rows(NOTED)] == ["x-first", "x-then", "y-first", "y-then"]
    assert db.rows("SELECT DISTINCT status FROM tasks") == [{"status": "done"}]
