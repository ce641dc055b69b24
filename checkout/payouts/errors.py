"""What a payout cannot do."""

from __future__ import annotations

from checkout.core.errors import DomainError


class PayoutNotEligible(DomainError):
    """Nothing can be paid now; `extra` names the reason, and when it ends where that is known."""

    code = "payout_not_eligible"


class MovementsUnderWay(PayoutNotEligible):
    """Movements of the balance are being booked: the same request works in a moment."""

    retryable = True


class CurrencyNotPaidOut(PayoutNotEligible):
    """The PSP pays nothing out in this currency: what there is stays on the balance."""


class InvalidPayoutState(DomainError):
    """The payout's status does not allow this."""

    code = "invalid_payout_state"
