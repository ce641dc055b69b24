"""Hold a seller's payouts back, with a reason, and let them go again. What was sent already goes on."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import exc
from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import DomainError, InvalidParameter, NotFound
from checkout.core.ids import encode, new_uuid
from checkout.db.session import constraint_name
from checkout.db.statement import execute

REASON_LENGTH: Final = 500


class AlreadyHeld(DomainError):
    """The seller's payouts are held already."""

    code = "invalid_payout_state"


def hold_payouts(session: Session, seller_id: UUID, *, reason: str, cause: Cause) -> None:
    """No new payout of the seller is made until the hold is lifted.

    Raises:
        NotFound. AlreadyHeld. InvalidParameter: there is no reason, or it is too long.
    """
    reason = reason.strip()
    if not 1 <= len(reason) <= REASON_LENGTH:
        raise InvalidParameter.at("/reason", f"a hold says why, in 1 to {REASON_LENGTH} characters")
    try:
        with session.begin_nested():
            execute(
                session,
                """
                INSERT INTO payout_holds (id, seller_id, reason, placed_by, placed_at)
                VALUES (%(id)s, %(seller)s, %(reason)s, %(by)s, %(now)s)
                """,
                id=new_uuid(),
                seller=seller_id,
                reason=reason,
                by=str(cause),
                now=utcnow(),
            )
    except exc.IntegrityError as error:
        if constraint_name(error) == "one_open_hold_per_seller":
            raise AlreadyHeld("the seller's payouts are held already") from error
        raise NotFound("no such seller") from error
    audit.record(
        session, actor=str(cause), action="payouts.hold", object=encode("sel", seller_id), reason=reason
    )


def release_payouts(session: Session, seller_id: UUID, *, reason: str, cause: Cause) -> bool:
    """Lifts the hold; False where there is none."""
    lifted = execute(
        session,
        """
        UPDATE payout_holds SET lifted_by = %(by)s, lifted_at = %(now)s
         WHERE seller_id = %(seller)s AND lifted_at IS NULL RETURNING id
        """,
        seller=seller_id,
        by=str(cause),
        now=utcnow(),
    ).first()
    if lifted is None:
        return False
    audit.record(
        session,
        actor=str(cause),
        action="payouts.release",
        object=encode("sel", seller_id),
        reason=reason.strip()[:REASON_LENGTH] or None,
    )
    return True
