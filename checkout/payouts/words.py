"""What a payout waits for and why it failed, in words that a seller can act on: closed lists. Pure."""

from __future__ import annotations

from typing import Final

from checkout.payouts.eligibility import REASONS
from checkout.payouts.payout import Payout
from checkout.psp.payout_failures import PAYOUT_FAILURES

FAILURES: Final[dict[str, str]] = {
    **PAYOUT_FAILURES,
    "not_covered": "The payment provider could not cover the payout. Its amount is available again.",
    "refused": "The payment provider refused the payout. The platform looks into it.",
    "not_executed": "The payment provider never carried the payout out. Its amount is available again.",
    "canceled_at_psp": "The payout was called off at the payment provider.",
}

# A payout that was made waits also for whatever keeps a new one from being made.
WAITING: Final[dict[str, str]] = {
    **REASONS,
    "approval": "A payout of this size goes when a second person has approved it.",
    "platform_funds_pending": "The platform's money at the payment provider is still on its way. The payout goes by "
    "itself once it is there.",
    "outcome_unknown": "The payment provider has not said yet whether it carried the payout out. It is asked again by "
    "itself; nothing is sent twice.",
    "transfer_taken_back": "The bank did not keep the money. It is on its way back, and is available again after that.",
}


def waits_for(payout: Payout) -> str | None:
    """One of WAITING, where the payout waits for something that is not just its turn."""
    match payout.status:
        case "awaiting_approval":
            return "approval"
        case "reserved":
            return payout.waiting_because
        case "unknown":
            return "outcome_unknown"
        case "reversing":
            return "transfer_taken_back"
        case _:
            return None
