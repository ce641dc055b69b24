"""What is told of a file that has not come, came late, or whose day was passed by."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from checkout.alerts import open_alert, resolve_alert
from checkout.core import business_day
from checkout.core.clock import utcnow
from checkout.db.statement import execute
from checkout.reconciliation import rules
from checkout.reconciliation.night.expected import is_expected


def tell_missing(session: Session, psp: str, business_on: date) -> None:
    """Of whom a file is expected that day; of others nobody waits for one."""
    if not is_expected(psp, business_on):
        return
    _open(
        session,
        "file_missing",
        business_on,
        subject=f"{psp} {business_on}",
        detail=f"No settlement file of {psp} for {business_on} has come.",
        dedupe_key=f"file_missing:{psp}:{business_on}",
    )


def tell_gap(session: Session, psp: str, business_on: date) -> None:
    """Its night passed without anybody looking: it is made up for."""
    _open(
        session,
        "file_gap",
        business_on,
        subject=f"{psp} {business_on}",
        detail=f"The settlement file of {psp} for {business_on} was not fetched in its night; it is fetched now.",
        dedupe_key=f"file_gap:{psp}:{business_on}",
    )


def tell_came(session: Session, psp: str, business_on: date, *, received_at: datetime) -> None:
    """The file is there: what was said of its absence is closed; that it came late stays to be looked at."""
    late = _close(session, f"file_missing:{psp}:{business_on}", "The file has come.")
    _close(session, f"file_gap:{psp}:{business_on}", "The file has been fetched.")
    if late:
        _open(
            session,
            "file_late",
            business_on,
            subject=f"{psp} {business_on}",
            detail=f"The settlement file of {psp} for {business_on} came late, at {received_at:%Y-%m-%d %H:%M} UTC.",
            dedupe_key=f"file_late:{psp}:{business_on}",
        )


def _open(
    session: Session, code: str, business_on: date, *, subject: str, detail: str, dedupe_key: str
) -> None:
    """As loud as the rules have it, which know no amount here; with the day by which somebody should have looked."""
    current = rules.current()
    severity = current.severity(code, 0, "EUR", (utcnow().date() - business_on).days)
    open_alert(
        session,
        code=code,
        severity=severity,
        subject=subject,
        detail=detail,
        dedupe_key=dedupe_key,
        due_on=current.due_on(code, severity, business_day.today()),
    )


def _close(session: Session, key: str, how: str) -> bool:
    """Whether there was one to close."""
    rows = execute(
        session, "SELECT id FROM alerts WHERE dedupe_key = %(key)s AND status <> 'resolved'", key=key
    ).all()
    for row in rows:
        resolve_alert(session, row.id, resolution=how, by="system")
    return bool(rows)
