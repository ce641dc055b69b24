"""Migrations go up and down again, and two at once do not collide."""

from __future__ import annotations

import os
import subprocess
import sys

import psycopg
import pytest
from sqlalchemy import make_url

from checkout.db import migrate


@pytest.fixture
def empty_database(own_database):
    name = f"{make_url(own_database.url).database}_empty"
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
        yield make_url(own_database.url).set(database=name).render_as_string(hide_password=False)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_up_down_up(empty_database):
    """Every migration is reversible, and the way down leaves no table behind."""
    migrate.upgrade(empty_database)
    assert migrate.current(empty_database) == migrate.head()

    migrate.downgrade(empty_database, "base")
    with psycopg.connect(empty_database) as connection:
        left = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace "
            "AND relkind IN ('r', 'S') AND relname <> 'alembic_version'"
        ).fetchall()
        functions = connection.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        ).fetchall()
    assert (left, functions) == ([], [])

    migrate.upgrade(empty_database)
    assert migrate.current(empty_database) == migrate.head()


def test_four_processes_migrate_at_once(empty_database):
    """Four starts at the same moment: one migrates, the others wait and find it done."""
    upgrade = [
        sys.executable,
        "-c",
        "import sys; from checkout.db import migrate; migrate.upgrade(sys.argv[1])",
    ]
    processes = [subprocess.Popen([*upgrade, empty_database]) for _ in range(4)]

    assert [process.wait(timeout=60) for process in processes] == [0] * 4
    assert migrate.current(empty_database) == migrate.head()
