"""API keys: made once, shown once, known afterwards by their prefix and the SHA-256 of the whole.

A key belongs to one storefront or to one seller, and may do what its scopes say there. It never holds more than
whoever makes it.
"""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, exc
from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import ALPHABET, encode, new_uuid
from checkout.core.text import did_you_mean
from checkout.db.statement import execute, run
from checkout.identity import step_up
from checkout.identity.access import Forbidden, Principal, Reach
from checkout.identity.roles import PLATFORM_SCOPES, ROLES, SCOPES

ID_LENGTH = 8
SECRET_LENGTH = 32
SECRET_LETTERS = string.digits + string.ascii_letters
SHAPE = re.compile(rf"(sk_(?:test|live)_[{ALPHABET}]{{{ID_LENGTH}}})_([0-9A-Za-z]{{{SECRET_LENGTH}}})")
NAME_LENGTH = 200
LIST_LIMIT = 500

# A seller's program may do what the seller's owner may: what concerns other sellers of a checkout stays out of reach.
SELLER_SCOPES: Final = ROLES["seller_owner"].permissions & SCOPES

COLUMNS: Final = """
    id, storefront_id, seller_id, name, prefix, last_four, livemode, scopes, created_at, expires_at, revoked_at,
    last_used_at, host(last_used_ip) AS last_used_ip, rolled_to
"""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What may be shown of a key at any time. Either of storefront_id and seller_id is set."""

    id: UUID
    storefront_id: UUID | None
    name: str
    prefix: str
    last_four: str
    livemode: bool
    created_at: datetime
    seller_id: UUID | None = None
    scopes: tuple[str, ...] = ()
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    last_used_ip: str | None = None
    rolled_to: UUID | None = None

    @property
    def public_id(self) -> str:
        return encode("key", self.id)

    @property
    def tenant(self) -> str:
        """The public id of the storefront or seller it belongs to."""
        if self.storefront_id is not None:
            return encode("sto", self.storefront_id)
        assert self.seller_id is not None, "a key belongs to a storefront or a seller"
        return encode("sel", self.seller_id)

    def status(self, now: datetime) -> str:
        """active, expiring (a time is set), expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at is None:
            return "active"
        return "expired" if self.expires_at <= now else "expiring"


def create(
    session: Session,
    storefront_id: UUID | None,
    name: str,
    *,
    livemode: bool,
    cause: Cause,
    seller_id: UUID | None = None,
    scopes: Collection[str] | None = None,
    expires_at: datetime | None = None,
    maker: Principal | None = None,
) -> tuple[ApiKey, str]:
    """A new key of a storefront, or of a seller, and its text: the only time that it can be seen.

    Without `scopes` it has all that its kind may have; what leads to the platform's books is named, or not there. `maker` is the person who makes it (nobody: the command line);
    see check_maker().

    Raises:
        NotFound: no such storefront or seller, or outside the maker's reach. InvalidParameter: name or scopes break a
        rule. Forbidden: more than its maker may. StepUpRequired.
    """
    if not 1 <= len(name.strip()) <= NAME_LENGTH:
        raise InvalidParameter.at("/name", f"a name has 1 to {NAME_LENGTH} characters")
    own = SELLER_SCOPES if storefront_id is None else SCOPES
    allowed = own if storefront_id is None else own | PLATFORM_SCOPES
    prefix = new_prefix(livemode=livemode)
    text = new_text(prefix)
    key = ApiKey(
        id=new_uuid(),
        storefront_id=storefront_id,
        seller_id=seller_id,
        name=name.strip(),
        prefix=prefix,
        last_four=text[-4:],
        livemode=livemode,
        scopes=tuple(sorted(own)) if scopes is None else _checked(scopes, allowed),
        created_at=utcnow(),
        expires_at=expires_at,
    )
    check_maker(key, maker)
    insert(session, key, digest(text), maker=maker)
    after = {"tenant": key.tenant, "name": key.name, "prefix": prefix, "scopes": list(key.scopes)}
    audit.record(session, actor=str(cause), action="api_key.create", object=key.public_id, after=after)
    return key, text


def check_maker(key: ApiKey, maker: Principal | None) -> None:
    """Nobody gets more by a key than they have at its own tenant: what they may do at another storefront or seller is
    in no key of this one. And a second factor was given just now.

    Raises:
        NotFound, Forbidden, StepUpRequired.
    """
    if maker is None:
        return
    if not maker.reach("keys:write").holds(storefront_id=key.storefront_id, seller_id=key.seller_id):
        raise NotFound("no such storefront or seller")
    beyond = sorted(scope for scope in key.scopes if not _holds(maker, scope, key))
    if beyond:
        raise Forbidden(f"a key cannot do more than its maker: {', '.join(beyond)}")
    step_up.require(maker)


