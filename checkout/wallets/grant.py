"""Grant promotional credit: the platform gives it, it ends on a day, and it is spent before anything else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import InvalidParameter, NotFound
from checkout.core.ids import encode, new_uuid
from checkout.core.money import Money
from checkout.db.statement import execute
from checkout.ledger import journal
from checkout.ledger.recipes import WalletPart
from checkout.ledger.wallet_recipes import wallet_credited
from checkout.wallets import statements

AMOUNT_MAX_MINOR: Final = 99_999_999  # as of a payment: more could never be spent in one
REASON_LENGTH: Final = 500
LASTS_AT_MOST: Final = timedelta(days=3_660)  # ten years: beyond it somebody has mistyped the year


def grant_credit(
    session: Session,
    *,
    shopper_id: UUID,
    amount: Money,
    expires_at: datetime,
    reason: str,
    cause: Cause,
    id: UUID | None = None,
    by: str | None = None,
) -> UUID:
    """Gives the customer the amount until `expires_at`; returns the credit's id. `id`: of what it comes from, so that
    it comes from it once. `by`: who decided it, where a task carries it out.

    Raises:
        InvalidParameter: not a positive amount, an end that is past or too far away, no reason.
        NotFound: the customer was erased.
    """
    now, reason, id, by = utcnow(), reason.strip(), id or new_uuid(), by or str(cause)
    check_grant(amount, expires_at, reason, now=now)
    if execute(session, statements.KNOWN, shopper_id=shopper_id).first() is None:
        raise NotFound("no such customer")
    wallet = {"shopper_id": shopper_id, "currency": amount.currency, "amount": amount.amount_minor}
    execute(session, statements.GRANT, **wallet, now=now)
    written = {"id": id, "expires_at": expires_at, "reason": reason, "granted_by": by, "now": now}
    execute(session, statements.GRANTED, **wallet, **written)
    audit.record(
        session,
        actor=by,
        action="wallet.credit",
        object=encode("cus", shopper_id),
        after={"amount": amount.amount_minor, "currency": amount.currency, "credit": encode("wcr", id)},
        reason=reason,
    )
    entry = wallet_credited(credit_id=id, wallet=WalletPart(shopper_id, amount))
    journal.post(session, entry, cause=cause)
    return id


def check_grant(amount: Money, expires_at: datetime, reason: str, *, now: datetime) -> None:
    """What grant_credit() refuses, before anything is written."""
    if not 1 <= amount.amount_minor <= AMOUNT_MAX_MINOR:
        raise InvalidParameter.at("/amount", f"1 to {AMOUNT_MAX_MINOR}", "out_of_range")
    if not now < expires_at <= now + LASTS_AT_MOST:
        raise InvalidParameter.at("/expires_at", "in the future, and within ten years", "out_of_range")
    if not 1 <= len(reason.strip()) <= REASON_LENGTH:
        raise InvalidParameter.at("/reason", f"a reason of 1 to {REASON_LENGTH} characters")
