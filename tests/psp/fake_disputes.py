"""A PSP in memory with disputes: banks open and decide them as a test says, evidence is kept as it was handed in."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from checkout.core.clock import utcnow
from checkout.core.money import Money
from checkout.db.session import in_transaction
from checkout.psp import (
    Dispute,
    DisputeMovement,
    DisputeStatus,
    EvidenceFile,
    InvalidRequest,
    OutcomeUnknown,
    PspError,
    SubmitEvidence,
)
from checkout.psp.stripe.evidence import evidence_parameters, file_form

WARNINGS = ("warning_needs_response", "warning_under_review", "warning_closed")
ENDED = ("won", "lost", "warning_closed", "prevented")


@dataclass
class FakeDisputes:
    """`dispute_faults` are used up one by one by the next calls that change something: "before" has done nothing,
    "after" has. `evidence` is what the PSP holds, by dispute and field."""

    disputes: dict[str, Dispute] = field(default_factory=dict)
    evidence: dict[str, dict[str, str]] = field(default_factory=dict)
    files: dict[str, EvidenceFile] = field(default_factory=dict)
    done: dict[str, Dispute | str] = field(default_factory=dict)
    dispute_calls: list[tuple[str, str]] = field(default_factory=list)
    dispute_faults: list[tuple[str, PspError]] = field(default_factory=list)
    dispute_lock: threading.RLock = field(default_factory=threading.RLock)

    # -- what a test says

    def open_dispute(
        self,
        intent_id: str,
        amount: Money,
        *,
        status: DisputeStatus = "needs_response",
        fee_minor: int = 1_500,
        charge_id: str | None = None,
        reason: str = "fraudulent",
        withdrawn: bool = True,
        due_in_days: int = 7,
        method: str = "card",
    ) -> Dispute:
        """The bank's claim. A warning takes no money yet; anything else takes amount and fee at once, unless told
        that the funds come later."""
        with self.dispute_lock:
            made = Dispute(
                id=f"dp_psp_{len(self.disputes) + 1}",
                charge_id=charge_id or f"ch_of_{intent_id}",
                intent_id=intent_id,
                amount=amount,
                status=status,
                reason=reason,
                network_reason_code="10.4" if method == "card" else None,
                evidence_due_at=(utcnow() + timedelta(days=due_in_days)).replace(microsecond=0),
                has_evidence=False,
                submission_count=0,
                past_due=False,
                charge_is_refundable=status in WARNINGS,
                method=method,
                movements=(),
                created_at=utcnow().replace(microsecond=0),
            )
            self.disputes[made.id] = made
            if withdrawn and status not in WARNINGS:
                return self.withdraw(made.id, fee_minor=fee_minor)
            return made

    def withdraw(self, dispute_id: str, amount: Money | None = None, *, fee_minor: int = 1_500) -> Dispute:
        """Money is taken from our balance."""
        taken = amount or self.disputes[dispute_id].amount
        return self._move(dispute_id, -taken, Money(fee_minor, taken.currency))

    def reinstate(self, dispute_id: str, amount: Money | None = None, *, fee_minor: int = 0) -> Dispute:
        """Money comes back; `fee_minor` of the fee too."""
        back = amount or self.disputes[dispute_id].amount
        return self._move(dispute_id, back, Money(-fee_minor, back.currency))

    def take_fee(self, dispute_id: str, fee_minor: int) -> Dispute:
        """A fee alone, as for an answer: nothing of the payment moves."""
        currency = self.disputes[dispute_id].amount.currency
        return self._move(dispute_id, Money.zero(currency), Money(fee_minor, currency))

    def decide(self, dispute_id: str, status: DisputeStatus) -> Dispute:
        """The bank's word. Money does not follow it by itself: reinstate() where it comes back."""
        return self._change(dispute_id, status=status, charge_is_refundable=False)

    def pass_deadline(self, dispute_id: str) -> Dispute:
        return self._change(dispute_id, past_due=True)

    def lose_dispute_answer(self, when: str = "after", error: PspError | None = None) -> None:
        """The next answer about a dispute is lost."""
        self.dispute_faults.append((when, error or OutcomeUnknown("no answer")))

    # -- what the port asks

    def fetch_dispute(self, dispute_id: str) -> Dispute:
        self._dispute_asked("fetch_dispute", dispute_id)
        if dispute_id not in self.disputes:
            raise InvalidRequest("HTTP 404: resource_missing", psp_code="resource_missing")
        return self.disputes[dispute_id]

    def list_disputes(self, intent_id: str) -> tuple[Dispute, ...]:
        self._dispute_asked("list_disputes", intent_id)
        return tuple(made for made in self.disputes.values() if made.intent_id == intent_id)[::-1]

    def upload_evidence(self, file: EvidenceFile) -> str:
        file_form(file)  # refuses what the PSP refuses
        with self.dispute_lock:
            error = self._fault("upload_evidence", file.idempotency_key)
            made = str(self.done.setdefault(file.idempotency_key, f"file_{len(self.files) + 1}"))
            self.files.setdefault(made, file)
            if error is not None:
                raise error
            return made

    def evidence_wire(self, request: SubmitEvidence) -> dict[str, str]:
        return evidence_parameters(request)

    def submit_evidence(self, request: SubmitEvidence) -> Dispute:
        wire = self.evidence_wire(request) if request.wire is None else request.wire
        with self.dispute_lock:
            error = self._fault("submit_evidence", request.idempotency_key)
            if request.idempotency_key not in self.done:
                self.done[request.idempotency_key] = self._take_evidence(request.dispute_id, wire)
            if error is not None:
                raise error
            return self.disputes[request.dispute_id]

    def accept_dispute(self, dispute_id: str, idempotency_key: str) -> Dispute:
        with self.dispute_lock:
            error = self._fault("accept_dispute", idempotency_key)
            if self.disputes[dispute_id].status not in ENDED:
                if self.is_warning(dispute_id):
                    raise InvalidRequest(
                        "HTTP 400: an inquiry is not given up", psp_code="invalid_request_error"
                    )
                self.decide(dispute_id, "lost")
            if error is not None:
                raise error
            return self.disputes[dispute_id]

    def is_warning(self, dispute_id: str) -> bool:
        return self.disputes[dispute_id].status in WARNINGS

    def _take_evidence(self, dispute_id: str, wire: Mapping[str, str]) -> Dispute:
        found = self.disputes[dispute_id]
        if found.status in ENDED or found.past_due:
            raise InvalidRequest("HTTP 400: the dispute is closed", psp_code="invalid_request_error")
        handed_in = {
            name.removeprefix("evidence[").removesuffix("]"): value
            for name, value in wire.items()
            if name.startswith("evidence[")
        }
        self.evidence.setdefault(dispute_id, {}).update(handed_in)
        if wire["submit"] != "true":
            return self._change(dispute_id, has_evidence=True)
        return self._change(
            dispute_id,
            has_evidence=True,
            submission_count=found.submission_count + 1,
            status="warning_under_review" if self.is_warning(dispute_id) else "under_review",
        )

    def _move(self, dispute_id: str, amount: Money, fee: Money) -> Dispute:
        with self.dispute_lock:
            found = self.disputes[dispute_id]
            number = f"txn_{dispute_id}_{len(found.movements) + 1}"
            made = DisputeMovement(number, amount, fee, utcnow().replace(microsecond=0))
            return self._change(dispute_id, movements=(*found.movements, made))

    def _change(self, dispute_id: str, **fields: object) -> Dispute:
        with self.dispute_lock:
            self.disputes[dispute_id] = replace(self.disputes[dispute_id], **fields)  # type: ignore[arg-type]
            return self.disputes[dispute_id]

    def _fault(self, call: str, key: str) -> PspError | None:
        self._dispute_asked(call, key)
        when, error = self.dispute_faults.pop(0) if self.dispute_faults else ("", None)
        if error is not None and when == "before":
            raise error
        return error

    def _dispute_asked(self, call: str, id: str) -> None:
        assert not in_transaction(), "a PSP is never called inside a transaction"
        self.dispute_calls.append((call, id))
