"""The documents of a dispute: one for each field, a new one in its place. They lie in PostgreSQL, encrypted, outside
anything a web server serves; they leave only as an attachment, to who may see the dispute, and to the PSP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import encode, new_uuid
from checkout.db.statement import execute, run
from checkout.disputes.answerable import refuse_unless_answerable
from checkout.disputes.dispute import lock_dispute
from checkout.disputes.evidence_key import close, existing_key, open_, own_key
from checkout.disputes.file_rules import ALL_BYTES_MOST, checked_field, media_type_of, safe_name

CONTENT: Final = ("dispute_files", "content")
NAME: Final = ("dispute_files", "name")

REPLACE: Final = """
    UPDATE dispute_files SET replaced_at = %(now)s, content = NULL, name = NULL
     WHERE dispute_id = %(dispute_id)s AND field = %(field)s AND replaced_at IS NULL AND erased_at IS NULL
"""
INSERT: Final = """
    INSERT INTO dispute_files (id, dispute_id, field, media_type, size_bytes, name, content, created_by, created_at)
    VALUES (%(id)s, %(dispute_id)s, %(field)s, %(media_type)s, %(size)s, %(name)s, %(content)s, %(by)s, %(now)s)
"""
OF_DISPUTE: Final = """
    SELECT id, field, media_type, size_bytes, name, psp_file_id, created_at FROM dispute_files
     WHERE dispute_id = %(id)s AND replaced_at IS NULL AND erased_at IS NULL ORDER BY created_at, id
"""


@dataclass(frozen=True, slots=True)
class File:
    """A document as lists show it. Its public id is file_…; the name may be a person's."""

    id: UUID
    field: str
    name: str = attribute(repr=False)
    media_type: str
    size_bytes: int
    psp_file_id: str | None
    created_at: datetime

    @property
    def public_id(self) -> str:
        return encode("file", self.id)


@dataclass(frozen=True, slots=True)
class NewFile:
    """A document that is ready to be stored: looked at, and encrypted outside any transaction."""

    id: UUID
    dispute_id: UUID
    field: str
    media_type: str
    size_bytes: int
    name: bytes
    content: bytes


def prepare(dispute_id: UUID, *, field: str, name: str, content: bytes, cause: Cause) -> NewFile:
    """Owns its statements: the key that seals may have to be fetched.

    Raises:
        InvalidParameter: no such field, or no document that a bank would look at.
    """
    checked_field(field)
    media_type = media_type_of(content)
    key, id = own_key(dispute_id, by=str(cause)), new_uuid()
    kept_name = safe_name(name, media_type).encode()
    return NewFile(
        id=id,
        dispute_id=dispute_id,
        field=field,
        media_type=media_type,
        size_bytes=len(content),
        name=close(kept_name, key=key, dispute_id=dispute_id, place=NAME, row=id),
        content=close(content, key=key, dispute_id=dispute_id, place=CONTENT, row=id),
    )


def store_file(session: Session, new: NewFile, *, cause: Cause) -> UUID:
    """Puts the document in its field, instead of the one that was there.

    Raises:
        NotFound. InvalidDisputeState: nothing can be said any more. InvalidParameter: too much together.
    """
    dispute, now = lock_dispute(session, new.dispute_id), utcnow()
    refuse_unless_answerable(session, dispute, now)
    others = sum(
        row.size_bytes for row in execute(session, OF_DISPUTE, id=dispute.id) if row.field != new.field
    )
    if others + new.size_bytes > ALL_BYTES_MOST:
        left = max(0, ALL_BYTES_MOST - others)
        detail = f"all files together have at most {ALL_BYTES_MOST} bytes: {left} are left"
        raise InvalidParameter.at("/file", detail, "too_large")
    execute(session, REPLACE, dispute_id=dispute.id, field=new.field, now=now)
    execute(
        session,
        INSERT,
        id=new.id,
        dispute_id=dispute.id,
        field=new.field,
        media_type=new.media_type,
        size=new.size_bytes,
        name=new.name,
        content=new.content,
        by=str(cause),
        now=now,
    )
    audit.record(
        session,
        actor=str(cause),
        action="dispute.file_add",
        object=encode("dp", dispute.id),
        after={"kind": new.field},
    )
    return new.id


def files_of(dispute_id: UUID) -> Sequence[File]:
    """Those that would be submitted now, without their content."""
    key = existing_key(dispute_id)
    if key is None:
        return ()
    return [
        File(
            id=row.id,
            field=row.field,
            name=open_(row.name, key=key, place=NAME, row=row.id).decode(),
            media_type=row.media_type,
            size_bytes=row.size_bytes,
            psp_file_id=row.psp_file_id,
            created_at=row.created_at,
        )
        for row in run(OF_DISPUTE, id=dispute_id)
    ]


def ids_of(session: Session, dispute_id: UUID) -> frozenset[UUID]:
    """Those that would be submitted now, as the caller's transaction sees them."""
    return frozenset(row.id for row in execute(session, OF_DISPUTE, id=dispute_id))


def content_of(dispute_id: UUID, file_id: UUID) -> bytes:
    """What a document says.

    Raises:
        NotFound: there is none of that id in this dispute, or it was replaced or erased.
    """
    rows = run(
        "SELECT content FROM dispute_files WHERE id = %(id)s AND dispute_id = %(dispute_id)s",
        id=file_id,
        dispute_id=dispute_id,
    )
    key = existing_key(dispute_id)
    if not rows or rows[0].content is None or key is None:
        raise NotFound("no such file")
    return open_(rows[0].content, key=key, place=CONTENT, row=file_id)
