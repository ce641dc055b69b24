"""Literal statements reach the driver, and come back as SQLAlchemy's rows, errors and healthy connections."""

from __future__ import annotations

import gc
import resource
from pathlib import Path

import psycopg
import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import exc

from checkout.db import session
from checkout.db.session import atomic, constraint_name, engine, sqlstate
from checkout.db.statement import execute, run

PAGE_BYTES = resource.getpagesize()
OWN_PID = "SELECT pg_backend_pid() AS pid"


def resident() -> int:
    """Bytes of memory that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_BYTES


def test_a_row_has_names_positions_and_a_mapping(db):
    """Whatever a reader likes best."""
    (row,) = run("SELECT %(a)s::int AS first, 'x' AS second", a=7)

    assert (row.first, row[1], tuple(row)) == (7, "x", (7, "x"))
    assert dict(row._mapping) == {"first": 7, "second": "x"}


def test_a_statement_without_rows_gives_none(db):
    """A write without RETURNING is an empty list, not an error."""
    assert run("UPDATE tasks SET attempts = 0 WHERE false") == []


def test_a_document_comes_back_as_it_was_sent(db):
    """Letters of every plane, integers beyond 64 bits, true, null and an empty list, from json and jsonb alike."""
    document = {"naïve": ['€ 𝄞 \u2028 \\ "', 2**70, -1, True, None, [], {"": ""}]}

    (row,) = run("SELECT %(d)s::jsonb AS binary, %(d)s::jsonb::text::json AS plain", d=Jsonb(document))

    assert (row.binary, row.plain) == (document, document)


def test_a_statement_by_itself_is_committed_at_once(db):
    """Another connection sees it, although nobody committed; a transaction afterwards is one again."""
    run("INSERT INTO storefronts (id, name, created_at) VALUES (gen_random_uuid(), 'one', now())")
    with pytest.raises(RuntimeError), atomic() as joined:
        execute(joined, "UPDATE storefronts SET name = 'two'")
        raise RuntimeError

    assert db.value("SELECT name FROM storefronts") == "one"


def test_an_error_has_its_class_and_the_name_of_its_rule(db):
    """As from SQLAlchemy: IntegrityError, its SQLSTATE, its constraint; and the connection goes on."""
    with pytest.raises(exc.IntegrityError) as refused:
        run("INSERT INTO inbox_events (id) VALUES (NULL)")
    assert sqlstate(refused.value) == "23502"
    assert constraint_name(refused.value) is None
    assert not refused.value.connection_invalidated

    with pytest.raises(exc.DataError):
        run("SELECT 1 / 0")
    assert run("SELECT 1 AS n")[0].n == 1


def test_an_answer_of_many_rows_is_not_held_on_to(db):
    """Twenty different ones of 8 MB each: when they are forgotten less is left than six of them."""
    run("SELECT 1")
    before = resident()
    for number in range(20):
        assert (
            len(run(f"SELECT repeat('x', 1000) AS text, {number} AS n FROM generate_series(1, 8000)")) == 8000
        )
    gc.collect()

    assert resident() - before < 6 * 8_000_000


def test_what_a_transaction_sends_and_is_answered_is_not_held_on_to(db):
    """Ten statements with 8 MB each, ten with an answer of 8 MB: when they are forgotten less is left than six of them."""
    with atomic() as joined:
        execute(joined, "SELECT 1")
    before = resident()
    for number in range(10):
        with atomic() as joined:
            execute(joined, f"SELECT length(%(text)s) + {number}", text="x" * 8_000_000)
            execute(joined, f"SELECT repeat('x', 1000), {number} FROM generate_series(1, 8000)")
    gc.collect()

    assert resident() - before < 6 * 8_000_000


def test_transactions_of_a_connection_share_a_statements_cursor(db, monkeypatch):
    """What it has learned of the parameters is not learned again: one cursor for three times, in two transactions."""
    made = []
    cursor = psycopg.Connection.cursor
    with atomic() as joined:
        execute(joined, "SELECT 1")
    monkeypatch.setattr(
        psycopg.Connection, "cursor", lambda *args, **options: made.append(1) or cursor(*args, **options)
    )
    for numbers in ((1, 2), (3,)):
        with atomic() as joined:
            found = [execute(joined, "SELECT %(n)s::int AS n", n=n).scalar_one() for n in numbers]
            assert found == list(numbers)

    assert made == [1]


def test_a_transaction_whose_connection_broke_is_over(db):
    """The server ends it between two statements: the unit fails, and the pool has its place back for another one."""
    with pytest.raises(exc.OperationalError) as broken, atomic() as joined:
        pid = execute(joined, OWN_PID).scalar_one()
        db.rows(f"SELECT pg_terminate_backend({pid})")
        execute(joined, OWN_PID)

    assert broken.value.connection_invalidated
    assert run(OWN_PID)[0].pid != pid
    assert engine().pool.checkedout() == 0


def test_no_database_is_the_same_error_as_ever(db, monkeypatch):
    """Nobody listens: OperationalError, which the edges know."""
    monkeypatch.setattr(session, "_engine", session._make_engine("postgresql://127.0.0.1:1/none", 1))

    with pytest.raises(exc.OperationalError):
        run("SELECT 1")


def test_an_interrupted_statement_does_not_give_its_connection_back(db, monkeypatch):
    """Whoever has it next would read the answer to another question."""

    class Interrupted(BaseException):
        pass

    (before,) = run(OWN_PID)

    def interrupted(*args, **options):
        raise Interrupted

    with monkeypatch.context() as patched:
        patched.setattr(psycopg.Cursor, "execute", interrupted)
        with pytest.raises(Interrupted):
            run("SELECT 1")

    assert run(OWN_PID)[0].pid != before.pid


def test_a_plan_that_a_migration_has_outdated_fails_once_at_most(db):
    """The connection that keeps the plan is given up, and the failure is one that passes by itself."""
    db.rows("CREATE TABLE widened (a int); GRANT SELECT ON widened TO checkout_app")
    try:
        for _ in range(3):
            run("SELECT a FROM widened")  # prepared at the second time
        db.rows("ALTER TABLE widened ALTER COLUMN a TYPE bigint")

        with pytest.raises(exc.NotSupportedError) as outdated:
            run("SELECT a FROM widened")

        assert outdated.value.connection_invalidated
        assert run("SELECT a FROM widened") == []
    finally:
        db.rows("DROP TABLE widened")
