"""Send what was answered: the documents, then the evidence, or that the dispute is given up. Each has one key.

Whoever comes again, after a crash or beside somebody else, sends the same bytes under the same key. Once the PSP has
forgotten the key, or refuses, it is asked how the dispute stands: that decides, and nothing is sent under another key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import psp as port
from checkout import tasks
from checkout.alerts import open_alert
from checkout.core.backoff import delay_seconds
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.crash_points import crash_point
from checkout.core.ids import encode
from checkout.db.session import atomic, retrying
from checkout.db.statement import execute, run
from checkout.disputes.answer import REQUEST
from checkout.disputes.apply_news import read_and_apply
from checkout.disputes.dispute import Dispute, lock_dispute, read_dispute
from checkout.disputes.evidence_key import close, existing_key, open_
from checkout.disputes.files import content_of, files_of
from checkout.psp import (
    EvidenceFile,
    InvalidRequest,
    PaymentServiceProvider,
    PspError,
    SubmitEvidence,
    registry,
)
from checkout.tasks import ClaimedTask

WIRE: Final = ("dispute_answers", "wire")
WINDOW_MARGIN: Final = timedelta(hours=1)  # a key is not trusted in its last hour
FIRST_PAUSE_SECONDS: Final = 5.0
LONGEST_PAUSE_SECONDS: Final = 1_800.0  # an answer has a deadline: it is tried at least every half hour

ANSWER: Final = """
    SELECT id, dispute_id, kind, idempotency_key, submissions_before, request, wire, attempts, attempted_at
      FROM dispute_answers WHERE id = %(id)s AND status = 'requested'
"""
NOTE_ATTEMPT: Final = """
    UPDATE dispute_answers SET attempts = attempts + 1, attempted_at = COALESCE(attempted_at, %(now)s),
           wire = COALESCE(wire, %(wire)s)
     WHERE id = %(id)s AND status = 'requested' RETURNING attempts, wire, attempted_at
"""
END: Final = """
    UPDATE dispute_answers SET status = %(status)s, refusal = %(refusal)s, ended_at = %(now)s
     WHERE id = %(id)s AND status = 'requested' RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that the PSP has not confirmed yet."""

    id: UUID
    dispute_id: UUID
    kind: str
    idempotency_key: str
    submissions_before: int
    request: bytes | None
    wire: bytes | None
    attempts: int
    attempted_at: datetime | None


def send_answer(task: ClaimedTask) -> None:
    """Handles `disputes.send_answer` {"answer": id}; parked for as long as the PSP does not answer."""
    rows = run(ANSWER, id=UUID(task.args["answer"]))
    if not rows:
        return
    wait = send(Answer(**rows[0]._mapping), psp=registry.current(), cause=task.cause)
    if wait is not None:
        raise tasks.Park("the answer to a dispute waits for the PSP", after_seconds=wait)


def send(answer: Answer, *, psp: PaymentServiceProvider, cause: Cause) -> float | None:
    """Sends it; the seconds to wait before the next try, None where it is over."""
    dispute = read_dispute(answer.dispute_id)
    if answer.attempted_at is not None and not _key_is_good(psp, answer.attempted_at):
        return _find_out(
            answer, dispute, psp, cause, "the PSP has forgotten the request, and has not followed it"
        )
    try:
        told = _submit(answer, dispute, psp) if answer.kind == "submit" else _accept(answer, dispute, psp)
        crash_point("disputes.after_answer")
        read_and_apply(dispute.payment_id, told, psp=psp, cause=cause)
    except InvalidRequest as refusal:
        return _find_out(answer, dispute, psp, cause, refusal.detail)
    except PspError as error:
        return error.retry_after_seconds or _pause(answer.attempts)
    retrying(lambda: _end(answer, "done", None))
    return None


def _submit(answer: Answer, dispute: Dispute, psp: PaymentServiceProvider) -> port.Dispute:
    key = existing_key(dispute.id)
    if key is None or answer.request is None:
        raise InvalidRequest("the evidence was erased")
    files = _upload(dispute, psp)
    texts: dict[str, str] = json.loads(open_(answer.request, key=key, place=REQUEST, row=answer.id))
    request = _request(answer, dispute, texts, files)
    wire = _written_down(answer, dispute, key, psp.evidence_wire(request))
    crash_point("disputes.before_answer")
    return psp.submit_evidence(_request(answer, dispute, texts, files, wire))


def _request(
    answer: Answer,
    dispute: Dispute,
    texts: Mapping[str, str],
    files: Mapping[str, str],
    wire: Mapping[str, str] | None = None,
) -> SubmitEvidence:
    return SubmitEvidence(
        dispute_id=dispute.psp_dispute_id,
        reference=dispute.public_id,
        idempotency_key=answer.idempotency_key,
        texts=texts,
        files=files,
        submit=True,
        wire=wire,
    )


def _accept(answer: Answer, dispute: Dispute, psp: PaymentServiceProvider) -> port.Dispute:
    run(NOTE_ATTEMPT, id=answer.id, now=utcnow(), wire=None)
    crash_point("disputes.before_answer")
    return psp.accept_dispute(dispute.psp_dispute_id, answer.idempotency_key)


def _upload(dispute: Dispute, psp: PaymentServiceProvider) -> dict[str, str]:
    """The PSP's ids of the documents, by field. Each is uploaded under a key of its own, and once it is there, no more."""
    uploaded: dict[str, str] = {}
    for file in files_of(dispute.id):
        psp_file_id = file.psp_file_id
        if psp_file_id is None:
            psp_file_id = psp.upload_evidence(
                EvidenceFile(
                    reference=dispute.public_id,
                    name=file.name,
                    media_type=file.media_type,
                    content=content_of(dispute.id, file.id),
                    idempotency_key=f"{file.public_id}:upload",
                )
            )
            run(
                "UPDATE dispute_files SET psp_file_id = %(psp_id)s WHERE id = %(id)s",
                id=file.id,
                psp_id=psp_file_id,
            )
        uploaded[file.field] = psp_file_id
    return uploaded


