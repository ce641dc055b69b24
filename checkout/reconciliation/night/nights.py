"""The nights: one row for each PSP and business day, with the report that was asked for. Who claims a night has it for a
while; who was killed leaves it to the next one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from checkout.core.backoff import delay_seconds
from checkout.db.session import atomic
from checkout.db.statement import execute, run
from checkout.reconciliation.days import day_bounds
from checkout.reconciliation.night import file_alerts

DUE_FROM: Final = time(2, 0)  # in the business time zone, and not before the PSP's day has ended
MISSING_FROM: Final = time(8, 0)
TRIED_FOR: Final = timedelta(hours=1)
CATCH_UP_DAYS: Final = 31
CLAIMED_FOR: Final = timedelta(minutes=15)  # longer than a download and a run of a million lines
ATTEMPTS_OF_BACKOFF: Final = 6  # the pause grows to some minutes and no further: the file is waited for


@dataclass(frozen=True, slots=True)
class Night:
    """`asked` counts reports that came to nothing; the next one is asked for under another key."""

    psp: str
    business_on: date
    asked: int
    report_id: str | None
    attempts: int
    began_at: datetime

    @property
    def key(self) -> str:
        return f"settlement:{self.psp}:{self.business_on}:{self.asked}"


def due_at(business_on: date, zone: ZoneInfo, at: time = DUE_FROM) -> datetime:
    """When a day's file is due: that hour of the next day, once the day is over at the PSP."""
    _, ended = day_bounds(business_on)
    return max(ended, datetime.combine(business_on + timedelta(days=1), at, tzinfo=zone))


def missing_at(night: Night, zone: ZoneInfo) -> datetime:
    """When its file is missing: at that hour, or once it was tried for a while, where the night began later."""
    return max(due_at(night.business_on, zone, MISSING_FROM), night.began_at + TRIED_FOR)


def begin_due(psp: str, now: datetime, zone: ZoneInfo) -> None:
    """Begins every night that is due since the last one; the first ever is the latest. A day that its own night has
    passed by is told: nobody looked."""
    newest = now.date() - timedelta(days=1)
    while due_at(newest, zone) > now:
        newest -= timedelta(days=1)
    last = run("SELECT max(business_on) AS day FROM settlement_nights WHERE psp = %(psp)s", psp=psp)[0].day
    first = newest if last is None else max(last + timedelta(days=1), newest - timedelta(days=CATCH_UP_DAYS))
    for day in (first + timedelta(days=n) for n in range((newest - first).days + 1)):
        with atomic() as session:
            begun = execute(
                session,
                """
                INSERT INTO settlement_nights (psp, business_on, next_at, began_at)
                VALUES (%(psp)s, %(day)s, %(now)s, %(now)s) ON CONFLICT DO NOTHING RETURNING psp
                """,
                psp=psp,
                day=day,
                now=now,
            ).first()
            if begun is not None and day < newest:
                file_alerts.tell_gap(session, psp, day)


def claim(psp: str, now: datetime) -> Night | None:
    """The oldest night that is under way and due; nobody else gets it meanwhile."""
    rows = run(
        """
        WITH due AS (
            SELECT psp, business_on FROM settlement_nights
             WHERE psp = %(psp)s AND finished_at IS NULL AND next_at <= %(now)s
             ORDER BY business_on LIMIT 1 FOR UPDATE SKIP LOCKED
        )
        UPDATE settlement_nights AS n SET next_at = %(until)s, attempts = attempts + 1
          FROM due WHERE n.psp = due.psp AND n.business_on = due.business_on
        RETURNING n.psp, n.business_on, n.asked, n.report_id, n.attempts, n.began_at
        """,
        psp=psp,
        now=now,
        until=now + CLAIMED_FOR,
    )
    return Night(**rows[0]._mapping) if rows else None


def remember_report(night: Night, report_id: str) -> None:
    _set(night, "report_id = %(report_id)s", report_id=report_id)


def look_again(night: Night, at: datetime) -> None:
    """The report is being made."""
    _set(night, "next_at = %(at)s, last_error = NULL", at=at)


def try_again(night: Night, now: datetime, error: str, *, after_seconds: int | None = None) -> datetime:
    """No answer, or no file yet. Returns when."""
    wait = max(after_seconds or 0, delay_seconds(min(night.attempts, ATTEMPTS_OF_BACKOFF)))
    at = now + timedelta(seconds=wait)
    _set(night, "next_at = %(at)s, last_error = %(error)s", at=at, error=error[:500])
    return at


def ask_anew(night: Night) -> None:
    """What was asked for came to nothing: the next report is another one."""
    _set(night, "report_id = NULL, asked = asked + 1")


def finish(night: Night, now: datetime) -> None:
    _set(night, "finished_at = %(now)s, last_error = NULL", now=now)


def _set(night: Night, columns: str, **values: str | datetime | UUID) -> None:
    run(
        f"UPDATE settlement_nights SET {columns} WHERE psp = %(psp)s AND business_on = %(day)s",
        psp=night.psp,
        day=night.business_on,
        **values,
    )
