"""Sessions of people, in PostgreSQL: opaque tokens known by their SHA-256, ended by time or by anybody who may.

All times are the database's clock: web processes whose clocks differ agree, and moving the test clock signs nobody
out. `now` exists for tests, which say a literal time.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.errors import NotFound
from checkout.core.ids import encode, new_uuid
from checkout.db.statement import execute, run
from checkout.identity import names
from checkout.identity.errors import InvalidCredentials
from checkout.identity.grants import Grant, read_grants, second_factor_required

IDLE_MINUTES = 30
ABSOLUTE_HOURS = 12
TOKEN_BYTES = 32
USER_AGENT_LENGTH = 300
LIST_LIMIT = 100
KEEP_DAYS = 30  # ended sessions, for whoever asks where somebody was signed in
FORGET_BATCH = 5_000

_CLOCK = "COALESCE(%(now)s::timestamptz, clock_timestamp())"
_FOUND = f"""
    WITH clock AS (SELECT {_CLOCK} AS now),
         found AS (
             SELECT s.id, s.user_id, s.second_factor_at, s.last_seen_at, s.expires_at, clock.now
               FROM sessions s, clock
              WHERE s.token_sha256 = %(digest)s AND s.ended_at IS NULL AND clock.now < s.expires_at
                AND clock.now < s.last_seen_at + interval '{IDLE_MINUTES} minutes')
"""
_TOUCHED = """,
         touched AS (
             UPDATE sessions s SET last_seen_at = found.now FROM found
              WHERE s.id = found.id AND found.last_seen_at <= found.now - interval '1 minute'
             RETURNING s.last_seen_at)
"""
_PERSON = f"""
    SELECT u.id AS user_id, u.email_sealed, u.name_sealed, found.id AS session_id, found.second_factor_at, found.now AS read_at,
           LEAST(found.expires_at, {{last_seen}} + interval '{IDLE_MINUTES} minutes') AS expires_at,
           EXISTS (SELECT FROM second_factors f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL)
               AS has_second_factor,
           COALESCE((SELECT json_agg(json_build_object('role', m.role, 'seller_id', m.seller_id,
                                                       'storefront_id', m.storefront_id) ORDER BY m.role, m.id)
                       FROM memberships m WHERE m.user_id = u.id), '[]') AS grants
      FROM found JOIN users u ON u.id = found.user_id AND u.status = 'active'
"""
READ = (
    _FOUND
    + _TOUCHED
    + _PERSON.format(last_seen="COALESCE((SELECT last_seen_at FROM touched), found.last_seen_at)")
)
LOOK = _FOUND + _PERSON.format(last_seen="found.last_seen_at")


@dataclass(frozen=True, slots=True)
class Person:
    """Whose session it is, and what they hold. `read_at` is the database's time of this reading: how old the second
    factor is, is told from it. `expires_at` is the earlier of the idle and the absolute end."""

    user_id: UUID
    email: str = field(repr=False)
    name: str | None = field(repr=False)
    grants: tuple[Grant, ...]
    session_id: UUID
    second_factor_at: datetime | None
    read_at: datetime
    expires_at: datetime
    has_second_factor: bool

    @property
    def public_id(self) -> str:
        return encode("usr", self.user_id)

    @property
    def second_factor_required(self) -> bool:
        return second_factor_required(self.grants)


@dataclass(frozen=True, slots=True)
class SessionToken:
    """A session just opened. Its text is seen here once; the database knows the digest alone."""

    text: str = field(repr=False)
    session_id: UUID
    user_id: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One of a person's sessions, as the person sees it."""

    id: UUID
    ip: str | None
    user_agent: str | None
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime


def open(
    session: Session,
    user_id: UUID,
    *,
    ip: str | None,
    user_agent: str | None = None,
    second_factor: bool,
    version: int | None = None,
    now: datetime | None = None,
) -> SessionToken:
    """A new session with a token of its own. `second_factor`: one was shown just now. `version`: of the credentials
    that were checked, so that a change made meanwhile is not outrun.

    Raises:
        InvalidCredentials: the account is disabled, or its credentials have changed since.
    """
    text = secrets.token_urlsafe(TOKEN_BYTES)
    session_id = new_uuid()
    row = execute(
        session,
        f"""
        WITH clock AS (SELECT {_CLOCK} AS now),
             account AS (
                 SELECT id FROM users
                  WHERE id = %(user_id)s AND status = 'active'
                    AND credentials_version = COALESCE(%(version)s::integer, credentials_version)
                    FOR SHARE)
        INSERT INTO sessions (id, token_sha256, user_id, ip, user_agent, created_at, last_seen_at, expires_at,
                              second_factor_at)
        SELECT %(id)s, %(digest)s, account.id, %(ip)s, %(user_agent)s, now, now,
               now + interval '{ABSOLUTE_HOURS} hours', CASE WHEN %(second_factor)s THEN now END FROM clock, account
        RETURNING expires_at
        """,
        id=session_id,
        digest=digest(text),
        user_id=user_id,
        ip=ip,
        user_agent=_one_line(user_agent),
        second_factor=second_factor,
        version=version,
        now=now,
    ).first()
    if row is None:
        raise InvalidCredentials("the account is disabled or has changed meanwhile")
    return SessionToken(text, session_id, user_id, row.expires_at)


