"""Families of tokens: one for each sign-in of a program's person. A family has one living refresh token at a time.

Each refresh token works once and gives the next. Shown again it is one of two things: the same request repeated
because its answer was lost, which gets the same next token for ten seconds as long as that one is unused; or a copy
in other hands, which ends the family. Times are the database's clock, as those of sessions are.
"""

from __future__ import annotations

import hmac
import re
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.ids import encode, new_uuid
from checkout.db.statement import execute, run
from checkout.identity.errors import InvalidCredentials
from checkout.identity.grants import Grant, read_grants

LIFETIME_DAYS: Final = 30
GRACE_SECONDS: Final = 10  # a client's own timeout and its one retry; a thief needs the token within it
CACHE_SECONDS: Final = 1.0  # a family that has ended is refused by every process within this time
CACHE_SIZE: Final = 1_000
FORGET_BATCH: Final = 1_000
SHAPE: Final = re.compile(r"rt_[A-Za-z0-9_-]{43}")

# A family counts while nothing of its person's credentials has changed since the password was checked.
LIVING: Final = """
    FROM token_families f
    JOIN users u ON u.id = f.user_id AND u.status = 'active' AND u.credentials_version = f.credentials_version
   WHERE f.ended_at IS NULL AND f.expires_at > clock_timestamp()
"""
FIND = f"""
    SELECT f.user_id, f.second_factor_at, clock_timestamp() AS read_at,
           COALESCE((SELECT json_agg(json_build_object('role', m.role, 'seller_id', m.seller_id,
                                                       'storefront_id', m.storefront_id) ORDER BY m.role, m.id)
                       FROM memberships m WHERE m.user_id = u.id), '[]') AS grants
    {LIVING} AND f.id = %(id)s
"""
OPEN = f"""
    WITH account AS (
        SELECT id FROM users
         WHERE id = %(user_id)s AND status = 'active' AND credentials_version = %(version)s FOR SHARE),
    family AS (
        INSERT INTO token_families (id, user_id, credentials_version, created_at, expires_at, second_factor_at, ip)
        SELECT %(id)s, account.id, %(version)s, now(), now() + interval '{LIFETIME_DAYS} days',
               CASE WHEN %(second_factor)s THEN now() END, %(ip)s FROM account
        RETURNING id, second_factor_at, expires_at)
    INSERT INTO refresh_tokens (token_sha256, family_id, generation, created_at)
    SELECT %(digest)s, id, 1, now() FROM family
    RETURNING (SELECT second_factor_at FROM family) AS second_factor_at, (SELECT expires_at FROM family) AS expires_at
"""
LOCK = f"""
    SELECT t.family_id, t.generation, t.used_at,
           COALESCE(t.used_at > clock_timestamp() - interval '{GRACE_SECONDS} seconds', false) AS used_just_now,
           f.user_id, f.second_factor_at, f.expires_at
      FROM refresh_tokens t JOIN (SELECT f.* {LIVING}) f ON f.id = t.family_id
     WHERE t.token_sha256 = %(digest)s
       FOR UPDATE OF t
"""
USE = """
    WITH used AS (
        UPDATE refresh_tokens SET used_at = clock_timestamp()
         WHERE token_sha256 = %(digest)s AND used_at IS NULL RETURNING family_id, generation)
    INSERT INTO refresh_tokens (token_sha256, family_id, generation, created_at)
    SELECT %(next)s, family_id, generation + 1, clock_timestamp() FROM used
    RETURNING generation
"""


@dataclass(frozen=True, slots=True)
class TokenPerson:
    """Whose access token it is, and what they hold now."""

    user_id: UUID
    grants: tuple[Grant, ...]
    second_factor_at: datetime | None
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Family:
    """A living family with the refresh token to hand out."""

    id: UUID
    user_id: UUID
    second_factor_at: datetime | None
    expires_at: datetime
    refresh_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reused:
    """An old token came back: the family has ended."""

    family_id: UUID


def open(
    session: Session, user_id: UUID, *, version: int, second_factor: bool, ip: str | None, cause: Cause
) -> Family:
    """A new family of somebody whose credentials, of this version, were checked just now.

    Raises:
        InvalidCredentials: the account is disabled, or its credentials have changed since.
    """
    family_id, text = new_uuid(), f"rt_{secrets.token_urlsafe(32)}"
    row = execute(
        session,
        OPEN,
        id=family_id,
        user_id=user_id,
        version=version,
        second_factor=second_factor,
        ip=ip,
        digest=digest(text),
    ).first()
    if row is None:
        raise InvalidCredentials("the account is disabled or has changed meanwhile")
    _audit(session, "token.issue", user_id, family_id, cause, ip)
    return Family(family_id, user_id, row.second_factor_at, row.expires_at, text)


