"""The keys that sign access tokens: Ed25519, in PostgreSQL, the private part sealed. One signs, those before it verify
for as long as a token of theirs can live.
"""

from __future__ import annotations

import json
import re
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.ids import new_uuid
from checkout.db.session import atomic
from checkout.db.statement import execute, run
from checkout.secrets import open_sealed, seal

TABLE, COLUMN = "signing_keys", "private_key_sealed"
CACHE_SECONDS: Final = 60.0  # after a rotation other processes sign with the key before for at most this long
# A token lives ten minutes and may have been signed a cache's time after the rotation; the rest is for slow clocks.
OVERLAP_SECONDS: Final = 15 * 60
KNOWN_MOST: Final = 100  # rotations within the overlap: more than anybody makes
KID: Final = re.compile(r"[A-Za-z0-9_-]{43}")

CURRENT = "SELECT id, kid, private_key_sealed FROM signing_keys WHERE verifies_until IS NULL"
PUBLIC = """
    SELECT public_key FROM signing_keys
     WHERE kid = %(kid)s AND (verifies_until IS NULL OR verifies_until > clock_timestamp())
"""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The key that signs now. `kid` is its public part's thumbprint (RFC 7638)."""

    kid: str
    private: Ed25519PrivateKey = field(repr=False)


@dataclass(slots=True)
class _Cache:
    current: tuple[SigningKey, float] | None = None
    public: dict[str, tuple[Ed25519PublicKey, float]] = field(default_factory=dict)


_cache = _Cache()


def current() -> SigningKey:
    """The key to sign with. The first one of an installation is made when it is first needed."""
    known = _cache.current
    if known is not None and known[1] > time.monotonic():
        return known[0]
    began = time.monotonic()
    found = _read_current()
    if found is None:
        made = _make()
        with atomic() as session:
            _insert(session, made, Cause("system", "first signing key"))
        found = _read_current()
        assert found is not None, "there is a current key from now on"
    _cache.current = (found, began + CACHE_SECONDS)
    return found


def public_key(kid: str) -> Ed25519PublicKey | None:
    """The key of that name while it verifies, else None."""
    if not KID.fullmatch(kid):
        return None
    known = _cache.public.get(kid)
    if known is not None and known[1] > time.monotonic():
        return known[0]
    began = time.monotonic()
    rows = run(PUBLIC, kid=kid)
    if not rows:
        return None
    found = Ed25519PublicKey.from_public_bytes(bytes(rows[0].public_key))
    if len(_cache.public) >= KNOWN_MOST:
        _cache.public.clear()
    _cache.public[kid] = (found, began + CACHE_SECONDS)
    return found


def rotate(*, cause: Cause) -> str:
    """A new key signs from now on; the one before verifies for another quarter of an hour. Returns the kid that signs.

    Of two rotations at once one counts. Keys that no token can name any more are dropped.
    """
    made = _make()
    with atomic() as session:
        execute(
            session,
            """
            UPDATE signing_keys SET verifies_until = clock_timestamp() + make_interval(secs => %(overlap)s)
             WHERE verifies_until IS NULL
            """,
            overlap=OVERLAP_SECONDS,
        )
        _insert(session, made, cause)
        execute(session, "DELETE FROM signing_keys WHERE verifies_until < clock_timestamp()")
    forget_cached()
    return str(run(CURRENT)[0].kid)


def forget_cached() -> None:
    """Starts anew, as a fresh process would."""
    _cache.current = None
    _cache.public.clear()


def thumbprint(public: bytes) -> str:
    """RFC 7638 over the members that RFC 8037 requires of an Ed25519 key."""
    members = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(public)}
    return _base64url(sha256(json.dumps(members, separators=(",", ":"), sort_keys=True).encode()).digest())


@dataclass(frozen=True, slots=True)
class _Made:
    """A key to insert. Sealed before any transaction begins: sealing may ask a vault."""

    id: UUID
    public: bytes
    sealed: bytes


def _make() -> _Made:
    private, id = Ed25519PrivateKey.generate(), new_uuid()
    sealed = seal(private.private_bytes_raw(), table=TABLE, column=COLUMN, row=id)
    return _Made(id, private.public_key().public_bytes_raw(), sealed)


def _insert(session: Session, made: _Made, cause: Cause) -> None:
    """Makes it the current one, unless somebody else's has just become that."""
    inserted = execute(
        session,
        """
        INSERT INTO signing_keys (id, kid, public_key, private_key_sealed, created_at)
        VALUES (%(id)s, %(kid)s, %(public)s, %(sealed)s, clock_timestamp())
        ON CONFLICT ((true)) WHERE verifies_until IS NULL DO NOTHING RETURNING id
        """,
        id=made.id,
        kid=thumbprint(made.public),
        public=made.public,
        sealed=made.sealed,
    ).first()
    if inserted is not None:
        audit.record(session, actor=str(cause), action="signing_key.rotate", object=thumbprint(made.public))


def _read_current() -> SigningKey | None:
    rows = run(CURRENT)
    if not rows:
        return None
    row = rows[0]
    raw = open_sealed(row.private_key_sealed, table=TABLE, column=COLUMN, row=row.id)
    return SigningKey(kid=row.kid, private=Ed25519PrivateKey.from_private_bytes(raw))


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
