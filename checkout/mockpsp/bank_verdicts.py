"""How a dispute ends: by the evidence's word, by the deadline, by giving up, or by what a test has the bank say."""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import dispute_course
from checkout.mockpsp.dispute_course import KIND
from checkout.mockpsp.errors import InvalidRequest
from checkout.mockpsp.work import Work

Json = dict[str, Any]
INQUIRY: Final = ("warning_needs_response", "warning_under_review")
CHARGEBACK: Final = ("needs_response", "under_review")
MAX_INQUIRIES: Final = 100  # of one charge


def win(work: Work, dispute: Json) -> None:
    """The disputed amount comes back, and the fee for the answer with it; the dispute's own fee does not. A bank may
    also think better of a dispute that was lost."""
    _require(dispute, (*CHARGEBACK, "lost"), "won")
    fee = work.tx.private(KIND, dispute["id"]).get("answer_fee", 0)
    dispute["status"] = "won"
    amount = dispute_course.withdrawn(dispute)
    if amount or fee:
        dispute_course.bring_back(work, dispute, amount=amount, fee=fee)
    dispute_course.tell(work, dispute, "closed", "funds_reinstated")


def lose(work: Work, dispute: Json) -> None:
    _require(dispute, CHARGEBACK, "lost")
    dispute["status"] = "lost"
    dispute_course.tell(work, dispute, "closed")


def close_inquiry(work: Work, dispute: Json) -> None:
    _require(dispute, INQUIRY, "closed as an inquiry")
    dispute["status"] = "warning_closed"
    dispute_course.tell(work, dispute, "closed")


def reinstate(work: Work, dispute: Json, amount: int | None = None) -> None:
    """Brings funds back without another verdict, all that was taken or a part."""
    taken = dispute_course.withdrawn(dispute)
    amount = taken if amount is None else amount
    if not 0 < amount <= taken:
        raise InvalidRequest(f"This dispute holds {taken}; {amount} cannot be reinstated.", param="amount")
    dispute_course.bring_back(work, dispute, amount=amount, fee=0)
    dispute_course.tell(work, dispute, "funds_reinstated")


def decide(work: Work, dispute_id: str) -> None:
    """The bank has read the evidence. What says nothing else is not convincing; an inquiry ends with any answer."""
    dispute = _held(work, dispute_id)
    words = dispute["evidence"]["uncategorized_text"] or ""
    if dispute["status"] == "warning_under_review":
        if "escalate_inquiry_evidence" in words:
            dispute_course.escalate(work, dispute)
        else:
            close_inquiry(work, dispute)
    elif dispute["status"] == "under_review":
        (win if "winning_evidence" in words else lose)(work, dispute)


def lapse(work: Work, dispute_id: str) -> None:
    """The last day to answer is over: a chargeback is lost, an inquiry stays open."""
    dispute = _held(work, dispute_id)
    details = dispute["evidence_details"]
    if dispute["status"] not in dispute_course.UNANSWERED or details["due_by"] >= work.now:
        return
    details["past_due"] = True
    if dispute["status"] == "needs_response":
        lose(work, dispute)
    else:
        dispute_course.tell(work, dispute, "updated")


def end_inquiry(work: Work, dispute_id: str) -> None:
    """So late no bank escalates it any more."""
    dispute = _held(work, dispute_id)
    if dispute["status"] in INQUIRY:
        close_inquiry(work, dispute)


def note_refund(work: Work, charge: Json) -> None:
    """A charge that is refunded in full is not inquired about any longer."""
    if not charge["refunded"] or not charge["disputed"]:
        return
    rows = work.tx.query(
        "select id from disputes where charge = ? and status in (?, ?) order by seq limit ?",
        [charge["id"], *INQUIRY, MAX_INQUIRIES],
    ).fetchall()
    for (dispute_id,) in rows:
        close_inquiry(work, _held(work, dispute_id))


def _require(dispute: Json, statuses: tuple[str, ...], end: str) -> None:
    if dispute["status"] not in statuses:
        raise InvalidRequest(f"This dispute cannot be {end}: it has a status of {dispute['status']}.")


def _held(work: Work, dispute_id: str) -> Json:
    dispute = work.tx.get(KIND, dispute_id)
    assert dispute is not None, "a dispute is never deleted"
    return dispute
