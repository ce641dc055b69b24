"""What happens to payouts by the clock: the run of each business day, an alarm where it did not happen, a look at what
has been on its way for too long."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

import structlog

from checkout.alerts import open_alert
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.db.session import atomic
from checkout.db.statement import run
from checkout.payouts import settle
from checkout.payouts.apply_news import apply_bank_payout
from checkout.payouts.payout import lock_payout, read_payout
from checkout.payouts.run import business_date, last_run, run_payouts
from checkout.psp import PaymentServiceProvider, PspError, registry
from checkout.tasks import ClaimedTask

RUN_FROM: Final = time(4, 0)  # after the night's releases, before banks open
EXPECTED_BY: Final = time(6, 0)
RUN_DUE: Final = "payouts.run_due"
LOOK_DUE: Final = "payouts.look_due"
LOOK_AGAIN: Final = timedelta(hours=6)
STUCK_AFTER: Final = timedelta(hours=6)  # longer than any pause between two tries
LOOKS_AT_MOST: Final = 200  # calls a round; the next one goes on

log = structlog.get_logger(__name__)


def run_due(task: ClaimedTask, *, zone: ZoneInfo) -> None:
    """Handles `payouts.run_due`: the run of today, once its hour has come. Late, it is made all the same; a person is called
    where it cannot be, or was begun and is not done."""
    now = utcnow().astimezone(zone)
    if now.time() < RUN_FROM:
        return
    today, last = business_date(zone), last_run()
    if last is not None and last.business_on == today and last.finished_at is not None:
        return
    late = now.time() >= EXPECTED_BY and (last is not None or _somebody_waits())
    missing = f"The payout run of {today} had not finished by {EXPECTED_BY:%H:%M} {now.tzname()}"
    if late and last is not None and last.business_on == today:
        _alarm(now, missing)
    made = False
    try:
        run_payouts(business_on=today, psp=registry.current(), cause=task.cause)
        made = True
    finally:
        if late and not made:
            _alarm(now, missing)


def look_due(task: ClaimedTask) -> None:
    """Handles `payouts.look_due`: asks the PSP about payouts whose arrival is due, and wakes those that nobody moves."""
    psp = registry.current()
    for row in run(
        """
        SELECT id FROM payouts WHERE next_look_at <= %(now)s AND status = 'in_transit'
         ORDER BY next_look_at LIMIT %(limit)s
        """,
        now=utcnow(),
        limit=LOOKS_AT_MOST,
    ):
        look(row.id, psp=psp, cause=task.cause)
    _wake(task.cause)


def look(payout_id: UUID, *, psp: PaymentServiceProvider, cause: Cause) -> None:
    """Asks the PSP how a payout that was sent stands; its webhook may be lost."""
    payout = read_payout(payout_id)
    if payout.psp_payout_id is None:
        return
    run(
        "UPDATE payouts SET next_look_at = %(next)s WHERE id = %(id)s AND status = 'in_transit'",
        id=payout_id,
        next=utcnow() + LOOK_AGAIN,
    )
    try:
        found = psp.fetch_payout(payout.psp_payout_id, account=payout.psp_account)
    except PspError as error:
        log.info("payout.not_seen", payout_id=payout.public_id, error=type(error).__name__)
        return
    apply_bank_payout(psp.name, found, cause=cause)


def _wake(cause: Cause) -> None:
    """A task that died leaves its payout behind: somebody goes on with it. Two who do so at once send the same request."""
    stuck = run(
        """
        SELECT id FROM payouts
         WHERE status IN ('reserved', 'submitting', 'transferred', 'unknown', 'reversing')
           AND updated_at < %(before)s
         ORDER BY updated_at LIMIT %(limit)s
        """,
        before=utcnow() - STUCK_AFTER,
        limit=LOOKS_AT_MOST,
    )
    for row in stuck:
        with atomic() as session:
            settle.stage(session, lock_payout(session, row.id), cause)


def _somebody_waits() -> bool:
    """An installation that never ran has missed nothing while nobody has earned anything."""
    return bool(run("SELECT 1 FROM payable_items WHERE payout_id IS NULL LIMIT 1"))


def _alarm(now: datetime, detail: str) -> None:
    with atomic() as session:
        open_alert(
            session,
            code="payout_run_missing",
            severity="critical",
            subject=f"{now.date()}",
            detail=detail,
            dedupe_key=f"payout_run_missing:{now.date()}",
        )
