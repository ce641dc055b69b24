"""What a dispute does not allow."""

from __future__ import annotations

from checkout.core.errors import DomainError


class InvalidDisputeState(DomainError):
    """It has been answered, its time has passed, or it is over; the detail says which."""

    code = "invalid_dispute_state"


class EvidenceChanged(DomainError):
    """Somebody else, or another tab, has saved the draft since it was read: `version` is the one that stands."""

    code = "evidence_changed"


class ChargeNotBooked(DomainError):
    """The PSP tells of a dispute before we have applied what it said of the charge: later."""

    code = "internal_error"
    retryable = True
