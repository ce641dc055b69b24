"""Locked periods, as posting sees them: what was reported stays as it was, and no fact is lost for that.

A fact that is heard of late is booked at the time of hearing, with a remark of when it happened. What a person dates
themself is refused instead: they can choose another day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from checkout.db.statement import execute
from checkout.ledger.entry import Entry
from checkout.ledger.errors import PeriodLocked

# Nobody is asked about what took effect just now: a period is locked at the earliest an hour after its end. The
# database's own check, check_entries() in m0035, draws the line at the same place.
LATE: Final = timedelta(minutes=30)
LOCKABLE_AFTER: Final = timedelta(hours=1)
_KNOWN: Final = "locked_periods"

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Effect:
    """When an entry counts; `happened_at` where that is later than when it happened."""

    effective_at: datetime
    happened_at: datetime | None = None


def is_locked(session: Session, on: date) -> bool:
    """Whether a business day lies in a locked period."""
    row = execute(
        session,
        """
        SELECT 1 FROM accounting_periods
         WHERE unlocked_at IS NULL AND first_on <= %(on)s AND last_on >= %(on)s LIMIT 1
        """,
        on=on,
    ).first()
    return row is not None


def effect_of(session: Session, entry: Entry, *, recorded_at: datetime) -> Effect:
    """When the entry counts. The first late entry of a transaction holds off, until its end, whoever locks a period.

    Raises:
        PeriodLocked: a person dated it into a locked period.
    """
    wanted = entry.effective_at
    if wanted is None or wanted >= recorded_at - LATE:
        return Effect(wanted or recorded_at)
    if not any(begins <= wanted < ends for begins, ends in _locked(session)):
        return Effect(wanted)
    if entry.when_locked == "refuse":
        raise PeriodLocked(wanted)
    return Effect(recorded_at, happened_at=wanted)


def _locked(session: Session) -> Sequence[Span]:
    """Read once a transaction: none can be locked meanwhile."""
    if _KNOWN not in session.info:
        rows = execute(session, "SELECT begins, ends FROM locked_periods()")
        session.info[_KNOWN] = [(row.begins, row.ends) for row in rows]
    known: Sequence[Span] = session.info[_KNOWN]
    return known
