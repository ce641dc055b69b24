"""Compare a day: its files line by line against the journal, and the journal against the files. What differs becomes a
row and an alert; what stands no longer is closed. The same day again gives the same report."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from checkout import audit
from checkout.core.cause import Cause
from checkout.core.clock import utcnow
from checkout.core.crash_points import crash_point
from checkout.core.ids import encode, new_uuid
from checkout.db.session import atomic, retrying
from checkout.db.statement import execute, run
from checkout.db.transitions import transition
from checkout.events import DomainEvent, emit
from checkout.reconciliation import rules
from checkout.reconciliation.bank.book import book_arrivals
from checkout.reconciliation.desk.closing import close_all_gone
from checkout.reconciliation.files.opening import BANK
from checkout.reconciliation.matching import statements
from checkout.reconciliation.matching.keeping import keep_differences
from checkout.reconciliation.matching.second_look import Judged
from checkout.reconciliation.night import comparisons, file_alerts
from checkout.reconciliation.night.book import book_all
from checkout.reconciliation.night.findings import Day, find_differences, judge_lines
from checkout.reconciliation.night.report import Report, make_report
from checkout.reconciliation.progress import watched
from checkout.reconciliation.queries import SettlementFile, files_of
from checkout.reconciliation.states import SETTLEMENT_FILE

Stop = Callable[[Sequence[Judged]], bool]
Place = tuple[UUID, int]  # a file and a line of it


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """The run as it was recorded."""

    id: UUID
    psp: str
    business_on: date
    finished_at: datetime
    report: Report


def run_day(psp: str, business_on: date, *, by: str, cause: Cause) -> RunOutcome:
    """Compares a day of a PSP. Owns its transactions; killed anywhere it is run again, beside another it waits.

    Raises:
        Nothing of its own: a day without a file is a finished run with the alert file_missing.
    """
    outcome = run_day_unless(_never, psp, business_on, by=by, cause=cause)
    assert outcome is not None, "nothing keeps it from being recorded"
    return outcome


def run_day_unless(stop: Stop, psp: str, business_on: date, *, by: str, cause: Cause) -> RunOutcome | None:
    """The same, but None and nothing recorded where `stop` says so of what was found. Mostly a night has nothing to be
    booked and nothing to be asked for: then its lines are gone through once."""
    with watched(psp, business_on):
        return _run_unless(stop, psp, business_on, by=by, cause=cause)


def _run_unless(stop: Stop, psp: str, business_on: date, *, by: str, cause: Cause) -> RunOutcome | None:
    run_id = retrying(lambda: _open(psp, business_on, by, cause))
    while True:
        day = _day(psp, business_on, files_of(psp, business_on))
        if psp == BANK:
            book_arrivals(day.files, psp, cause)
        try:
            return _run_with(run_id, day, stop, cause)
        except _OthersCame:
            continue  # as often as files of a day come, which is once each


def _run_with(run_id: UUID, day: Day, stop: Stop, cause: Cause) -> RunOutcome | None:
    booked: set[Place] = set()
    more = _to_book(booked)
    found = retrying(lambda: _compare(run_id, day, cause, unless=_or(stop, more)))
    while not isinstance(found, RunOutcome):
        if stop(found):
            return None
        bookings = [pair for pair in found if pair[1].books]
        book_all(bookings, psp=day.psp, bank_account=day.rules.bank_account, cause=cause)
        crash_point("reconciliation.run.after_bookings")
        booked.update((line.file_id, line.line) for line, _ in bookings)
        found = retrying(lambda: _compare(run_id, day, cause, unless=more))
    return found


def _never(found: Sequence[Judged]) -> bool:
    return False


def _to_book(booked: Set[Place]) -> Stop:
    """Only so many lines are looked at closely at a time: what is booked makes room for the next. None is booked twice."""
    return lambda found: any(
        verdict.books and (line.file_id, line.line) not in booked for line, verdict in found
    )


def _or(one: Stop, other: Stop) -> Stop:
    return lambda found: one(found) or other(found)


def _open(psp: str, business_on: date, by: str, cause: Cause) -> UUID:
    with atomic() as session:
        row = execute(
            session, statements.OPEN_RUN, id=new_uuid(), psp=psp, business_on=business_on, by=by, now=utcnow()
        ).one()
        run_id: UUID = row[0]
        audit.record(
            session,
            actor=str(cause),
            action="reconciliation.run",
            object=encode("run", run_id),
            after={"psp": psp, "business_on": business_on.isoformat()},
        )
        return run_id


def judged_lines(psp: str, business_on: date) -> list[Judged]:
    """The day's lines that do not match as they stand now, each with what it is."""
    day = _day(psp, business_on, files_of(psp, business_on))
    if not day.files:
        return []
    with atomic() as session:
        return judge_lines(session, day)


