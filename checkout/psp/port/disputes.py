"""A shopper's bank takes money back: how a dispute stands, the evidence against it, and what an event says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from checkout.core.money import Money

DisputeStatus = Literal[
    "warning_needs_response",
    "warning_under_review",
    "warning_closed",
    "needs_response",
    "under_review",
    "won",
    "lost",
    "prevented",
    "appeal_needs_response",
    "appeal_under_review",
]
DisputeNewsKind = Literal["created", "updated", "closed", "funds_withdrawn", "funds_reinstated"]


@dataclass(frozen=True, slots=True)
class DisputeMovement:
    """A movement on our balance: `amount` negative took money, positive brought it back; `fee` is a cost, positive,
    or a fee given back, negative. `number` is the PSP's balance transaction."""

    number: str
    amount: Money
    fee: Money
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Dispute:
    """A dispute as the PSP shows it now. `reason` and `network_reason_code` are the PSP's and the card network's
    words, `method` is card, paypal … Money follows `movements` alone, never the status: a warning has none."""

    id: str
    charge_id: str
    intent_id: str | None
    amount: Money
    status: DisputeStatus
    reason: str
    network_reason_code: str | None
    evidence_due_at: datetime | None
    has_evidence: bool
    submission_count: int
    past_due: bool
    charge_is_refundable: bool
    method: str | None
    movements: tuple[DisputeMovement, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DisputeNews:
    """charge.dispute.created, .updated, .closed, .funds_withdrawn, .funds_reinstated: the dispute as it was then."""

    dispute: Dispute
    kind: DisputeNewsKind
    at: datetime


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A document to be uploaded. `reference` is our dispute's id; the content tells of persons and is not shown."""

    reference: str
    name: str
    media_type: str
    content: bytes = field(repr=False)
    idempotency_key: str = ""


@dataclass(frozen=True, slots=True)
class SubmitEvidence:
    """`texts`: evidence field → words; `files`: evidence field → the PSP's file id. `submit` True hands it to the
    bank, once and for all; False keeps it as a draft. `wire` as written down before the first attempt, made by
    `evidence_wire()`. `reference` is our dispute's id."""

    dispute_id: str
    reference: str
    idempotency_key: str
    texts: Mapping[str, str] = field(repr=False)
    files: Mapping[str, str]
    submit: bool
    wire: Mapping[str, str] | None = field(default=None, repr=False)


class AnswersDisputes(Protocol):
    """A definite refusal (the time has passed, it is closed, a field or file is not taken) is InvalidRequest."""

    def fetch_dispute(self, dispute_id: str) -> Dispute: ...

    def list_disputes(self, intent_id: str) -> tuple[Dispute, ...]:
        """All disputes of a payment, newest first."""
        ...

    def upload_evidence(self, file: EvidenceFile) -> str:
        """Hands a document to the PSP; its file id there. The same key with the same file brings back the same id."""
        ...

    def evidence_wire(self, request: SubmitEvidence) -> dict[str, str]:
        """The parameters as they will be sent: plain JSON, to be stored before the first attempt. No network.

        Raises:
            InvalidRequest: the PSP has no such field, or it takes no words, or no file, or not as many words.
        """
        ...

    def submit_evidence(self, request: SubmitEvidence) -> Dispute: ...

    def accept_dispute(self, dispute_id: str, idempotency_key: str) -> Dispute:
        """Gives the dispute up: it is lost. One that has ended is no error: the answer says how it stands. An inquiry
        (warning) is refused: it is answered, or its payment given back."""
        ...
