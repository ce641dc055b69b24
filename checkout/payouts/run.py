"""The payout run of a business day: every seller whose day has come, in batches, once, whoever starts it how often.

A batch is one transaction with the place to go on from, so that a run that was killed goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, exc
from sqlalchemy.orm import Session

from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.crash_points import crash_point
from checkout.core.money import Money
from checkout.db.session import atomic, constraint_name, retrying
from checkout.db.statement import execute, run
from checkout.payouts import funds
from checkout.payouts.errors import CurrencyNotPaidOut
from checkout.payouts.payable import collect_payable
from checkout.payouts.request import terms_of
from checkout.payouts.reserve import Made, Wanted, reserve
from checkout.payouts.schedule import PayoutDate, Schedule, due_period
from checkout.psp import PaymentServiceProvider

BATCH: Final = 500  # sellers a transaction: their postings are two statements, well below the timeout
FIRST: Final = UUID(int=0)
PAID_ONCE: Final = "one_payout_per_period"


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run came to. `skipped`: sellers with money whose day it was, and who could not be paid."""

    business_on: date
    made: int
    skipped: int
    finished_at: datetime | None


def business_date(zone: ZoneInfo) -> date:
    """Today, where the books are kept."""
    return utcnow().astimezone(zone).date()


def run_payouts(
    *,
    business_on: date,
    psp: PaymentServiceProvider,
    cause: Cause,
    progress: Callable[[int, int], None] = lambda done, whole: None,
) -> RunResult:
    """Makes the payouts that are due on the day. Asked again, it makes those that were not due or not possible before;
    a period is paid once.

    Raises:
        PspError: the PSP does not say what the platform has there; nothing was made.
    """
    collect_payable()
    there = {money.currency: money for money in psp.fetch_balance().available}
    after = _begin(business_on)
    whole, done = _sellers_with_money(after), 0
    while batch := _batch(after):
        last = batch[-1].seller_id
        try:
            made = retrying(lambda: _pay(batch, business_on, psp, cause, there, last))  # noqa: B023 - called at once
        except exc.IntegrityError as error:
            if constraint_name(error) != PAID_ONCE:
                raise
            continue  # another run was faster since the batch was read: its sellers are looked at again
        after = last
        _, there = funds.cover([one.payable.amount for one in made if one.status == "reserved"], there)
        crash_point("payouts.run.after_batch")
        done += len(batch)
        progress(done, whole)
    return _finish(business_on)


def _begin(business_on: date) -> UUID:
    """Where an unfinished run of the day stopped; the beginning for a new or a finished one."""
    rows = run(
        """
        INSERT INTO payout_runs (business_on, started_at) VALUES (%(day)s, %(now)s)
        ON CONFLICT (business_on) DO UPDATE
           SET after_seller = CASE WHEN payout_runs.finished_at IS NULL THEN payout_runs.after_seller END,
               sellers_skipped = CASE WHEN payout_runs.finished_at IS NULL THEN payout_runs.sellers_skipped ELSE 0 END,
               finished_at = NULL
        RETURNING after_seller
        """,
        day=business_on,
        now=utcnow(),
    )
    return rows[0].after_seller or FIRST


def _finish(business_on: date) -> RunResult:
    row = run(
        """
        UPDATE payout_runs SET finished_at = %(now)s, after_seller = NULL WHERE business_on = %(day)s
        RETURNING payouts_made, sellers_skipped, finished_at
        """,
        day=business_on,
        now=utcnow(),
    )[0]
    return RunResult(business_on, row.payouts_made, row.sellers_skipped, row.finished_at)


def _sellers_with_money(after: UUID) -> int:
    count: int = run(
        "SELECT count(DISTINCT seller_id) AS n FROM payable_items WHERE payout_id IS NULL AND seller_id > %(after)s",
        after=after,
    )[0].n
    return count


def _batch(after: UUID) -> Sequence[Row[Any]]:
    """The next sellers that have free items, each currency of theirs with its schedule."""
    return run(
        """
        WITH sellers_due AS (
            SELECT DISTINCT seller_id FROM payable_items
             WHERE payout_id IS NULL AND seller_id > %(after)s
             ORDER BY seller_id LIMIT %(limit)s
        )
        SELECT DISTINCT i.seller_id, i.currency, coalesce(s.rhythm, sel.payout_schedule) AS rhythm,
               coalesce(s.weekday, 4) AS weekday, coalesce(s.day_of_month, 1) AS day_of_month,
               coalesce(s.minimum_minor, 0) AS minimum_minor,
               (SELECT max(p.period) FROM payouts p WHERE p.seller_id = i.seller_id AND p.currency = i.currency)
                   AS paid_period
          FROM sellers_due d
          JOIN payable_items i ON i.seller_id = d.seller_id AND i.payout_id IS NULL
          JOIN sellers sel ON sel.id = i.seller_id
          LEFT JOIN payout_schedules s ON s.seller_id = i.seller_id AND s.currency = i.currency
         ORDER BY i.seller_id, i.currency
        """,
        after=after,
        limit=BATCH,
    )


def _pay(
    batch: Sequence[Row[Any]],
    business_on: date,
    psp: PaymentServiceProvider,
    cause: Cause,
    there: Mapping[str, Money],
    after: UUID,
) -> list[Made]:
    wanted = [found for row in batch if (found := _wanted(row, business_on, psp, cause)) is not None]
    with atomic() as session:
        results = reserve(session, wanted, psp=psp, cause=cause, now=utcnow(), there=there) if wanted else []
        made = [result for result in results if isinstance(result, Made)]
        _note(session, business_on, after, len(made), len(results) - len(made))
    return made


def _wanted(row: Row[Any], business_on: date, psp: PaymentServiceProvider, cause: Cause) -> Wanted | None:
    schedule = Schedule(row.rhythm, row.weekday, row.day_of_month, row.minimum_minor)
    due = _due_period(schedule, row.currency, business_on)
    if due is None or (row.paid_period is not None and row.paid_period >= due.period):
        return None
    try:
        terms = terms_of("standard", row.currency, psp, minimum_minor=row.minimum_minor)
    except CurrencyNotPaidOut:
        return None  # the PSP does not pay this currency out: it stays on the balance
    return Wanted(row.seller_id, row.currency, "scheduled", terms, str(cause), due.period)


@lru_cache(maxsize=1_000)  # thousands of sellers have a few schedules
def _due_period(schedule: Schedule, currency: str, today: date) -> PayoutDate | None:
    return due_period(schedule, currency, today=today)


def _note(session: Session, business_on: date, after: UUID, made: int, skipped: int) -> None:
    execute(
        session,
        """
        UPDATE payout_runs SET after_seller = %(after)s, payouts_made = payouts_made + %(made)s,
               sellers_skipped = sellers_skipped + %(skipped)s
         WHERE business_on = %(day)s
        """,
        day=business_on,
        after=after,
        made=made,
        skipped=skipped,
    )


def last_run() -> RunResult | None:
    """The newest run; for who watches that there was one."""
    rows = run(
        "SELECT business_on, payouts_made, sellers_skipped, finished_at FROM payout_runs ORDER BY business_on DESC LIMIT 1"
    )
    if not rows:
        return None
    return RunResult(rows[0].business_on, rows[0].payouts_made, rows[0].sellers_skipped, rows[0].finished_at)
