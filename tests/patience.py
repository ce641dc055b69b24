"""PostgreSQL gets more time from tests than from the product: on a machine that stands still for some seconds, a lock
that is soon free or a statement that is soon done is no failure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from checkout.db import session

LOCK_SECONDS: Final = 40  # below what a test may take, so that the error still names the lock
STATEMENT_SECONDS: Final = 60

_shipped: Final[Mapping[str, Any]] = session.CONNECT_WITH


def be_patient() -> None:
    """For every connection that this process makes from now on. The last of two settings of one name counts."""
    options = f"-c lock_timeout={LOCK_SECONDS}s -c statement_timeout={STATEMENT_SECONDS}s"
    session.CONNECT_WITH = {
        **_shipped,
        "connect_timeout": STATEMENT_SECONDS,
        "options": f"{_shipped['options']} {options}",
    }
    session.POOL_TIMEOUT_SECONDS = STATEMENT_SECONDS


@contextmanager
def shipped_limits(url: str, *, pool_size: int) -> Iterator[None]:
    """The product's own limits while the block lasts, for what tests them."""
    session.CONNECT_WITH, patient = _shipped, session.CONNECT_WITH
    session.configure(url, pool_size=pool_size)
    try:
        yield
    finally:
        session.CONNECT_WITH = patient
        session.configure(url, pool_size=pool_size)
