"""What the journal says the PSP moved, and no line tells of: waited for at first, then missing at the PSP; or a row that
was kept out tells of it, and cannot be read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.db.statement import execute
from checkout.ledger.reverse import KEYED_BY_THE_PSP
from checkout.reconciliation.days import day_bounds, is_late
from checkout.reconciliation.matching import statements
from checkout.reconciliation.matching.compare import DIFFERENCES_AT_MOST, lay_out_beyond
from checkout.reconciliation.matching.differences import Difference
from checkout.reconciliation.queries import SettlementFile
from checkout.reconciliation.rules.rule_set import Rules

# A fee stands in the line of what it is for; suspense, roundings and exchanges were booked from a line.
TOLD_WITH_ANOTHER: Final = frozenset(
    {"psp_fee", "suspense_booked", "rounding_booked", "fx_settled", "fx_converted"}
)
# A report of activity leaves the platform's own payouts out: the PSP's list and the bank's statement tell of them.
TOLD_ELSEWHERE: Final = frozenset({"psp_payout_sent", "psp_payout_failed"})
TOLD: Final = sorted(KEYED_BY_THE_PSP - TOLD_WITH_ANOTHER - TOLD_ELSEWHERE)

REJECTED_AT_MOST: Final = 1_000  # one row in a hundred of a file that was taken at all


def rejected_of(session: Session, psp: str, files: Sequence[SettlementFile]) -> list[Difference]:
    """The rows that were kept out, where the journal knows what they tell of: by as much as it has booked."""
    if not any(file.rows_rejected for file in files):
        return []
    rows = execute(
        session, statements.REJECTED, files=[file.id for file in files], psp=psp, limit=REJECTED_AT_MOST
    ).all()
    return [
        Difference.of_rejected(
            code=row.code,
            file_id=row.file_id,
            line=row.line,
            entry_id=row.entry_id,
            source=row.source,
            number=row.number,
            source_id=row.source_id,
            minor=row.minor,
            net_minor=row.minor - row.fee_minor,
            currency=row.currency,
            detail=row.detail,
        )
        for row in rows
    ]


def untold_of(
    session: Session, psp: str, business_on: date, rules: Rules, *, now: datetime
) -> tuple[list[Difference], list[Difference]]:
    """The day's movements without a line: those that are missing, and those that may still come."""
    return _without_a_line(
        session, psp, business_on, rules, forward=rules.matching.look_forward_files, now=now
    )


def told_missing(
    session: Session, psp: str, business_on: date, rules: Rules, *, now: datetime
) -> list[Difference]:
    """What these rules have called missing when its time came, whether or not a line came after that."""
    days = rules.ageing.missing_at_psp_days
    if not is_late(business_on, now, after_days=days):
        return []
    forward = min(rules.matching.look_forward_files, days - 1)
    return _without_a_line(session, psp, business_on, rules, forward=forward, now=now)[0]


def _without_a_line(
    session: Session, psp: str, business_on: date, rules: Rules, *, forward: int, now: datetime
) -> tuple[list[Difference], list[Difference]]:
    """Late, and not late yet: no line tells of them in the files up to so many days after. What was recorded when its
    time was over already, a bank debit for one, has that time anew."""
    days = rules.ageing.missing_at_psp_days
    over_at, _ = day_bounds(business_on + timedelta(days=days + 1))
    lay_out_beyond(session, psp, business_on, kinds=TOLD)
    rows = execute(
        session,
        statements.UNTOLD,
        psp=psp,
        balances=execute(session, statements.ACCOUNTS, psp=psp).one().balances,
        limit=DIFFERENCES_AT_MOST,
        first_on=business_on - timedelta(days=rules.matching.look_back_files),
        last_on=business_on + timedelta(days=forward),
        forward=forward,
        over_at=over_at,
    ).all()
    late: list[Difference] = []
    waiting: list[Difference] = []
    for row in rows:
        known_on = row.recorded_at.astimezone(UTC).date() if row.recorded_at >= over_at else business_on
        (late if is_late(known_on, now, after_days=days) else waiting).append(_untold(row))
    return late, waiting


def _untold(row: Row[Any]) -> Difference:
    return Difference.of_entry(
        entry_id=row.entry_id,
        kind=row.kind,
        source=row.source,
        source_key=row.source_key,
        number=row.number or "",
        minor=row.minor,
        net_minor=row.minor - (row.fee_minor or 0),
        currency=row.currency,
    )
