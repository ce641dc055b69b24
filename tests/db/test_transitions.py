"""A status moves along its edges, once, with a history that never collides."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from sqlalchemy import exc

from checkout.core.cause import Cause
from checkout.core.ids import new_uuid
from checkout.core.state_machine import StateMachine
from checkout.db.session import atomic, constraint_name, in_transaction, retrying, sqlstate
from checkout.db.statement import execute, run
from checkout.db.transitions import transition
from tests.concurrency import at_once

LAMP = StateMachine(
    name="lamp", table="lamps", initial="off", edges={"off": {"on", "broken"}, "on": {"off", "broken"}}
)
CAUSE = Cause("system", "test")


@pytest.fixture
def lamp(db):
    """A table with a machine, as a migration would make it."""
    db.rows("""
        DROP TABLE IF EXISTS lamp_transitions, lamps;
        CREATE TABLE lamps (id uuid PRIMARY KEY, status text, version int DEFAULT 1, updated_at timestamptz, watt int);
        CREATE TABLE lamp_transitions (lamp_id uuid, version int, from_status text, to_status text, cause text,
                                       at timestamptz, PRIMARY KEY (lamp_id, version));
        GRANT SELECT, INSERT, UPDATE ON lamps, lamp_transitions TO checkout_app
    """)
    lamp_id = new_uuid()
    run("INSERT INTO lamps (id, status) VALUES (%(id)s, 'off')", id=lamp_id)
    yield lamp_id
    db.rows("DROP TABLE lamp_transitions, lamps")


def move(lamp, to, **set):
    with atomic() as session:
        return transition(session.connection(), LAMP, lamp, to=to, cause=CAUSE, set=set)


def test_an_edge_is_taken_with_its_history(db, lamp):
    """Status, version and further columns change together; the history has where it came from."""
    assert move(lamp, "on", watt=40) == 2

    assert db.rows("SELECT status, version, watt FROM lamps") == [{"status": "on", "version": 2, "watt": 40}]
    assert db.rows("SELECT version, from_status, to_status, cause FROM lamp_transitions") == [
        {"version": 2, "from_status": "off", "to_status": "on", "cause": "system:test"}
    ]


def test_no_edge_changes_nothing(db, lamp):
    """Broken is the end: no version, no history row, and the caller is told."""
    move(lamp, "broken")

    assert move(lamp, "on") is None
    assert db.value("SELECT version FROM lamps") == 2
    assert move(new_uuid(), "on") is None


def test_twenty_at_once_take_the_edge_once(db, lamp):
    """off → on by 20 threads: one moves, 19 are told None, the history has one row."""
    outcomes = at_once(*[lambda: move(lamp, "on")] * 20)

    assert sorted(outcomes, key=str) == [2] + [None] * 19
    assert db.value("SELECT count(*) FROM lamp_transitions") == 1


def test_a_crowd_switching_back_and_forth_never_collides(db, lamp):
    """40 threads in both directions: every success has its own version, in one unbroken line."""
    outcomes = at_once(*[lambda to=to: move(lamp, to) for to in ("on", "off") * 20])

    versions = sorted(outcome for outcome in outcomes if outcome is not None)
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert versions == list(range(2, len(versions) + 2))
    history = db.rows("SELECT from_status, to_status FROM lamp_transitions ORDER BY version")
    assert all(a["to_status"] == b["from_status"] for a, b in pairwise(history))


def test_what_raises_is_rolled_back(db, lamp):
    with pytest.raises(RuntimeError), atomic() as session:
        assert in_transaction()
        transition(session.connection(), LAMP, lamp, to="on", cause=CAUSE)
        raise RuntimeError

    assert not in_transaction()
    assert db.value("SELECT status FROM lamps") == "off"


def test_atomic_does_not_nest(db):
    """A use case that owns its transaction is a bug inside another's."""
    with pytest.raises(AssertionError), atomic(), atomic():
        pass


def test_two_units_that_deadlock_both_end_well(db, lamp):
    """Locks taken in opposite order: PostgreSQL kills one unit, which runs again. Without the retry one fails."""
    other = new_uuid()
    run("INSERT INTO lamps (id, status) VALUES (%(id)s, 'off')", id=other)

    def unit(first, second):
        def work():
            with atomic() as session:
                execute(session, "UPDATE lamps SET watt = 1 WHERE id = %(id)s", id=first)
                execute(session, "SELECT pg_sleep(0.2)")
                execute(session, "UPDATE lamps SET watt = 1 WHERE id = %(id)s", id=second)
            return "done"

        return work

    unguarded = at_once(unit(lamp, other), unit(other, lamp))
    guarded = at_once(lambda: retrying(unit(lamp, other)), lambda: retrying(unit(other, lamp)))

    (victim,) = [outcome for outcome in unguarded if isinstance(outcome, exc.DBAPIError)]
    assert sqlstate(victim) == "40P01"
    assert guarded == ["done", "done"]


def test_a_refusal_names_its_constraint(db):
    """Each rule is a named constraint, so that the code can say which was broken."""
    with pytest.raises(exc.IntegrityError) as refused:
        run(
            "INSERT INTO tasks (id, queue, kind, args, due_at, max_attempts, cause, created_at) "
            "VALUES (%(id)s, 'q', 'k', '{}', now(), 0, 'c', now())",
            id=new_uuid(),
        )
    assert constraint_name(refused.value) == "task_attempts_bounded"


def test_dead_connections_are_replaced_before_use(db):
    """The server closes every pooled connection; the next statement works on a new one."""
    run("SELECT 1")
    db.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'checkout'"
        " AND datname = current_database()"
    )

    # The server's word comes before its deed: until a connection is closed nothing can be seen of it.
    closed = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'checkout' AND datname = current_database()"
    until = time.monotonic() + 60
    while db.value(closed) and time.monotonic() < until:
        time.sleep(0.01)

    assert run("SELECT 1 AS one")[0].one == 1


def test_the_application_owns_nothing(db):
    """Every connection of the application runs as its role: it cannot drop, alter or truncate."""
    for statement in (
        "DROP TABLE tasks",
        "TRUNCATE payments",
        "DELETE FROM events",
        "UPDATE postings SET amount_minor = 1",
    ):
        with pytest.raises(exc.ProgrammingError) as refused:
            run(statement)
        assert sqlstate(refused.value) == "42501"
