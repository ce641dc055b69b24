"""Attempts to sign in, to give a code, to ask for a new password: counted before they are tried, so that racing ones
cannot exceed the limit either.

Each count is one committed statement of its own. If it cannot be written nobody gets in: the statement's error goes
up, and nothing below it is tried. Times are the database's clock; `now` exists for tests.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import ceil

from checkout import audit
from checkout.core.clock import utcnow
from checkout.core.ids import new_uuid
from checkout.core.networks import network_of
from checkout.db.session import atomic
from checkout.db.statement import execute, run
from checkout.identity import names
from checkout.identity.errors import TooManyAttempts

WINDOW_MINUTES = 15
PER_ACCOUNT = 5
PER_IP = 50  # people of one office share an address (or an IPv6 network); what it tries on many accounts is bounded
FORGET_BATCH = 10_000

# The window slides: an attempt is admitted when fewer than the limit were in the last minutes. The row's lock, taken by
# the conflict, makes simultaneous ones queue.
ADMIT = f"""
    WITH clock AS (SELECT COALESCE(%(now)s::timestamptz, clock_timestamp()) AS now)
    INSERT INTO attempts AS a (kind, subject, recent, last_at, last_attempt)
    SELECT %(kind)s, %(subject)s, ARRAY[now], now, %(attempt)s FROM clock
    ON CONFLICT (kind, subject) DO UPDATE SET (recent, last_at, last_attempt) = (
        SELECT CASE WHEN count(at) < %(limit)s
                    THEN COALESCE(array_agg(at ORDER BY at) FILTER (WHERE at IS NOT NULL), '{{}}')
                         || EXCLUDED.last_at
                    ELSE array_agg(at ORDER BY at) END,
               CASE WHEN count(at) < %(limit)s THEN EXCLUDED.last_at ELSE a.last_at END,
               CASE WHEN count(at) < %(limit)s THEN EXCLUDED.last_attempt ELSE a.last_attempt END
          FROM unnest(a.recent) AS at
         WHERE at > EXCLUDED.last_at - interval '{WINDOW_MINUTES} minutes')
    RETURNING last_attempt = %(attempt)s AS admitted, last_at AS counted_at,
              EXTRACT(EPOCH FROM recent[1] + interval '{WINDOW_MINUTES} minutes' - (SELECT now FROM clock)) AS wait
"""


class Kind(StrEnum):
    """What is tried. Each is counted by itself."""

    PASSWORD = "password"  # noqa: S105 - what is counted, not a password
    CODE = "code"
    RESET = "reset"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One that was admitted and counts as failed until it is said to have succeeded."""

    kind: Kind
    account: str
    ip: str | None
    counted_at: dict[str, datetime]


def begin(kind: Kind, *, account: str, ip: str | None, now: datetime | None = None) -> Attempt:
    """Counts an attempt on the account and of the address, before anything is checked.

    account: an id, or an email address, of which only a digest is kept. ip: None for commands and tasks.

    Raises:
        TooManyAttempts: one of the limits is reached; says when to come back.
    """
    attempt = Attempt(kind, f"account:{digest(account)}", f"ip:{network_of(ip)}" if ip else None, {})
    if attempt.ip is not None:
        _count(attempt, attempt.ip, PER_IP, now)
    _count(attempt, attempt.account, PER_ACCOUNT, now)
    return attempt


def succeeded(attempt: Attempt) -> None:
    """Forgets the account's failures. Of the address only this attempt is taken back: what it did before stays."""
    run(
        "DELETE FROM attempts WHERE kind = %(kind)s AND subject = %(subject)s",
        kind=attempt.kind,
        subject=attempt.account,
    )
    if attempt.ip is not None:
        run(
            """
            UPDATE attempts SET recent = recent[:at.position - 1] || recent[at.position + 1:]
              FROM (SELECT array_position(recent, %(at)s::timestamptz) AS position FROM attempts
                     WHERE kind = %(kind)s AND subject = %(subject)s) AS at
             WHERE kind = %(kind)s AND subject = %(subject)s AND recent[at.position] = %(at)s::timestamptz
            """,
            kind=attempt.kind,
            subject=attempt.ip,
            at=attempt.counted_at[attempt.ip],
        )


def forget_old() -> int:
    """Drops counts that no limit looks at any more, a bounded number at a time; returns how many."""
    rows = run(
        f"""
        DELETE FROM attempts WHERE (kind, subject) IN (
            SELECT kind, subject FROM attempts
             WHERE last_at < clock_timestamp() - interval '{WINDOW_MINUTES} minutes' LIMIT %(batch)s)
        RETURNING kind
        """,
        batch=FORGET_BATCH,
    )
    return len(rows)


def digest(account: str) -> str:
    """An address is personal data: what is counted, and named in the audit log, is its keyed fingerprint, of which
    nobody without the key can tell whose it is. One account, however it is written."""
    return names.attempts_index(account).hex()


def _count(attempt: Attempt, subject: str, limit: int, now: datetime | None) -> None:
    (row,) = run(ADMIT, kind=attempt.kind, subject=subject, limit=limit, attempt=new_uuid(), now=now)
    if not row.admitted:
        _record_lock_out(attempt, subject)
        raise TooManyAttempts(
            f"too many attempts: {limit} failures in {WINDOW_MINUTES} minutes",
            retry_after_seconds=max(1, ceil(row.wait)),
        )
    attempt.counted_at[subject] = row.counted_at


def _record_lock_out(attempt: Attempt, subject: str) -> None:
    """One audit row for a lock-out, not one for each knock on the locked door: whoever knocks must not fill the log."""
    action, now = f"{attempt.kind}.lock_out", utcnow()
    with atomic() as session:
        known = execute(
            session,
            f"""
            SELECT 1 FROM audit_log WHERE object = %(object)s AND action = %(action)s
               AND at > %(now)s::timestamptz - interval '{WINDOW_MINUTES} minutes' LIMIT 1
            """,
            object=subject,
            action=action,
            now=now,
        ).first()
        if known is None:
            audit.record(session, actor="anybody", action=action, object=subject)
