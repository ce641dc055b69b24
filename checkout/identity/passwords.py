"""Set and change passwords. Every change ends all sessions of the person."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.errors import NotFound
from checkout.core.ids import encode
from checkout.db.session import atomic
from checkout.db.statement import execute, run
from checkout.identity import attempts, names, password_hashes, password_rules, sessions
from checkout.identity.attempts import Kind
from checkout.identity.errors import InvalidCredentials


def change(user_id: UUID, old: str, new: str, *, cause: Cause, ip: str | None = None) -> None:
    """Replaces the password of somebody who knows the old one. All sessions end: the caller opens the next one.

    Raises:
        InvalidCredentials: the old one is wrong. InvalidParameter: the new one breaks a rule. TooManyAttempts.
        NotFound: no such user.
    """
    email = prove(user_id, old, ip=ip)
    password_hash = hashed(new, email=email)
    with atomic() as session:
        set_hash(session, user_id, password_hash, action="password.change", cause=cause, ip=ip)


def prove(user_id: UUID, password: str, *, ip: str | None = None) -> str:
    """Passes with the person's password, before what a session alone must not do; returns the person's address.

    Raises:
        InvalidCredentials: it is wrong. TooManyAttempts. NotFound: no such user.
    """
    rows = run("SELECT email_sealed, password_hash FROM users WHERE id = %(id)s", id=user_id)
    if not rows:
        raise NotFound("no such user")
    email = names.open_email(user_id, rows[0].email_sealed)
    attempt = attempts.begin(Kind.PASSWORD, account=email, ip=ip)
    if not password_hashes.matches(rows[0].password_hash, password):
        raise InvalidCredentials("the current password is wrong")
    attempts.succeeded(attempt)
    return email


def hashed(password: str, *, email: str) -> str:
    """The hash of a password that its owner may use. Made before the transaction: it takes longer than a lock may.

    Raises:
        InvalidParameter: it breaks a rule.
    """
    return password_hashes.hash_password(password_rules.check(password, email=email))


def set_hash(
    session: Session, user_id: UUID, password_hash: str, *, action: str, cause: Cause, ip: str | None = None
) -> None:
    """Stores what hashed() made, and ends the person's sessions."""
    execute(
        session,
        "UPDATE users SET password_hash = %(hash)s WHERE id = %(id)s",
        hash=password_hash,
        id=user_id,
    )
    audit.record(session, actor=str(cause), action=action, object=encode("usr", user_id), ip=ip)
    sessions.revoke_all(session, user_id, cause=cause)


def rehash_if_needed(user_id: UUID, known_hash: str, password: str) -> None:
    """Called with a password that was right: one hashed at another cost is hashed at today's."""
    if password_hashes.needs_rehash(known_hash):
        run(
            "UPDATE users SET password_hash = %(new)s WHERE id = %(id)s AND password_hash = %(known)s",
            new=password_hashes.hash_password(password),
            id=user_id,
            known=known_hash,
        )