def _holds(maker: Principal, scope: str, key: ApiKey) -> bool:
    if scope not in maker.permissions:
        return False
    reach = maker.reach(scope)
    if scope in PLATFORM_SCOPES:
        return reach.everything
    return reach.holds(storefront_id=key.storefront_id, seller_id=key.seller_id)


def insert(session: Session, key: ApiKey, secret_digest: bytes, *, maker: Principal | None) -> None:
    """Its row, in the caller's transaction, with whoever has seen its text: what it does, they do.

    Raises:
        NotFound: no such storefront or seller.
    """
    try:
        execute(
            session,
            """
            INSERT INTO api_keys (id, storefront_id, seller_id, name, prefix, secret_sha256, last_four, livemode, scopes,
                                  created_at, expires_at, made_by)
            VALUES (%(id)s, %(storefront_id)s, %(seller_id)s, %(name)s, %(prefix)s, %(digest)s, %(last_four)s,
                    %(livemode)s, %(scopes)s, %(created_at)s, %(expires_at)s, %(made_by)s)
            """,
            id=key.id,
            storefront_id=key.storefront_id,
            seller_id=key.seller_id,
            name=key.name,
            prefix=key.prefix,
            digest=secret_digest,
            last_four=key.last_four,
            livemode=key.livemode,
            scopes=list(key.scopes),
            created_at=key.created_at,
            expires_at=key.expires_at,
            made_by=maker.id if maker else None,
        )
    except exc.IntegrityError as error:
        raise NotFound("no such storefront or seller") from error


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


def get_key(key_id: UUID, *, reach: Reach | None = None) -> ApiKey:
    """One key; with `reach`, only where its storefront or seller lies within.

    Raises:
        NotFound: there is none, or it lies outside.
    """
    rows = run(f"SELECT {COLUMNS} FROM api_keys WHERE id = %(id)s", id=key_id)
    key = key_of(rows[0]) if rows else None
    if key is None or not (
        reach is None or reach.holds(storefront_id=key.storefront_id, seller_id=key.seller_id)
    ):
        raise NotFound("no such key")
    return key


def list_keys(
    *, storefront_id: UUID | None = None, reach: Reach | None = None, limit: int = LIST_LIMIT
) -> list[ApiKey]:
    """The newest keys, at most 500: of one storefront, of those within a reach, or all."""
    narrow = reach is not None and not reach.everything
    rows = run(
        f"""
        SELECT {COLUMNS} FROM api_keys
         WHERE (%(storefront_id)s::uuid IS NULL OR storefront_id = %(storefront_id)s)
           AND (NOT %(narrow)s OR storefront_id = ANY(%(storefronts)s) OR seller_id = ANY(%(sellers)s))
         ORDER BY created_at DESC, id DESC LIMIT %(limit)s
        """,
        storefront_id=storefront_id,
        narrow=narrow,
        storefronts=sorted(reach.storefronts) if reach else [],
        sellers=sorted(reach.sellers) if reach else [],
        limit=min(limit, LIST_LIMIT),
    )
    return [key_of(row) for row in rows]


def key_of(row: Row[Any]) -> ApiKey:
    """The key of a row of COLUMNS."""
    values = dict(row._mapping)
    return ApiKey(**{**values, "scopes": tuple(values["scopes"])})


def new_text(key_prefix: str) -> str:
    """A fresh secret under the prefix."""
    return f"{key_prefix}_{_random(SECRET_LETTERS, SECRET_LENGTH)}"


def new_prefix(*, livemode: bool) -> str:
    return f"sk_{'live' if livemode else 'test'}_{_random(ALPHABET, ID_LENGTH)}"


def _checked(scopes: Collection[str], allowed: frozenset[str]) -> tuple[str, ...]:
    if not scopes:
        raise InvalidParameter.at("/scopes", "a key has at least one scope")
    for scope in sorted(set(scopes) - allowed):
        near = did_you_mean(scope, allowed)
        raise InvalidParameter.at(
            "/scopes", f"such a key has no scope {scope[:60]}" + (f"; did you mean {near}?" if near else "")
        )
    return tuple(sorted(set(scopes)))


def digest(text: str) -> bytes:
    """What is stored of a key. A key has 190 random bits: a slow hash would protect nothing more."""
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def _random(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))
