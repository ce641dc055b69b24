"""A dispute's life, as data. It may begin in any state; a lost one may be taken up again by an appeal.

Stripe's two warnings are one state here: an inquiry, which moves no money. An inquiry that the bank does not drop becomes
a dispute. Stripe tells of a bank debit that came back as of a dispute that is lost at once, never as of a failed charge.
Source: https://docs.stripe.com/disputes/how-disputes-work
"""

from __future__ import annotations

from typing import Final

from checkout.core.state_machine import StateMachine

DISPUTE = StateMachine(
    name="dispute",
    table="disputes",
    initial="needs_response",
    edges={
        "warning": {"warning_closed", "needs_response", "under_review", "won", "lost", "prevented"},
        "needs_response": {"under_review", "won", "lost", "prevented"},
        "under_review": {"won", "lost", "prevented"},
        "lost": {"appeal_needs_response", "appeal_under_review", "won"},
        "appeal_needs_response": {"appeal_under_review", "won", "lost"},
        "appeal_under_review": {"won", "lost"},
    },
)

# The bank has not decided: nothing of the orders may be released.
OPEN: Final = frozenset({"needs_response", "under_review", "appeal_needs_response", "appeal_under_review"})
# What is disputed cannot be refunded as well: the bank has it, or may take it.
COUNTED: Final = OPEN | {"lost"}
# Something may be said against it now.
ANSWERABLE: Final = frozenset({"warning", "needs_response", "appeal_needs_response"})
# After a loss the bank's next word is of the appeal.
ONCE_LOST: Final = frozenset({"lost", "appeal_needs_response", "appeal_under_review"})

# Methods whose money comes back without a question: the account's holder or bank returned the debit.
BANK_DEBITS: Final = frozenset(
    {"sepa_debit", "bacs_debit", "us_bank_account", "acss_debit", "au_becs_debit", "nz_bank_account"}
)


def state_of(psp_status: str, present: str | None) -> str:
    """Which of our states the PSP's word means for a dispute that is in `present`, None where it is new."""
    if psp_status in {"warning_needs_response", "warning_under_review"}:
        return "warning"
    if present in ONCE_LOST and psp_status in {"needs_response", "under_review"}:
        return f"appeal_{psp_status}"
    return psp_status


def kind_of(psp_status: str, method: str | None) -> str:
    """An inquiry asks before money moves; a bank return asks nothing; the rest are chargebacks."""
    if method in BANK_DEBITS:
        return "bank_return"
    return "inquiry" if psp_status.startswith("warning") else "chargeback"


def round_of(status: str) -> str:
    """In which round an answer is given: each round is answered once."""
    if status == "warning":
        return "inquiry"
    return "appeal" if status in ONCE_LOST else "dispute"
