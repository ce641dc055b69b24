"""Links by email that let somebody choose a password: signed, for one use, for a time. The newest of a kind counts.

The row says whose link it is and whether it was used; the signature says that we made it. Who can read the table, a
backup or a task's arguments has no link; who has the secret key alone has none either. Times are the database's.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from itsdangerous import BadSignature, Signer
from sqlalchemy.orm import Session

from checkout.core.ids import new_uuid
from checkout.db.statement import execute, run
from checkout.identity import names
from checkout.identity.errors import LinkEnded

SALT = "password-link"  # a signature made for another purpose never sets a password
TOKEN_LENGTH = 100
KEEP_DAYS = 30
FORGET_BATCH = 5_000
_CLOCK = "COALESCE(%(now)s::timestamptz, clock_timestamp())"


class LinkKind(StrEnum):
    INVITATION = "invitation"
    RESET = "reset"


PATHS: Final = {LinkKind.INVITATION: "invitation", LinkKind.RESET: "password-reset"}
LASTS: Final = {LinkKind.INVITATION: "7 days", LinkKind.RESET: "1 hour"}

_signer: Signer | None = None
_public_url = ""


def configure(*, secret_key: str, public_url: str) -> None:
    """Called once by the composition root of every process."""
    global _signer, _public_url
    _signer = Signer(secret_key, salt=SALT)
    _public_url = public_url.rstrip("/")


def make(session: Session, kind: LinkKind, user_id: UUID | None, *, now: datetime | None = None) -> UUID:
    """A new link's id; the older ones of its kind and owner end. Without an owner it is one that nobody gets."""
    execute(
        session,
        f"""
        UPDATE password_links SET used_at = {_CLOCK}
         WHERE user_id = %(user_id)s AND kind = %(kind)s AND used_at IS NULL
        """,
        user_id=user_id,
        kind=kind,
        now=now,
    )
    link_id = new_uuid()
    execute(
        session,
        f"""
        INSERT INTO password_links (id, kind, user_id, created_at, expires_at)
        SELECT %(id)s, %(kind)s, %(user_id)s, now, now + %(lasts)s::interval FROM (SELECT {_CLOCK} AS now) AS clock
        """,
        id=link_id,
        kind=kind,
        user_id=user_id,
        lasts=LASTS[kind],
        now=now,
    )
    return link_id


def url(kind: LinkKind, link_id: UUID) -> str:
    """The address that the email names."""
    return f"{_public_url}/{PATHS[kind]}/{token(kind, link_id)}"


def token(kind: LinkKind, link_id: UUID) -> str:
    return _the_signer().sign(f"{kind}.".encode() + urlsafe_b64encode(link_id.bytes).rstrip(b"=")).decode()


def look_at(kind: LinkKind, text: str, *, now: datetime | None = None) -> UUID:
    """Whose link it is, while it can be used.

    Raises:
        LinkEnded: it cannot.
    """
    rows = run(
        f"""
        SELECT l.user_id FROM password_links l JOIN users u ON u.id = l.user_id AND u.status = 'active'
         WHERE l.id = %(id)s AND l.kind = %(kind)s AND l.used_at IS NULL AND {_CLOCK} < l.expires_at
        """,
        id=_read(kind, text),
        kind=kind,
        now=now,
    )
    if not rows:
        raise LinkEnded("the link was used, was replaced by a newer one, or is too old")
    user_id: UUID = rows[0].user_id
    return user_id


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who gets the email of a link, and which link it is."""

    kind: LinkKind
    user_id: UUID
    email: str = field(repr=False)
    name: str | None = field(repr=False)
    expires_at: datetime


def recipient(link_id: UUID, *, now: datetime | None = None) -> Recipient | None:
    """Whom to send the link, while it can be used; None where nobody is to get it."""
    rows = run(
        f"""
        SELECT l.kind, l.user_id, u.email_sealed, u.name_sealed, l.expires_at
          FROM password_links l JOIN users u ON u.id = l.user_id AND u.status = 'active'
         WHERE l.id = %(id)s AND l.used_at IS NULL AND {_CLOCK} < l.expires_at
        """,
        id=link_id,
        now=now,
    )
    if not rows:
        return None
    found = names.opened(rows[0], row_id="user_id")
    return Recipient(**{**found, "kind": LinkKind(found["kind"])})


def use(session: Session, kind: LinkKind, text: str, *, now: datetime | None = None) -> UUID:
    """Uses the link up; whose it is.

    Raises:
        LinkEnded: it cannot be used, or somebody else was faster.
    """
    row = execute(
        session,
        f"""
        UPDATE password_links l SET used_at = {_CLOCK} FROM users u
         WHERE l.id = %(id)s AND l.kind = %(kind)s AND l.used_at IS NULL AND {_CLOCK} < l.expires_at
           AND u.id = l.user_id AND u.status = 'active'
        RETURNING l.user_id
        """,
        id=_read(kind, text),
        kind=kind,
        now=now,
    ).first()
    if row is None:
        raise LinkEnded("the link was used, was replaced by a newer one, or is too old")
    user_id: UUID = row.user_id
    return user_id


def forget_old() -> int:
    """Drops links that ended thirty days ago, a bounded number at a time; returns how many."""
    rows = run(
        """
        DELETE FROM password_links WHERE id IN (
            SELECT id FROM password_links WHERE expires_at < clock_timestamp() - make_interval(days => %(days)s)
             LIMIT %(batch)s)
        RETURNING id
        """,
        days=KEEP_DAYS,
        batch=FORGET_BATCH,
    )
    return len(rows)


def _read(kind: LinkKind, text: str) -> UUID:
    try:
        said, _, encoded = _the_signer().unsign(text[:TOKEN_LENGTH]).partition(b".")
        link_id = UUID(bytes=urlsafe_b64decode(encoded + b"=="))
    except (BadSignature, ValueError, TypeError):
        raise LinkEnded("the link is not whole") from None
    if (
        said != kind.encode() or token(kind, link_id) != text
    ):  # base64 has several spellings of the same bytes
        raise LinkEnded("the link is not whole")
    return link_id


def _the_signer() -> Signer:
    assert _signer is not None, "password_links.configure() comes first"
    return _signer
