"""Transactions. `atomic()` is the only place that commits; the engine is made on first use, after any fork."""

from __future__ import annotations

import select
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from random import random
from time import sleep
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Engine, create_engine, event, exc
from sqlalchemy.orm import Session

from checkout.core.errors import DomainError
from checkout.db.autocommit import Connections

APP_ROLE = "checkout_app"
STATEMENT_TIMEOUT_MS = 5_000  # a slower statement holds locks that others wait for
LOCK_TIMEOUT_MS = 3_000  # below the statement's, so that the error names the lock
IDLE_IN_TRANSACTION_TIMEOUT_MS = 30_000  # a stopped process must not keep a payment's lock
POOL_TIMEOUT_SECONDS = 2  # an exhausted pool answers 503 fast
CONNECT_TIMEOUT_SECONDS = 3
PREPARE_AFTER = 1  # a statement's second time on a connection: there are few statements, and all come again
UNIT_RETRIES = 5  # deadlocks and serialization failures: the whole unit again
CONNECT_WITH: Mapping[str, Any] = {
    "connect_timeout": CONNECT_TIMEOUT_SECONDS,
    "application_name": "checkout",
    "prepare_threshold": PREPARE_AFTER,
    "options": (
        f"-c role={APP_ROLE} -c timezone=UTC -c statement_timeout={STATEMENT_TIMEOUT_MS}"
        f" -c lock_timeout={LOCK_TIMEOUT_MS}"
        f" -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_TIMEOUT_MS}"
    ),
}
_RETRYABLE_STATES = frozenset({"40001", "40P01"})
_AFTER_COMMIT = "after_commit"

T = TypeVar("T")

# At most, of each kind: all processes together stay below PostgreSQL's own limit of 100.
POOL_SIZE = 8

_url: str | None = None
_pool_size = POOL_SIZE
_engine: Engine | None = None
_singles: tuple[Engine, Connections] | None = None
_engine_lock = threading.Lock()
_open_session: ContextVar[Session | None] = ContextVar("open_session", default=None)


class DatabaseUnavailable(DomainError):
    """PostgreSQL cannot be reached, or answers too slowly; nothing was half-done."""

    code = "database_unavailable"
    retryable = True


def sqlalchemy_url(url: str) -> str:
    """postgres:// and postgresql:// URLs as SQLAlchemy spells the psycopg 3 driver."""
    for scheme in ("postgres://", "postgresql://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url.removeprefix(scheme)
    return url


def configure(url: str, *, pool_size: int = POOL_SIZE) -> None:
    """Says which database this process uses. Connections are made when first needed: at most `pool_size` of them for
    transactions, and as many for statements by themselves."""
    global _url, _pool_size, _engine, _singles
    with _engine_lock:
        if _engine is not None:
            _engine.dispose()
        if _singles is not None:
            _singles[1].close()
        _url, _pool_size, _engine, _singles = url, pool_size, None, None


def engine() -> Engine:
    """The process's one engine. Every connection of it has the application's role and time limits."""
    global _engine
    if _engine is None:
        with _engine_lock:
            if _engine is None:
                assert _url is not None, "db.session.configure() comes first"
                _engine = _make_engine(_url, _pool_size)
    return _engine


def single_statements() -> Connections:
    """The process's connections for statements that run by themselves, to where the engine's lead."""
    global _singles
    made = engine()
    if _singles is None or _singles[0] is not made:
        with _engine_lock:
            if _singles is None or _singles[0] is not made:
                if _singles is not None:
                    _singles[1].close()
                _singles = made, _make_singles(made, _pool_size)
    return _singles[1]


@contextmanager
def atomic() -> Iterator[Session]:
    """One transaction, READ COMMITTED: commits at the end, rolls back on any exception.

    While it is open, in_transaction() is True and PSP adapters refuse to call. Not nestable: a function that takes
    a session joins, one that does not owns.
    """
    assert _open_session.get() is None, "atomic() inside atomic(): pass the session instead"
    session = Session(engine(), autoflush=False, expire_on_commit=False)
    token = _open_session.set(session)
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        _open_session.reset(token)
        session.close()
    for callback in session.info.get(_AFTER_COMMIT, ()):
        callback()


def after_commit(session: Session, callback: Callable[[], None]) -> None:
    """Runs `callback` once this transaction has committed; never when it rolls back. It must not raise."""
    callbacks = session.info.setdefault(_AFTER_COMMIT, [])
    if callback not in callbacks:
        callbacks.append(callback)


def in_transaction() -> bool:
    """True while this context holds an open atomic()."""
    return _open_session.get() is not None


def retrying(unit: Callable[[], T]) -> T:
    """Runs a whole unit of work, again when PostgreSQL chose it as a deadlock's or serialization's victim."""
    for attempt in range(1, UNIT_RETRIES + 1):
        try:
            return unit()
        except exc.DBAPIError as error:
            if sqlstate(error) not in _RETRYABLE_STATES or attempt == UNIT_RETRIES:
                raise
            sleep(0.01 * 2**attempt * random())
    raise AssertionError("unreachable")


def sqlstate(error: exc.DBAPIError) -> str | None:
    """The five-character SQLSTATE of a failed statement, where PostgreSQL gave one."""
    return getattr(error.orig, "sqlstate", None)


def constraint_name(error: exc.DBAPIError) -> str | None:
    """The name of the constraint that refused a statement: each states one rule."""
    diagnostic = getattr(error.orig, "diag", None)
    return getattr(diagnostic, "constraint_name", None)


def column_name(error: exc.DBAPIError) -> str | None:
    """The column that must not be empty and was."""
    diagnostic = getattr(error.orig, "diag", None)
    return getattr(diagnostic, "column_name", None)


def _make_engine(url: str, pool_size: int) -> Engine:
    made = create_engine(
        sqlalchemy_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        connect_args=dict(CONNECT_WITH),
    )
    event.listen(made, "checkout", _refuse_dead_connection)
    return made


def _make_singles(made: Engine, size: int) -> Connections:
    _, where = made.dialect.create_connect_args(made.url)

    def connect() -> psycopg.Connection[Any]:
        return psycopg.connect(autocommit=True, **{**where, **CONNECT_WITH})

    return Connections(connect, size=size, wait_seconds=POOL_TIMEOUT_SECONDS)


def _refuse_dead_connection(connection: Any, record: Any, proxy: Any) -> None:
    """A pooled connection that the server has closed is readable: found with one poll, without a round trip."""
    poller = select.poll()
    poller.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    if poller.poll(0):
        raise exc.InvalidatePoolError()
