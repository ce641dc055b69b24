"""Real servers for every test: one database per worker process, cloned from a template that is migrated once."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row
from sqlalchemy import QueuePool, make_url
from werkzeug.routing import Rule

from checkout import secrets
from checkout.core import clock, crash_points
from checkout.db import migrate, session
from checkout.identity import password_hashes, signing_keys
from checkout.identity.password_hashes import Cost
from checkout.ledger import accounts
from checkout.tasks.ring import _silent, set_ring
from tests.compiled import begin_compiling, finish_compiling
from tests.grouped import Forgetful
from tests.patience import be_patient

RUN = "CHECKOUT_TEST_RUN"
KEY = bytes(range(32))  # wraps the data keys of every test's database

POOL_SIZE = 60  # the storms open 50 threads
FEW = 5  # connections that a worker may keep from test to test
CHEAP_HASHES = Cost(memory_kib=64, passes=1)

# The same examples at every run, however slow the machine: a new one is looked for with --hypothesis-profile=default.
hypothesis.settings.register_profile(
    "suite", derandomize=True, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("suite")

be_patient()
gc.disable()  # until the tests are collected: what that makes stays, and would be looked through again and again

_compile_builder = Rule._compile_builder
_builders: dict[tuple[Any, ...], Any] = {}


def _compiled_once(rule: Rule, append_unknown: bool = True) -> Any:
    """How an address is built depends on what is in the rule alone. Werkzeug compiles it for each rule of each
    application, which is most of what an application costs, and hundreds of tests make a mock PSP of their own."""
    if rule.defaults:
        return _compile_builder(rule, append_unknown)
    key = (rule.rule, tuple(rule._trace), append_unknown)
    if key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]


Rule._compile_builder = _compiled_once  # type: ignore[method-assign]


def pytest_configure(config: pytest.Config) -> None:
    """The controlling process starts servers where none are given, and migrates the template."""
    if hasattr(config, "workerinput"):
        return
    compiling = begin_compiling(config) if getattr(config.option, "numprocesses", None) else []
    if not (os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL")):
        _start_embedded_servers(config)
    os.environ[RUN] = f"checkout_test_{os.getpid()}"
    _create_database(f"{os.environ[RUN]}_template")
    migrate.upgrade(_url_of(f"{os.environ[RUN]}_template"))
    finish_compiling(compiling)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Forgetful | None:
    return Forgetful(config, log) if config.getvalue("dist") == "loadgroup" else None


def pytest_collection_finish(session: pytest.Session) -> None:
    """A group of tests shares one running product; pytest-xdist shows by the name that it keeps them together."""
    gc.freeze()
    gc.enable()
    if getattr(session.config.option, "loadgroup", False):
        scattered = [i for i in session.items if i.get_closest_marker("xdist_group") and "@" not in i.nodeid]
        assert not scattered, "pytest-xdist does not know this pytest's way to name tests"


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or RUN not in os.environ:
        return
    with _administrator() as connection:
        names = connection.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s", [os.environ[RUN] + r"\_%"]
        ).fetchall()
        for (name,) in names:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _start_embedded_servers(config: pytest.Config) -> None:
    from pathlib import Path

    from checkout.launcher.embedded import scratch_servers

    data_dir = Path(tempfile.mkdtemp(prefix="checkout-test-"))
    servers = scratch_servers(data_dir)
    started = servers.__enter__()
    os.environ["DATABASE_URL"] = started.database_url
    os.environ["REDIS_URL"] = started.redis_url
    _leave_statistics_alone()

    def stop() -> None:
        servers.__exit__(None, None, None)
        shutil.rmtree(data_dir, ignore_errors=True)

    config.add_cleanup(stop)


def _leave_statistics_alone() -> None:
    """A table that is analysed at a moment nobody chose would have other plans from then on, even when its rows are
    gone. Dead rows are still cleared away."""
    with _administrator() as connection:
        connection.execute("ALTER SYSTEM SET autovacuum_analyze_threshold = 2147483647")
        connection.execute("SELECT pg_reload_conf()")


def _url_of(name: str) -> str:
    return make_url(os.environ["DATABASE_URL"]).set(database=name).render_as_string(hide_password=False)


def _administrator() -> psycopg.Connection[Any]:
    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


def _create_database(name: str, template: str = "template1") -> None:
    with _administrator() as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )


@dataclass(frozen=True)
class Database:
    """A worker's own database. `rows` reads (or breaks, for controls) as its owner, past the application's role.
    `idle`: the connections that it keeps from call to call; None keeps none."""

    url: str
    idle: list[psycopg.Connection[Any]] | None = field(default=None, compare=False, repr=False)

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.url, autocommit=True)

    def rows(self, statement: str, **parameters: Any) -> list[dict[str, Any]]:
        assert not statement.startswith("SET session"), "it would outlive the call: SET LOCAL, or connect()"
        with self._connection() as connection:
            cursor = connection.cursor(row_factory=dict_row).execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection[Any]]:
        """One that nobody else uses meanwhile; after an error it is not used again."""
        with ExitStack() as closing:
            try:
                connection = (self.idle or []).pop()
            except IndexError:
                connection = self.connect()
            closing.callback(connection.close)
            yield connection
            if self.idle is not None:
                self.idle.append(connection)
                closing.pop_all()

    def commit(self, durably: str) -> None:
        """`synchronous_commit` of whoever connects from now on."""
        with self.connect() as connection:
            connection.execute(
                sql.SQL("ALTER DATABASE {} SET synchronous_commit = {}").format(
                    sql.Identifier(connection.info.dbname), sql.Literal(durably)
                )
            )

    def value(self, statement: str, **parameters: Any) -> Any:
        """The one value of the one row."""
        (row,) = self.rows(statement, **parameters)
        (value,) = row.values()
        return value


@pytest.fixture(scope="session")
def own_database(worker_id: str) -> Iterator[Database]:
    name = f"{os.environ[RUN]}_{worker_id}"
    _create_database(name, template=f"{os.environ[RUN]}_template")
    database = Database(_url_of(name), idle=[])
    session.configure(database.url, pool_size=POOL_SIZE)
    yield database
    session.configure(database.url)
    for connection in database.idle or ():
        connection.close()


@pytest.fixture
def db(own_database: Database, _empty: Callable[[], None]) -> Database:
    """An empty database that the code under test is connected to. Every test that touches PostgreSQL asks for it."""
    if not _is_ready(own_database):
        session.configure(own_database.url, pool_size=POOL_SIZE)
    _empty()
    # What was remembered of the rows that are gone: the data keys, the ids of the ledger's accounts, who signs tokens.
    secrets.configure(secrets.LocalKeys([KEY]))
    accounts._known_by_engine.clear()
    signing_keys.forget_cached()
    return own_database


def _is_ready(database: Database) -> bool:
    """The connections of the test before are good for the next: a new one costs more than many a test. Unless that
    test went elsewhere, still holds one, or made more than a few."""
    engine = session.engine()
    here = engine.url == make_url(session.sqlalchemy_url(database.url))
    pool = engine.pool
    assert isinstance(pool, QueuePool)
    return here and pool.size() == POOL_SIZE and pool.checkedout() == 0 and pool.checkedin() <= FEW


@pytest.fixture(scope="session")
def _empty(own_database: Database) -> Iterator[Callable[[], None]]:
    """Deletes every row, past the append-only triggers: cheaper than a fresh database for each test. One connection
    and one function for all tests, so that PostgreSQL plans the deletes once."""
    with own_database.connect() as connection:
        connection.execute("SET session_replication_role = replica")
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND relname <> 'alembic_version'"
        ).fetchall()
        deletes = sql.SQL("").join(
            sql.SQL("DELETE FROM {};").format(sql.Identifier(name)) for (name,) in tables
        )
        connection.execute(
            sql.SQL(
                "CREATE FUNCTION pg_temp.empty() RETURNS void LANGUAGE plpgsql AS $$ BEGIN {} END $$"
            ).format(deletes)
        )
        yield lambda: connection.execute("SELECT pg_temp.empty()") and None


@pytest.fixture(scope="session")
def redis_url(worker_id: str) -> str:
    """A Redis database of this worker's own, so that a test may flush it."""
    number = int(worker_id.removeprefix("gw")) + 1 if worker_id.startswith("gw") else 0
    address, _, last = os.environ["REDIS_URL"].rpartition("/")
    if os.environ["REDIS_URL"].startswith("unix:"):
        return f"{os.environ['REDIS_URL'].split('?')[0]}?db={number}"
    return f"{address}/{number}" if last.isdigit() else f"{os.environ['REDIS_URL'].rstrip('/')}/{number}"


@pytest.fixture(autouse=True)
def _inert_globals() -> Iterator[None]:
    """Clock, crash points and doorbell as a fresh process has them; passwords cost little here."""
    password_hashes.configure(CHEAP_HASHES)
    yield
    clock.configure()
    crash_points.arm(None)
    set_ring(_silent)
