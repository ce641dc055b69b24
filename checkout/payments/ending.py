"""A payment ends without money: failed, expired or canceled. Its orders end with it, the store credit that it held is free again, and the
world is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.db.transitions import transition
from checkout.orders.settle import cancel_all, parts_of
from checkout.payments.locked import LockedPayment
from checkout.payments.states import PAYMENT
from checkout.payments.telling import tell
from checkout.wallets import hold

BadEnd = Literal["failed", "expired", "canceled"]
KEEP: Final[Mapping[str, Any]] = {}  # leave last_error as it stands


def end_without_money(
    session: Session,
    payment: LockedPayment,
    *,
    to: BadEnd,
    cause: Cause,
    now: datetime,
    last_error: Mapping[str, Any] | None = KEEP,
) -> bool:
    """Ends the payment if an edge leads there; False where none does, and nothing is changed."""
    changes: dict[str, Any] = {"ended_at": now, "next_sync_at": None}
    if last_error is not KEEP:
        changes["last_error"] = Jsonb(dict(last_error)) if last_error else None
    connection = session.connection()
    if transition(connection, PAYMENT, payment.id, to=to, cause=cause, at=now, set=changes) is None:
        return False
    if not payment.is_top_up:
        cancel_all(session, parts_of(session, payment.id), cause=cause, now=now)
    tell(session, payment, f"payment.{to}", cause=cause)
    if payment.wallet_amount:
        hold.release(session, payment.id, cause=cause, now=now)
    return True
