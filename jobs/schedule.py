"""The scheduler: stages periodic work, once per (kind, period), and rings for queues that have due tasks.

`python -m jobs.schedule`. A second one beside it changes nothing: the row of a period can be inserted once.
"""

from __future__ import annotations

import signal
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import exc
from sqlalchemy.orm import Session

from checkout import tasks
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.db.session import atomic
from checkout.db.statement import execute, run
from checkout.launcher.settings import load_or_exit, refusing
from checkout.tasks.queries import queues_with_due_tasks
from checkout.tasks.ring import DEFAULT_QUEUE, ring
from checkout.wiring import wire
from jobs.heartbeat import beat_in_background
from jobs.run_task import PERIOD

TICK_SECONDS = 1.0  # one indexed query: a task that was due later is late by at most this
KEEP_PERIODS_DAYS = 7
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Periodic:
    """A kind of task that is staged once in every period of so many seconds."""

    kind: str
    every_seconds: int


PERIODIC = (
    Periodic("payments.sync_due", 10),
    Periodic("payments.tell_delays", 10),
    Periodic("payments.give_up_due", 3_600),
    Periodic("payments.remind_reviews", 3_600),
    Periodic("orders.release_due", 60),
    Periodic("payouts.run_due", 600),
    Periodic("payouts.look_due", 300),
    Periodic("payouts.prove_due", 86_400),
    Periodic("disputes.remind_due", 3_600),
    Periodic("statements.issue_due", 300),
    Periodic("refunds.look_due", 300),
    Periodic("reconciliation.night_due", 600),
    Periodic("orders.look_after_debts", 600),
    Periodic("sellers.read_due", 3_600),
    Periodic("fraud.watch_card_testing", 30),
    Periodic("ledger.seal", 60),
    Periodic("audit.seal", 60),
    Periodic("audit.verify", 86_400),
    Periodic("approvals.expire_due", 60),
    Periodic("alerts.wake_due", 300),
    Periodic("alerts.tend_due", 21_600),
    Periodic("notifications.finance_morning_due", 300),
    Periodic("wallets.expire_due", 300),
    Periodic("housekeeping.forget", 3_600),
)


def tick() -> None:
    """One round: stage what a new period has begun for, ring for what is due."""
    now = utcnow()
    for periodic in PERIODIC:
        stage_period(periodic, now)
    for queue in queues_with_due_tasks():
        ring(queue)


def stage_period(periodic: Periodic, now: datetime) -> bool:
    """Stages the task of the period that `now` lies in; False where that was done before, by whomever."""
    period = EPOCH + (now - EPOCH) // timedelta(seconds=periodic.every_seconds) * timedelta(
        seconds=periodic.every_seconds
    )
    if _staged.get(periodic.kind) == period:
        return False
    with atomic() as session:
        first = execute(
            session,
            """
            INSERT INTO periodic_runs (kind, period) VALUES (%(kind)s, %(period)s)
            ON CONFLICT DO NOTHING RETURNING kind
            """,
            kind=periodic.kind,
            period=period,
        ).first()
        if first is not None:
            # One that still waits does for this period as well: a slow run is not piled upon, and one that failed
            # is tried again now, whatever its backoff.
            staged = tasks.enqueue(
                session,
                periodic.kind,
                {PERIOD: period.isoformat()},
                queue=DEFAULT_QUEUE,
                dedupe_key=f"periodic:{periodic.kind}",
                cause=Cause("system", f"schedule {period.isoformat()}"),
            )
            if staged is None:
                _bring_forward(session, periodic)
    _staged[periodic.kind] = period
    return first is not None


def _bring_forward(session: Session, periodic: Periodic) -> None:
    execute(
        session,
        "UPDATE tasks SET due_at = LEAST(due_at, %(now)s) WHERE dedupe_key = %(key)s AND status = 'ready'",
        key=f"periodic:{periodic.kind}",
        now=utcnow(),
    )


_staged: dict[str, datetime] = {}  # periods this process knows to be staged: saves the insert at every tick


def forget_old_periods() -> None:
    """Drops the rows of periods a week old: they only have to outlive their period."""
    run(
        "DELETE FROM periodic_runs WHERE period < %(now)s::timestamptz - make_interval(days => %(days)s)",
        now=utcnow(),
        days=KEEP_PERIODS_DAYS,
    )


def main() -> None:
    settings = load_or_exit()
    with refusing():
        wire(settings)
    stopping = threading.Event()

    def stop(signum: int, frame: Any) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    beat_in_background("scheduler")
    while not stopping.wait(TICK_SECONDS):
        try:
            tick()
        except exc.SQLAlchemyError as error:
            log.warning("schedule.no_database", error=type(error).__name__)


if __name__ == "__main__":
    main()