def _written_down(answer: Answer, dispute: Dispute, key: bytes, wire: Mapping[str, str]) -> Mapping[str, str]:
    """The parameters of the first attempt: whatever would be made of them now, these are sent."""
    plain = json.dumps(dict(wire), ensure_ascii=False).encode()
    ciphertext = close(plain, key=key, dispute_id=dispute.id, place=WIRE, row=answer.id)
    rows = run(NOTE_ATTEMPT, id=answer.id, now=utcnow(), wire=ciphertext)
    if not rows:
        return wire  # somebody else has ended it just now: the same bytes once more change nothing
    stored: dict[str, str] = json.loads(open_(rows[0].wire, key=key, place=WIRE, row=answer.id))
    return stored


def _find_out(
    answer: Answer, dispute: Dispute, psp: PaymentServiceProvider, cause: Cause, refusal: str
) -> float | None:
    """A refusal proves nothing of an attempt before it: how the dispute stands does."""
    try:
        found = psp.fetch_dispute(dispute.psp_dispute_id)
        read_and_apply(dispute.payment_id, found, psp=psp, cause=cause)
    except PspError as error:
        return error.retry_after_seconds or _pause(answer.attempts)
    if _is_done(answer, found):
        retrying(lambda: _end(answer, "done", None))
    else:
        retrying(lambda: _end(answer, "refused", refusal))
    return None


def _is_done(answer: Answer, found: port.Dispute) -> bool:
    if answer.kind == "accept":
        return found.status in {"lost", "warning_closed"}
    return found.submission_count > answer.submissions_before


def _end(answer: Answer, status: str, refusal: str | None) -> None:
    with atomic() as session:
        dispute = lock_dispute(session, answer.dispute_id)
        ended = execute(
            session, END, id=answer.id, status=status, refusal=refusal and refusal[:500], now=utcnow()
        ).first()
        if ended is not None and status == "refused":
            _warn(session, dispute, answer, refusal or "")


def _warn(session: Session, dispute: Dispute, answer: Answer, refusal: str) -> None:
    words = "Its evidence was not taken" if answer.kind == "submit" else "It could not be given up"
    open_alert(
        session,
        code="dispute_answer_refused",
        severity="critical",
        subject=encode("dp", dispute.id),
        detail=f"{words}: {refusal}"[:500],
        amount=dispute.amount,
        payment_id=dispute.payment_id,
        dedupe_key=f"dispute_answer_refused:{answer.id}",
    )


def _key_is_good(psp: PaymentServiceProvider, attempted_at: datetime) -> bool:
    return utcnow() < attempted_at + timedelta(hours=psp.capabilities.key_window_hours) - WINDOW_MARGIN


def _pause(attempts: int) -> float:
    return delay_seconds(attempts + 1, base=FIRST_PAUSE_SECONDS, cap=LONGEST_PAUSE_SECONDS)
