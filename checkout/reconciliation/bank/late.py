"""Payouts of the PSPs that no statement of our bank has shown in time: told once, and closed when they arrive or come back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.orm import Session

from checkout.alerts.close_many import resolve_alerts
from checkout.core.cause import Cause
from checkout.core.ids import encode
from checkout.db.statement import execute
from checkout.events import DomainEvent, emit
from checkout.payouts import business_days
from checkout.reconciliation.bank import statements
from checkout.reconciliation.bank.arrivals import PayoutSent
from checkout.reconciliation.desk.closing import withdraw_proposals
from checkout.reconciliation.files.opening import BANK
from checkout.reconciliation.matching.differences import Difference

ARRIVES_WITHIN: Final = (
    5  # business days: a transfer takes one or two, across a holiday and a border some more
)
SENT_MOST: Final = 10_000
LOOK_BACK: Final = timedelta(days=400)  # one that never came is looked for until its year is closed
BACK_WITHIN: Final = timedelta(days=60)  # after it was sent, if it comes back at all
ENDED: Final = "It has arrived, or is back at the PSP."
BY: Final = Cause("system", "reconciliation")


def payouts_sent(session: Session, *, since: datetime, until: datetime) -> list[PayoutSent]:
    """The payouts sent in that time of which something is still on its way, the earliest first."""
    rows = execute(
        session,
        statements.SENT,
        since=since,
        counted_since=since - BACK_WITHIN,
        until=until,
        limit=SENT_MOST,
    )
    return [PayoutSent(**row._mapping) for row in rows]


def late_payouts(session: Session, business_on: date, *, now: datetime) -> list[Difference]:
    """The payouts whose arrival was due by that day and which are still on their way, but for those that another day
    tells of already. What an earlier day told of and is on its way no more is closed."""
    end = datetime.combine(business_on + timedelta(days=1), time.min, tzinfo=UTC)
    told = execute(session, statements.OPEN_LATE, psp=BANK, business_on=business_on).all()
    _close(session, _ended(session, told, now), now)
    on_their_way = {
        payout.entry_id: payout for payout in payouts_sent(session, since=end - LOOK_BACK, until=end)
    }
    known = {row.entry_id for row in told}
    late = [
        payout for id, payout in on_their_way.items() if id not in known and _due_on(payout) <= business_on
    ]
    return [_difference(payout, business_on) for payout in late]


def _ended(session: Session, told: Sequence[Row[Any]], now: datetime) -> list[UUID]:
    """Which of these are on their way no more by all that is known now, of whichever day the statement is."""
    if not told:
        return []
    times = [row.effective_at for row in told]
    still = payouts_sent(session, since=min(times), until=max(now, *times) + timedelta(days=1))
    on_their_way = {payout.entry_id for payout in still}
    return [row.id for row in told if row.entry_id not in on_their_way]


def _due_on(payout: PayoutSent) -> date:
    return business_days.later(payout.effective_at.astimezone(UTC).date(), ARRIVES_WITHIN, payout.currency)


def _close(session: Session, ids: Sequence[UUID], now: datetime) -> None:
    rows = execute(session, statements.CLOSE_LATE, ids=list(ids), now=now).all() if ids else ()
    alerts = [row.alert_id for row in rows if row.alert_id is not None]
    for id in resolve_alerts(session, alerts, resolution=ENDED, by="system"):
        event = DomainEvent("reconciliation.alert_resolved", encode("alr", id), data={"way": "gone"})
        emit(session, event, cause=BY)
        withdraw_proposals(session, id, by=BY)


def _difference(payout: PayoutSent, business_on: date) -> Difference:
    sent_on = payout.effective_at.astimezone(UTC).date()
    assert payout.entry_id is not None, "a payout that was sent has its entry"
    return Difference(
        code="payout_mismatch",
        subject=encode("jrn", payout.entry_id),
        file_id=None,
        line=None,
        entry_id=payout.entry_id,
        payment_id=None,
        number=payout.number,
        source_id=payout.source_id,
        ours_minor=payout.amount_minor,
        theirs_minor=0,
        difference_minor=payout.amount_minor,
        balance_minor=0,
        currency=payout.currency,
        detail=f"{payout.psp} sent the payout {payout.number} on {sent_on}; no statement up to {business_on} shows it.",
    )
