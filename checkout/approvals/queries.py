"""Reads of proposals and their decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout.core.errors import NotFound
from checkout.core.ids import encode
from checkout.db.statement import execute, run

_COLUMNS: Final = """
    SELECT id, kind, subject, proposal, proposer, proposer_person, status, decided_by, decided_at, reason, expires_at, created_at
      FROM approvals
"""
ONE: Final = f"{_COLUMNS} WHERE id = %(id)s"
LOCKED: Final = f"{ONE} FOR UPDATE"
_FILTERED: Final = f"{_COLUMNS} WHERE (%(status)s::text IS NULL OR status = %(status)s)"
NEWEST: Final = f"{_FILTERED} ORDER BY created_at DESC, id DESC LIMIT %(limit)s"
OLDER: Final = f"""{_FILTERED} AND (created_at, id) < (%(edge_at)s, %(edge_id)s)
     ORDER BY created_at DESC, id DESC LIMIT %(limit)s
"""
NEWER: Final = f"""{_FILTERED} AND (created_at, id) > (%(edge_at)s, %(edge_id)s)
     ORDER BY created_at, id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Approval:
    """A proposal and, once there is one, its decision. proposer and decided_by read "person:usr_…"; proposer_person is the
    person behind it, "usr_…": themself, or whoever made the key that proposed."""

    id: UUID
    kind: str
    subject: str
    proposal: Mapping[str, Any]
    proposer: str
    proposer_person: str | None
    status: str
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    expires_at: datetime
    created_at: datetime

    @property
    def public_id(self) -> str:
        return encode("apr", self.id)

    @property
    def proposer_id(self) -> str:
        """Without the way they came."""
        return self.proposer.partition(":")[2]

    def is_of(self, id: str) -> bool:
        """Whether it is this one's own proposal, by whichever key or token it came."""
        return id in (self.proposer_id, self.proposer_person)


def get_approval(id: UUID) -> Approval:
    """
    Raises:
        NotFound: there is none.
    """
    rows = run(ONE, id=id)
    if not rows:
        raise NotFound("no such approval")
    return Approval(**rows[0]._mapping)


def lock(session: Session, id: UUID) -> Approval:
    """The row, until the caller's transaction ends.

    Raises:
        NotFound: there is none.
    """
    row = execute(session, LOCKED, id=id).first()
    if row is None:
        raise NotFound("no such approval")
    return Approval(**row._mapping)


def list_approvals(
    *,
    limit: int,
    status: str | None = None,
    after: tuple[datetime, UUID] | None = None,
    before: tuple[datetime, UUID] | None = None,
) -> list[Approval]:
    """A page, newest first; an edge is the (created_at, id) of the row a page ends at."""
    assert after is None or before is None, "a page has one edge"
    edge = after or before
    parameters: dict[str, Any] = {"status": status, "limit": limit}
    if edge is None:
        return [Approval(**row._mapping) for row in run(NEWEST, **parameters)]
    parameters |= {"edge_at": edge[0], "edge_id": edge[1]}
    if after is not None:
        return [Approval(**row._mapping) for row in run(OLDER, **parameters)]
    return [Approval(**row._mapping) for row in reversed(run(NEWER, **parameters))]
