"""What the ledger refuses.

DomainError
├── PostedDifferently     a fact that is in the journal came again with other postings
├── NumberTaken           a PSP's number already names another movement
├── EntryNotFound
├── AccountNotFound
└── ReversalRefused       says why: psp_moved_money, already_reversed, is_a_reversal, wrong_side
"""

from __future__ import annotations

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


class ReversalRefused(DomainError):
    """The entry may not be reversed; `reason` is stable."""

    code = "reversal_refused"

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail, extra={"reason": reason})
        self.reason = reason
