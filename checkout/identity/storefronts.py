"""Storefronts: who integrates, and where their shoppers may be sent back to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import encode, new_uuid
from checkout.db.statement import execute, run
from checkout.identity.origins import normalise

NAME_LENGTH = 200
ORIGINS_LIMIT = 50  # read with every request of the storefront
LIST_LIMIT = 500


@dataclass(frozen=True, slots=True)
class Storefront:
    id: UUID
    name: str
    origins: tuple[str, ...]
    created_at: datetime

    @property
    def public_id(self) -> str:
        return encode("sto", self.id)


def create(session: Session, *, name: str, origins: Sequence[str], cause: Cause) -> Storefront:
    """A new storefront with at least one origin.

    Raises:
        InvalidParameter: name or number of origins out of bounds. InvalidOrigin.
    """
    name = name.strip()
    if not 1 <= len(name) <= NAME_LENGTH:
        raise InvalidParameter.at("/name", f"a name has 1 to {NAME_LENGTH} characters")
    normal = tuple(sorted({normalise(origin) for origin in origins}))
    if not 1 <= len(normal) <= ORIGINS_LIMIT:
        raise InvalidParameter.at("/origins", f"1 to {ORIGINS_LIMIT} origins")
    storefront = Storefront(id=new_uuid(), name=name, origins=normal, created_at=utcnow())
    execute(
        session,
        "INSERT INTO storefronts (id, name, created_at) VALUES (%(id)s, %(name)s, %(now)s)",
        id=storefront.id,
        name=name,
        now=storefront.created_at,
    )
    _insert_origins(session, storefront.id, normal)
    audit.record(
        session,
        actor=str(cause),
        action="storefront.create",
        object=storefront.public_id,
        after={"name": name, "origins": list(normal)},
    )
    return storefront


def set_origins(
    session: Session, storefront_id: UUID, origins: Sequence[str], *, cause: Cause
) -> tuple[str, ...]:
    """Replaces a storefront's origins.

    Raises:
        NotFound: no such storefront. InvalidParameter: none, or too many. InvalidOrigin.
    """
    normal = tuple(sorted({normalise(origin) for origin in origins}))
    if not 1 <= len(normal) <= ORIGINS_LIMIT:
        raise InvalidParameter.at("/origins", f"1 to {ORIGINS_LIMIT} origins")
    found = execute(
        session, "SELECT id FROM storefronts WHERE id = %(id)s FOR UPDATE", id=storefront_id
    ).first()
    if found is None:
        raise NotFound("no such storefront")
    gone = execute(
        session,
        "DELETE FROM storefront_origins WHERE storefront_id = %(id)s RETURNING origin",
        id=storefront_id,
    ).scalars()
    before = sorted(gone)
    _insert_origins(session, storefront_id, normal)
    audit.record(
        session,
        actor=str(cause),
        action="storefront.set_origins",
        object=encode("sto", storefront_id),
        before={"origins": before},
        after={"origins": list(normal)},
    )
    return normal


def list_storefronts(*, limit: int = LIST_LIMIT) -> list[Storefront]:
    """The newest storefronts, at most 500."""
    rows = run(
        """
        SELECT s.id, s.name, s.created_at,
               ARRAY(SELECT o.origin FROM storefront_origins o WHERE o.storefront_id = s.id ORDER BY 1) AS origins
          FROM storefronts s ORDER BY s.created_at DESC, s.id DESC LIMIT %(limit)s
        """,
        limit=min(limit, LIST_LIMIT),
    )
    return [
        Storefront(id=row.id, name=row.name, origins=tuple(row.origins), created_at=row.created_at)
        for row in rows
    ]


def _insert_origins(session: Session, storefront_id: UUID, normal: Sequence[str]) -> None:
    execute(
        session,
        "INSERT INTO storefront_origins (storefront_id, origin) SELECT %(id)s, unnest(%(origins)s::text[])",
        id=storefront_id,
        origins=list(normal),
    )
