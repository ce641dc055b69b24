"""API keys: made once, shown once, known afterwards by their prefix and the SHA-256 of the whole."""

from __future__ import annotations

import re
import secrets
import string
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy import exc
from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import ALPHABET, encode, new_uuid
from checkout.db.statement import execute, run

ID_LENGTH = 8
SECRET_LENGTH = 32
SECRET_LETTERS = string.digits + string.ascii_letters
SHAPE = re.compile(rf"(sk_(?:test|live)_[{ALPHABET}]{{{ID_LENGTH}}})_([0-9A-Za-z]{{{SECRET_LENGTH}}})")
NAME_LENGTH = 200
LIST_LIMIT = 500


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What may be shown of a key at any time."""

    id: UUID
    storefront_id: UUID
    name: str
    prefix: str
    last_four: str
    livemode: bool
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None

    @property
    def public_id(self) -> str:
        return encode("key", self.id)


def create(
    session: Session,
    storefront_id: UUID,
    name: str,
    *,
    livemode: bool,
    cause: Cause,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """A new key of a storefront, and its text: the only time that it can be seen.

    Raises:
        NotFound: no such storefront. InvalidParameter: the name is empty or too long.
    """
    if not 1 <= len(name.strip()) <= NAME_LENGTH:
        raise InvalidParameter.at("/name", f"a name has 1 to {NAME_LENGTH} characters")
    prefix = f"sk_{'live' if livemode else 'test'}_{_random(ALPHABET, ID_LENGTH)}"
    text = f"{prefix}_{_random(SECRET_LETTERS, SECRET_LENGTH)}"
    key = ApiKey(
        id=new_uuid(),
        storefront_id=storefront_id,
        name=name.strip(),
        prefix=prefix,
        last_four=text[-4:],
        livemode=livemode,
        created_at=utcnow(),
        expires_at=expires_at,
    )
    _insert(session, key, digest(text))
    audit.record(
        session,
        actor=str(cause),
        action="api_key.create",
        object=key.public_id,
        after={"storefront": encode("sto", storefront_id), "name": key.name, "prefix": prefix},
    )
    return key, text


def _insert(session: Session, key: ApiKey, secret_digest: bytes) -> None:
    try:
        execute(
            session,
            """
            INSERT INTO api_keys (id, storefront_id, name, prefix, secret_sha256, last_four, livemode, created_at,
                                  expires_at)
            VALUES (%(id)s, %(storefront_id)s, %(name)s, %(prefix)s, %(digest)s, %(last_four)s, %(livemode)s,
                    %(created_at)s, %(expires_at)s)
            """,
            id=key.id,
            storefront_id=key.storefront_id,
            name=key.name,
            prefix=key.prefix,
            digest=secret_digest,
            last_four=key.last_four,
            livemode=key.livemode,
            created_at=key.created_at,
            expires_at=key.expires_at,
        )
    except exc.IntegrityError as error:
        raise NotFound("no such storefront") from error


def revoke(session: Session, key_id: UUID, *, cause: Cause, reason: str | None = None) -> None:
    """Ends a key for good; every process refuses it within a second. Revoking it twice changes nothing.

    Raises:
        NotFound: no such key.
    """
    row = execute(
        session,
        """
        WITH found AS (SELECT id, revoked_at FROM api_keys WHERE id = %(id)s FOR UPDATE),
             ended AS (UPDATE api_keys k SET revoked_at = %(now)s FROM found
                        WHERE k.id = found.id AND found.revoked_at IS NULL RETURNING k.id)
        SELECT found.id, EXISTS (SELECT FROM ended) AS ended FROM found
        """,
        id=key_id,
        now=utcnow(),
    ).first()
    if row is None:
        raise NotFound("no such key")
    if row.ended:
        audit.record(
            session, actor=str(cause), action="api_key.revoke", object=encode("key", key_id), reason=reason
        )


def list_keys(*, storefront_id: UUID | None = None, limit: int = LIST_LIMIT) -> list[ApiKey]:
    """The newest keys, at most 500, of one storefront or of all."""
    rows = run(
        """
        SELECT id, storefront_id, name, prefix, last_four, livemode, created_at, expires_at, revoked_at, last_used_at
          FROM api_keys WHERE %(storefront_id)s::uuid IS NULL OR storefront_id = %(storefront_id)s
         ORDER BY created_at DESC, id DESC LIMIT %(limit)s
        """,
        storefront_id=storefront_id,
        limit=min(limit, LIST_LIMIT),
    )
    return [ApiKey(**row._mapping) for row in rows]


def digest(text: str) -> bytes:
    """What is stored of a key. A key has 190 random bits: a slow hash would protect nothing more."""
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def _random(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))
