"""Idempotency keys as Stripe keeps them: the first answer of a key is given again for 24 hours of the mock's time.

The answer is stored in the transaction that did the work, so a crash leaves both or neither. Which keys are in flight
only this process knows: after a restart none is.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from checkout.mockpsp.errors import IdempotencyMismatch, InvalidRequest, KeyInFlight
from checkout.mockpsp.store import Transaction

KEPT_SECONDS: Final = 24 * 3600
MAX_KEY_LENGTH: Final = 255


@dataclass(frozen=True, slots=True)
class Stored:
    status: int
    body: str
    request_id: str


class InFlight:
    """The keys whose first request has not ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: set[tuple[str, str]] = set()

    @contextmanager
    def claim(self, scope: str, key: str) -> Iterator[None]:
        """Holds the key while its request runs.

        Raises:
            KeyInFlight: another request holds it.
        """
        with self._lock:
            if (scope, key) in self._keys:
                raise KeyInFlight(key)
            self._keys.add((scope, key))
        try:
            yield
        finally:
            with self._lock:
                self._keys.discard((scope, key))


def check_key(key: str) -> None:
    if not 1 <= len(key) <= MAX_KEY_LENGTH:
        raise InvalidRequest(f"Idempotency keys must be between 1 and {MAX_KEY_LENGTH} characters long.")


def fingerprint(method: str, path: str, body: bytes) -> str:
    """Two requests are the same when method, address and parameters are, in whatever order the form has them."""
    fields = b"&".join(sorted(body.split(b"&")))
    return hashlib.blake2b(b"\n".join((method.encode(), path.encode(), fields)), digest_size=16).hexdigest()


def recall(tx: Transaction, scope: str, key: str, fingerprint_now: str, now: int) -> Stored | None:
    """What the key's first request was answered.

    Raises:
        IdempotencyMismatch: that request had other parameters.
    """
    row = tx.run(
        "select fingerprint, status, body, request_id, created from idempotency_keys where scope = ? and key = ?",
        [scope, key],
    ).fetchone()
    if row is None or row[4] <= now - KEPT_SECONDS:
        return None
    if row[0] != fingerprint_now:
        raise IdempotencyMismatch(key)
    return Stored(row[1], row[2], row[3])


def remember(tx: Transaction, scope: str, key: str, fingerprint_now: str, stored: Stored, now: int) -> None:
    tx.run(
        "insert or replace into idempotency_keys (scope, key, fingerprint, status, body, request_id, created) "
        "values (?, ?, ?, ?, ?, ?, ?)",
        [scope, key, fingerprint_now, stored.status, stored.body, stored.request_id, now],
    )


def purge(tx: Transaction, now: int) -> None:
    tx.run("delete from idempotency_keys where created <= ?", [now - KEPT_SECONDS])