def _day(psp: str, business_on: date, files: Sequence[SettlementFile]) -> Day:
    return Day(psp, business_on, files, rules.current(), utcnow())


class _OthersCame(Exception):
    """The day's files are not those that this run began with."""


def _others_are_there(day: Day, files: Sequence[SettlementFile]) -> bool:
    return {file.id for file in files} != {file.id for file in day.files}


def _compare(run_id: UUID, day: Day, cause: Cause, *, unless: Stop) -> RunOutcome | list[Judged]:
    """One transaction, under the run's row: differences, alerts, files and report; or nothing of it, and what was found,
    where `unless` says that there is something to do first.

    Raises:
        _OthersCame: another run may have compared them while this one waited: its report would be overwritten.
    """
    psp, business_on = day.psp, day.business_on
    with atomic() as session:
        execute(session, "SELECT 1 FROM reconciliation_runs WHERE id = %(id)s FOR UPDATE", id=run_id)
        if _others_are_there(day, files_of(psp, business_on)):
            raise _OthersCame
        now = utcnow()  # it may have waited for another run
        day = replace(day, now=now)
        judged = judge_lines(session, day)
        if unless(judged):
            return judged
        found = find_differences(session, day, judged)
        kept = keep_differences(
            session, found.differing, psp=psp, business_on=business_on, cause=cause, now=now
        )
        _resolve_gone(session, psp, business_on, still=[row.id for row in kept], now=now, by=cause)
        if not day.files:
            _tell_missing(session, psp, business_on, run_id, cause)
        else:
            file_alerts.tell_came(session, psp, business_on, received_at=day.files[0].received_at)
        report = make_report(session, day, kept, found)
        _move_files(session, day.files, closed=report.is_explained, cause=cause)
        execute(session, statements.FINISH_RUN, id=run_id, now=now, report=Jsonb(report.as_json()))
        comparisons.record(
            session, run_id, psp=psp, business_on=business_on, files=day.files, report=report, now=now
        )
        _tell_finished(session, run_id, report, cause)
        crash_point("reconciliation.run.before_commit")
    return RunOutcome(run_id, psp, business_on, now, report)


def _resolve_gone(
    session: Session, psp: str, business_on: date, *, still: Sequence[UUID], now: datetime, by: Cause
) -> None:
    """What stood against the day and does not any more: its alert is closed with that word."""
    rows = execute(
        session, statements.GONE, psp=psp, business_on=business_on, still=list(still), now=now
    ).all()
    close_all_gone(session, [row.alert_id for row in rows if row.alert_id is not None], by=by)


def _tell_finished(session: Session, run_id: UUID, report: Report, cause: Cause) -> None:
    counts = {name: getattr(report, name) for name in ("rows", "matched", "differing", "rejected", "missing")}
    event = DomainEvent("reconciliation.run_finished", encode("run", run_id), data=counts)
    emit(session, event, cause=cause)


def _tell_missing(session: Session, psp: str, business_on: date, run_id: UUID, cause: Cause) -> None:
    event = DomainEvent("reconciliation.file_missing", encode("run", run_id), data={"psp": psp})
    emit(session, event, cause=cause)
    file_alerts.tell_missing(session, psp, business_on)


def _move_files(session: Session, files: Sequence[SettlementFile], *, closed: bool, cause: Cause) -> None:
    for file in files:
        for status in ("matched", "closed") if closed else ("matched",):
            transition(session.connection(), SETTLEMENT_FILE, file.id, to=status, cause=cause)


def find_run(psp: str, business_on: date) -> RunOutcome | None:
    """The last outcome of a day; None where it was never compared, or is being compared."""
    rows = run(
        """
        SELECT id, finished_at, report FROM reconciliation_runs
         WHERE psp = %(psp)s AND business_on = %(business_on)s AND status = 'finished'
        """,
        psp=psp,
        business_on=business_on,
    )
    if not rows:
        return None
    return RunOutcome(rows[0].id, psp, business_on, rows[0].finished_at, Report.from_json(rows[0].report))
