"""The draft of what is said against a dispute: saved as it is written, never over what somebody else has saved since."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import encode
from checkout.db.statement import execute, run
from checkout.disputes.answerable import refuse_unless_answerable
from checkout.disputes.dispute import lock_dispute
from checkout.disputes.errors import EvidenceChanged
from checkout.disputes.evidence_key import close, existing_key, open_, own_key
from checkout.disputes.fields import checked_texts

PLACE: Final = ("dispute_evidence", "texts")

SAVE: Final = """
    UPDATE dispute_evidence SET texts = %(texts)s, version = version + 1, updated_by = %(by)s, updated_at = %(now)s
     WHERE dispute_id = %(id)s AND version = %(version)s AND erased_at IS NULL RETURNING version
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """`texts` by field. Version 0: nothing was saved yet."""

    version: int
    texts: Mapping[str, str]
    updated_at: datetime | None
    is_erased: bool = False


@dataclass(frozen=True, slots=True)
class NewTexts:
    """Words that are ready to be saved: checked, and encrypted outside any transaction."""

    dispute_id: UUID
    version: int
    fields: tuple[str, ...]
    ciphertext: bytes


def prepare(
    dispute_id: UUID,
    *,
    version: int,
    texts: Mapping[str, str],
    cause: Cause,
    unseen: Collection[str] = (),
) -> NewTexts:
    """Owns its statements: the key that seals may have to be fetched. What the writer does not see (`unseen`, of the
    version that is replaced) stays as it is, unless the writer says something else.

    Raises:
        InvalidParameter: a field or its length. InvalidDisputeState: the evidence was erased.
    """
    kept = checked_texts(texts)
    if unseen:
        standing = read_draft(dispute_id).texts
        kept = checked_texts({name: standing[name] for name in unseen if name in standing} | kept)
    key = own_key(dispute_id, by=str(cause))
    plain = json.dumps(kept, ensure_ascii=False).encode()
    ciphertext = close(plain, key=key, dispute_id=dispute_id, place=PLACE, row=dispute_id)
    return NewTexts(dispute_id, version, tuple(sorted(kept)), ciphertext)


def save_draft(session: Session, new: NewTexts, *, cause: Cause) -> int:
    """Replaces the draft's words; returns its new version.

    Raises:
        NotFound. InvalidDisputeState: nothing can be said any more. EvidenceChanged: another version stands.
    """
    dispute = lock_dispute(session, new.dispute_id)
    now = utcnow()
    refuse_unless_answerable(session, dispute, now)
    saved = execute(
        session,
        SAVE,
        id=dispute.id,
        version=new.version,
        texts=new.ciphertext,
        by=str(cause),
        now=now,
    ).scalar()
    if saved is None:
        raise EvidenceChanged(
            "somebody has saved the evidence since it was read: read it again",
            extra={"version": _version(session, dispute.id)},
        )
    audit.record(
        session,
        actor=str(cause),
        action="dispute.evidence_save",
        object=encode("dp", dispute.id),
        after={"kind": "draft", "rows": len(new.fields)},
    )
    version: int = saved
    return version


def read_draft(dispute_id: UUID) -> Draft:
    """The draft as it stands. Owns its statements."""
    rows = run(
        "SELECT version, texts, updated_at, erased_at FROM dispute_evidence WHERE dispute_id = %(id)s",
        id=dispute_id,
    )
    if not rows:
        return Draft(0, {}, None)
    row, key = rows[0], existing_key(dispute_id)
    if row.texts is None or key is None:
        return Draft(row.version, {}, row.updated_at, row.erased_at is not None)
    texts: dict[str, str] = json.loads(open_(row.texts, key=key, place=PLACE, row=dispute_id))
    return Draft(row.version, texts, row.updated_at)


def _version(session: Session, dispute_id: UUID) -> int:
    version: int = execute(
        session, "SELECT version FROM dispute_evidence WHERE dispute_id = %(id)s", id=dispute_id
    ).scalar_one()
    return version
