"""Lock a period of the books, and unlock it: one person proposes, another decides, and both stay written down.

Posting knows locks by ledger/periods.py: what is heard of late is booked when it is heard of.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from checkout import approvals, audit
from checkout.accounting.periods import Period, read_period
from checkout.approvals import Approval
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.errors import DomainError, InvalidParameter
from checkout.core.ids import decode, new_uuid
from checkout.db.statement import execute
from checkout.ledger.periods import LOCKABLE_AFTER
from checkout.tasks import ClaimedTask

LOCK: Final = "period.lock"
UNLOCK: Final = "period.unlock"
REASON_LENGTH: Final = 500
# Whoever posts into the past waits behind this one meanwhile, and gives up after three seconds: this one gives up first.
WAIT_BRIEFLY: Final = "SET LOCAL lock_timeout = '1s'"

_TOUCHES: Final = """
    SELECT id, first_on, last_on FROM accounting_periods
     WHERE unlocked_at IS NULL AND starts_at < %(ends_at)s AND ends_at > %(starts_at)s LIMIT 1
"""
_INSERT: Final = """
    INSERT INTO accounting_periods (id, first_on, last_on, starts_at, ends_at, proposed_by, locked_by, locked_at)
    VALUES (%(id)s, %(first_on)s, %(last_on)s, %(starts_at)s, %(ends_at)s, %(proposed_by)s, %(locked_by)s, %(now)s)
"""
_END: Final = """
    UPDATE accounting_periods SET unlock_proposed_by = %(proposed_by)s, unlocked_by = %(unlocked_by)s, unlocked_at = %(now)s
     WHERE unlocked_at IS NULL AND starts_at = %(starts_at)s AND ends_at = %(ends_at)s RETURNING id
"""


class PeriodState(DomainError):
    """The period is not over, locked already, or not locked."""

    code = "invalid_period_state"


def propose_lock(session: Session, period: Period, *, reason: str, cause: Cause) -> UUID:
    """Asks a second person to lock a month; returns the approval's id.

    Raises:
        InvalidParameter: no month, or no reason. PeriodState: it is not over, or locked. AlreadyProposed.
    """
    if not period.is_month:
        raise InvalidParameter.at("/period", "a month is locked, such as 2026-03")
    opens = period.ends_at + LOCKABLE_AFTER
    if utcnow() < opens:
        raise PeriodState(f"{period.name} can be locked from {opens:%Y-%m-%d %H:%M} on")
    if (locked := _touching(session, period)) is not None:
        raise PeriodState(f"{_days(locked.first_on, locked.last_on)} is locked")
    return _propose(session, LOCK, period, reason, cause)


def propose_unlock(session: Session, period: Period, *, reason: str, cause: Cause) -> UUID:
    """Asks a second person to unlock it; returns the approval's id.

    Raises:
        InvalidParameter: no reason. PeriodState: it is not locked. AlreadyProposed.
    """
    if _touching(session, period) is None:
        raise PeriodState(f"{period.name} is not locked")
    return _propose(session, UNLOCK, period, reason, cause)


def apply_decision(session: Session, task: ClaimedTask) -> None:
    """Handles `accounting.period_decided` {"approval": "apr_…"}. Waits for whoever is posting into the period; where that
    takes too long, the task comes again."""
    decision = approvals.get_approval(decode("apr", task.args["approval"]))
    if decision.status != "approved":
        return
    execute(session, WAIT_BRIEFLY)
    period = read_period(decision.subject, ZoneInfo(decision.proposal["zone"]))
    done = _lock(session, period, decision) if decision.kind == LOCK else _unlock(session, period, decision)
    if done:
        audit.record(
            session,
            actor=decision.decided_by or str(task.cause),
            action=decision.kind,
            object=decision.subject,
            after={"status": "locked" if decision.kind == LOCK else "open"},
            reason=decision.proposal["reason"],
        )


def _lock(session: Session, period: Period, decision: Approval) -> bool:
    """The row's trigger waits for whoever posts into the past, and keeps them out until the commit."""
    if _touching(session, period) is not None:
        return False
    execute(
        session,
        _INSERT,
        id=new_uuid(),
        first_on=period.first_on,
        last_on=period.last_on,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        proposed_by=decision.proposer,
        locked_by=decision.decided_by,
        now=utcnow(),
    )
    return True


def _unlock(session: Session, period: Period, decision: Approval) -> bool:
    found = execute(
        session,
        _END,
        proposed_by=decision.proposer,
        unlocked_by=decision.decided_by,
        now=utcnow(),
        starts_at=period.starts_at,
        ends_at=period.ends_at,
    ).first()
    return found is not None


def _propose(session: Session, kind: str, period: Period, reason: str, cause: Cause) -> UUID:
    why = reason.strip()
    if not why or len(why) > REASON_LENGTH:
        raise InvalidParameter.at("/reason", f"say why, in at most {REASON_LENGTH} characters")
    proposal = {"period": period.name, "zone": str(period.zone), "reason": why}
    return approvals.propose(session, kind=kind, subject=period.name, proposal=proposal, proposer=cause)


def _touching(session: Session, period: Period) -> Any:
    return execute(session, _TOUCHES, starts_at=period.starts_at, ends_at=period.ends_at).first()


def _days(first: date, last: date) -> str:
    return f"{first} to {last}"
