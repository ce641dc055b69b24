"""A dispute in the words of those who answer it: its states, its deadline, what each field of evidence has. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from checkout.disputes.dispute import Dispute
from checkout.disputes.evidence import Evidence
from checkout.disputes.fields import FIELDS, EvidenceField, checklist
from checkout.disputes.files import File
from checkout.disputes.states import ANSWERABLE, round_of
from checkout.disputes.views import AnswerView
from checkout.pages.payment_words import StateWords
from checkout.wording.deadlines import TWO_DAYS, time_left

DISPUTE_STATES: Final[dict[str, StateWords]] = {
    "warning": StateWords("The bank asks", "care"),
    "warning_closed": StateWords("Asked and closed", "calm"),
    "needs_response": StateWords("Waits for evidence", "bad"),
    "under_review": StateWords("The bank decides", "waiting"),
    "won": StateWords("Won", "good"),
    "lost": StateWords("Lost", "bad"),
    "prevented": StateWords("Settled before", "calm"),
    "appeal_needs_response": StateWords("Appeal: waits for evidence", "bad"),
    "appeal_under_review": StateWords("Appeal: the bank decides", "waiting"),
}
KINDS: Final = {
    "chargeback": "Chargeback: the bank has taken the money until it decides",
    "inquiry": "Inquiry: the bank asks, no money was taken",
    "bank_return": "Returned bank debit: it cannot be contested",
}
ANSWERS: Final = {
    ("submit", "requested"): "The evidence is on its way to the bank.",
    ("submit", "done"): "The evidence was handed in.",
    ("submit", "refused"): "The payment provider refused the evidence",
    ("accept", "requested"): "The dispute is being given up.",
    ("accept", "done"): "The dispute was given up.",
    ("accept", "refused"): "The payment provider refused to close the dispute",
}


@dataclass(frozen=True, slots=True)
class Deadline:
    """`words`: how much time is left, "in 3 days"; `is_near`: less than 48 hours."""

    at: datetime
    words: str
    is_near: bool
    is_over: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A field of evidence with what is in it: a person's words, what we know ourselves, or a document."""

    field: EvidenceField
    text: str
    collected: str
    file: File | None

    @property
    def is_filled(self) -> bool:
        return bool(self.text or self.collected or self.file)


def deadline_of(dispute: Dispute, now: datetime) -> Deadline | None:
    """None where nothing is awaited any more, or the bank has set no time."""
    if dispute.status not in ANSWERABLE or dispute.evidence_due_at is None:
        return None
    left = dispute.evidence_due_at - now
    over = dispute.past_due or left.total_seconds() <= 0
    words = "the time has passed" if over else time_left(dispute.evidence_due_at, now)
    return Deadline(dispute.evidence_due_at, words, left < TWO_DAYS, over)


def answer_given(dispute: Dispute, answers: list[AnswerView]) -> AnswerView | None:
    """What was answered in the round that the dispute is in."""
    given = [each for each in answers if each.round == round_of(dispute.status) and each.status != "refused"]
    return given[-1] if given else None


def why_not_answerable(dispute: Dispute, answers: list[AnswerView], now: datetime) -> str:
    """Why nothing can be said against it now; empty where something can."""
    if dispute.kind == "bank_return":
        return "A returned bank debit cannot be contested."
    if dispute.status not in ANSWERABLE:
        return f"{DISPUTE_STATES[dispute.status].word}: nothing can be added now."
    if answer_given(dispute, answers) is not None:
        return "It was answered. A dispute is answered once."
    deadline = deadline_of(dispute, now)
    return "The time to answer has passed." if deadline is not None and deadline.is_over else ""


def asked_of(
    reason: str, evidence: Evidence, texts: Mapping[str, str] | None = None
) -> tuple[list[Asked], list[Asked]]:
    """The fields that help against the reason, and the others. `texts`: what was typed and is not saved."""
    files = {file.field: file for file in evidence.files}
    words = evidence.draft.texts if texts is None else texts

    def asked(field: EvidenceField) -> Asked:
        name = field.name
        return Asked(field, words.get(name, ""), evidence.collected.get(name, ""), files.get(name))

    wanted = checklist(reason)
    others = [field for field in FIELDS.values() if field not in wanted]
    return [asked(field) for field in wanted], [asked(field) for field in others]