def advance(session: Session, text: str, *, secret: str, ip: str | None) -> Family | Reused:
    """The family with its next refresh token, for a refresh token that is unused, or was used for it just now.

    secret: the installation's; the next token is derived from it and from the one before, so that an identical retry
    gets identical bytes without their being stored. On Reused the caller commits: the family has been ended.

    Raises:
        InvalidCredentials: no such token, or its family counts no more.
    """
    row = execute(session, LOCK, digest=digest(text)).first() if SHAPE.fullmatch(text) else None
    if row is None:
        raise InvalidCredentials("this refresh token is worth nothing")
    following = _next(text, secret)
    if row.used_at is None:
        execute(session, USE, digest=digest(text), next=digest(following))
    elif not (row.used_just_now and _is_unused(session, following)):
        _end(session, row.family_id, "reuse")
        _audit(
            session,
            "token.reuse",
            row.user_id,
            row.family_id,
            Cause("person", encode("usr", row.user_id)),
            ip,
        )
        return Reused(row.family_id)
    return Family(row.family_id, row.user_id, row.second_factor_at, row.expires_at, following)


def revoke(session: Session, family_id: UUID) -> None:
    """Ends a family; its access tokens are refused within a second. Ending it twice changes nothing."""
    _end(session, family_id, "revoked")


def person_of(family_id: UUID, user_id: UUID) -> TokenPerson | None:
    """The person of a living family, at most a second old; None where it has ended or is somebody else's."""
    known = _cache.get(family_id)
    if known is None or known[1] <= time.monotonic():
        known = _look_up(family_id)
    return known[0] if known is not None and known[0].user_id == user_id else None


def forget_cached() -> None:
    """Starts anew, as a fresh process would."""
    _cache.clear()


def forget_ended() -> int:
    """Drops families that have passed their end, a bounded number at a time; returns how many."""
    rows = run(
        """
        DELETE FROM token_families WHERE id IN (
            SELECT id FROM token_families WHERE expires_at < clock_timestamp() LIMIT %(batch)s)
        RETURNING id
        """,
        batch=FORGET_BATCH,
    )
    return len(rows)


def digest(text: str) -> bytes:
    """What is stored of a token. It has 256 random bits: a slow hash would protect nothing more."""
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


_cache: dict[UUID, tuple[TokenPerson, float]] = {}


def _look_up(family_id: UUID) -> tuple[TokenPerson, float] | None:
    began = time.monotonic()  # taken before the read: the cache is never older than it says
    found = _person(run(FIND, id=family_id))
    if found is None:
        _cache.pop(family_id, None)
        return None
    if len(_cache) >= CACHE_SIZE:
        _cache.clear()
    _cache[family_id] = (found, began + CACHE_SECONDS)
    return _cache[family_id]


def _person(rows: Sequence[Row[Any]]) -> TokenPerson | None:
    if not rows:
        return None
    row = rows[0]
    return TokenPerson(row.user_id, read_grants(row.grants), row.second_factor_at, row.read_at)


def _next(text: str, secret: str) -> str:
    made = hmac.digest(secret.encode(), b"refresh token after " + text.encode(), "sha256")
    return f"rt_{urlsafe_b64encode(made).rstrip(b'=').decode()}"


def _is_unused(session: Session, text: str) -> bool:
    row = execute(
        session, "SELECT used_at FROM refresh_tokens WHERE token_sha256 = %(digest)s", digest=digest(text)
    ).first()
    return row is not None and row.used_at is None


def _end(session: Session, family_id: UUID, why: str) -> None:
    execute(
        session,
        """
        UPDATE token_families SET ended_at = clock_timestamp(), ended_why = %(why)s
         WHERE id = %(id)s AND ended_at IS NULL
        """,
        id=family_id,
        why=why,
    )
    _cache.pop(family_id, None)


def _audit(
    session: Session, action: str, user_id: UUID, family_id: UUID, cause: Cause, ip: str | None
) -> None:
    audit.record(
        session,
        actor=str(cause),
        action=action,
        object=encode("usr", user_id),
        after={"family": str(family_id)},
        ip=ip,
    )