def read(token: str, *, now: datetime | None = None) -> Person | None:
    """The person of a valid token, else None. One statement, which also notes the visit, at most once a minute."""
    return _person(run(READ, digest=digest(token), now=now))


def look(token: str, *, now: datetime | None = None) -> Person | None:
    """The same without noting a visit: for a page that only asks how long the session still lasts."""
    return _person(run(LOOK, digest=digest(token), now=now))


def step_up(session: Session, session_id: UUID, *, now: datetime | None = None) -> SessionToken:
    """A second factor was shown again: the session says so, under a new token. The old token is worth nothing now.

    Raises:
        NotFound: the session has ended.
    """
    text = secrets.token_urlsafe(TOKEN_BYTES)
    row = execute(
        session,
        f"""
        UPDATE sessions SET token_sha256 = %(digest)s, second_factor_at = {_CLOCK}, last_seen_at = {_CLOCK}
         WHERE id = %(id)s AND ended_at IS NULL RETURNING user_id, expires_at
        """,
        id=session_id,
        digest=digest(text),
        now=now,
    ).first()
    if row is None:
        raise NotFound("the session has ended")
    person = encode("usr", row.user_id)
    audit.record(session, actor=f"person:{person}", action="session.step_up", object=person)
    return SessionToken(text, session_id, row.user_id, row.expires_at)


def list_of(user_id: UUID, *, now: datetime | None = None) -> list[OpenSession]:
    """A person's open sessions, the one seen last first."""
    rows = run(
        f"""
        SELECT id, host(ip) AS ip, user_agent, created_at, last_seen_at, expires_at
          FROM sessions
         WHERE user_id = %(user_id)s AND ended_at IS NULL AND {_CLOCK} < expires_at
           AND {_CLOCK} < last_seen_at + interval '{IDLE_MINUTES} minutes'
         ORDER BY last_seen_at DESC, id DESC LIMIT {LIST_LIMIT}
        """,
        user_id=user_id,
        now=now,
    )
    return [OpenSession(**row._mapping) for row in rows]


def revoke(session: Session, user_id: UUID, session_id: UUID, *, cause: Cause) -> None:
    """Ends one session of this person. Ending it twice changes nothing.

    Raises:
        NotFound: no such session, or somebody else's.
    """
    row = execute(
        session,
        """
        WITH found AS (SELECT id FROM sessions WHERE id = %(id)s AND user_id = %(user_id)s),
             ended AS (UPDATE sessions s SET ended_at = clock_timestamp() FROM found
                        WHERE s.id = found.id AND s.ended_at IS NULL RETURNING s.id)
        SELECT found.id, EXISTS (SELECT FROM ended) AS ended FROM found
        """,
        id=session_id,
        user_id=user_id,
    ).first()
    if row is None:
        raise NotFound("no such session")
    if row.ended:
        _audit(session, user_id, cause, 1)


def revoke_all(session: Session, user_id: UUID, *, cause: Cause, but: UUID | None = None) -> int:
    """Ends the person's sessions and sign-ins under way, except perhaps the one named; returns how many sessions."""
    execute(
        session,
        "UPDATE users SET credentials_version = credentials_version + 1 WHERE id = %(user_id)s",
        user_id=user_id,
    )
    ended: int = execute(
        session,
        """
        WITH ended AS (
            UPDATE sessions SET ended_at = clock_timestamp()
             WHERE user_id = %(user_id)s AND ended_at IS NULL AND id IS DISTINCT FROM %(but)s RETURNING id)
        SELECT count(*) FROM ended
        """,
        user_id=user_id,
        but=but,
    ).scalar_one()
    execute(session, "DELETE FROM pending_sign_ins WHERE user_id = %(user_id)s", user_id=user_id)
    if ended:
        _audit(session, user_id, cause, ended)
    return ended


def forget_ended() -> int:
    """Drops sessions that ended thirty days ago, a bounded number at a time; returns how many."""
    rows = run(
        """
        DELETE FROM sessions WHERE id IN (
            SELECT id FROM sessions WHERE expires_at < clock_timestamp() - make_interval(days => %(days)s)
             LIMIT %(batch)s)
        RETURNING id
        """,
        days=KEEP_DAYS,
        batch=FORGET_BATCH,
    )
    return len(rows)


def digest(token: str) -> bytes:
    """What is stored of a token. It has 256 random bits: a slow hash would protect nothing more."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def _person(rows: Sequence[Row[Any]]) -> Person | None:
    if not rows:
        return None
    found = names.opened(rows[0], row_id="user_id")
    return Person(**{**found, "grants": read_grants(found["grants"])})


def _one_line(text: str | None) -> str | None:
    cleaned = "".join(character if character.isprintable() else " " for character in text or "")
    return cleaned.strip()[:USER_AGENT_LENGTH] or None


def _audit(session: Session, user_id: UUID, cause: Cause, ended: int) -> None:
    audit.record(
        session,
        actor=str(cause),
        action="session.end",
        object=encode("usr", user_id),
        after={"sessions": ended},
    )
