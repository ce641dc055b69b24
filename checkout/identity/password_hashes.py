"""Argon2id (RFC 9106) hashes of passwords: made, compared, made anew when the cost has changed.

configure() says the cost; who does not gets the one that OWASP's Password Storage Cheat Sheet names first.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from checkout.core.errors import DomainError
from checkout.identity.password_rules import MAX_LENGTH, normalise

AT_ONCE = 4  # hashes of one process at a time: they need this many times the memory, and cores
WAIT_SECONDS = 5.0


class HashingBusy(DomainError):
    """More people sign in at this moment than this process has memory for."""

    code = "rate_limited"
    retryable = True


@dataclass(frozen=True, slots=True)
class Cost:
    """What one hash costs: memory in KiB, and how often it is gone through."""

    memory_kib: int = 47_104
    passes: int = 1


_cost = Cost()
_places = threading.BoundedSemaphore(AT_ONCE)


def configure(cost: Cost) -> None:
    """Sets the cost of hashes made from now on; those of another cost are still understood."""
    global _cost
    _cost = cost


def hash_password(password: str) -> str:
    """The hash in PHC form, with its own salt and cost."""
    with _place():
        return _hasher(_cost).hash(_bytes(password))


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password is the hashed one. Without a hash it is compared with one that nobody's is, so that an
    account that does not exist, or has no password yet, costs the same."""
    known = password_hash if password_hash and len(password) <= MAX_LENGTH else None
    with _place():
        try:
            _hasher(_cost).verify(known or _nobodys(_cost), _bytes(password[: MAX_LENGTH + 1]))
        except (VerificationError, InvalidHashError):
            return False
    return known is not None


def needs_rehash(password_hash: str) -> bool:
    """True where the hash was made at another cost than today's."""
    return _hasher(_cost).check_needs_rehash(password_hash)


@contextmanager
def _place() -> Iterator[None]:
    if not _places.acquire(timeout=WAIT_SECONDS):
        raise HashingBusy("too many sign-ins at this moment", retry_after_seconds=int(WAIT_SECONDS))
    try:
        yield
    finally:
        _places.release()


@cache
def _hasher(cost: Cost) -> PasswordHasher:
    return PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=1)


@cache
def _nobodys(cost: Cost) -> str:
    return _hasher(cost).hash(b"nobody's password")


def _bytes(password: str) -> bytes:
    """Lone surrogates, which no valid password has, are no error while comparing."""
    return normalise(password).encode("utf-8", "surrogatepass")
