"""Who shows this key? Every refusal costs the same: one statement, one comparison, one answer."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from uuid import UUID

from checkout.core.clock import utcnow
from checkout.core.errors import DomainError
from checkout.db.statement import run
from checkout.identity.access import Principal, key_principal
from checkout.identity.api_keys import SHAPE, digest

CACHE_SECONDS = 1.0  # a revoked key is refused by every process within this time
CACHE_SIZE = 1_000
USE_NOTED_EVERY = timedelta(minutes=5)  # last_used_at is for people: not worth a write per request

NO_SUCH_PREFIX = "sk_none"
NO_DIGEST = bytes(32)

FIND = """
    SELECT k.id, k.storefront_id, k.seller_id, k.scopes, k.livemode, k.secret_sha256, k.expires_at, k.revoked_at,
           k.last_used_at
      FROM api_keys k WHERE k.prefix = %(prefix)s
"""
NOTE_USE = """
    UPDATE api_keys SET last_used_at = %(now)s, last_used_ip = %(ip)s
     WHERE id = %(id)s AND (last_used_at IS NULL OR last_used_at < %(before)s)
"""


class Unauthenticated(DomainError):
    """No key, or none that counts. Unknown, wrong, expired and revoked are one answer."""

    code = "unauthenticated"


@dataclass(frozen=True, slots=True)
class _Known:
    principal: Principal
    digest: bytes
    expires_at: datetime | None
    until: float


_cache: dict[str, _Known] = {}


def authenticate(text: str, *, ip: str | None = None) -> Principal | None:
    """The principal of a valid key, else None. `ip` is noted with its use."""
    shape = SHAPE.fullmatch(text)
    prefix, given = (shape.group(1), digest(text)) if shape else (NO_SUCH_PREFIX, digest(text))
    known = _cache.get(prefix)
    fresh = known is not None and known.until > time.monotonic() and _not_expired(known.expires_at)
    if known is not None and fresh and compare_digest(known.digest, given):
        return known.principal
    return _look_up(prefix, given, ip)  # a refusal always asks the database, so that its time tells nothing


def forget_cached_keys() -> None:
    """Starts anew, as a fresh process would."""
    _cache.clear()


def _look_up(prefix: str, given: bytes, ip: str | None) -> Principal | None:
    began = time.monotonic()  # taken before the read: the cache is never older than it says
    rows = run(FIND, prefix=prefix)
    row = rows[0] if rows else None
    if not compare_digest(bytes(row.secret_sha256) if row else NO_DIGEST, given) or row is None:
        return None
    if row.revoked_at is not None or not _not_expired(row.expires_at):
        _cache.pop(prefix, None)
        return None
    principal = key_principal(
        row.id,
        storefront_id=row.storefront_id,
        seller_id=row.seller_id,
        scopes=row.scopes,
        livemode=row.livemode,
    )
    if len(_cache) >= CACHE_SIZE:
        _cache.clear()
    _cache[prefix] = _Known(principal, given, row.expires_at, began + CACHE_SECONDS)
    _note_use(row.id, row.last_used_at, ip)
    return principal


def _not_expired(expires_at: datetime | None) -> bool:
    return expires_at is None or utcnow() < expires_at


def _note_use(key_id: UUID, last_used_at: datetime | None, ip: str | None) -> None:
    now = utcnow()
    if last_used_at is None or now - last_used_at > USE_NOTED_EVERY:
        run(NOTE_USE, id=key_id, ip=ip, now=now, before=now - USE_NOTED_EVERY)
