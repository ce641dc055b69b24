"""What the ledger refuses.

DomainError
├── PostedDifferently     a fact that is in the journal came again with other postings
├── NumberTaken           a PSP's number already names another movement
├── EntryNotFound
├── AccountNotFound
├── PeriodLocked          a person dated an entry into a period that is locked
└── ReversalRefused       says why: psp_moved_money, already_reversed, is_a_reversal, wrong_side
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from checkout.core.errors import DomainError, NotFound
from checkout.core.ids import encode


class PostedDifferently(DomainError):
    """The fact is in the journal, and what came again under its key says something else. Nothing was posted."""

    code = "entry_posted_differently"

    def __init__(self, kind: str, source_key: str, entry_id: UUID) -> None:
        super().__init__(
            f"{kind} {source_key} is in the journal as {encode('jrn', entry_id)} with other postings"
        )
        self.kind = kind
        self.source_key = source_key
        self.entry_id = entry_id


class NumberTaken(DomainError):
    """One number of a PSP names one movement."""

    code = "psp_number_taken"

    def __init__(self, psp: str, number: str) -> None:
        super().__init__(f"{psp}'s number {number} names another entry already")
        self.psp = psp
        self.number = number


class EntryNotFound(NotFound):
    """No such entry."""


class AccountNotFound(NotFound):
    """No such account."""


class PeriodLocked(DomainError):
    """The period is locked: what was reported stays as it was."""

    code = "period_locked"

    def __init__(self, at: datetime) -> None:
        super().__init__(f"the period that {at:%Y-%m-%d %H:%M} UTC lies in is locked: choose a later day")
        self.at = at


class ReversalRefused(DomainError):
    """The entry may not be reversed; `reason` is stable."""

    code = "reversal_refused"

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail, extra={"reason": reason})
        self.reason = reason
