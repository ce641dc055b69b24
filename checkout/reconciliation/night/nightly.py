"""The night: the PSP's file of yesterday is asked for, fetched, taken in and compared, with the three days before it; a
day that was passed by is made up for. Safe to be killed anywhere, and to be started twice."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from checkout import tasks
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.db.session import atomic
from checkout.db.statement import run
from checkout.psp import InvalidRequest, PaymentServiceProvider, PspError, SettlementReport, registry
from checkout.reconciliation.balance.prove import look_after_balance
from checkout.reconciliation.files.drop import take_all_dropped
from checkout.reconciliation.files.errors import SettlementBatchConflict, SettlementFileRefused
from checkout.reconciliation.files.receive import Delivery, receive_file
from checkout.reconciliation.night import nights
from checkout.reconciliation.night.again import days_to_compare_again
from checkout.reconciliation.night.expected import is_expected
from checkout.reconciliation.night.nights import CATCH_UP_DAYS, Night
from checkout.reconciliation.night.reconcile import reconcile_day
from checkout.reconciliation.night.run import find_run
from checkout.reconciliation.queries import files_of
from checkout.reconciliation.unsettled import keep_unsettled
from checkout.tasks import ClaimedTask

NIGHT_DUE: Final = "reconciliation.night_due"
LOOK_AGAIN: Final = timedelta(seconds=20)  # a report takes from seconds to an hour
REFUSED_AGAIN_SECONDS: Final = 3_600
BY: Final = "nightly"
NOT_COMPARED: Final = """
    SELECT DISTINCT psp, business_on FROM settlement_files
     WHERE status = 'imported' AND origin = 'drop' ORDER BY business_on, psp LIMIT %(limit)s
"""

log = structlog.get_logger(__name__)


def night_due(
    task: ClaimedTask, *, zone: ZoneInfo, drop_dir: Path | None, dropped: Collection[str] = ()
) -> None:
    """Handles `reconciliation.night_due`."""
    settle_nights(zone=zone, drop_dir=drop_dir, dropped=dropped, cause=task.cause)


def settle_nights(
    *, zone: ZoneInfo, drop_dir: Path | None, dropped: Collection[str] = (), cause: Cause
) -> None:
    """Everything that is due by now, a night at a time, the oldest first. `dropped`: whose files are put into `drop_dir`
    every day, which is the PSP's in use where nobody is named; whose are not, is asked for reports, and what lies there of
    others is compared without being waited for."""
    psp = registry.current()
    if drop_dir is not None:
        take_all_dropped(drop_dir, psp.name, cause=cause)
    waited_for = (set(dropped) or {psp.name}) if drop_dir is not None else set()
    for name in sorted({psp.name, *waited_for}):
        _settle_due(name, psp, zone, cause, asks=name not in waited_for)
    for name, day in _dropped_and_not_compared():
        reconcile_day(name, day, by=BY, cause=cause)
    try:
        look_after_balance(psp, cause=cause)
    except PspError as error:
        log.warning("settlement.balance_not_read", error=error.detail)


def _settle_due(name: str, psp: PaymentServiceProvider, zone: ZoneInfo, cause: Cause, *, asks: bool) -> None:
    now = utcnow()
    nights.begin_due(name, now, zone)
    for _ in range(CATCH_UP_DAYS):
        night = nights.claim(name, now)
        if night is None:
            return
        _settle(night, psp, zone, cause, asks=asks)


def _dropped_and_not_compared() -> list[tuple[str, date]]:
    """The days of files that were put down and never compared: of no PSP whose nights are kept, or long after them."""
    return [(row.psp, row.business_on) for row in run(NOT_COMPARED, limit=CATCH_UP_DAYS)]


def _settle(night: Night, psp: PaymentServiceProvider, zone: ZoneInfo, cause: Cause, *, asks: bool) -> None:
    if not files_of(night.psp, night.business_on) and not _fetched(night, psp, cause, asks=asks):
        if utcnow() >= nights.missing_at(night, zone):
            _tell_missing(night, cause)
        return
    _compare(night, cause)
    nights.finish(night, utcnow())
    keep_unsettled()


def _compare(night: Night, cause: Cause) -> None:
    """The day, then those before it that it may have changed."""
    reconcile_day(night.psp, night.business_on, by=BY, cause=cause)
    for earlier in days_to_compare_again(night.psp, night.business_on):
        reconcile_day(night.psp, earlier, by=BY, cause=cause)


def _tell_missing(night: Night, cause: Cause) -> None:
    """Once: a run without a file says so."""
    if not is_expected(night.psp, night.business_on):
        nights.finish(night, utcnow())
    elif find_run(night.psp, night.business_on) is None:
        reconcile_day(night.psp, night.business_on, by=BY, cause=cause)


def _fetched(night: Night, psp: PaymentServiceProvider, cause: Cause, *, asks: bool) -> bool:
    """Whether the day's file is here now; if not, when it is tried again is written down."""
    if not asks:
        nights.try_again(night, utcnow(), "no file in the drop directory")
        return False
    try:
        return _fetch(night, psp, cause)
    except PspError as error:
        log.warning("settlement.not_fetched", business_on=str(night.business_on), error=error.detail)
        at = nights.try_again(night, utcnow(), error.detail, after_seconds=error.retry_after_seconds)
    except (SettlementFileRefused, SettlementBatchConflict) as error:
        nights.ask_anew(night)
        at = nights.try_again(night, utcnow(), error.detail, after_seconds=REFUSED_AGAIN_SECONDS)
    _stage_look(night, at, cause)
    return False


def _fetch(night: Night, psp: PaymentServiceProvider, cause: Cause) -> bool:
    if night.report_id is not None:
        report = psp.fetch_settlement_report(night.report_id)
    else:
        try:
            report = psp.request_settlement_report(night.business_on, night.key)
        except InvalidRequest:
            if psp.livemode:
                raise
            return _take_listed(night, psp, cause)
        nights.remember_report(night, report.id)
    match report.status:
        case "pending":
            at = utcnow() + LOOK_AGAIN
            nights.look_again(night, at)
            _stage_look(night, at, cause)
            return False
        case "failed":
            nights.ask_anew(night)
            raise InvalidRequest(f"the report failed: {report.error}")
        case "succeeded":
            return _take_report(night, report, psp, cause)


def _take_report(night: Night, report: SettlementReport, psp: PaymentServiceProvider, cause: Cause) -> bool:
    with tempfile.TemporaryFile() as file:
        psp.download_settlement_report(report, file)
        name = f"{night.psp}-{night.business_on}.csv"
        receive_file(file, Delivery(night.psp, night.business_on, name, "report", BY), cause=cause)
    return True


def _take_listed(night: Night, psp: PaymentServiceProvider, cause: Cause) -> bool:
    """A test key may be refused such reports: the same lines, made from the list of movements; its name says so."""
    with tempfile.TemporaryFile() as file:
        psp.list_settlement_lines(night.business_on, file)
        name = f"{night.psp}-{night.business_on}-listed.csv"
        receive_file(file, Delivery(night.psp, night.business_on, name, "report", BY), cause=cause)
    return True


def _stage_look(night: Night, at: datetime, cause: Cause) -> None:
    """Sooner than the next round of the scheduler, once for each attempt."""
    key = f"{NIGHT_DUE}:{night.psp}:{night.business_on}:{night.attempts}"
    with atomic() as session:
        tasks.enqueue(session, NIGHT_DUE, {}, due_at=at, dedupe_key=key, cause=cause)
