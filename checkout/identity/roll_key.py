"""Roll a key: a new one takes over, the old one goes on for as long as its programs need to be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import DomainError, InvalidParameter, NotFound
from checkout.core.ids import new_uuid
from checkout.db.statement import execute
from checkout.identity.access import Principal
from checkout.identity.api_keys import (
    COLUMNS,
    ApiKey,
    check_maker,
    digest,
    insert,
    key_of,
    new_prefix,
    new_text,
)

# How long the old key still works.
OVERLAPS: Final[Mapping[str, timedelta]] = MappingProxyType(
    {"0": timedelta(0), "1h": timedelta(hours=1), "24h": timedelta(hours=24), "7d": timedelta(days=7)}
)


class KeyNotRollable(DomainError):
    """The key has ended, or was rolled before: its successor is the one to roll."""

    code = "invalid_key_state"


def roll(
    session: Session, key_id: UUID, *, overlap: str, cause: Cause, maker: Principal | None = None
) -> tuple[ApiKey, str]:
    """A key like the old one (tenant, name, scopes, end), and its text: the only time that it can be seen.

    The old one ends after the overlap, "0", "1h", "24h" or "7d", or at its own end where that is sooner. Joins the
    caller's transaction; of two rolls at once the second is refused.

    Raises:
        NotFound: no such key, or outside the maker's reach. InvalidParameter: no such overlap. KeyNotRollable.
        Forbidden, StepUpRequired: as for making a key.
    """
    if overlap not in OVERLAPS:
        raise InvalidParameter.at("/overlap", f"must be one of: {', '.join(OVERLAPS)}")
    old = _lock(session, key_id)
    check_maker(old, maker)
    now = utcnow()
    if old.rolled_to is not None or old.status(now) in ("revoked", "expired"):
        raise KeyNotRollable(f"the key {old.public_id} has ended or was rolled before")
    prefix = new_prefix(livemode=old.livemode)
    text = new_text(prefix)
    new = replace(
        old,
        id=new_uuid(),
        prefix=prefix,
        last_four=text[-4:],
        created_at=now,
        last_used_at=None,
        last_used_ip=None,
    )
    insert(session, new, digest(text), maker=maker)
    execute(
        session,
        """
        UPDATE api_keys SET rolled_to = %(new)s, expires_at = LEAST(expires_at, %(ends_at)s) WHERE id = %(id)s
        """,
        id=old.id,
        new=new.id,
        ends_at=now + OVERLAPS[overlap],
    )
    audit.record(
        session,
        actor=str(cause),
        action="api_key.roll",
        object=old.public_id,
        after={"rolled_to": new.public_id, "prefix": prefix, "overlap": overlap},
    )
    return new, text


def _lock(session: Session, key_id: UUID) -> ApiKey:
    row = execute(session, f"SELECT {COLUMNS} FROM api_keys WHERE id = %(id)s FOR UPDATE", id=key_id).first()
    if row is None:
        raise NotFound("no such key")
    return key_of(row)
