"""Claim a key before anything is executed. The insert decides who is first; nobody else executes meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.errors import DomainError
from checkout.db.statement import execute

CLAIM = """
    INSERT INTO idempotency_keys (principal, key, fingerprint, route, resource_id, lease_until, created_at)
    VALUES (%(principal)s, %(key)s, %(fingerprint)s, %(route)s, %(resource_id)s,
            now() + make_interval(secs => %(lease_seconds)s), %(now)s)
    ON CONFLICT (principal, key) DO UPDATE
       SET token = idempotency_keys.token + 1, lease_until = EXCLUDED.lease_until
     WHERE idempotency_keys.finished_at IS NULL AND idempotency_keys.lease_until < now()
       AND idempotency_keys.fingerprint = EXCLUDED.fingerprint
    RETURNING token, resource_id, (xmax = 0) AS inserted
"""


class KeyReused(DomainError):
    """The key was used for another request."""

    code = "idempotency_key_reused"


class InProgress(DomainError):
    """The first request under this key is still being worked on."""

    code = "idempotency_key_in_use"
    retryable = True


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    status: int
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Fresh:
    """Ours to execute. `resource_id` is the row the key names; `taken_over` says that an earlier holder is gone,
    so that the row's status is where to go on. `token` must still be current when the answer is stored."""

    token: int
    resource_id: UUID | None
    taken_over: bool


@dataclass(frozen=True, slots=True)
class Replay:
    """Executed before: give this answer again."""

    answer: StoredAnswer


Claim = Fresh | Replay


def claim(
    session: Session,
    *,
    principal: str,
    key: str,
    fingerprint: bytes,
    route: str,
    resource_id: UUID | None,
    lease_seconds: int,
    now: datetime,
) -> Claim:
    """Claims the key in the caller's transaction, or says what it already stands for.

    Raises:
        KeyReused: another request has used it. InProgress: the first one still runs.
    """
    parameters: dict[str, Any] = {
        "principal": principal,
        "key": key,
        "fingerprint": fingerprint,
        "route": route,
        "resource_id": resource_id,
        "lease_seconds": lease_seconds,
        "now": now,
    }
    row = execute(session, CLAIM, **parameters).first()
    if row is not None:
        return Fresh(token=row.token, resource_id=row.resource_id, taken_over=not row.inserted)
    return read_claimed(session, principal=principal, key=key, fingerprint=fingerprint)


def read_claimed(session: Session, *, principal: str, key: str, fingerprint: bytes) -> Replay:
    """What a key that is not ours to execute stands for: its stored answer, or an error that says why not."""
    row = execute(
        session,
        """
        SELECT fingerprint, status_code, headers, body
          FROM idempotency_keys WHERE principal = %(principal)s AND key = %(key)s
        """,
        principal=principal,
        key=key,
    ).first()
    if row is None or (bytes(row.fingerprint) == fingerprint and row.status_code is None):
        # Absent means that its transaction is not committed, or was rolled back this instant.
        raise InProgress("the first request under this key is still running", retry_after_seconds=1)
    if bytes(row.fingerprint) != fingerprint:
        raise KeyReused("this idempotency key was used for another request")
    return Replay(StoredAnswer(status=row.status_code, body=bytes(row.body), headers=row.headers or {}))
