"""Promotional credit above the limit takes two people: one proposes it, another lets it happen."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import approvals
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.currencies import exponent
from checkout.core.ids import decode, encode
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.tasks import ClaimedTask
from checkout.wallets import statements
from checkout.wallets.grant import check_grant, grant_credit

KIND: Final = "wallet.credit"
DECIDED: Final = "wallets.credit_decided"
ALONE_UP_TO_UNITS: Final = 10_000  # of the currency: beyond it a typing mistake is a loss


def takes_two(amount: Money) -> bool:
    """Whether a second person must agree: above 10 000.00 EUR, 10 000 JPY, 10 000.000 KWD."""
    return amount.amount_minor > int(ALONE_UP_TO_UNITS * 10 ** exponent(amount.currency))


def propose_credit(
    session: Session, *, shopper_id: UUID, amount: Money, expires_at: datetime, reason: str, cause: Cause
) -> UUID:
    """Asks a second person for what grant_credit() would do; returns the approval's id.

    Raises:
        InvalidParameter: as grant_credit(). AlreadyProposed: one for this customer is waiting.
    """
    check_grant(amount, expires_at, reason, now=utcnow())
    proposal = {
        "amount": amount.amount_minor,
        "currency": amount.currency,
        "expires_at": expires_at.isoformat(),
        "reason": reason.strip(),
    }
    subject = encode("cus", shopper_id)
    return approvals.propose(session, kind=KIND, subject=subject, proposal=proposal, proposer=cause)


def apply_decision(session: Session, task: ClaimedTask) -> None:
    """Handles `wallets.credit_decided` {"approval": "apr_…"}: grants what was approved, once, unless its end has passed
    meanwhile, or the customer is nobody any more."""
    decision = approvals.get_approval(decode("apr", task.args["approval"]))
    proposal, customer = decision.proposal, decode("cus", decision.subject)
    expires_at = datetime.fromisoformat(proposal["expires_at"])
    known = execute(session, statements.KNOWN, shopper_id=customer).first() is not None
    if known and decision.status == "approved" and expires_at > utcnow():
        grant_credit(
            session,
            shopper_id=customer,
            amount=Money(proposal["amount"], proposal["currency"]),
            expires_at=expires_at,
            reason=proposal["reason"],
            cause=task.cause,
            id=decision.id,
            by=decision.decided_by,
        )
