"""Data keys: rows of `data_keys`, unwrapped once and then kept in this process's memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row

from checkout.core.clock import utcnow
from checkout.core.ids import new_uuid
from checkout.db.statement import run
from checkout.secrets.envelope import new_key
from checkout.secrets.errors import CannotOpen
from checkout.secrets.providers import KeyProvider, Wrapped

# How long a process may go on sealing under a key that a rotation has replaced; the rotation waits for it.
CURRENT_KEY_SECONDS: Final = 10.0


class Purpose(StrEnum):
    SEAL = "seal"
    BLIND_INDEX = "blind_index"


class DataKeys:
    """The keys of one database under one provider. Safe for threads; empty after a fork or a restart."""

    def __init__(self, provider: KeyProvider, *, current_seconds: float = CURRENT_KEY_SECONDS) -> None:
        self.provider = provider
        self._current_seconds = current_seconds
        self._keys: dict[UUID, bytes] = {}
        self._current: dict[Purpose, tuple[UUID, float]] = {}
        self._lock = threading.Lock()

    def current(self, purpose: Purpose) -> tuple[UUID, bytes]:
        """The key that new values are sealed under; the very first one of a database is made here.

        One thread asks anew while the others go on with what is known: at most one of them needs a connection.
        """
        known = self._current.get(purpose)
        if known is None:
            with self._lock:
                known = self._current.get(purpose) or self._read_current(purpose)
        elif self._is_old(purpose, known[1]) and self._lock.acquire(blocking=False):
            try:
                known = self._read_current(purpose)
            finally:
                self._lock.release()
        return known[0], self.get(known[0])

    def get(self, key_id: UUID) -> bytes:
        """The key of that id.

        Raises:
            CannotOpen: there is no such key, or it does not unwrap. KeyProviderUnavailable.
        """
        key = self._keys.get(key_id)
        if key is None:
            rows = run("SELECT purpose, kek_id, wrapped FROM data_keys WHERE id = %(id)s", id=key_id)
            if not rows:
                raise CannotOpen(f"there is no data key {key_id}")
            wrapped = Wrapped(rows[0].kek_id, bytes(rows[0].wrapped))
            key = self.provider.unwrap(wrapped, context=wrap_context(key_id, rows[0].purpose))
            self._keys[key_id] = key
        return key

    def _is_old(self, purpose: Purpose, read_at: float) -> bool:
        """Only the key that seals is ever replaced: an index made with another would find nothing."""
        return purpose is Purpose.SEAL and time.monotonic() - read_at > self._current_seconds

    def forget_current(self) -> None:
        """The next seal asks which key is current: whoever replaced it need not wait for itself."""
        self._current.clear()

    def _read_current(self, purpose: Purpose) -> tuple[UUID, float]:
        rows = run(READ_CURRENT, purpose=purpose)
        if not rows:
            key_id, wrapped = self.make(purpose)
            run(
                INSERT + " ON CONFLICT (purpose) WHERE status = 'current' DO NOTHING",
                **row_of(key_id, purpose, wrapped),
            )
            rows = run(READ_CURRENT, purpose=purpose)
        self._current[purpose] = (rows[0].id, time.monotonic())
        return self._current[purpose]

    def make(self, purpose: Purpose) -> tuple[UUID, Wrapped]:
        """A fresh key, wrapped, not yet stored."""
        key_id = new_uuid()
        return key_id, self.provider.wrap(new_key(), context=wrap_context(key_id, purpose))


READ_CURRENT: Final = "SELECT id FROM data_keys WHERE purpose = %(purpose)s AND status = 'current'"
INSERT: Final = """
    INSERT INTO data_keys (id, purpose, status, kek_id, wrapped, created_at)
    VALUES (%(id)s, %(purpose)s, 'current', %(kek_id)s, %(wrapped)s, %(now)s)
"""


def row_of(key_id: UUID, purpose: Purpose, wrapped: Wrapped) -> dict[str, object]:
    """INSERT's parameters."""
    return {
        "id": key_id,
        "purpose": purpose,
        "kek_id": wrapped.kek_id,
        "wrapped": wrapped.blob,
        "now": utcnow(),
    }


def wrap_context(key_id: UUID, purpose: str) -> bytes:
    """What binds a wrapped key to its row: it unwraps as nothing else."""
    return f"data_keys\x1f{key_id}\x1f{purpose}".encode()


def data_key_rows() -> Sequence[Row[Any]]:
    """Every data key, oldest first. There are as many as there were rotations."""
    return run(
        "SELECT id, purpose, status, kek_id, wrapped, created_at, retired_at FROM data_keys ORDER BY created_at, id"
    )
