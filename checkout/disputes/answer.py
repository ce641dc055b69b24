"""Answer a dispute, once in each round: hand the evidence to the bank, or give the dispute up.

Here it is only written down, with what will be sent; a task sends it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import audit, tasks
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.ids import new_uuid
from checkout.db.statement import execute
from checkout.disputes.answerable import refuse_unless_answerable
from checkout.disputes.dispute import Dispute, lock_dispute, read_dispute
from checkout.disputes.draft import read_draft
from checkout.disputes.errors import EvidenceChanged, InvalidDisputeState
from checkout.disputes.evidence_key import close, own_key
from checkout.disputes.files import files_of, ids_of
from checkout.disputes.pack import collect, merged
from checkout.disputes.states import round_of

SEND_ANSWER: Final = "disputes.send_answer"
REQUEST: Final = ("dispute_answers", "request")

INSERT: Final = """
    INSERT INTO dispute_answers (id, dispute_id, kind, round, status, idempotency_key, submissions_before, request,
                                 requested_by, created_at)
    VALUES (%(id)s, %(dispute_id)s, %(kind)s, %(round)s, 'requested', %(key)s, %(before)s, %(request)s, %(by)s,
            %(now)s)
"""


@dataclass(frozen=True, slots=True)
class Submission:
    """What will be handed in: the draft of that version with what we know ourselves, encrypted, and these documents."""

    id: UUID
    dispute_id: UUID
    version: int
    fields: tuple[str, ...]
    files: frozenset[UUID]
    ciphertext: bytes


def prepare_submission(dispute_id: UUID, *, cause: Cause) -> Submission:
    """Puts together what would be submitted now. Owns its statements: keys may have to be fetched.

    Raises:
        NotFound. InvalidDisputeState: there is nothing to hand in, or it was erased.
    """
    dispute = read_dispute(dispute_id)
    key, id = own_key(dispute_id, by=str(cause)), new_uuid()
    draft = read_draft(dispute_id)
    texts: Mapping[str, str] = merged(collect(dispute.payment_id), draft.texts)
    documents = frozenset(file.id for file in files_of(dispute_id))
    if not texts and not documents:
        raise InvalidDisputeState("there is no evidence to submit", extra={"reason": "no_evidence"})
    plain = json.dumps(dict(texts), ensure_ascii=False, sort_keys=True).encode()
    ciphertext = close(plain, key=key, dispute_id=dispute_id, place=REQUEST, row=id)
    return Submission(id, dispute_id, draft.version, tuple(sorted(texts)), documents, ciphertext)


def submit_evidence(session: Session, submission: Submission, *, cause: Cause) -> UUID:
    """Writes down that the evidence is handed in, and stages its sending. There is no second time.

    Raises:
        NotFound. InvalidDisputeState: answered already, over, or too late. EvidenceChanged: the draft was saved since.
    """
    dispute = lock_dispute(session, submission.dispute_id)
    refuse_unless_answerable(session, dispute, utcnow())
    version = execute(
        session, "SELECT version FROM dispute_evidence WHERE dispute_id = %(id)s", id=dispute.id
    ).scalar_one()
    if version != submission.version or ids_of(session, dispute.id) != submission.files:
        raise EvidenceChanged("the evidence was saved while it was submitted", extra={"version": version})
    return _write(session, dispute, "submit", submission.id, submission.ciphertext, cause)


def accept_dispute(session: Session, dispute_id: UUID, *, cause: Cause) -> UUID:
    """Gives the dispute up: the bank decides for the shopper, now. There is no way back.

    Raises:
        NotFound. InvalidDisputeState: answered already, over, or too late.
    """
    dispute = lock_dispute(session, dispute_id)
    refuse_unless_answerable(session, dispute, utcnow())
    return _write(session, dispute, "accept", new_uuid(), None, cause)


def _write(
    session: Session, dispute: Dispute, kind: str, id: UUID, request: bytes | None, cause: Cause
) -> UUID:
    answer_round = round_of(dispute.status)
    execute(
        session,
        INSERT,
        id=id,
        dispute_id=dispute.id,
        kind=kind,
        round=answer_round,
        key=f"{dispute.public_id}:{kind}:{id}",
        before=dispute.submission_count,
        request=request,
        by=str(cause),
        now=utcnow(),
    )
    tasks.enqueue(session, SEND_ANSWER, {"answer": str(id)}, dedupe_key=f"{SEND_ANSWER}:{id}", cause=cause)
    audit.record(
        session,
        actor=str(cause),
        action=f"dispute.{kind}",
        object=dispute.public_id,
        before={"status": dispute.status},
        after={"kind": answer_round},
    )
    return id
