"""Whether anything may be said against a dispute now: once in each round, until its time has passed."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from checkout.db.statement import execute
from checkout.disputes.dispute import Dispute
from checkout.disputes.errors import InvalidDisputeState
from checkout.disputes.states import ANSWERABLE, round_of

ANSWER_OF_ROUND: Final = """
    SELECT kind, status FROM dispute_answers
     WHERE dispute_id = %(id)s AND round = %(round)s AND status <> 'refused'
"""


def refuse_unless_answerable(session: Session, dispute: Dispute, now: datetime) -> None:
    """`dispute` is locked.

    Raises:
        InvalidDisputeState: answered already, over, or too late; `extra` names the reason.
    """
    if dispute.kind == "bank_return":
        _refuse(dispute, "not_contestable", "a returned bank debit cannot be contested")
    if dispute.status not in ANSWERABLE:
        _refuse(dispute, "not_awaiting_answer", f"the dispute is {dispute.status.replace('_', ' ')}")
    answer = execute(session, ANSWER_OF_ROUND, id=dispute.id, round=round_of(dispute.status)).first()
    if answer is not None:
        words = "evidence was submitted" if answer.kind == "submit" else "the dispute was accepted"
        _refuse(dispute, "answered", f"{words}: a dispute is answered once")
    if dispute.past_due or (dispute.evidence_due_at is not None and now > dispute.evidence_due_at):
        _refuse(dispute, "past_due", "the time to answer has passed")


def _refuse(dispute: Dispute, reason: str, detail: str) -> None:
    raise InvalidDisputeState(detail, extra={"dispute_status": dispute.status, "reason": reason})
