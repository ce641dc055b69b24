"""People with an account: made without a password, which they choose themselves by an invitation's link."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exc
from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import encode, new_uuid
from checkout.db.session import constraint_name
from checkout.db.statement import execute, run
from checkout.identity import names, sessions
from checkout.identity.errors import EmailInUse
from checkout.identity.grants import Grant, read_grants, second_factor_required
from checkout.identity.last_admin import keep_another

EMAIL_LENGTH = 200  # what an email's header takes here
NAME_LENGTH = 200
LIST_LIMIT = 500
_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)

_COLUMNS = """
    SELECT u.id, u.email_sealed, u.name_sealed, u.status, u.created_at, u.password_hash IS NOT NULL AS has_password,
           EXISTS (SELECT FROM second_factors f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL)
               AS has_second_factor,
           COALESCE((SELECT json_agg(json_build_object('role', m.role, 'seller_id', m.seller_id,
                                                       'storefront_id', m.storefront_id) ORDER BY m.role, m.id)
                       FROM memberships m WHERE m.user_id = u.id), '[]') AS grants
      FROM users u
"""


@dataclass(frozen=True, slots=True)
class User:
    """What may be shown of a person's account to those who administer it."""

    id: UUID
    email: str
    name: str | None
    status: str
    created_at: datetime
    has_password: bool = False
    has_second_factor: bool = False
    grants: tuple[Grant, ...] = ()

    @property
    def public_id(self) -> str:
        return encode("usr", self.id)

    @property
    def second_factor_required(self) -> bool:
        return second_factor_required(self.grants)


def create_user(session: Session, *, email: str, name: str | None = None, cause: Cause) -> User:
    """A new account without a password or a role.

    Raises:
        InvalidParameter: address or name break a rule. EmailInUse.
    """
    user = User(
        id=new_uuid(),
        email=_checked_email(email),
        name=_checked_name(name),
        status="active",
        created_at=utcnow(),
    )
    try:
        execute(
            session,
            """
            INSERT INTO users (id, email_index, email_sealed, name_sealed, created_at)
            VALUES (%(id)s, %(index)s, %(email)s, %(name)s, %(now)s)
            """,
            id=user.id,
            index=names.email_index(user.email),
            email=names.seal_email(user.id, user.email),
            name=names.seal_name(user.id, user.name),
            now=user.created_at,
        )
    except exc.IntegrityError as error:
        if constraint_name(error) == "users_by_email_index":
            raise EmailInUse("there is an account under this address") from error
        raise
    audit.record(session, actor=str(cause), action="user.create", object=user.public_id)
    return user


def rename(session: Session, user_id: UUID, name: str | None) -> None:
    """Sets how a person is called.

    Raises:
        InvalidParameter: the name breaks a rule.
    """
    execute(
        session,
        "UPDATE users SET name_sealed = %(name)s WHERE id = %(id)s",
        id=user_id,
        name=names.seal_name(user_id, _checked_name(name)),
    )


def disable(session: Session, user_id: UUID, *, cause: Cause, reason: str | None = None) -> None:
    """Ends the account: no sign-in, and all sessions end. Doing it twice changes nothing.

    Raises:
        NotFound: no such user. InvalidParameter: it is the last admin's.
    """
    keep_another(session, user_id)
    if _set_status(session, user_id, "disabled", cause, reason):
        sessions.revoke_all(session, user_id, cause=cause)


def enable(session: Session, user_id: UUID, *, cause: Cause, reason: str | None = None) -> None:
    """Lets a disabled account sign in again.

    Raises:
        NotFound: no such user.
    """
    _set_status(session, user_id, "active", cause, reason)


def get_user(user_id: UUID) -> User:
    """
    Raises:
        NotFound: no such user.
    """
    rows = run(_COLUMNS + " WHERE u.id = %(id)s", id=user_id)
    if not rows:
        raise NotFound("no such user")
    return _user(rows[0])


def find_by_email(email: str) -> User | None:
    """The account under an address, however its letters are cased."""
    rows = run(_COLUMNS + " WHERE u.email_index = %(index)s", index=names.email_index(email))
    return _user(rows[0]) if rows else None


def list_users(*, limit: int = LIST_LIMIT) -> list[User]:
    """The newest accounts, at most 500."""
    rows: Sequence[Row[Any]] = run(
        _COLUMNS + " ORDER BY u.created_at DESC, u.id DESC LIMIT %(limit)s", limit=min(limit, LIST_LIMIT)
    )
    return [_user(row) for row in rows]


def _set_status(session: Session, user_id: UUID, status: str, cause: Cause, reason: str | None) -> bool:
    row = execute(
        session,
        """
        WITH found AS (SELECT id, status FROM users WHERE id = %(id)s FOR UPDATE),
             changed AS (UPDATE users u SET status = %(status)s FROM found
                          WHERE u.id = found.id AND found.status <> %(status)s RETURNING u.id)
        SELECT found.status AS before, EXISTS (SELECT FROM changed) AS changed FROM found
        """,
        id=user_id,
        status=status,
    ).first()
    if row is None:
        raise NotFound("no such user")
    if row.changed:
        audit.record(
            session,
            actor=str(cause),
            action="user.disable" if status == "disabled" else "user.enable",
            object=encode("usr", user_id),
            before={"status": row.before},
            after={"status": status},
            reason=reason,
        )
    return bool(row.changed)


def _checked_email(text: str) -> str:
    email = text.strip()
    if len(email) > EMAIL_LENGTH or not _EMAIL.fullmatch(email):
        raise InvalidParameter.at("/email", f"no email address of at most {EMAIL_LENGTH} characters")
    return email


def _checked_name(text: str | None) -> str | None:
    name = (text or "").strip() or None
    if name is not None and (len(name) > NAME_LENGTH or not name.isprintable()):
        raise InvalidParameter.at("/name", f"a name has at most {NAME_LENGTH} printable characters")
    return name


def _user(row: Row[Any]) -> User:
    found = names.opened(row)
    return User(**{**found, "grants": read_grants(found["grants"])})
