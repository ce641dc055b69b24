"""Sign-ins between their two steps: the password was right, the second factor is missing. They last ten minutes and
open nothing by themselves. Times are the database's."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from checkout.db.statement import run
from checkout.identity.errors import InvalidCredentials
from checkout.identity.sessions import TOKEN_BYTES, digest

LASTS_MINUTES = 10
FORGET_BATCH = 5_000
_CLOCK = "COALESCE(%(now)s::timestamptz, clock_timestamp())"


class Step(StrEnum):
    """What comes next."""

    SECOND_FACTOR = "second_factor"
    ENROL = "enrol"


@dataclass(frozen=True, slots=True)
class Pending:
    """`version` is that of the credentials whose first step was right."""

    user_id: UUID
    version: int
    digest: bytes


def make(user_id: UUID, step: Step, version: int, *, now: datetime | None = None) -> str:
    """A token for the next step, seen here once."""
    text = secrets.token_urlsafe(TOKEN_BYTES)
    run(
        f"""
        INSERT INTO pending_sign_ins (token_sha256, user_id, step, credentials_version, created_at, expires_at)
        SELECT %(digest)s, %(user_id)s, %(step)s, %(version)s, now, now + interval '{LASTS_MINUTES} minutes'
          FROM (SELECT {_CLOCK} AS now) AS clock
        """,
        digest=digest(text),
        user_id=user_id,
        step=step,
        version=version,
        now=now,
    )
    return text


def find(token: str, step: Step, *, now: datetime | None = None) -> Pending:
    """
    Raises:
        InvalidCredentials: no such token for this step, or too old: sign-in begins anew.
    """
    rows = run(
        f"""
        SELECT user_id, credentials_version FROM pending_sign_ins
         WHERE token_sha256 = %(digest)s AND step = %(step)s AND {_CLOCK} < expires_at
        """,
        digest=digest(token),
        step=step,
        now=now,
    )
    if not rows:
        raise InvalidCredentials("the sign-in took too long: begin again with the password")
    return Pending(rows[0].user_id, rows[0].credentials_version, digest(token))


def forget(pending: Pending) -> None:
    run("DELETE FROM pending_sign_ins WHERE token_sha256 = %(digest)s", digest=pending.digest)


def forget_old() -> int:
    """Drops those that are over, a bounded number at a time; returns how many."""
    rows = run(
        """
        DELETE FROM pending_sign_ins WHERE token_sha256 IN (
            SELECT token_sha256 FROM pending_sign_ins WHERE expires_at < clock_timestamp() LIMIT %(batch)s)
        RETURNING user_id
        """,
        batch=FORGET_BATCH,
    )
    return len(rows)
