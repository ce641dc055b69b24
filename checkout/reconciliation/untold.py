"""What the journal says the PSP moved, and no line tells of: waited for at first, then missing at the PSP."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from checkout.db.statement import execute
from checkout.ledger.reverse import KEYED_BY_THE_PSP
from checkout.reconciliation import compare_statements as statements
from checkout.reconciliation.compare import DIFFERENCES_AT_MOST
from checkout.reconciliation.days import LOOK_AROUND, day_bounds, is_late
from checkout.reconciliation.differences import Difference

# A fee stands in the line of what it is for; suspense and rounding were booked from a line.
TOLD_WITH_ANOTHER: Final = frozenset({"psp_fee", "suspense_booked", "rounding_booked"})
TOLD: Final = sorted(KEYED_BY_THE_PSP - TOLD_WITH_ANOTHER)


def untold_of(
    session: Session, psp: str, business_on: date, *, now: datetime
) -> tuple[list[Difference], list[Difference]]:
    """The day's movements without a line: those that are missing, and those that may still come.

    After differing_lines() in the same transaction: the day's lines lie in the table that it made."""
    from_at, before_at = day_bounds(business_on)
    around = timedelta(days=LOOK_AROUND)
    rows = execute(
        session,
        statements.UNTOLD,
        psp=psp,
        balances=execute(session, statements.ACCOUNTS, psp=psp).one().balances,
        limit=DIFFERENCES_AT_MOST,
        kinds=TOLD,
        from_at=from_at,
        before_at=before_at,
        first_on=business_on - around,
        last_on=business_on + around,
    ).all()
    found = [
        Difference.of_entry(
            entry_id=row.entry_id,
            kind=row.kind,
            source=row.source,
            source_key=row.source_key,
            number=row.number or "",
            minor=row.minor,
            net_minor=row.minor - (row.fee_minor or 0),
            currency=row.currency,
        )
        for row in rows
    ]
    return (found, []) if is_late(business_on, now) else ([], found)
