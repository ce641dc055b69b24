"""A dispute's course up to the bank's verdict: inquired, opened, escalated, answered, and a bank debit that returns.

Money follows the balance transactions that the dispute lists: withdrawn with a fee, the fee for an answer, and what
comes back. An inquiry moves none. How a dispute ends is `bank_verdicts.py`.
"""

from __future__ import annotations

from typing import Any, Final

from checkout.mockpsp import charge_sums, fees, journal, shapes, timers
from checkout.mockpsp.errors import InvalidRequest
from checkout.mockpsp.movements import PLATFORM, move
from checkout.mockpsp.timers import TimerKind
from checkout.mockpsp.work import Work

Json = dict[str, Any]
KIND: Final = "dispute"
DAY: Final = 86_400
DUE_DAYS: Final = 14
INQUIRY_DAYS: Final = 120
DECIDED_SECONDS: Final = 10  # where the evidence says how it ends; a bank may take weeks, a test should not
REVIEW_DAYS: Final = 60
RETURN_REASON: Final = "debit_not_authorized"
UNANSWERED: Final = ("needs_response", "warning_needs_response")
VERDICTS: Final = ("winning_evidence", "losing_evidence", "escalate_inquiry_evidence")


def open_chargeback(work: Work, charge: Json, *, reason: str, amount: int | None = None) -> Json:
    """The card's bank takes the money back, and a fee is due. Without an amount the whole charge is meant."""
    made = _begin(work, charge, "needs_response", "chargeback", reason, amount)
    withdraw(work, made, fee=fees.dispute_fee_minor(made["currency"]))
    tell(work, made, "created", "funds_withdrawn")
    return made


def inquire(work: Work, charge: Json, *, reason: str, amount: int | None = None) -> Json:
    """The card's bank asks; no money moves."""
    made = _begin(work, charge, "warning_needs_response", "inquiry", reason, amount)
    ends = work.now + INQUIRY_DAYS * DAY
    timers.set_timer(work.tx, TimerKind.END_INQUIRY, made["id"], due=ends)
    tell(work, made, "created")
    return made


def escalate(work: Work, dispute: Json) -> None:
    """The inquiry becomes a chargeback, which can be answered anew."""
    if not dispute["status"].startswith("warning_needs") and dispute["status"] != "warning_under_review":
        raise InvalidRequest(f"Only an open inquiry escalates; this dispute is {dispute['status']}.")
    dispute["status"] = "needs_response"
    dispute["payment_method_details"]["card"]["case_type"] = "chargeback"
    dispute["evidence_details"] |= {"due_by": _due(work, dispute["id"]), "past_due": False}
    withdraw(work, dispute, fee=fees.dispute_fee_minor(dispute["currency"]))
    tell(work, dispute, "updated", "funds_withdrawn")


def return_debit(
    work: Work, charge_id: str, *, reason: str = RETURN_REASON, amount: int | None = None
) -> None:
    """The bank returns a debit that had arrived: nobody can answer that, so it is lost at once. It happens once."""
    charge = charge_sums.charge_of(work, charge_id)
    if work.tx.find(KIND, "charge", charge_id) is not None:
        return
    made = _begin(work, charge, "lost", "chargeback", reason, amount)
    withdraw(work, made, fee=fees.DEBIT_RETURN_MINOR)
    tell(work, made, "created", "funds_withdrawn", "closed")


def submit(work: Work, dispute: Json) -> None:
    """Hands what evidence there is to the bank, once; a chargeback's answer costs a fee."""
    details = dispute["evidence_details"]
    if not details["has_evidence"]:
        raise InvalidRequest("There is no evidence to submit.", param="submit")
    private = work.tx.private(KIND, dispute["id"])
    if dispute["status"] == "needs_response":
        fee = fees.dispute_fee_minor(dispute["currency"])
        _book(work, dispute, category="dispute", amount=0, fee=fee, says="Dispute countered fee")
        private["answer_fee"] = fee
    work.tx.set_private(KIND, dispute["id"], private)
    dispute["status"] = dispute["status"].replace("needs_response", "under_review")
    details["submission_count"] += 1
    details["submission_method"] = "manual"
    told = dispute["evidence"]["uncategorized_text"] or ""
    waits = DECIDED_SECONDS if any(verdict in told for verdict in VERDICTS) else REVIEW_DAYS * DAY
    timers.set_timer(work.tx, TimerKind.DECIDE_DISPUTE, dispute["id"], due=work.now + waits)


def withdraw(work: Work, dispute: Json, *, fee: int) -> None:
    """Takes the disputed amount and the fee in one movement."""
    amount = dispute["amount"]
    charge_sums.withdraw(work, dispute["charge"], amount)
    _book(work, dispute, category="dispute", amount=-amount, fee=fee, says="Dispute fee")


def bring_back(work: Work, dispute: Json, *, amount: int, fee: int) -> None:
    """Gives so much of the disputed amount back, and a fee."""
    charge_sums.withdraw(work, dispute["charge"], -amount)
    _book(work, dispute, category="dispute_reversal", amount=amount, fee=-fee, says="Dispute reversal")


def withdrawn(dispute: Json) -> int:
    """What the dispute has taken and not brought back."""
    return -sum(int(booked["amount"]) for booked in dispute["balance_transactions"])


def tell(work: Work, dispute: Json, *news: str) -> None:
    """Writes the dispute and what is news of it, in this order, after the payment's own."""
    charge = charge_sums.charge_of(work, dispute["charge"])
    dispute["is_charge_refundable"] = charge_sums.refundable(work, charge) > 0
    work.tx.update(dispute)
    for event in news:
        work.emit(f"charge.dispute.{event}", dispute, lane=charge_sums.session_of(work, charge["id"]))


def _begin(work: Work, charge: Json, status: str, case_type: str, reason: str, amount: int | None) -> Json:
    made = shapes.dispute(
        charge,
        amount=charge["amount"] if amount is None else amount,
        reason=reason,
        status=status,
        case_type=case_type,
        due_by=None,
        now=work.now,
    )
    work.tx.insert(made)
    if status in UNANSWERED:
        made["evidence_details"]["due_by"] = _due(work, made["id"])
    charge["disputed"] = True
    work.tx.update(charge)
    return made


def _due(work: Work, dispute_id: str) -> int:
    """The end of the last day to answer on; the deadline rings then."""
    ends = (work.now // DAY + DUE_DAYS + 1) * DAY
    timers.set_timer(work.tx, TimerKind.EVIDENCE_DUE, dispute_id, due=ends)
    return ends - 1


def _book(work: Work, dispute: Json, *, category: str, amount: int, fee: int, says: str) -> None:
    made = move(
        work,
        PLATFORM,
        kind="adjustment",
        category=category,
        amount=amount,
        currency=dispute["currency"],
        source=dispute["id"],
        fee=fee,
        description=says,
    )
    dispute["balance_transactions"].append(made)
    parts = (("dispute", -amount), ("dispute_reversal", amount), ("fee", fee), ("fee_reversal", -fee))
    for kind, moved in parts:
        if moved > 0:
            _write_journal(work, kind, dispute, moved, made)


def _write_journal(work: Work, kind: str, dispute: Json, amount: int, booked: Json) -> None:
    journal.write(
        work.tx,
        kind=kind,
        at=work.now,
        object_id=dispute["id"],
        amount=amount,
        currency=dispute["currency"],
        balance_transaction=booked["id"],
        reference=charge_sums.reference_of(work, dispute["charge"]),
        idempotency_key=work.idempotency_key,
        destination=dispute["charge"],
    )
